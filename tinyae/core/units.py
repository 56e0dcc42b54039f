"""The units on buffers: f, f′ and f″ as lists of operations.

The reference is `nn/activations.py`. The derivatives are computed from y = f(a) alone, so that a
need not be stored. To add a unit, add a class here and a row in `UNITS`, the table that `stages_of`
reads. The sigmoid and the hyperbolic tangent have two forms each, of which `units_of` takes those
that a `Tuning` names.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.core.operations import Operation, number
from tinyae.nn.activations import Elementwise, Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.training.tuning import Tuning

SHORT = 1 << 9  # numbers in an array; in fewer, one call of tanh takes less time than five others


class Unit:
    """One unit on buffers, under the names of `Elementwise`.

    Attributes
    ----------
    overwrites : whether `df` may write over y itself
    """

    overwrites = False

    def f(self, a: NDArray, t: NDArray) -> list[Operation]:
        """a <- f(a). `t` is scratch of the same shape."""
        raise NotImplementedError(f"{type(self).__name__}.f")

    def df(self, y: NDArray, s: NDArray) -> list[Operation]:
        """s <- f′(a)."""
        raise NotImplementedError(f"{type(self).__name__}.df")

    def d2f(self, y: NDArray, s: NDArray, c: NDArray) -> list[Operation]:
        """c <- f″(a), given s = f′(a)."""
        raise NotImplementedError(f"{type(self).__name__}.d2f")

    def backward(self, y: NDArray, g: NDArray, t: NDArray, on: NDArray) -> list[Operation]:
        """g <- f′(a) g: the adjoint of y becomes that of a. `t` and `on` (booleans) are scratch."""
        return [*self.df(y, t), partial(np.multiply, g, t, g)]


class IdentityUnit(Unit):
    """`Identity` on buffers."""

    def f(self, a: NDArray, t: NDArray) -> list[Operation]:
        """Nothing has to be done."""
        return []

    def df(self, y: NDArray, s: NDArray) -> list[Operation]:
        """f′ = 1."""
        return [partial(s.fill, 1.0)]

    def d2f(self, y: NDArray, s: NDArray, c: NDArray) -> list[Operation]:
        """f″ = 0."""
        return [partial(c.fill, 0.0)]

    def backward(self, y: NDArray, g: NDArray, t: NDArray, on: NDArray) -> list[Operation]:
        """Nothing has to be done."""
        return []


class SigmoidUnit(Unit):
    """`Sigmoid` on buffers."""

    def f(self, a: NDArray, t: NDArray) -> list[Operation]:
        """½ + ½ tanh(a/2)."""
        half = number(0.5, a.dtype)
        return [partial(np.multiply, a, half, a), partial(np.tanh, a, a),
                partial(np.multiply, a, half, a), partial(np.add, a, half, a)]  # fmt: skip

    def df(self, y: NDArray, s: NDArray) -> list[Operation]:
        """f′ = y − y²."""
        return [partial(np.square, y, s), partial(np.subtract, y, s, s)]

    def d2f(self, y: NDArray, s: NDArray, c: NDArray) -> list[Operation]:
        """f″ = s (1 − 2y)."""
        one, minus_two = number(1.0, y.dtype), number(-2.0, y.dtype)
        return [partial(np.multiply, y, minus_two, c), partial(np.add, c, one, c),
                partial(np.multiply, c, s, c)]  # fmt: skip


class SigmoidByExp(SigmoidUnit):
    """`Sigmoid` on buffers, by the exponential function.

    exp(−a) may overflow to infinity, which gives the right value 0. So the operations run where
    NumPy ignores overflow.
    """

    def f(self, a: NDArray, t: NDArray) -> list[Operation]:
        """1/(1 + exp(−a))."""
        one = number(1.0, a.dtype)
        return [partial(np.negative, a, a), partial(np.exp, a, a), partial(np.add, a, one, a),
                partial(np.divide, one, a, a)]  # fmt: skip


class TanhUnit(Unit):
    """`Tanh` on buffers."""

    overwrites = True

    def f(self, a: NDArray, t: NDArray) -> list[Operation]:
        """tanh(a)."""
        return [partial(np.tanh, a, a)]

    def df(self, y: NDArray, s: NDArray) -> list[Operation]:
        """f′ = 1 − y²."""
        one = number(1.0, y.dtype)
        return [partial(np.square, y, s), partial(np.subtract, one, s, s)]

    def d2f(self, y: NDArray, s: NDArray, c: NDArray) -> list[Operation]:
        """f″ = −2 y s."""
        minus_two = number(-2.0, y.dtype)
        return [partial(np.multiply, y, minus_two, c), partial(np.multiply, c, s, c)]


class TanhByExp(TanhUnit):
    """`Tanh` on buffers, by the exponential function. It overflows as in `SigmoidByExp`."""

    def f(self, a: NDArray, t: NDArray) -> list[Operation]:
        """1 − 2/(1 + exp(2a)). In a short array, the calls would take longer than they save."""
        if a.size < SHORT:
            return super().f(a, t)
        one, two, minus_two = (number(value, a.dtype) for value in (1.0, 2.0, -2.0))
        return [partial(np.multiply, a, two, a), partial(np.exp, a, a), partial(np.add, a, one, a),
                partial(np.divide, minus_two, a, a), partial(np.add, a, one, a)]  # fmt: skip


class ReLUUnit(Unit):
    """`ReLU` on buffers."""

    def f(self, a: NDArray, t: NDArray) -> list[Operation]:
        """max(a, 0)."""
        return [partial(np.maximum, a, number(0.0, a.dtype), out=a)]

    def df(self, y: NDArray, s: NDArray) -> list[Operation]:
        """f′ = 1 where y > 0, else 0."""
        return [partial(np.sign, y, s)]

    def d2f(self, y: NDArray, s: NDArray, c: NDArray) -> list[Operation]:
        """f″ = 0 away from the kink."""
        return [partial(c.fill, 0.0)]

    def backward(self, y: NDArray, g: NDArray, t: NDArray, on: NDArray) -> list[Operation]:
        """g <- g where y > 0, else 0. A comparison is faster than the sign in `df`."""
        zero = number(0.0, y.dtype)
        return [partial(np.greater, y, zero, on), partial(np.multiply, g, on, g)]


class SoftplusUnit(Unit):
    """`Softplus` on buffers."""

    def f(self, a: NDArray, t: NDArray) -> list[Operation]:
        """max(a, 0) + log(1 + exp(−|a|))."""
        zero = number(0.0, a.dtype)
        return [partial(np.abs, a, t), partial(np.negative, t, t), partial(np.exp, t, t),
                partial(np.log1p, t, t), partial(np.maximum, a, zero, out=a),
                partial(np.add, a, t, a)]  # fmt: skip

    def df(self, y: NDArray, s: NDArray) -> list[Operation]:
        """f′ = 1 − exp(−y)."""
        return [partial(np.negative, y, s), partial(np.expm1, s, s), partial(np.negative, s, s)]

    def d2f(self, y: NDArray, s: NDArray, c: NDArray) -> list[Operation]:
        """f″ = s (1 − s)."""
        return [partial(np.square, s, c), partial(np.subtract, s, c, c)]


UNITS: dict[type[Elementwise], Unit] = {
    Identity: IdentityUnit(),
    Sigmoid: SigmoidUnit(),
    Tanh: TanhUnit(),
    ReLU: ReLUUnit(),
    Softplus: SoftplusUnit(),
}
# The forms of units that have two, by the names in `Tuning`.
FORMS: dict[type[Elementwise], dict[str, Unit]] = {
    Sigmoid: {"tanh": UNITS[Sigmoid], "exp": SigmoidByExp()},
    Tanh: {"tanh": UNITS[Tanh], "exp": TanhByExp()},
}


def units_of(tuning: Tuning) -> dict[type[Elementwise], Unit]:
    """Return the table of the units, in the forms that `tuning` names."""
    return {**UNITS, Sigmoid: FORMS[Sigmoid][tuning.sigmoid], Tanh: FORMS[Tanh][tuning.tanh]}
