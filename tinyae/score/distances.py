"""How far apart are two samples? The energy distance, which needs no density and no bins."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.tables import table
from tinyae.numerics.units import in_units, squared_distances

BLOCK_ENTRIES = 2_000_000  # distances held at a time


def energy_distance(A: ArrayLike, B: ArrayLike) -> float:
    """2 E‖a − b‖ − E‖a − a′‖ − E‖b − b′‖, zero only for equal distributions (Székely 2003).

    Unbiased, hence a little below zero at times where A and B come from one distribution: what
    two halves of one sample give says how much a value means.

    Parameters
    ----------
    A, B : arrays (n, d) and (m, d) with at least two rows each; the answer is in the units of x

    The order of the rows, a common shift and constant columns change nothing; a common scale
    multiplies the answer. Repeating rows adds pairs of equal points, and so lowers it.
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
    step = max(1, BLOCK_ENTRIES // len(B))
    starts = range(0, len(A), step)
    return sum(np.sqrt(squared_distances(A[i : i + step], B)).sum() for i in starts)
