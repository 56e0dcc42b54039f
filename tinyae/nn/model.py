"""A model is anything with theta, grad and loss_and_grad: what `fit` trains and `gradcheck` checks.

This base class keeps theta, grad and the layers' views one memory through copying, pickling and a
change of dtype, and notices when a view was lost.
"""

from __future__ import annotations

import copy
from html import escape

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.checks.generators import rows_and_generator
from tinyae.checks.numbers import theta_dtype
from tinyae.nn.layers import Layer
from tinyae.nn.parameters import owners, pack, packed
from tinyae.nn.structure import leaves
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.text import html_table


class Model:
    """Layers, by name, whose parameters form one vector `theta` and whose gradients form `grad`.

    Attributes
    ----------
    theta, grad : arrays of shape (number of parameters,)
    parts : the layers by name, in the order of theta
    follows_gradient : whether `loss_and_grad` leaves the gradient of the number it returns
    takes_weights : whether `Weights` may be the last of the rows
    comparable_loss : whether that number tells better parameters from worse ones, epoch by epoch
    progress : how far training has come, in [0, 1]; `fit` sets it
    training : what `fit` left behind for the next call, see `TrainingState`; None before the first
    """

    follows_gradient: bool = True
    takes_weights: bool = False
    comparable_loss: bool = True

    def __init__(self, parts: dict[str, Layer]):
        for name, part in parts.items():
            if not isinstance(part, Layer):
                raise TypeError(f"{name} must be a layer, got {type(part).__name__}: {part!r}")
        self.parts = parts
        self.progress = 1.0
        self.training: object | None = None
        self.theta, self.grad = pack(*parts.values())

    def loss_and_grad(self, *rows: NDArray, rng: np.random.Generator) -> float:
        """Return the loss, the mean over the examples, and set `grad` to its gradient."""
        raise NotImplementedError(f"{type(self).__name__}.loss_and_grad")

    @underflow_to_zero
    def loss(self, *rows: NDArray, rng: np.random.Generator | int = 0) -> float:
        """Return the loss alone; `grad` is left as it was. `rng` may also be the last argument."""
        rows, rng = rows_and_generator(rows, rng)
        if hasattr(self, "check_rows"):
            rows = self.check_rows(*rows)
        kept = self.grad.copy()
        try:
            return self.loss_and_grad(*rows, rng=rng)
        finally:
            self.grad[...] = kept

    def begin(self, *rows: NDArray) -> None:
        """Prepare for training on these rows; called once, before the first step.

        A model may start at values that it takes from the data, or warn about a setting that cannot
        fit them. By default nothing is done.
        """

    def dead_units(self, *rows: NDArray) -> NDArray[np.bool_] | None:
        """Return which units no longer respond to any of these rows; None where nobody asks."""
        return None

    @property
    def dtype(self) -> np.dtype:
        """The real dtype of the data this model works on (its own, unless it was made complex)."""
        return self.theta.real.dtype

    def parameters(self) -> dict[str, NDArray]:
        """Return every array that is stored once, by name, as a view, in the order of theta."""
        names: dict[int, str] = {}
        for name, part in self.parts.items():
            for i, leaf in enumerate(leaves(part)):
                names.setdefault(id(leaf), f"{name}[{i}]")
        found = {}
        for layer, key in owners(*self.parts.values()):
            name = names.setdefault(id(layer), f"source{len(names)}")  # tied to, but outside
            found[f"{name}.{key}"] = layer.params[key]
        return found

    def __repr__(self):
        return f"{type(self).__name__}, {self.theta.dtype}, {self.theta.size} parameters"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the repr and a table of the parameters."""
        rows = [(name, p.shape, p.size) for name, p in self.parameters().items()]
        table = html_table(f"{self.theta.size} parameters", ("name", "shape", "entries"), rows)
        return f"<div><pre>{escape(repr(self))}</pre>{table}</div>"

    def check_packed(self) -> None:
        """Raise RuntimeError if a layer no longer looks into theta and grad."""
        if not packed(self.theta, self.grad, *self.parts.values()):
            raise RuntimeError(
                "the layers of this model no longer look into its theta: either a parameter was "
                'replaced (assign in place instead: layer.params["W"][...] = value), or the layers '
                "were packed into a newer model (use that one, or build such a model from a copy)"
            )

    def copy(self):
        """Return an independent model with equal parameters."""
        return copy.deepcopy(self)

    def __copy__(self):
        # A shallow copy would share layers but not theta, which must stay one memory.
        return copy.deepcopy(self)

    def astype(self, dtype: DTypeLike):
        """Return a copy whose parameters have this dtype: float32, float64 or complex128.

        With complex128 the loss is complex too. That is how the complex-step check works, and its
        only purpose.
        """
        dtype = theta_dtype(dtype)
        twin = copy.deepcopy(self)
        twin.training = None
        for layer, key in list(owners(*twin.parts.values())):
            layer.params[key] = layer.params[key].astype(dtype)
            layer.grads[key] = layer.grads[key].astype(dtype)
        twin.theta, twin.grad = pack(*twin.parts.values())
        return twin

    def __getstate__(self):
        self.check_packed()
        return {k: v for k, v in self.__dict__.items() if k not in ("theta", "grad")}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.theta, self.grad = pack(*self.parts.values())


def inherits(model: object, base: type, *methods: str) -> bool:
    """Whether the model's class has these methods from `base`, and none of its own."""
    return all(getattr(type(model), name) is getattr(base, name) for name in methods)
