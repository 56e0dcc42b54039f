"""How the entries of a data set are spread: what a setting must fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinyae.training.weights import Weights

BLOCK = 1 << 16  # entries looked at in one go: x may be larger than memory


@dataclass(frozen=True)
class Spread:
    """The entries of x that count: least, greatest, standard deviation, and whether all whole."""

    low: float
    high: float
    deviation: float
    whole: bool

    @property
    def span(self) -> float:
        """Greatest minus least."""
        return self.high - self.low

    def __str__(self):
        return f"from {self.low:g} to {self.high:g}"


def spread(x: NDArray, weights: Weights | None = None) -> Spread | None:
    """Look at x (n, d) once, block by block; None if no entry has a weight."""
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
        shifted = block.astype(np.float64).ravel() - origin  # less cancels below
        total, squares = total + float(shifted.sum()), squares + float(shifted @ shifted)
        count += block.size
    if not count:
        return None
    variance = max(0.0, squares / count - (total / count) ** 2)
    return Spread(low, high, float(np.sqrt(variance)), whole)
