"""Which entries of a database are relevant to a query: by labels, a table, or a function (14.9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.text import fields_in_short

# A function of queries and entries, two arrays of indices that broadcast.
Relevance = Callable[[NDArray, NDArray], NDArray[np.bool_]]
Relevant = ArrayLike | Callable[[NDArray, NDArray], NDArray]


@dataclass(frozen=True, eq=False)
class SameLabel:
    """An entry is relevant to a query if their labels are equal.

    Parameters
    ----------
    labels : array (n,) of numbers, or NumPy array of texts, the labels of the entries
    query_labels : array (m,), the labels of the queries
    """

    labels: NDArray
    query_labels: NDArray

    def __post_init__(self) -> None:
        for name in ("labels", "query_labels"):
            object.__setattr__(self, name, checked_labels(getattr(self, name), name))
        kinds = [labels.dtype.kind == "U" for labels in (self.labels, self.query_labels)]
        if kinds[0] != kinds[1]:
            raise TypeError("labels and query_labels must both be texts or both be numbers")

    def __call__(self, queries: NDArray, entries: NDArray) -> NDArray[np.bool_]:
        """Return whether the entries are relevant, for two arrays of indices that broadcast."""
        return self.query_labels[queries] == self.labels[entries]

    __repr__ = fields_in_short


def checked_labels(values: ArrayLike, name: str) -> NDArray:
    """Return labels as an array (n,) of finite numbers, or of texts."""
    texts = isinstance(values, np.ndarray) and values.dtype.kind == "U"
    labels = np.asarray(values) if texts else real_array(values, name)
    if labels.ndim != 1 or len(labels) == 0:
        raise ValueError(f"{name} must have shape (n,) with a label for each row, got "
                         f"{labels.shape}")  # fmt: skip
    if not texts and not np.isfinite(labels).all():
        row = np.flatnonzero(~np.isfinite(labels))[0]
        raise ValueError(f"{name}[{row}] is {labels[row]}: label all rows by finite numbers")
    return labels


def checked_relevance(relevant: Relevant, m: int, n: int) -> Relevance:
    """Return a function of (queries, entries), two arrays of indices that broadcast, or raise.

    Parameters
    ----------
    relevant : a `SameLabel` of n entries and m queries, a boolean array (m, n), or a function
        (queries, entries) -> boolean array of the shape to which the two broadcast. `queries` is
        (b, 1), and `entries` is (b, c) or (1, c)
    """
    if isinstance(relevant, SameLabel):
        given = (len(relevant.query_labels), len(relevant.labels))
        if given != (m, n):
            raise ValueError(
                f"relevant has {given[1]} labels and {given[0]} query_labels, but there are {n} "
                f"entries and {m} queries"
            )
        return relevant
    if isinstance(relevant, type):
        raise TypeError(f"relevant must be an object such as SameLabel(...), got {relevant!r}")
    if callable(relevant):
        return lambda queries, entries: _answer(relevant, queries, entries)
    table = real_array(relevant, "relevant")
    if table.shape != (m, n):
        raise ValueError(
            f"relevant must have a row for each of {m} queries and a column for each of {n} "
            f"entries, got shape {table.shape}; labels are given as SameLabel(labels, query_labels)"
        )
    if table.dtype.kind != "b":
        raise TypeError(f"relevant must hold True and False, got {table.dtype}; write relevant > 0")
    return lambda queries, entries: table[queries, entries]


def _answer(
    relevant: Callable[[NDArray, NDArray], ArrayLike], queries: NDArray, entries: NDArray
) -> NDArray:
    """Return what a user's function says, after checking its shape and type."""
    answer = real_array(relevant(queries, entries), "what relevant returns")
    shape = np.broadcast_shapes(queries.shape, entries.shape)
    if answer.shape != shape or answer.dtype.kind != "b":
        raise ValueError(
            f"relevant must return True and False in shape {shape} for indices of shapes "
            f"{queries.shape} and {entries.shape}, got {answer.dtype} in {answer.shape}"
        )
    return answer
