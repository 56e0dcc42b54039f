"""Digits in a text table, as Kaggle has them: a label and 784 bytes in each line."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PIXELS = 784
LONGEST_LINE = 16_384  # characters; 785 columns take at most 8000 with their names
ROWS = 2000  # read at a time
LABELS = ("label", "class", "y")


def read_table(path: str | os.PathLike) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return (images, labels) of a .csv file, of shapes (n, 784) and (n,).

    The first line may name the columns, one of them "label"; otherwise the label comes first.

    Raises
    ------
    ValueError
        If the table does not have a label and 784 pixels, whole numbers from 0 to 255, in each row.
    """
    path = Path(path)
    blocks = []
    with open(path, encoding="utf-8-sig", errors="replace") as stream:
        first = stream.readline(LONGEST_LINE)
        column, named = _label_column(first, path)
        rest = iter(lambda: stream.readline(LONGEST_LINE), "")
        lines = filter(str.strip, itertools.chain([] if named else [first], rest))
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
    cells = [cell.strip().strip("\"'").lower() for cell in first.split(",")]
    named = not all(cell.replace(".", "", 1).isdigit() for cell in cells)
    labels = [i for i, cell in enumerate(cells) if cell in LABELS]
    if len(cells) == PIXELS and not labels:
        raise ValueError(
            f"{path} has {PIXELS} columns and no label, as the test digits of Kaggle's competition "
            "do; use np.loadtxt to read such a table"
        )
    if len(cells) != PIXELS + 1 or (named and len(labels) != 1):
        raise ValueError(
            f"{path} is not a table of digits: expected a label and {PIXELS} pixels in each row, "
            f"separated by commas, got {len(cells)} columns that begin with {first[:40].strip()!r}"
        )
    return (labels[0] if named else 0), named


def _numbers(lines: list[str], done: int, path: Path) -> NDArray[np.uint8]:
    """Return the bytes in these lines, of which `done` came before."""
    try:
        values = np.loadtxt(lines, np.float32, delimiter=",", comments=None, quotechar='"', ndmin=2)
    except ValueError as error:
        raise ValueError(f"{path}: {error}, counted from data row {done + 1}") from error
    if values.shape[1] != PIXELS + 1:
        raise ValueError(f"{path} has {values.shape[1]} columns, expected {PIXELS + 1}")
    wrong = np.argwhere(~((values >= 0) & (values <= 255) & (values == np.floor(values))))
    if len(wrong):
        row, column = wrong[0]
        raise ValueError(
            f"{path} has {values[row, column]:g} in data row {done + row + 1}, column "
            f"{column + 1}; expected whole numbers from 0 to 255"
        )
    return values.astype(np.uint8)
