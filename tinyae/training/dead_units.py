"""Dead units: a unit with the same output for every example carries no information.

Examples are a rectifier whose input is never positive, a sigmoid that is saturated on all rows, and
an atom that no code uses. Their gradient is zero, so that training seldom makes them active again.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics.underflow import underflow_to_zero

MOST_ROWS = 1000  # at most so many rows are used
ROUNDING = 8  # units in the last place by which equal codes may differ


def some_rows(x: NDArray, most: int = MOST_ROWS) -> NDArray:
    """Return x itself, or `most` of its rows at equal distances if x has more rows."""
    if len(x) <= most:
        return x
    return x[np.linspace(0, len(x) - 1, most).astype(int)]


@underflow_to_zero
def constant_units(encode: Callable[[NDArray], NDArray], x: NDArray) -> NDArray | None:
    """Return which units of the code encode(x) have the same value for all rows, of shape (k,).

    At most 1000 rows are used. Values are the same if they are equal up to rounding errors. If all
    these rows of x are equal, every unit is constant and nothing can be concluded: the result is
    None.
    """
    x = some_rows(x)
    if (x == x[:1]).all():
        return None
    h = encode(x)
    spread = h.max(axis=0) - h.min(axis=0)
    return spread <= ROUNDING * np.finfo(h.dtype).eps * np.abs(h).max(axis=0)
