"""The elementary steps of the vectorized core: in place, without temporaries, in few calls.

Each function returns a list of operations, calls that need no argument any more, on arrays that
exist already; `models.core` strings them together once and afterwards only runs them. The formulas
are those of `activations`, `outputs` and `corruption`. Microseconds in the comments are for
128 × 784 numbers in float32 on one core with NumPy 2.4; only how they compare is of interest.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.nn.activations import Elementwise, Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.nn.outputs import BernoulliOutput, Output

Operation = Callable[[], object]
UNITS = (Identity, Sigmoid, Tanh, ReLU, Softplus)
FOLDS = 6  # a product of 2⁶ numbers between 1 and 2 is at most 2⁶⁴, which float32 can hold


def number(value: float, dtype: np.dtype) -> NDArray:
    """A 0-d array, since NumPy converts a Python float anew at every call (.62 against .30 µs)."""
    return np.array(value, dtype)


def activate(unit: Elementwise, a: NDArray, t: NDArray) -> list[Operation]:
    """a <- f(a). `t` is scratch of the same shape."""
    zero, half = number(0.0, a.dtype), number(0.5, a.dtype)
    if isinstance(unit, Sigmoid):
        # ½ + ½ tanh(a/2), four passes without a division: 60 µs; 1/(1 + exp(−a)) takes 110.
        return [partial(np.multiply, a, half, a), partial(np.tanh, a, a),
                partial(np.multiply, a, half, a), partial(np.add, a, half, a)]  # fmt: skip
    if isinstance(unit, Tanh):
        return [partial(np.tanh, a, a)]
    if isinstance(unit, ReLU):
        return [partial(np.maximum, a, zero, out=a)]
    if isinstance(unit, Softplus):  # max(a, 0) + log(1 + exp(−|a|))
        return [partial(np.abs, a, t), partial(np.negative, t, t), partial(np.exp, t, t),
                partial(np.log1p, t, t), partial(np.maximum, a, zero, out=a),
                partial(np.add, a, t, a)]  # fmt: skip
    return []


def slope(unit: Elementwise, y: NDArray, s: NDArray) -> list[Operation]:
    """s <- f′(a), from y = f(a) alone, so that a need not be kept."""
    one = number(1.0, y.dtype)
    if isinstance(unit, Sigmoid):  # y − y²
        return [partial(np.square, y, s), partial(np.subtract, y, s, s)]
    if isinstance(unit, Tanh):  # 1 − y²
        return [partial(np.square, y, s), partial(np.subtract, one, s, s)]
    if isinstance(unit, ReLU):
        return [partial(np.sign, y, s)]
    if isinstance(unit, Softplus):  # 1 − exp(−y)
        return [partial(np.negative, y, s), partial(np.expm1, s, s), partial(np.negative, s, s)]
    return [partial(s.fill, 1.0)]


def curvature(unit: Elementwise, y: NDArray, s: NDArray, c: NDArray) -> list[Operation]:
    """c <- f″(a), from y = f(a) and the slope s = f′(a)."""
    one, minus_two = number(1.0, y.dtype), number(-2.0, y.dtype)
    if isinstance(unit, Sigmoid):  # s (1 − 2y)
        return [partial(np.multiply, y, minus_two, c), partial(np.add, c, one, c),
                partial(np.multiply, c, s, c)]  # fmt: skip
    if isinstance(unit, Tanh):  # −2 y s
        return [partial(np.multiply, y, minus_two, c), partial(np.multiply, c, s, c)]
    if isinstance(unit, Softplus):  # s (1 − s)
        return [partial(np.square, s, c), partial(np.subtract, s, c, c)]
    return [partial(c.fill, 0.0)]


def through(unit: Elementwise, y: NDArray, g: NDArray, t: NDArray) -> list[Operation]:
    """g <- f′(a) g: the adjoint of y becomes that of a. `t` is scratch."""
    if isinstance(unit, Identity):
        return []
    if isinstance(unit, ReLU):
        # A comparison into booleans is nearly free, a sign costs as much as the product itself.
        on = np.empty(y.shape, bool)
        zero = number(0.0, y.dtype)
        return [partial(np.greater, y, zero, on), partial(np.multiply, g, on, g)]
    return [*slope(unit, y, t), partial(np.multiply, g, t, g)]


def compare(
    output: Output, a: NDArray, x: NDArray, g: NDArray, term: Callable[[float], NDArray]
) -> tuple[list[Operation], float]:
    """g <- ∂cost/∂a of −log p(x | a), summed over the batch; the cost goes into cells.

    `term(w)` returns a 0-d array whose content counts w times in the loss. Without a unit after a,
    `g` may be `a` itself. Returned beside the operations is what is to be added to the loss.
    """
    flat_g = g.reshape(-1)
    if not isinstance(output, BernoulliOutput):  # ½ Σ (a − x)²
        return [partial(np.subtract, a, x, g), partial(np.dot, flat_g, flat_g, term(0.5))], 0.0
    # With u = a/2 and t = tanh u:  softplus(a) = |u| + u + log 2 − log(1 + |t|),  r = ½ + ½ t.
    # The factors 1 + |t| lie between 1 and 2: 64 of them are multiplied before one logarithm is
    # taken, so the cost of a batch takes 119 µs instead of the 545 of a logarithm each.
    half, one = number(0.5, a.dtype), number(1.0, a.dtype)
    block = 1 << FOLDS
    size = -(-a.size // block) * block
    product, ones = np.ones(size, a.dtype), np.ones(size, a.dtype)  # the rest of a block stays 1
    p = product[: a.size].reshape(a.shape)
    first = [
        partial(np.multiply, a, half, g),
        partial(np.abs, g, p),
        partial(np.dot, product[: a.size], ones[: a.size], term(1.0)),
        partial(np.dot, flat_g, ones[: a.size], term(1.0)),
        partial(np.dot, flat_g, x.reshape(-1), term(-2.0)),
        partial(np.tanh, g, g),
        partial(np.abs, g, p),
        partial(np.add, p, one, p),
    ]
    folds = []
    for _ in range(FOLDS):
        size //= 2
        folds.append(partial(np.multiply, product[:size], product[size : 2 * size], product[:size]))
    last = [
        partial(np.log, product[:size], product[:size]),
        partial(np.dot, product[:size], ones[:size], term(-1.0)),
        partial(np.multiply, g, half, g),
        partial(np.add, g, half, g),
        partial(np.subtract, g, x, g),
    ]
    return first + folds + last, a.size * float(np.log(2.0))
