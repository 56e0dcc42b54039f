"""Data scaled to units of their own spread, and squared distances without cancellation.

The square of 1e-170 is 0 in float64 and that of 1e170 is infinite, so data are scaled before they
are squared. The units are powers of 2: multiplying by them does not round.
"""

from __future__ import annotations

from collections.abc import Callable

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
    squares, fill = np.empty((len(a), len(b))), _filler(a, b)
    for block in row_blocks(len(a), len(b), CACHE_BYTES):
        fill(squares[block], block, slice(None))
    return squares


def table_of_pairs(x: NDArray, change: Callable[[NDArray], None]) -> NDArray:
    """Return f(‖x_i − x_j‖²), of shape (n, n), where `change` replaces an array s by f(s).

    The table is symmetric, and only one of its halves is computed.
    """
    n, fill = len(x), _filler(x, x)
    found = np.empty((n, n))
    for block in row_blocks(n, n, CACHE_BYTES):
        part = found[block, block.start :]
        fill(part, block, slice(block.start, None))
        change(part)
        found[block.stop :, block] = part[:, len(part) :].T
    return found


def _filler(a: NDArray, b: NDArray) -> Callable[[NDArray, slice, slice], None]:
    """Return the function that writes ‖a_i − b_j‖² of some rows of a and b into an array."""
    middle = b.mean(axis=0)
    near, far = a - middle, b - middle
    near_size, far_size = (near * near).sum(axis=1)[:, None], (far * far).sum(axis=1)
    far = -2.0 * far.T

    def fill(squares: NDArray, rows: slice, columns: slice) -> None:
        np.matmul(near[rows], far[:, columns], out=squares)
        sizes = near_size[rows] + far_size[columns]
        squares += sizes
        sizes *= CLOSE
        close = np.flatnonzero(squares <= sizes)
        for pairs in row_blocks(len(close), a.shape[1], BLOCK_BYTES):
            i, j = np.divmod(close[pairs], squares.shape[1])
            gap = a[rows][i] - b[columns][j]
            squares[i, j] = (gap * gap).sum(axis=1)

    return fill


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
