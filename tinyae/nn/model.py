"""A Trainable whose parameters lie in layers.

The parameters of the layers are views of theta, and their gradients are views of grad. This base
class keeps them so after copying, pickling and a change of dtype, and detects a lost view.
"""

from __future__ import annotations

import copy
from html import escape
from typing import TYPE_CHECKING, Any

from numpy.typing import DTypeLike, NDArray

from tinyae.checks.numbers import theta_dtype
from tinyae.nn.layers import Layer
from tinyae.nn.parameters import owners, pack, packed
from tinyae.nn.structure import leaves
from tinyae.nn.trainable import Trainable
from tinyae.text import html_table

if TYPE_CHECKING:
    from typing_extensions import Self


class Model(Trainable):
    """Named layers whose parameters form one vector `theta` and whose gradients form `grad`.

    A subclass defines `objective(*rows, rng=...)`. It returns the loss and adds the gradient of the
    loss into the gradients of the layers.

    Attributes
    ----------
    theta, grad : arrays of shape (number of parameters,)
    parts : the layers by name, in the order of theta
    """

    def __init__(self, parts: dict[str, Layer]):
        for name, part in parts.items():
            if not isinstance(part, Layer):
                raise TypeError(f"{name} must be a layer, got {type(part).__name__}: {part!r}")
        self.parts = parts
        self.progress = 1.0
        self.training: Any = None
        self.theta, self.grad = pack(*parts.values())

    def parameters(self) -> dict[str, NDArray]:
        """Return the parameters by name as views, in the order of theta; shared ones once."""
        names: dict[int, str] = {}
        for name, part in self.parts.items():
            for i, leaf in enumerate(leaves(part)):
                names.setdefault(id(leaf), f"{name}[{i}]")
        found = {}
        for layer, key in owners(*self.parts.values()):
            name = names.setdefault(id(layer), f"source{len(names)}")  # a source outside the model
            found[f"{name}.{key}"] = layer.params[key]
        return found

    def __repr__(self) -> str:
        return f"{type(self).__name__}, {self.theta.dtype}, {self.theta.size} parameters"

    def _repr_html_(self) -> str:
        """Return HTML for a notebook: the repr and a table of the parameters."""
        rows = [(name, p.shape, p.size) for name, p in self.parameters().items()]
        table = html_table(f"{self.theta.size} parameters", ("name", "shape", "entries"), rows)
        return f"<div><pre>{escape(repr(self))}</pre>{table}</div>"

    def check_packed(self) -> None:
        """Raise RuntimeError if a parameter of a layer is no longer a view of theta, or of grad."""
        if not packed(self.theta, self.grad, *self.parts.values()):
            raise RuntimeError(
                "the parameters of this model's layers are no longer views of its theta: either a "
                "parameter was replaced (assign in place instead: "
                'layer.params["W"][...] = value), or the layers were packed into a newer model '
                "(use that one, or build such a model from a copy)"
            )

    def __copy__(self) -> Self:
        # A shallow copy of the layers would keep views of the old theta, so every copy is deep.
        return copy.deepcopy(self)

    def astype(self, dtype: DTypeLike) -> Self:
        """Return a copy whose parameters have this dtype, as `Trainable.astype` does."""
        dtype = theta_dtype(dtype)
        twin = copy.deepcopy(self)
        twin.training = None
        for layer, key in list(owners(*twin.parts.values())):
            layer.params[key] = layer.params[key].astype(dtype)
            layer.grads[key] = layer.grads[key].astype(dtype)
        twin.theta, twin.grad = pack(*twin.parts.values())
        return twin

    def __getstate__(self) -> dict[str, Any]:
        self.check_packed()
        return {k: v for k, v in self.__dict__.items() if k not in ("theta", "grad")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.theta, self.grad = pack(*self.parts.values())
