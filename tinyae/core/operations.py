"""The elementary steps of the vectorized core: in place, without temporaries, in few calls.

Each function returns a list of operations, calls that need no argument any more, on arrays that
exist already; `models.block` strings them together once and afterwards only runs them. The formulas
are those of `activations` and `outputs`. Microseconds in the comments are for
128 × 784 numbers in float32 on one core with NumPy 2.4; only how they compare is of interest.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.output import Output
from tinyae.criterion.outputs import BernoulliOutput
from tinyae.nn.activations import Elementwise, Identity, ReLU, Sigmoid, Softplus, Tanh

Operation = Callable[[], object]
UNITS = (Identity, Sigmoid, Tanh, ReLU, Softplus)
FOLDED = 64  # so many numbers between ½ and 1 have a product that float32 can hold


def number(value: float, dtype: np.dtype) -> NDArray:
    """A 0-d array, since NumPy converts a Python float anew at every call (.45 against .26 µs)."""
    return np.array(value, dtype)


def activate(unit: Elementwise, a: NDArray, t: NDArray) -> list[Operation]:
    """a <- f(a). `t` is scratch of the same shape."""
    zero, half = number(0.0, a.dtype), number(0.5, a.dtype)
    if isinstance(unit, Sigmoid):
        # ½ + ½ tanh(a/2), four passes without a division: 47 µs; 1/(1 + exp(−a)) takes 72.
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


def through(unit: Elementwise, y: NDArray, g: NDArray, t: NDArray, on: NDArray) -> list[Operation]:
    """g <- f′(a) g: the adjoint of y becomes that of a. `t` and `on` (booleans) are scratch."""
    if isinstance(unit, Identity):
        return []
    if isinstance(unit, ReLU):
        # A comparison into booleans is nearly free, a sign costs as much as the product itself.
        zero = number(0.0, y.dtype)
        return [partial(np.greater, y, zero, on), partial(np.multiply, g, on, g)]
    return [*slope(unit, y, t), partial(np.multiply, g, t, g)]


def total(z: NDArray, ones: NDArray, out: NDArray) -> list[Operation]:
    """out <- Σ z, row by row first: ones as many as z itself would drive it from the cache."""
    sums = np.empty(len(z), z.dtype)
    return [
        partial(np.dot, z, ones[: z.shape[1]], sums),
        partial(np.dot, sums, ones[: len(z)], out),
    ]


def compare(
    output: Output,
    a: NDArray,
    x: NDArray,
    g: NDArray,
    t: NDArray,
    product: NDArray,
    ones: NDArray,
    term: Callable[[float], NDArray] | None,
) -> list[Operation]:
    """g <- ∂cost/∂a of −log p(x | a), summed over the batch; the cost goes into cells.

    `term(w)` returns a 0-d array whose content counts w times in the loss; None leaves the cost of
    a Gaussian to whoever keeps its errors g. Without a unit after a,
    `g` may be `a` itself. `t` is scratch of x's shape. `product` is flat, all ones, as long as a
    and a multiple of `FOLDED`: what of it lies beyond a stays 1. `ones` are as many as a has rows,
    columns, or `FOLDED`th parts.
    """
    n, flat = a.size, g.reshape(-1)
    if not isinstance(output, BernoulliOutput):  # ½ Σ (a − x)²
        cost = [] if term is None else [partial(np.dot, flat, flat, term(0.5))]
        return [partial(np.subtract, a, x, g), *cost]
    # softplus(a) − x a = [max(a, 0) − x a] − log ½(1 + |t|) with t = tanh(a/2), and r = ½ + ½ t.
    # Neither part is ever negative, so nothing cancels where the net is sure of x: the cost of an
    # entry is right to the rounding of 1. The arguments of the logarithm lie between ½ and 1: 64 of
    # them are multiplied before one logarithm is taken. Cost and gradient together take 150 µs here
    # and 1300 through the layers.
    zero, half = number(0.0, a.dtype), number(0.5, a.dtype)
    size = -(-n // FOLDED) * FOLDED
    p = product[:n].reshape(a.shape)
    found = [
        partial(np.multiply, x, a, t),
        partial(np.maximum, a, zero, out=p),
        partial(np.subtract, p, t, p),
        *total(p, ones, term(1.0)),
        partial(np.multiply, a, half, g),
        partial(np.tanh, g, g),
        partial(np.abs, g, p),
        partial(np.multiply, p, half, p),
        partial(np.add, p, half, p),
    ]
    while size > -(-n // FOLDED):
        size //= 2
        found.append(partial(np.multiply, product[:size], product[size : 2 * size], product[:size]))
    return found + [
        partial(np.log, product[:size], product[:size]),
        partial(np.dot, product[:size], ones[:size], term(-1.0)),
        partial(np.multiply, g, half, g),
        partial(np.add, g, half, g),
        partial(np.subtract, g, x, g),
    ]
