"""Data scaled to units of their own spread, and squared distances without cancellation.

The square of 1e-170 is 0 in float64 and that of 1e170 is infinite, so data are scaled before they
are squared. The units are powers of 2: multiplying by them does not round.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics.blocks import row_blocks

CLOSE = 1e-3  # a squared distance below this share of ‖a‖² + ‖b‖² has lost digits
BLOCK_BYTES = 16_000_000  # of the differences in memory at the same time
CACHE_BYTES = 500_000  # of a block of squares, which stays in the cache while it is worked on


def in_units(x: NDArray) -> tuple[NDArray, NDArray, int]:
    """Return (mean, c, e) with x = mean + 2^e c, where c (n, d) has mean 0 and no entry above 2.

    A constant column of x becomes exactly 0. e depends neither on the order of the rows nor on
    constant columns.
    """
    low, high = x.min(axis=0), x.max(axis=0)
    middle = np.where(low == high, low, 0.5 * low + 0.5 * high)
    # Subtraction rounds in the order of the numbers, so the extremes have the largest |c|.
    exponent = int(np.frexp(np.maximum(high - middle, middle - low).max())[1])
    c = x - middle  # the only copy of x
    if exponent:
        np.ldexp(c, -exponent, out=c)
    rest = c.mean(axis=0)
    c -= rest
    return middle + np.ldexp(rest, exponent), c, exponent


def squared_distances(a: NDArray, b: NDArray) -> NDArray:
    """Return ‖a_i − b_j‖², of shape (n, m); 0 exactly for equal rows.

    Most come from one matrix product; those that lose digits by cancellation are computed from
    differences. The entries of a and b should be about 1 in size.
    """
    middle = b.mean(axis=0)
    near, far = a - middle, b - middle
    near_size, far_size = (near * near).sum(axis=1), (far * far).sum(axis=1)
    squares, far = np.empty((len(a), len(b))), -2.0 * far.T
    for block in row_blocks(len(a), len(b), CACHE_BYTES):
        part = squares[block]
        np.matmul(near[block], far, out=part)
        sizes = near_size[block, None] + far_size
        part += sizes
        sizes *= CLOSE
        i, j = np.nonzero(part <= sizes)
        for pairs in row_blocks(len(i), a.shape[1], BLOCK_BYTES):
            rows, columns = i[pairs], j[pairs]
            gap = a[block][rows] - b[columns]
            part[rows, columns] = (gap * gap).sum(axis=1)
    return squares


def rows_of_size_one(M: NDArray) -> NDArray:
    """Return M (…, d), each row divided by a power of 2 so that its largest entry is in [½, 1)."""
    return np.ldexp(M, -np.frexp(np.abs(M).max(axis=-1, keepdims=True))[1])


def check_squares(values: NDArray, what: str) -> None:
    """Raise ValueError unless all squares (or variances) lie in the normal range of float64."""
    if not (np.isfinite(values) & (values >= np.finfo(np.float64).tiny)).all():
        raise ValueError(
            f"{what} would be squares of numbers beyond 1e154 or below 1e-154, which float64 "
            "cannot represent: rescale x"
        )
