"""How far apart are two samples? The energy distance, which needs no density and no bins."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.tables import table
from tinyae.numerics.blocks import row_blocks
from tinyae.numerics.units import in_units, squared_distances

BLOCK_BYTES = 16_000_000  # of the distances that are held at a time


def energy_distance(A: ArrayLike, B: ArrayLike) -> float:
    """2 E‖a − b‖ − E‖a − a′‖ − E‖b − b′‖, zero only for equal distributions (Székely 2003).

    The estimate is unbiased, so it can be a little below zero where A and B come from the same
    distribution. The value for two halves of one sample shows how far chance alone goes.

    Parameters
    ----------
    A, B : arrays (n, d) and (m, d) with at least two rows each; the result is in their units

    The order of the rows, a common shift and constant columns change nothing; a common scale
    multiplies the result. Repeating rows adds pairs of equal points, and so lowers it.
    """
    A = table(A, "A", dtype=np.float64)
    B = table(B, "B", width=A.shape[1], dtype=np.float64)
    n, m = len(A), len(B)
    if n < 2 or m < 2:
        raise ValueError(f"both samples need at least two rows, got {n} and {m}")
    both, exponent = in_units(np.concatenate([A, B]))[1:]
    A, B = both[:n], both[n:]
    within = _total(A, A) / (n * (n - 1)) + _total(B, B) / (m * (m - 1))
    return float(np.ldexp(2.0 * _total(A, B) / (n * m) - within, exponent))


def _total(A: NDArray, B: NDArray) -> float:
    """Σ ‖a − b‖ over all pairs, block by block."""
    blocks = row_blocks(len(A), len(B), BLOCK_BYTES)
    return sum(np.sqrt(squared_distances(A[rows], B)).sum() for rows in blocks)
