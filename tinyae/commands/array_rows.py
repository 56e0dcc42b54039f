"""Rows of numbers from an .npy file, which is mapped into memory and read block by block."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae.applications.scaling import RANGES, unusable
from tinyae.commands.bad_rows import ADVICE, BadRows
from tinyae.commands.lines import check_source
from tinyae.numerics.constants import LARGEST

BLOCK = 1 << 20  # numbers that are handled at a time
EXPECTED = {
    "unit": "a number from 0 to 1",
    "bytes": "a number from 0 to 255",
    "counts": "a count such as 0 or 3",
}


def rows_in_block(width: int) -> int:
    """Return how many rows of this width make a block; at least one."""
    return max(1, BLOCK // max(1, width))


def fault_of(value: np.number, column: int, kind: str) -> str:
    """Return what is wrong with a number that is none of this kind, in a column from 0."""
    expected = EXPECTED.get(kind, "a finite number")
    if RANGES[kind][1] == LARGEST < abs(float(value)) < np.inf:
        expected = f"a number of at most {LARGEST:g}"
    return f"holds {value} in column {column + 1}, expected {expected}"


class ArrayRows:
    """The rows of an array (n, d) in an .npy file.

    Parameters
    ----------
    path : the file, of whole or real numbers
    kind : of the numbers, "auto" or one of the kinds in `Scaling`
    skip : how many columns on the left are left out
    missing : whether NaN stands for a missing entry, and is no fault

    Attributes
    ----------
    width : numbers in a row that are used
    gaps : whether a row that was read has missing entries

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not such an array.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        *,
        kind: str = "auto",
        skip: int = 0,
        missing: bool = False,
    ):
        self.path, self.kind, self.skip, self.missing = Path(path), kind, skip, missing
        self.gaps = False
        check_source(path)
        try:
            array = np.load(self.path, mmap_mode="r", allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise ValueError(f"{self.path} is not an .npy file of numbers: {error}") from error
        if not isinstance(array, np.ndarray):
            raise ValueError(f"{self.path} is an .npz file; save one of its arrays by np.save")
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{self.path} must hold real numbers, its dtype is {array.dtype}")
        if array.ndim != 2 or not array.size or array.shape[1] <= skip:
            left = f" of which {skip} columns are skipped" if skip else ""
            raise ValueError(
                f"{self.path} must hold an array of rows and columns, its shape is {array.shape}"
                f"{left}; images are saved as x.reshape(len(x), -1), one row as x[None, :]"
            )
        self._array = array
        self.width = array.shape[1] - skip

    def __repr__(self) -> str:
        return f"ArrayRows({str(self.path)!r:.60}, kind={self.kind!r}, skip={self.skip})"

    def blocks(self) -> Iterator[NDArray]:
        """Yield the rows from the first to the last in blocks (m, width) of the file's dtype.

        Raises
        ------
        ValueError
            After the last block, if entries cannot be used: which rows, counted from 0.
        """
        bad, step = BadRows(self.path, "row"), rows_in_block(self.width)
        for start in range(0, len(self._array), step):
            block = np.asarray(self._array[start : start + step, self.skip :])
            wrong = unusable(block, self.kind)
            if wrong.any():
                gaps = np.isnan(block)
                self.gaps |= bool(gaps.any())
                wrong &= ~(gaps & self.missing)
            for i in np.flatnonzero(wrong.any(axis=1)):
                place = int(wrong[i].argmax())
                bad.add(start + int(i), fault_of(block[i, place], self.skip + place, self.kind))
            if not bad.count:
                yield block
        bad.check(len(self._array), f"{ADVICE} (rows count from 0, columns from 1)")
