"""Numbers of any size: data in units of their own spread, and distances that do not cancel.

Squares of 1e-170 or 1e170 would be 0 or infinite. Units are powers of 2, which cost no digit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics.blocks import row_blocks

CLOSE = 1e-3  # of the sum of squares; a square distance below that has lost digits
BLOCK_BYTES = 16_000_000  # of the differences that are held at a time


def in_units(x: NDArray) -> tuple[NDArray, NDArray, int]:
    """Return (mean, c, e) with x = mean + 2^e c, where c (n, d) has mean 0 and no entry above 2.

    A constant column becomes exactly 0, and where all rows are equal, so does c. e depends neither
    on the order of the rows nor on constant columns.
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
    """‖a_i − b_j‖² (n, m), by one product of matrices and, where that cancels, from differences.

    Equal rows have exactly 0. Entries should be of the size of 1.
    """
    middle = b.mean(axis=0)
    near, far = a - middle, b - middle
    sizes = (near * near).sum(axis=1)[:, None] + (far * far).sum(axis=1)
    squares = sizes - 2.0 * near @ far.T
    i, j = np.nonzero(squares <= CLOSE * sizes)
    for part in row_blocks(len(i), a.shape[1], BLOCK_BYTES):
        rows, columns = i[part], j[part]
        gap = a[rows] - b[columns]
        squares[rows, columns] = (gap * gap).sum(axis=1)
    return squares


def rows_of_size_one(M: NDArray) -> NDArray:
    """Return M (…, d) with each row over a power of 2, so that its largest entry is in [½, 1)."""
    return np.ldexp(M, -np.frexp(np.abs(M).max(axis=-1, keepdims=True))[1])


def check_squares(values: NDArray, what: str) -> None:
    """Raise ValueError unless all squares (or variances) lie in the normal range of float64."""
    if not (np.isfinite(values) & (values >= np.finfo(np.float64).tiny)).all():
        raise ValueError(
            f"{what} would be squares of numbers beyond 1e154 or below 1e-154, which float64 does "
            "not hold: rescale x"
        )
