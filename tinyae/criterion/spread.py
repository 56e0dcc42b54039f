"""Range and standard deviation of a data set, with which settings such as sigma are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinyae.training.weights import Weights

BLOCK = 1 << 16  # entries processed at a time, because x may be larger than memory


@dataclass(frozen=True)
class Spread:
    """Minimum, maximum and standard deviation of the entries, and whether all are whole numbers."""

    low: float
    high: float
    deviation: float
    whole: bool

    @property
    def span(self) -> float:
        """Maximum minus minimum."""
        return self.high - self.low

    def __str__(self) -> str:
        return f"from {self.low:g} to {self.high:g}"


def spread(x: NDArray, weights: Weights | None = None) -> Spread | None:
    """Return the spread of x (n, d), which is read once; None if all entries have weight 0."""
    low, high, whole, count = np.inf, -np.inf, True, 0
    total = squares = 0.0
    origin = float(x[0, 0])
    step = max(1, BLOCK // x.shape[1])
    for start in range(0, len(x), step):
        block = x[start : start + step]
        if weights is not None:
            part = weights[start : start + step].values
            block = block[part > 0]
        if not block.size:
            continue
        low, high = min(low, float(block.min())), max(high, float(block.max()))
        whole = whole and bool((block == np.rint(block)).all())
        shifted = block.astype(np.float64).ravel() - origin  # smaller numbers cancel less below
        total, squares = total + float(shifted.sum()), squares + float(shifted @ shifted)
        count += block.size
    if not count:
        return None
    variance = max(0.0, squares / count - (total / count) ** 2)
    return Spread(low, high, float(np.sqrt(variance)), whole)
