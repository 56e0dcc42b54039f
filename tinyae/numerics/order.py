"""An order of rows that depends on what they hold and not on where they stand.

Whatever must choose among equals (neighbours at one distance, the start of a map, the parts of a
cross-validation) chooses by this order. Then a table whose rows are shuffled gives the same result.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEAR = 1e-9  # relative difference up to which two sums over rows count as equal: rounding
ROUNDING = 16.0 * np.finfo(np.float64).eps  # of a number that was shifted or scaled
MOST_ROUNDING = 1e-6  # of what differs; larger differences are data, wherever the origin lies


def row_groups(x: NDArray) -> NDArray[np.int64]:
    """Return how many rows of x (n, d) come before each row in lexicographic order, of shape (n,).

    Equal rows get the same number. A common shift, a positive scale and constant columns change
    nothing, and neither does the order of the rows. For this, entries of a column count as equal
    where they differ by float64 rounding only; if rows are equal in this way in all columns, but
    not exactly, their exact entries decide.
    """
    group = np.zeros(len(x), np.int64)
    tied = np.arange(len(x))  # rows that are equal to another one in all columns so far
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
    """Up to which difference two entries of a column count as equal."""
    low, high = float(column.min()), float(column.max())
    return min(MOST_ROUNDING * (0.5 * high - 0.5 * low), ROUNDING * max(abs(low), abs(high)))


def row_order(x: NDArray) -> NDArray[np.int64]:
    """Return the indices (n,) that sort the rows of x; equal rows stay in the order they have."""
    return np.argsort(row_groups(x), kind="stable")


def row_ranks(x: NDArray) -> NDArray[np.int64]:
    """Return the place (n,) of each row in `row_order(x)`."""
    ranks = np.empty(len(x), np.int64)
    ranks[row_order(x)] = np.arange(len(x))
    return ranks


def first_largest(values: NDArray, ranks: NDArray) -> int:
    """Return the index of the largest value; of values equal up to rounding, that of least rank."""
    candidates = np.flatnonzero(values >= values.max() - NEAR * abs(values.max()))
    return int(candidates[ranks[candidates].argmin()])
