"""How a user's file is read: rows of an array, of a text table, or documents as counts of words."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae.commands.array_rows import ArrayRows
from tinyae.commands.documents import DocumentRows
from tinyae.commands.first_lines import cells_of
from tinyae.commands.text_rows import TextRows
from tinyae.text import in_short

TABLES = (".csv", ".tsv", ".txt", ".dat")

Rows = ArrayRows | TextRows | DocumentRows


@dataclass(frozen=True, repr=False)
class Reading:
    """How rows are read from a file, so that queries are read in the same way.

    Attributes
    ----------
    words : the vocabulary if the file holds documents, one in each line; empty for numbers
    kind : of the numbers, "auto" or one of the kinds in `Scaling`
    skip : how many columns on the left are left out
    drop : names of further columns of a text table that are left out
    missing : whether entries of numbers may be missing, which are then NaN
    """

    words: tuple[str, ...] = ()
    kind: str = "auto"
    skip: int = 0
    drop: tuple[str, ...] = ()
    missing: bool = False

    def __repr__(self) -> str:
        return (
            f"Reading(words={in_short(self.words)}, kind={self.kind!r}, skip={self.skip}, "
            f"drop={in_short(self.drop)}, missing={self.missing})"
        )

    def open(self, path: str | os.PathLike, *, header: bool = False) -> Rows:
        """Return the rows of a file, whose method `blocks` reads them as often as needed.

        Parameters
        ----------
        path : an .npy file, or a text table that ends in .csv, .tsv, .txt or .dat; with a
            vocabulary any text file
        header : whether the first line of a table names the columns although it has numbers

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If the file is of another kind or holds no such rows.
        """
        path = Path(os.fsdecode(path))
        if self.words:
            return DocumentRows(path, self.words)
        if path.suffix.lower() == ".npy":
            if self.drop:
                raise ValueError(f"{path} has no names of columns: {self.drop[0]!r:.60} is unknown")
            return ArrayRows(path, kind=self.kind, skip=self.skip, missing=self.missing)
        if path.suffix.lower() in TABLES:
            return TextRows(path, kind=self.kind, skip=self.skip, drop=self.drop, header=header,
                            missing=self.missing)  # fmt: skip
        packed = f"; unpack it first, such as by gunzip {path}" if path.suffix == ".gz" else ""
        raise ValueError(
            f"{path} must be an .npy file or a text table ({', '.join(TABLES)}), judging by the "
            f"end of its name{packed}"
        )


def sample_rows(
    blocks: Iterable[NDArray], most: int, rng: np.random.Generator
) -> tuple[NDArray, int]:
    """Return at most `most` rows drawn at random from all blocks, and how many rows there are.

    If there are no more rows than that, they are returned in their order. Only the rows drawn so
    far are in memory (reservoir sampling: row t takes the place of a random one with probability
    most/t).
    """
    kept, total = np.empty((0, 0)), 0
    for block in blocks:
        if not total:
            kept = np.empty((most, block.shape[1]), block.dtype)  # memory is taken when it is used
        first = min(max(most - total, 0), len(block))
        kept[total : total + first] = block[:first]
        rest = block[first:]
        place = rng.integers(0, np.arange(total + first, total + len(block)) + 1)
        chosen = place < most
        kept[place[chosen]] = rest[chosen]
        total += len(block)
    return kept[:total], total


def note_of_names(source: Rows) -> str:
    """Return a sentence that the first line of a text table was taken for names, or ""."""
    if not isinstance(source, TextRows) or source.names is None:
        return ""
    return f"line {source.first_line - 1} of {source.path} names the columns"


def column_names(text: str) -> tuple[str, ...]:
    """Return the names in a list like "label,id", whose names may be quoted."""
    return tuple(name for name in cells_of(text, ",") if name)


def remedies(source: Rows) -> str:
    """Return which options of `fit` read a file with the faults that were found, or ""."""
    text = ""
    if isinstance(source, TextRows):
        for column in source.wordy[:3]:
            text += f"; no line has a number in column {column + 1}"
            if source.names is not None:
                name = source.names[source.columns.index(column)]
                text += f": --drop {name!r} leaves it out"
    if not isinstance(source, DocumentRows) and source.gaps and not source.missing:
        text += "; --missing mean fills what is missing by the mean of its column"
    return text


def check_filled(rows: NDArray, source: Rows) -> None:
    """Raise ValueError if a column of the rows (n, width) from a source has only NaN."""
    empty = np.flatnonzero(np.isnan(rows).all(axis=0))
    if len(empty):
        names = source.names if isinstance(source, TextRows) else None
        shown = [f"{i + 1}" if names is None else repr(names[i]) for i in empty[:5]]
        raise ValueError(
            f"{source.path} has columns with only missing entries: {', '.join(shown)}; leave them "
            "out"
        )
