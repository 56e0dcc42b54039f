"""What `fit` trains and `gradcheck` checks: a vector theta, its gradient, and an objective.

`Trainable` is the whole protocol. A subclass gives theta, grad and `objective`; every other member
has a default here. `Model` is the subclass whose parameters lie in layers.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.generators import rows_and_generator
from tinyae.checks.numbers import theta_dtype
from tinyae.checks.tables import check_finite
from tinyae.nn.layers import Layer
from tinyae.numerics.underflow import underflow_to_zero


class UnsupportedError(ValueError):
    """What the vectorized core does not run, named: "a head", "the output …"."""


class Trainable:
    """Parameters `theta`, their gradient `grad`, and the `objective` that connects them with data.

    Attributes
    ----------
    theta, grad : arrays of shape (number of parameters,), made by the subclass
    follows_gradient : whether `objective` adds the gradient of the number that it returns
    takes_weights : whether `Weights` may be the last of the rows; such a model has a `check_rows`
        of its own, which lets them pass
    comparable_loss : whether that number tells better parameters from worse ones, epoch by epoch
    takes_batches : whether some of the rows, in any order, may be a batch; False where the rows
        belong together as a whole
    progress : how far training has come, in [0, 1]; `fit` sets it
    training : what `fit` left behind for the next call, see `TrainingState`; None before the first
    parts : the layers by name; none here
    """

    theta: NDArray
    grad: NDArray
    follows_gradient: bool = True
    takes_weights: bool = False
    comparable_loss: bool = True
    takes_batches: bool = True
    progress: float = 1.0
    training: object | None = None
    parts: dict[str, Layer] = {}  # noqa: RUF012 (nobody adds to it)

    def objective(self, *rows: NDArray, rng: np.random.Generator) -> float:
        """Return the loss, the mean over the examples, and add its gradient into `grad`.

        The rows are what `check_rows` returned, all of them or a batch; `grad` is zero before.
        """
        raise NotImplementedError(f"{type(self).__name__}.objective")

    @underflow_to_zero
    def loss_and_grad(self, *rows: ArrayLike, rng: np.random.Generator | int = 0) -> float:
        """Return the loss and set `grad` to its gradient. `rng` may also be the last argument.

        A seed gives the same noise at every call, so a training loop of your own passes one
        generator. What the loss is, and what the rows are, is said by the model's `objective`.
        """
        rows, rng = self._ready(rows, rng)
        return _from_zero(self, rows, rng)

    @underflow_to_zero
    def loss(self, *rows: ArrayLike, rng: np.random.Generator | int = 0) -> float:
        """Return the loss alone; `grad` is left as it was. `rng` may also be the last argument."""
        rows, rng = self._ready(rows, rng)
        with self.unchanged():
            return evaluate(self, rows, rng)

    def _ready(self, rows: tuple, rng: object) -> tuple[tuple, np.random.Generator]:
        """Return the rows checked, and the generator, which may come as the last of the rows."""
        rows, rng = rows_and_generator(rows, rng)
        rows = self.check_rows(*rows)
        self.check_packed()
        return rows, rng

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray, ...]:
        """Return the rows ready for `objective`, or raise. By default they are finite arrays."""
        names = ["x"] if len(rows) == 1 else [f"array {i} of the rows" for i in range(len(rows))]
        arrays = tuple(real_array(row, name) for row, name in zip(rows, names, strict=True))
        for array, name in zip(arrays, names, strict=True):
            check_finite(array, name, np.float64)
        lengths = [len(array) for array in arrays if array.ndim]
        if len(set(lengths)) > 1:
            raise ValueError(f"the arrays of the rows must be equally long, got {lengths} rows")
        return arrays

    def check_packed(self) -> None:
        """Raise RuntimeError if the parameters that `objective` reads are no longer theta's."""

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Put back at the end what a call of `objective` changes: `grad`."""
        kept = self.grad.copy()
        try:
            yield
        finally:
            self.grad[...] = kept

    def begin(self, *rows: NDArray) -> None:
        """Prepare for training on these rows; `fit` and `minimize` call it before the first step.

        A model may start at values that it takes from the data, or warn about a setting that cannot
        fit them. By default nothing is done.
        """

    def project(self) -> None:
        """Bring theta back to where it has to stay, after each step. By default nothing is done."""

    def dead_units(self, *rows: NDArray) -> NDArray[np.bool_] | None:
        """Return which units no longer respond to any of these rows; None where it is not known."""
        return None

    def vectorized(
        self,
        optimizer: object,
        batch_size: int,
        n: int,
        *,
        same_draws: bool | None = None,
        memory: dict | None = None,
        rows: tuple | None = None,
    ) -> object:
        """Return what `fit` runs with core="vectorized"; by default an UnsupportedError."""
        raise UnsupportedError(f"models of class {type(self).__name__}")

    @property
    def dtype(self) -> np.dtype:
        """The real dtype of the data this model works on (its own, unless it was made complex)."""
        return self.theta.real.dtype

    def parameters(self) -> dict[str, NDArray]:
        """Return every array of parameters by name, as a view, in the order of theta."""
        return {"theta": self.theta}

    def copy(self):
        """Return an independent model with equal parameters."""
        return copy.deepcopy(self)

    def __copy__(self):
        # A shallow copy would share theta and grad with the original.
        return copy.deepcopy(self)

    def __getstate__(self):
        # A copied view would no longer look into theta: `fit` would move parameters that nobody
        # reads, and `gradcheck` would find every derivative to be zero.
        for name, value in self.__dict__.items():
            if name not in ("theta", "grad") and isinstance(value, np.ndarray):
                if np.shares_memory(value, self.theta) or np.shares_memory(value, self.grad):
                    raise TypeError(
                        f"{type(self).__name__}.{name} is a view of theta or grad, and a copy of "
                        "the model would lose it: make it a property that returns the view"
                    )
        return self.__dict__

    def astype(self, dtype: DTypeLike):
        """Return a copy whose parameters have this dtype: float32, float64 or complex128.

        With complex128 the loss is complex too. That is how the complex-step check works, and its
        only purpose.
        """
        dtype = theta_dtype(dtype)
        twin = copy.deepcopy(self)
        twin.training = None
        twin.theta, twin.grad = self.theta.astype(dtype), self.grad.astype(dtype)
        return twin


def evaluate(model: Trainable, rows: Sequence[NDArray], rng: np.random.Generator) -> float:
    """Return the loss of rows that were checked, and set `grad` to its gradient.

    This is what every step of a training calls. A model of your own that gives `loss_and_grad`
    instead of `objective` is asked for that.
    """
    if inherits(model, Trainable, "loss_and_grad"):
        return _from_zero(model, rows, rng)
    return model.loss_and_grad(*rows, rng=rng)


def _from_zero(model: Trainable, rows: Sequence[NDArray], rng: np.random.Generator) -> float:
    """Zero the gradient and call `objective`. The loss is a float, unless theta is complex."""
    model.grad[...] = 0.0
    loss = model.objective(*rows, rng=rng)
    return loss if np.iscomplexobj(loss) else float(loss)


def defined_together(cls: type, *names: str) -> bool:
    """Whether one and the same class defines all these: a subclass may have changed only one."""
    owners = {next((c for c in cls.__mro__ if name in vars(c)), None) for name in names}
    return len(owners) == 1 and None not in owners


def inherits(model: object, base: type, *methods: str) -> bool:
    """Whether the model has these methods from `base`: none of its class, and none assigned."""
    assigned = getattr(model, "__dict__", {})
    return all(
        name not in assigned and getattr(type(model), name) is getattr(base, name)
        for name in methods
    )
