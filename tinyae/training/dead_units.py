"""Dead units: what gives one and the same number for every example tells nothing about any of them.

A rectifier whose input is never positive, a sigmoid that is saturated on all rows, an atom that no
code uses: their gradient is zero, so that training seldom brings them back.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics.underflow import underflow_to_zero

MOST_ROWS = 1000  # rows that are looked at
ROUNDING = 8  # units in the last place by which equal codes may differ


def some_rows(x: NDArray, most: int = MOST_ROWS) -> NDArray:
    """Return x itself, or `most` of its rows at equal distances."""
    if len(x) <= most:
        return x
    return x[np.linspace(0, len(x) - 1, most).astype(int)]


@underflow_to_zero
def constant_units(encode: Callable[[NDArray], NDArray], x: NDArray) -> NDArray | None:
    """Return which units of the code encode(x) have the same value for all rows, of shape (k,).

    At most 1000 rows are looked at. Equal means up to rounding. Where all these rows are equal
    every unit would be constant and none need be dead: the answer is None.
    """
    x = some_rows(x)
    if (x == x[:1]).all():
        return None
    h = encode(x)
    spread = h.max(axis=0) - h.min(axis=0)
    return spread <= ROUNDING * np.finfo(h.dtype).eps * np.abs(h).max(axis=0)
