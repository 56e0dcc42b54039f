"""Rows of numbers from a text table: numbers separated by commas, semicolons, tabs or spaces.

The file is read block by block, so a table may be larger than memory. NumPy's reader converts a
block at once. If it finds a fault, or the result has another form than expected, the block is read
again cell by cell in order to find which line and column are at fault.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae.applications.scaling import unusable
from tinyae.commands.array_rows import fault_of, rows_in_block
from tinyae.commands.bad_rows import ADVICE, BadRows
from tinyae.commands.first_lines import NUMBER, cells_of, first_lines, is_missing, with_nan
from tinyae.commands.lines import numbered_lines


class TextRows:
    """The rows of a text table in which every line has equally many numbers.

    The first two lines decide what separates the numbers: tabs, semicolons, commas or spaces. A
    first line without any number names the columns. Empty lines at both ends are ignored, and so
    are comments before the first line.

    Parameters
    ----------
    path : the file, in UTF-8
    kind : of the numbers, "auto" or one of the kinds in `Scaling`
    skip : how many columns on the left are left out, such as names of the rows; they may be text
    drop : names of further columns that are left out, such as labels; they may be text
    header : whether the first line names the columns although it has numbers
    missing : whether an empty cell, or a word such as NA, stands for a missing entry, which is then
        NaN and no fault

    Attributes
    ----------
    columns : which columns are used, from 0
    width : how many they are
    names : names of these columns, or None
    gaps : whether a line that was read has missing entries
    wordy : columns that are used and held no number in any line, where `blocks` refused all lines

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is empty, has no columns to use or not those that are to be dropped.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        *,
        kind: str = "auto",
        skip: int = 0,
        drop: Sequence[str] = (),
        header: bool = False,
        missing: bool = False,
    ):
        self.path, self.kind, self.skip, self.missing = Path(path), kind, skip, missing
        self.gaps = False
        self.wordy: list[int] = []
        form = first_lines(self.path, skip=skip, header=header)
        self.delimiter, self.first_line, self.fields = form.delimiter, form.first_line, form.fields
        self._line = self.first_line - (form.names is not None)  # the line of names or first row
        names = form.names or [""] * self.fields
        for name in drop:
            if form.names is None or name not in names[skip:]:
                lacks = "no names of columns" if form.names is None else "no such column"
                raise ValueError(f"{self.path} has {lacks}: {name!r:.60} cannot be left out")
        kept = [i for i in range(skip, self.fields) if names[i] not in drop]
        self.columns, self.width = kept, len(kept)
        self.names = None if form.names is None else [names[i] for i in kept]
        if self.width < 1:
            left = f"{skip} are skipped; give --skip a smaller number"
            raise ValueError(
                f"{self.path} has {self.fields} columns in line {self._line}, of which "
                f"{left if not drop else 'none remains'}"
            )

    def __repr__(self) -> str:
        return f"TextRows({str(self.path)!r:.60}, kind={self.kind!r}, skip={self.skip})"

    def blocks(self) -> Iterator[NDArray[np.float64]]:
        """Yield the rows from the first to the last in blocks (m, width).

        Raises
        ------
        ValueError
            After the last block, if lines cannot be used: which lines, counted from 1, and why.
        """
        bad, total = BadRows(self.path, "line"), 0
        self.wordy = self.columns
        for lines in self._in_blocks():
            total += len(lines)
            block = self._fast([line for _, line in lines])
            if block is None:
                block = self._slow(lines, bad)
            else:
                self.wordy = []
            if not bad.count:
                yield block
        advice = ADVICE
        if bad.count == total > 1:
            first = "names the columns" if self.names else "is the first row"
            advice = (
                f"as all lines are bad, look at line {self._line}, which {first}: it has "
                f"{self.fields} {'fields' if self.fields > 1 else 'field'}"
            )
        bad.check(total, advice)
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
        part = self.width < self.fields
        if not all(lines) or (part and any(self._separators(x) != self.fields for x in lines)):
            return None  # NumPy would skip an empty line, and ignore columns beyond the chosen
        columns = self.columns if part else None
        if self.missing and self.delimiter is not None:
            lines = [with_nan(line, self.delimiter) for line in lines]
        try:
            block = np.loadtxt(lines, np.float64, delimiter=self.delimiter, comments=None,
                               quotechar='"', usecols=columns, ndmin=2)  # fmt: skip
        except ValueError:
            return None
        fits = block.shape == (len(lines), self.width)
        gaps = np.isnan(block) & self.missing
        self.gaps |= bool(gaps.any())
        return block if fits and not (unusable(block, self.kind) & ~gaps).any() else None

    def _slow(self, lines: list[tuple[int, str]], bad: BadRows) -> NDArray:
        """Return the block cell by cell; lines that cannot be used go to `bad`."""
        rows = []
        for number, line in lines:
            cells = cells_of(line, self.delimiter)
            if fault := self._fault(line, cells):
                bad.add(number, fault)
                continue
            used = [cells[i] for i in self.columns]
            self.wordy = []
            gaps = np.array([is_missing(cell) for cell in used])
            self.gaps |= bool(gaps.any())
            row = np.array([np.nan if gap else float(c) for c, gap in zip(used, gaps, strict=True)])
            wrong = np.flatnonzero(unusable(row, self.kind) & ~(gaps & self.missing))
            if len(wrong):
                bad.add(number, fault_of(row[wrong[0]], self.columns[wrong[0]], self.kind))
            rows.append(row)
        return np.array(rows)

    def _fault(self, line: str, cells: list[str]) -> str:
        """Return why a line is no row of numbers, or ""."""
        if not line:
            return "is empty"
        if len(cells) != self.fields:
            noun = "field" if len(cells) == 1 else "fields"
            return f"has {len(cells)} {noun}, expected {self.fields}"
        wrong = [i for i in self.columns if not NUMBER.fullmatch(cells[i])]
        if wrong:
            missing = {i for i in wrong if is_missing(cells[i])}
            self.gaps |= bool(missing)
            self.wordy = [i for i in self.wordy if i in wrong]
            if self.missing:
                wrong = [i for i in wrong if i not in missing]
        for column in wrong:
            cell = cells[column]
            if not cell:
                return f"has nothing in column {column + 1}, expected a number"
            point = " with a decimal point" if re.fullmatch(r"[+-]?\d*,\d+", cell) else ""
            return f"has {cell[:20]!a} in column {column + 1}, expected a number{point}"
        return ""

    def _separators(self, line: str) -> int:
        """Return how many fields a line has if none is quoted."""
        return len(line.split()) if self.delimiter is None else 1 + line.count(self.delimiter)
