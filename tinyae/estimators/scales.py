"""A hint for columns whose scales do not suit training by gradients.

One learning rate serves all columns. If one of them varies a thousand times as much as another, it
makes nearly the whole cost, and the other is not learned. Nothing fails then, so a warning is the
only way to notice it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.callers import warn_caller

RATIO = 1000.0  # between the largest and the smallest deviation of a column
ROWS = 10_000
SIZES = (1e-3, 1e3)  # of the middle column's root mean square


def scale_hint(X: NDArray, names: NDArray | None) -> str:
    """Return a sentence that names the columns of X (n, d) with unsuitable scales, or "".

    If there are many rows, only about `ROWS` of them are used.
    """
    X = X[:: max(1, len(X) // ROWS)]
    with np.errstate(over="ignore", under="ignore"):
        deviation = X.std(axis=0, dtype=np.float64)
        size = float(np.median(np.sqrt((X * X).mean(axis=0, dtype=np.float64))))
    varying = np.flatnonzero(deviation > 1e-12 * np.abs(X).max(axis=0))  # others are constant
    if not len(varying):
        return ""
    low = varying[deviation[varying].argmin()]
    high = varying[deviation[varying].argmax()]
    advice = "standardize the columns first, for instance by sklearn.preprocessing.StandardScaler"
    if deviation[high] > RATIO * deviation[low]:
        return (
            f"the standard deviations of the columns differ by a factor of "
            f"{deviation[high] / deviation[low]:.0g}: that of {_named(high, names)} is "
            f"{deviation[high]:.3g}, that of {_named(low, names)} is {deviation[low]:.3g}. The "
            f"small ones count for nothing in the cost: {advice}"
        )
    if size > 0.0 and not SIZES[0] <= size <= SIZES[1]:
        return f"the entries of X are of the size of {size:.3g}, far from 1: {advice}"
    return ""


def warn_of_scales(X: NDArray, names: NDArray | None) -> None:
    """Warn if the scales of the columns of X do not suit training by gradients."""
    if hint := scale_hint(X, names):
        warn_caller(hint)


def _named(column: int, names: NDArray | None) -> str:
    return f"column {column}" if names is None else f"column {names[column]!r}"
