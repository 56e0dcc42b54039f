"""Rows of numbers from a text table: numbers separated by commas, semicolons, tabs or spaces.

The file is read block by block, so a table may be larger than memory. NumPy's reader converts a
block at once. If it finds a fault, or the result has another form than expected, the block is read
again cell by cell in order to find which line and column are at fault.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae.commands.array_rows import first_fault, rows_in_block, unusable
from tinyae.commands.bad_rows import BadRows
from tinyae.commands.lines import numbered_lines

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.I)


class TextRows:
    """The rows of a text table in which every line has equally many numbers.

    The first line decides what separates the numbers: a tab, a semicolon, a comma, or else spaces.
    A first line without any number names the columns. Empty lines at both ends are ignored.

    Parameters
    ----------
    path : the file, in UTF-8
    counts : whether the numbers must be counts, that is, whole numbers of at least 0
    skip : how many columns on the left are left out, such as names of the rows; they may be text
    header : whether the first line names the columns although it has numbers

    Attributes
    ----------
    width : numbers in a row that are used
    names : names of these columns, or None

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is empty or has no columns to use.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        *,
        counts: bool = False,
        skip: int = 0,
        header: bool = False,
    ):
        self.path, self.counts, self.skip = Path(path), counts, skip
        number, first = next(((n, x) for n, x in numbered_lines(self.path) if x), (0, ""))
        if not number:
            raise ValueError(f"{self.path} is empty")
        self.delimiter = next((mark for mark in "\t;," if mark in first), None)
        cells = self._cells(first.removeprefix("# "))  # np.savetxt writes "# name, name"
        named = header or not any(map(NUMBER.fullmatch, cells))
        self.first_line = number + 1 if named else number
        self.names = cells[skip:] if named else None
        self.fields = len(cells)
        self.width = self.fields - skip
        if self.width < 1:
            raise ValueError(
                f"{self.path} has {self.fields} columns in line {number}, of which {skip} are "
                "skipped; give --skip a smaller number"
            )

    def __repr__(self):
        return f"TextRows({str(self.path)!r:.60}, counts={self.counts}, skip={self.skip})"

    def blocks(self) -> Iterator[NDArray[np.float64]]:
        """Yield the rows from the first to the last in blocks (m, width).

        Raises
        ------
        ValueError
            After the last block, if lines cannot be used: which lines, counted from 1, and why.
        """
        bad, total = BadRows(self.path, "line"), 0
        for lines in self._in_blocks():
            total += len(lines)
            block = self._fast([line for _, line in lines])
            if block is None:
                block = self._slow(lines, bad)
            if not bad.count:
                yield block
        bad.check(total)
        if not total:
            raise ValueError(f"{self.path} names its columns and has no rows")

    def _in_blocks(self) -> Iterator[list[tuple[int, str]]]:
        most, lines = rows_in_block(self.fields), []
        for number, line in numbered_lines(self.path):
            if number < self.first_line:
                continue
            lines.append((number, line))
            if len(lines) == most:
                yield lines
                lines = []
        if lines:
            yield lines

    def _fast(self, lines: list[str]) -> NDArray | None:
        """Return the block by NumPy's reader, or None unless every number can be used."""
        if not all(lines) or (self.skip and any(self._separators(x) != self.fields for x in lines)):
            return None  # NumPy would skip an empty line, and ignore columns beyond the chosen
        columns = range(self.skip, self.fields) if self.skip else None
        try:
            block = np.loadtxt(lines, np.float64, delimiter=self.delimiter, comments=None,
                               quotechar='"', usecols=columns, ndmin=2)  # fmt: skip
        except ValueError:
            return None
        fits = block.shape == (len(lines), self.width)
        return block if fits and not unusable(block, self.counts).any() else None

    def _slow(self, lines: list[tuple[int, str]], bad: BadRows) -> NDArray:
        """Return the block cell by cell; lines that cannot be used go to `bad`."""
        rows = []
        for number, line in lines:
            cells = self._cells(line)
            fault = self._fault(line, cells)
            if not fault:
                rows.append(np.array([float(cell) for cell in cells[self.skip :]]))
                fault = first_fault(rows[-1], self.counts, self.skip)
            if fault:
                bad.add(number, fault)
        return np.array(rows)

    def _fault(self, line: str, cells: list[str]) -> str:
        """Return why a line is no row of numbers, or ""."""
        if not line:
            return "is empty"
        if len(cells) != self.fields:
            return f"has {len(cells)} fields, expected {self.fields}"
        for column in range(self.skip, self.fields):
            cell = cells[column]
            if not cell:
                return f"has nothing in column {column + 1}, expected a number"
            if not NUMBER.fullmatch(cell):
                point = " with a decimal point" if re.fullmatch(r"[+-]?\d*,\d+", cell) else ""
                return f"has {cell[:20]!a} in column {column + 1}, expected a number{point}"
        return ""

    def _separators(self, line: str) -> int:
        """Return how many fields a line has if none is quoted."""
        return len(line.split()) if self.delimiter is None else 1 + line.count(self.delimiter)

    def _cells(self, line: str) -> list[str]:
        if self.delimiter is None:
            return line.split()
        try:
            cells = next(csv.reader([line], delimiter=self.delimiter, skipinitialspace=True))
        except (csv.Error, StopIteration):  # such as a NUL character
            cells = line.split(self.delimiter)
        return [cell.strip() for cell in cells]
