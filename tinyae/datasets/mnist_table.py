"""Reading digits from a text table as on Kaggle: a label and 784 bytes in each row."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PIXELS = 784
LONGEST_LINE = 65_536  # characters; 785 numbers as np.savetxt writes them take 20 000
ROWS = 2000  # in a block
LABELS = ("label", "labels", "class", "digit", "target", "y")


def read_table(path: str | os.PathLike) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return (images, labels) of a .csv file, of shapes (n, 784) and (n,).

    The first line may name the columns; one of them must be "label" (or another of `LABELS`).
    Without names, the first column is the label. Empty lines are skipped.

    Raises
    ------
    ValueError
        If the table does not have a label and 784 pixels, whole numbers from 0 to 255, in each row.
    """
    path = Path(path)
    blocks = []
    with open(path, encoding="utf-8-sig", errors="replace") as stream:
        lines = filter(str.strip, iter(lambda: stream.readline(LONGEST_LINE), ""))
        first = next(lines, "")
        column, named = _label_column(first, path)
        lines = itertools.chain([] if named else [first], lines)
        done = 0
        while block := list(itertools.islice(lines, ROWS)):
            blocks.append(_numbers(block, done, path))
            done += len(block)
    if not blocks:
        raise ValueError(f"{path} has no rows")
    table = np.concatenate(blocks)
    return np.delete(table, column, axis=1), table[:, column].astype(np.int64)


def _label_column(first: str, path: Path) -> tuple[int, bool]:
    """Return the column of the labels, and whether the first line names the columns."""
    cells = [cell.lower() for cell in _cells(first.lstrip("# "))]  # np.savetxt writes "# label"
    labels = [i for i, cell in enumerate(cells) if cell in LABELS]
    named = bool(labels) or 2 * sum(cell == "" or _is_number(cell) for cell in cells) < len(cells)
    if len(cells) == PIXELS and not labels:
        raise ValueError(
            f"{path} has {PIXELS} columns and no label, as the test digits of Kaggle's competition "
            "do; use np.loadtxt to read such a table"
        )
    if len(cells) != PIXELS + 1:
        raise ValueError(
            f"{path} is not a table of digits: expected a label and {PIXELS} pixels in each row, "
            f"separated by commas, got {len(cells)} columns that begin with {first[:40].strip()!a}"
        )
    if named and len(labels) != 1:
        raise ValueError(
            f"{path} names {len(labels)} columns of labels in its first line, which begins with "
            f"{first[:40].strip()!a}; expected one, called {', '.join(LABELS[:-1])} or {LABELS[-1]}"
        )
    return (labels[0] if named else 0), named


def _numbers(lines: list[str], done: int, path: Path) -> NDArray[np.uint8]:
    """Return the bytes in these lines; `done` rows came before them."""
    try:
        values = np.loadtxt(lines, np.float32, delimiter=",", comments=None, quotechar='"', ndmin=2)
    except ValueError as error:
        raise ValueError(f"{path} {_fault(lines, done)}") from error
    if values.shape[1] != PIXELS + 1:
        raise ValueError(f"{path} {_fault(lines, done)}")
    wrong = np.argwhere(~((values >= 0) & (values <= 255) & (values == np.floor(values))))
    if len(wrong):
        row, column = wrong[0]
        raise ValueError(
            f"{path} has {values[row, column]:g} in data row {done + row + 1}, column "
            f"{column + 1}; expected whole numbers from 0 to 255"
        )
    return values.astype(np.uint8)


def _fault(lines: list[str], done: int) -> str:
    """Return what is wrong with the first line that is no row of numbers."""
    for row, line in enumerate(lines, done + 1):
        if len(line) == LONGEST_LINE:
            return f"has more than {LONGEST_LINE} characters in data row {row}"
        cells = _cells(line)
        if len(cells) != PIXELS + 1:
            return f"has {len(cells)} columns in data row {row}, expected {PIXELS + 1}"
        for column, cell in enumerate(cells, 1):
            if not _is_number(cell):
                return (
                    f"has {cell[:20]!a} in data row {row}, column {column}; expected whole numbers "
                    "from 0 to 255"
                )
    return "has rows that are no numbers separated by commas"


def _cells(line: str) -> list[str]:
    return [cell.strip().strip('"').strip() for cell in line.split(",")]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
