"""What the first lines of a text table say: what separates its numbers, and the columns' names."""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass
from itertools import islice

from tinyae.commands.lines import numbered_lines

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.I)
MARKS = ("\t", ";", ",", None)  # None: any number of spaces
MISSING = ("", "na", "n/a", "#n/a", "null", "none", "missing", "-", ".", "?")
READ = 100  # lines, with comments and names, before the first row


@dataclass(frozen=True)
class FirstLines:
    """The form of a text table.

    Attributes
    ----------
    delimiter : what separates the numbers; None for spaces
    first_line : number of the first line that is a row, from 1
    fields : of the line that decides, which names the columns or is the first row
    names : of the columns, or None
    """

    delimiter: str | None
    first_line: int
    fields: int
    names: list[str] | None


def first_lines(path: str | os.PathLike, *, skip: int = 0, header: bool = False) -> FirstLines:
    """Return the form of the table in a file.

    The mark by which the first two lines have equally many fields separates the numbers. A first
    line without a number names the columns, unless everything in it after the first `skip` fields
    is missing. Lines before it that begin with # and do not name columns are comments.

    Parameters
    ----------
    path : the file, in UTF-8
    skip : how many columns on the left are left out
    header : whether the first line names the columns although it has numbers

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it has no line.
    """
    lines = list(islice(((n, line) for n, line in numbered_lines(path) if line), READ))
    if not lines:
        raise ValueError(f"{path} is empty")
    while len(lines) > 1 and _is_comment(lines[0][1], lines[1][1]):
        lines.pop(0)
    number, first = lines[0]
    first = first.removeprefix("# ")  # np.savetxt writes "# name, name"
    delimiter = _delimiter(first, lines[1][1] if len(lines) > 1 else first)
    cells = cells_of(first, delimiter)
    numbers = [NUMBER.fullmatch(cell.replace(",", ".")) for cell in cells]
    named = not any(numbers) and any(cell.lower() not in MISSING for cell in cells[skip:])
    if not (named or header):
        return FirstLines(delimiter, number, len(cells), None)
    return FirstLines(delimiter, number + 1, len(cells), cells)


def cells_of(line: str, delimiter: str | None) -> list[str]:
    """Return the fields of a line without quotes and without spaces at both ends."""
    if delimiter is None:
        return line.split()
    try:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))
    except (csv.Error, StopIteration):  # such as a NUL character
        cells = line.split(delimiter)
    return [cell.strip() for cell in cells]


def with_nan(line: str, delimiter: str) -> str:
    """Return a line with "nan" in its empty cells."""
    line = f"{delimiter}{line}{delimiter}"
    for _ in range(2):  # empty cells overlap
        line = line.replace(2 * delimiter, f"{delimiter}nan{delimiter}")
    return line[1:-1]


def is_missing(cell: str) -> bool:
    """Whether a cell has no number but a word for a missing one, or is NaN."""
    return cell.lower() in MISSING or cell.lower().lstrip("+-") == "nan"


def _delimiter(first: str, second: str) -> str | None:
    """Return the mark by which two lines have equally many fields, more than one if possible."""
    if (mark := _common(first, second)) != "":
        return mark
    if all(len(cells_of(second, mark)) == 1 for mark in MARKS):
        return ","  # a single column, whose name may hold any mark
    return next((mark for mark in "\t;," if mark in first), None)


def _common(first: str, second: str) -> str | None:
    """Return the mark by which both lines have as many fields, at least two; "" without one."""
    for mark in MARKS:
        if len(cells_of(first, mark)) == len(cells_of(second, mark)) > 1:
            return mark
    return ""


def _is_comment(line: str, following: str) -> bool:
    """Whether a line begins with # and does not name the columns of the next."""
    if not line.startswith("#"):
        return False
    mark = _common(line.removeprefix("# "), following)
    single = all(len(cells_of(following, m)) == 1 for m in MARKS)
    if following.startswith("#") or (mark == "" and not single):
        return True
    return not any(map(NUMBER.fullmatch, cells_of(following, "," if mark == "" else mark)))
