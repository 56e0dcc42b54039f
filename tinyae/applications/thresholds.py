"""From which value on a code unit becomes the bit 1 in semantic hashing (14.9).

Rows are encoded many at a time in training and one by one in a search, and the last digits of their
code units differ then. A threshold must not lie where rows are, least of all where many are alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

THRESHOLDS = ("auto", "half", "median")  # rules, as in `SemanticHash`
RAREST = 0.1  # share of ones or zeros, below which "auto" takes the median
GAP = 1e-4  # relative difference of code units, far above the rounding errors of float32
SAMPLE = 100_000  # rows from which a median is taken, about


def thresholds(h: NDArray, rule: str) -> NDArray:
    """Return the threshold of each unit by one of `THRESHOLDS`, from the code units h (n, bits)."""
    half = np.full(h.shape[1], 0.5, h.dtype)
    if rule == "half":
        return half
    medians = np.array([near_median(unit) for unit in h[:: max(1, len(h) // SAMPLE)].T], h.dtype)
    share = (h > 0.5).mean(axis=0)
    usual = (share >= RAREST) & (share <= 1.0 - RAREST)
    return np.where(usual, half, medians) if rule == "auto" else medians


def near_median(values: NDArray) -> float:
    """Return the middle of the gap nearest to the median of a unit's values (n,), ½ without a gap.

    The median itself is often the value of many rows alike. Then the last digit of a code unit
    would decide about their bits, and it depends on how many rows are encoded at a time.
    """
    values = np.sort(values)
    middles = (values[:-1].astype(np.float64) + values[1:]) / 2
    least = GAP * np.minimum(middles, 1.0 - middles) + 16 * np.spacing(values[1:])
    gaps = np.flatnonzero(np.diff(values) > least)
    if not len(gaps):
        return 0.5
    return middles[gaps[np.argmin(np.abs(gaps + 1 - len(values) / 2))]]
