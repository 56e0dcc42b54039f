"""An order of the rows of a table that depends on their entries and not on their positions.

Some computations must choose among equal candidates: neighbours at the same distance, the start of
a map, the parts of a cross-validation. They choose by this order, so that a table with shuffled
rows gives the same result.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEAR = 1e-9  # two sums over rows with a smaller relative difference count as equal
ROUNDING = 16.0 * np.finfo(np.float64).eps  # relative error of a number after a shift or scaling
MOST_ROUNDING = 1e-6  # of half the range of a column; a larger difference is never rounding


def row_groups(x: NDArray) -> NDArray[np.int64]:
    """Return how many rows of x (n, d) come before each row in lexicographic order, of shape (n,).

    Equal rows get the same number. The result does not change under a common shift, a positive
    scale, additional constant columns, or another order of the rows. To achieve this, two entries
    of a column count as equal if they differ by float64 rounding only. Rows that are equal in this
    sense in all columns, but not exactly equal, are compared by their exact entries.
    """
    group = np.zeros(len(x), np.int64)
    tied = np.arange(len(x))  # rows that equal another row in all columns so far
    for exactly in (False, True):
        for column in x.T:
            if len(tied) == 0:
                return group
            tied = _split(column, group, tied, 0.0 if exactly else _rounding(column))
    return group


def _split(column: NDArray, group: NDArray, tied: NDArray, rounding: float) -> NDArray:
    """Split the groups of the tied rows by their entries; return the rows that are still tied."""
    values = column[tied]
    if values.min() == values.max():
        return tied
    order = np.lexsort((values, group[tied]))
    old, values = group[tied][order], values[order]
    parts = np.concatenate([[True], old[1:] != old[:-1]])
    with np.errstate(over="ignore"):
        begins = parts | np.concatenate([[True], values[1:] - values[:-1] > rounding])
    place = np.arange(len(tied))
    first = np.maximum.accumulate(np.where(begins, place, 0))
    first -= np.maximum.accumulate(np.where(parts, place, 0))
    group[tied[order]] = old + first
    alone = begins & np.concatenate([begins[1:], [True]])
    return np.sort(tied[order][~alone])


def _rounding(column: NDArray) -> float:
    """Return the largest difference at which two entries of a column count as equal."""
    low, high = float(column.min()), float(column.max())
    return min(MOST_ROUNDING * (0.5 * high - 0.5 * low), ROUNDING * max(abs(low), abs(high)))


def row_order(x: NDArray) -> NDArray[np.int64]:
    """Return the indices (n,) that sort the rows of x; equal rows keep their order."""
    return np.argsort(row_groups(x), kind="stable")


def row_ranks(x: NDArray) -> NDArray[np.int64]:
    """Return the position (n,) of each row in `row_order(x)`."""
    ranks = np.empty(len(x), np.int64)
    ranks[row_order(x)] = np.arange(len(x))
    return ranks


def first_largest(values: NDArray, ranks: NDArray) -> int:
    """Return the index of the largest value; among values equal up to rounding, the lowest rank."""
    candidates = np.flatnonzero(values >= values.max() - NEAR * abs(values.max()))
    return int(candidates[ranks[candidates].argmin()])
