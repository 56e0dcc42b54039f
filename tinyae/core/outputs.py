"""The outputs on buffers, the cost together with its gradient.

The references are `criterion/outputs.py` and `criterion/gaussian_outputs.py`. To add an output, add
a class here and a row in `OUTPUTS`, the table that `check_supported` reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.core.operations import Operation, Term, flat, inner, number, product, total
from tinyae.core.units import Unit
from tinyae.criterion.gaussian_outputs import FixedGaussianOutput
from tinyae.criterion.output import Output
from tinyae.criterion.outputs import BernoulliOutput, GaussianOutput

FOLDED = 64  # the product of so many numbers between ½ and 1 is a normal number in float32


@dataclass(frozen=True)
class Scratch:
    """Scratch arrays for the cost of a and x.

    t : array of x's shape
    sigmoid : the unit for the probabilities of binary variables
    product : array of ones, a row for each model or one row. Its length is that of a model's a,
        rounded up to a multiple of `FOLDED`. The entries beyond the length of a remain 1
    ones : 1-d array of ones, at least as long as the rows, the columns, and the `FOLDED`th part of
        `product`
    """

    t: NDArray
    sigmoid: Unit
    product: NDArray
    ones: NDArray


class SquaredError:
    """`GaussianOutput` on buffers: ½ Σ (a − x)².

    Attributes
    ----------
    keeps_errors : whether the block may keep the gradient a − x of every batch. Then the block
        computes the costs of all batches in one call
    """

    keeps_errors = True

    def cost_and_gradient(
        self,
        output: Output,
        a: NDArray,
        x: NDArray,
        g: NDArray,
        scratch: Scratch,
        term: Term | None,
    ) -> list[Operation]:
        """g <- a − x. The cost, summed over the batch, is written to `term` unless that is None.

        If no unit follows a, `g` may be `a` itself.
        """
        cost = [] if term is None else [inner(flat(g), flat(g), term(0.5))]
        return [partial(np.subtract, a, x, g), *cost]


class ScaledSquaredError:
    """`FixedGaussianOutput` on buffers: Σ (a − x)²/(2σ²)."""

    keeps_errors = False

    def cost_and_gradient(
        self, output: Any, a: NDArray, x: NDArray, g: NDArray, scratch: Scratch, term: Any
    ) -> list[Operation]:
        """g <- (a − x)/σ². The cost, summed over the batch, is written to `term`."""
        precision = 1.0 / output.sigma**2
        return [
            partial(np.subtract, a, x, g),
            inner(flat(g), flat(g), term(0.5 * precision)),
            partial(np.multiply, g, number(precision, a.dtype), g),
        ]


class CrossEntropy:
    """`BernoulliOutput` on buffers: Σ softplus(a) − x a.

    softplus(a) − x a = [max(a, 0) − x a] − log max(r, 1 − r) with r = sigmoid(a), and
    max(r, 1 − r) = ½ + |r − ½|.
    Neither part is negative, so there is no cancellation: the absolute error of an entry's cost is
    about the rounding error of 1. The arguments of the logarithm lie between ½ and 1. For speed,
    64 of them are multiplied first, and the logarithm of the product is taken.
    """

    keeps_errors = False

    def cost_and_gradient(
        self, output: Any, a: NDArray, x: NDArray, g: NDArray, scratch: Scratch, term: Any
    ) -> list[Operation]:
        """g <- sigmoid(a) − x. The cost, summed over the batch, is written to two terms.

        `g` may be `a` itself.
        """
        zero, half = number(0.0, a.dtype), number(0.5, a.dtype)
        n, t, folded, ones = a.shape[-2] * a.shape[-1], scratch.t, scratch.product, scratch.ones
        size = -(-n // FOLDED) * FOLDED
        p = folded[..., :n].reshape(a.shape)
        found: list[Operation] = [
            partial(np.multiply, x, a, t),
            partial(np.maximum, a, zero, out=p),
            partial(np.subtract, p, t, p),
            *total(p, ones, term(1.0)),
            *([] if np.may_share_memory(a, g) else [partial(np.copyto, g, a)]),
            *scratch.sigmoid.f(g, t),
            partial(np.subtract, g, half, p),
            partial(np.abs, p, p),
            partial(np.add, p, half, p),
        ]
        while size > -(-n // FOLDED):
            size //= 2
            lower, upper = folded[..., :size], folded[..., size : 2 * size]
            found.append(partial(np.multiply, lower, upper, lower))
        kept = folded[..., :size]
        return found + [
            partial(np.log, kept, kept),
            product(kept, ones[:size], term(-1.0)),
            partial(np.subtract, g, x, g),
        ]


OUTPUTS: dict[type[Output], SquaredError | ScaledSquaredError | CrossEntropy] = {
    GaussianOutput: SquaredError(),
    FixedGaussianOutput: ScaledSquaredError(),
    BernoulliOutput: CrossEntropy(),
}
