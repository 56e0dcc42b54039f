"""Intervals of 95 % by Student's t: of a ratio of times, and of an exponent of growth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# The 97.5 % quantiles of Student's t with 1, 2, … degrees of freedom.
QUANTILES = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179,
             2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086)  # fmt: skip


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its interval, which are NaN if there are too few numbers."""

    middle: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.least:.2f} … {self.most:.2f})"


def student(degrees: int) -> float:
    """Return the 97.5 % quantile of Student's t, NaN for no degrees of freedom."""
    if degrees < 1:
        return float("nan")
    return QUANTILES[min(degrees, len(QUANTILES)) - 1]


def ratio(old: np.ndarray, new: np.ndarray) -> Interval:
    """Return the geometric mean of new / old over the rounds."""
    logs = np.log(new / old)
    if len(logs) < 2:
        return Interval(float(np.exp(logs.mean())), float("nan"), float("nan"))
    half = student(len(logs) - 1) * logs.std(ddof=1) / np.sqrt(len(logs))
    low, middle, high = np.exp(logs.mean() + half * np.array([-1, 0, 1]))
    return Interval(float(middle), float(low), float(high))


def exponent(values: np.ndarray, found: np.ndarray) -> Interval:
    """Return the slope of log(found) over log(values), by least squares."""
    x, y = np.log(values), np.log(found)
    x = x - x.mean()
    slope = (x @ y) / (x @ x)
    rest = y - y.mean() - slope * x
    degrees = len(x) - 2
    error = np.sqrt(rest @ rest / degrees / (x @ x)) if degrees > 0 else float("nan")
    half = student(degrees) * error
    return Interval(float(slope), float(slope - half), float(slope + half))
