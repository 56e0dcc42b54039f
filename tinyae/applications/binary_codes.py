"""Binary codes: bits from the code units of an encoder, and the check that codes are bits (14.9).

An encoder for semantic hashing ends in sigmoid units that are nearly 0 or nearly 1. A unit above a
threshold is the bit 1. The threshold ½ suits saturated units. The median of a unit over the
training data makes its bit 1 for half of them, whether the unit saturates or not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.numbers import real_number
from tinyae.checks.tables import shaped, table

BLOCK = 1 << 20  # entries that are compared with 0 and 1 at a time


def binary_codes(h: ArrayLike, threshold: ArrayLike = 0.5) -> NDArray[np.bool_]:
    """Return the bits h > threshold, of shape (n, bits).

    Parameters
    ----------
    h : array (n, bits), the code units of n examples, such as `model.encode(x)`
    threshold : a number for all units, or an array (bits,) with one number for each unit, such as
        `np.median(h_train, axis=0)`. Queries and database need the same threshold.

    Raises
    ------
    TypeError, ValueError
        If h is no finite table, or the threshold is neither a finite number nor one per unit.
    """
    array = real_array(h, "h")
    h = table(array, "h", dtype=np.float32 if array.dtype == np.float32 else np.float64)
    level = real_array(threshold, "threshold")
    if level.ndim == 0:
        return h > real_number(level.item(), "threshold")
    return h > shaped(level, "threshold", (h.shape[1],))


def binary_table(
    values: ArrayLike, name: str, *, width: int | None = None, empty: bool = False
) -> NDArray:
    """Return `values` as a table (codes, bits) in which every entry is 0 or 1.

    An array is returned as it is, of any dtype of real numbers. It may have no codes only if
    `empty` is true.

    Raises
    ------
    TypeError
        If `values` is no array of real numbers.
    ValueError
        If it has other than two axes, no entries, the wrong width, or an entry that is no bit.
    """
    array = real_array(values, name)
    if array.ndim != 2:
        raise ValueError(
            f"{name} must have two axes (codes, bits), got shape {array.shape}; "
            "a single code needs code[None, :]"
        )
    check_bits(array, name, width=width, empty=empty)
    return array


def check_bits(array: NDArray, name: str, *, width: int | None = None, empty: bool = False) -> None:
    """Raise ValueError unless `array` (…, bits) is as wide and holds 0 and 1 only.

    It may have no codes, but only if `empty` is true.
    """
    if array.size == 0 and not empty:
        raise ValueError(f"{name} is empty: its shape is {array.shape}; give at least one code")
    if width is not None and array.shape[-1] != width:
        raise ValueError(
            f"{name} has codes of {array.shape[-1]} bits, but the table has codes of {width} bits"
        )
    if array.dtype == np.bool_ or array.size == 0:
        return
    rows = array.reshape(-1, array.shape[-1])
    step = max(1, BLOCK // rows.shape[1])
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        wrong = (block != 0) & (block != 1)
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise ValueError(
                f"{name} must hold bits, that is 0 and 1 or False and True, got "
                f"{block[row, column]} in row {start + row}, column {column}; "
                "binary_codes(h) makes bits of numbers"
            )
