"""How far apart are two samples? The energy distance, which needs no density and no bins."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.nn.checks import check_scale, table

BLOCK_ENTRIES = 2_000_000  # distances held at a time


def energy_distance(A: ArrayLike, B: ArrayLike) -> float:
    """2 E‖a − b‖ − E‖a − a′‖ − E‖b − b′‖, zero only for equal distributions (Székely 2003).

    Unbiased, hence a little below zero at times where A and B come from one distribution: what
    two halves of one sample give says how much a value means.

    Parameters
    ----------
    A, B : arrays (n, d) and (m, d) with at least two rows each; the answer is in the units of x
    """
    A = table(A, "A", dtype=np.float64, squared=True)
    B = table(B, "B", width=A.shape[1], dtype=np.float64, squared=True)
    check_scale(np.concatenate([A, B]), "A and B together")
    n, m = len(A), len(B)
    middle = A.mean(axis=0)  # far from the origin, squares would cancel
    A, B = A - middle, B - middle
    if n < 2 or m < 2:
        raise ValueError(f"both samples need at least two rows, got {n} and {m}")
    within = _total(A, A) / (n * (n - 1)) + _total(B, B) / (m * (m - 1))
    return float(2.0 * _total(A, B) / (n * m) - within)


def _total(A: NDArray, B: NDArray) -> float:
    """Σ ‖a − b‖ over all pairs, block by block."""
    squares, total = (B * B).sum(axis=1), 0.0
    step = max(1, BLOCK_ENTRIES // len(B))
    for start in range(0, len(A), step):
        block = A[start : start + step]
        gap = (block * block).sum(axis=1)[:, None] + squares - 2.0 * block @ B.T
        if A is B:  # a point lies at no distance from itself, which cancellation would spoil
            gap[np.arange(len(block)), np.arange(start, start + len(block))] = 0.0
        total += np.sqrt(np.maximum(gap, 0.0)).sum()
    return total
