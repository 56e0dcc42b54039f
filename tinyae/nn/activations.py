"""An activation is one smooth function applied to every unit, with its two derivatives.

A subclass of `Elementwise` defines f, f′ and f″. Everything else follows from these. The
derivatives may be written in terms of the input a or of the output y = f(a), because both are in
the cache. All formulas are exact for a complex argument with a tiny imaginary part, because
`gradcheck` uses the complex step. For this reason the code tests `a.real >= 0` and not `a >= 0`.
`core/units.py` has the same functions on buffers, for the vectorized core.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.nn.layers import Layer
from tinyae.numerics.underflow import underflow_to_zero


class Elementwise(Layer):
    """y = f(a), unit by unit. A subclass defines `f`, `df` (f′), `d2f` (f″) and its `formula`.

    `gain` is the factor by which Glorot's initial weights are multiplied in the layer before the
    unit. `kinks` are the inputs a at which f has no derivative; `gradcheck` leaves out the rows
    that lie on one. `reach` is the interval that contains y. A subclass of a unit must define its
    own `reach`, because its outputs may lie outside the inherited interval: see `stated_reach`.
    """

    formula = "f(a)"
    gain = 1.0
    reach = (-np.inf, np.inf)

    def f(self, a: NDArray) -> NDArray:
        """Return y = f(a)."""
        raise NotImplementedError(f"{type(self).__name__}.f")

    def df(self, a: NDArray, y: NDArray) -> NDArray:
        """Return f′(a). y = f(a) is given, so that it need not be computed again."""
        raise NotImplementedError(f"{type(self).__name__}.df")

    def d2f(self, a: NDArray, y: NDArray) -> NDArray:
        """Return f″(a). y = f(a) is given, so that it need not be computed again."""
        raise NotImplementedError(f"{type(self).__name__}.d2f")

    def antiderivative(self, a: NDArray) -> NDArray | None:
        """Return Φ(a) with Φ′ = f, or None if the unit defines no antiderivative."""
        return None

    def forward(self, a: NDArray) -> tuple[NDArray, Any]:
        """Return y = f(a); the cache is (a, y)."""
        y = self.f(a)
        return y, (a, y)

    def backward(self, gy: NDArray, cache: Any) -> NDArray:
        """ga = f′(a) gy."""
        return gy * self.df(*cache)

    def jvp(self, v: NDArray, cache: Any) -> tuple[NDArray, Any]:
        """Return u = f′(a) v; the tape is v."""
        return v * self.df(*cache), v

    def jvp_backward(self, gu: NDArray, v: Any, cache: Any) -> tuple[NDArray, NDArray]:
        """ga = f″(a) Σ v gu over the tangents,  gv = f′(a) gu."""
        return (v * gu).sum(axis=0) * self.d2f(*cache), gu * self.df(*cache)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Identity(Elementwise):
    """f(a) = a: a linear unit."""

    formula = "a"
    reach = (-np.inf, np.inf)

    def f(self, a: NDArray) -> NDArray:
        """Return a."""
        return a

    def antiderivative(self, a: NDArray) -> NDArray:
        """Return ½ a²."""
        return 0.5 * a * a

    def df(self, a: NDArray, y: NDArray) -> NDArray:
        """f′ = 1."""
        return np.ones_like(a)

    def d2f(self, a: NDArray, y: NDArray) -> NDArray:
        """f″ = 0."""
        return np.zeros_like(a)


class Sigmoid(Elementwise):
    """f(a) = 1 / (1 + exp(-a)) = ½ (1 + tanh(a/2)): the second form cannot overflow."""

    formula = "1/(1+exp(-a))"
    gain = 4.0
    reach = (0.0, 1.0)

    def f(self, a: NDArray) -> NDArray:
        """Return ½ (1 + tanh(a/2))."""
        y = np.tanh(0.5 * a)
        y += 1.0  # in place: an array of its own at every operation would take longer
        y *= 0.5
        return y

    def df(self, a: NDArray, y: NDArray) -> NDArray:
        """f′ = y (1 - y)."""
        return y * (1.0 - y)

    def d2f(self, a: NDArray, y: NDArray) -> NDArray:
        """f″ = y (1 - y) (1 - 2y)."""
        return y * (1.0 - y) * (1.0 - 2.0 * y)

    def antiderivative(self, a: NDArray) -> NDArray:
        """Return softplus(a)."""
        return softplus(a)


class Tanh(Elementwise):
    """f(a) = tanh(a)."""

    formula = "tanh(a)"
    reach = (-1.0, 1.0)

    def f(self, a: NDArray) -> NDArray:
        """Return tanh(a)."""
        return np.tanh(a)

    def df(self, a: NDArray, y: NDArray) -> NDArray:
        """f′ = 1 - y²."""
        return 1.0 - y * y

    def d2f(self, a: NDArray, y: NDArray) -> NDArray:
        """f″ = -2 y (1 - y²)."""
        return -2.0 * y * (1.0 - y * y)

    def antiderivative(self, a: NDArray) -> NDArray:
        """Return log cosh a, without overflow."""
        return softplus(2.0 * a) - a - np.log(2.0)


class ReLU(Elementwise):
    """f(a) = max(a, 0). At the kink a = 0 the derivative is defined as 0."""

    formula = "max(a, 0)"
    gain = 2.0**0.5
    kinks = (0.0,)
    reach = (0.0, np.inf)

    def f(self, a: NDArray) -> NDArray:
        """Return a where a > 0, else 0."""
        return np.where(a.real > 0, a, 0)

    def df(self, a: NDArray, y: NDArray) -> NDArray:
        """f′ = 1 where a > 0, else 0."""
        return (a.real > 0).astype(a.dtype)

    def d2f(self, a: NDArray, y: NDArray) -> NDArray:
        """f″ = 0 away from the kink."""
        return np.zeros_like(a)

    def antiderivative(self, a: NDArray) -> NDArray:
        """Return ½ max(a, 0)²."""
        return 0.5 * np.maximum(a, 0.0) ** 2


class Softplus(Elementwise):
    """f(a) = log(1 + exp(a)), a smooth rectifier whose derivative is the sigmoid."""

    formula = "log(1+exp(a))"
    gain = 2.0**0.5
    reach = (0.0, np.inf)

    def f(self, a: NDArray) -> NDArray:
        """Return log(1 + exp(a)) without overflow."""
        return softplus(a)

    def df(self, a: NDArray, y: NDArray) -> NDArray:
        """f′ = 1 / (1 + exp(-a)) = 1 - exp(-y)."""
        return -np.expm1(-y)

    @underflow_to_zero
    def d2f(self, a: NDArray, y: NDArray) -> NDArray:
        """f″ = f′ (1 - f′) = (1 - exp(-y)) exp(-y)."""
        return -np.expm1(-y) * np.exp(-y)


@underflow_to_zero
def softplus(a: NDArray) -> NDArray:
    """log(1 + exp(a)) = max(a, 0) + log(1 + exp(-|a|)), with |a| written s·a, s = sign(Re a)."""
    positive = a.real >= 0
    return np.where(positive, a, 0) + np.log1p(np.exp(np.where(positive, -a, a)))


def stated_reach(layer: Layer) -> tuple[float, float] | None:
    """Return the interval of the layer's outputs that its own class defines; None if it has none.

    An inherited `reach` is ignored, because the outputs of a subclass may lie outside of it.
    """
    return vars(type(layer)).get("reach")


def as_unit(activation: Activation, name: str) -> Elementwise:
    """Return an activation object, given the class or an object of it."""
    if isinstance(activation, type) and issubclass(activation, Elementwise):
        return activation()
    if isinstance(activation, Elementwise):
        return activation
    raise TypeError(
        f"{name} must be Identity, Sigmoid, Tanh, ReLU, Softplus or your own Elementwise, "
        f"got {activation!r}"
    )


Activation = type[Elementwise] | Elementwise
