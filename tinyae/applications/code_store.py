"""Packed codes by their numbers, to which codes are added and from which they are removed (14.9).

A code keeps its number, so a code that is removed stays in its place and is only marked as removed.
The array has room for more codes than it holds, and adding a few codes to many does not copy them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GROWTH = 8  # an array that is full grows by one part in so many


class CodeStore:
    """Packed codes (words, n) of so many bits each, and which of them were removed.

    Attributes
    ----------
    bits : length of a code
    count : how many codes were given a number, including the removed ones
    """

    def __init__(self, packed: NDArray, bits: int, removed: NDArray[np.intp] | None = None):
        """Hold an array without room for more, which is never written to: it may be mapped."""
        self._room = packed
        self.bits, self.count = bits, packed.shape[1]
        self._there = self.count
        self._marks: NDArray[np.bool_] | None = None  # as wide as the room, once one is removed
        if removed is not None:
            self.remove(removed)

    def __len__(self) -> int:
        """How many codes there are, without the removed ones."""
        return self._there

    @property
    def packed(self) -> NDArray:
        """All codes (words, count), including the removed ones."""
        return self._room[:, : self.count]

    @property
    def nbytes(self) -> int:
        """Bytes that the codes take, and a byte for each once codes were removed."""
        return self._room.nbytes + (0 if self._marks is None else self._marks.nbytes)

    @property
    def gone(self) -> NDArray[np.bool_] | None:
        """Which of the codes were removed, of shape (count,); None if none was."""
        return None if self._marks is None else self._marks[: self.count]

    @property
    def removed(self) -> NDArray[np.intp]:
        """The numbers of the codes that were removed, in ascending order."""
        return np.empty(0, np.intp) if self.gone is None else np.flatnonzero(self.gone)

    @property
    def numbers(self) -> NDArray[np.intp]:
        """The numbers of the codes that are there, in ascending order."""
        return np.arange(self.count) if self.gone is None else np.flatnonzero(~self.gone)

    def append(self, packed: NDArray) -> NDArray[np.intp]:
        """Add packed codes (words, m) and return their numbers (m,)."""
        start, stop = self.count, self.count + packed.shape[1]
        if stop > self._room.shape[1]:
            wide = max(stop, self.count + self.count // GROWTH)
            room = np.empty((len(self._room), wide), self._room.dtype)
            room[:, :start] = self.packed
            self._room = room
            if self._marks is not None:
                self._marks = np.concatenate(
                    [self._marks[:start], np.zeros(wide - start, np.bool_)]
                )
        self._room[:, start:stop] = packed
        self.count = stop
        self._there += stop - start
        return np.arange(start, stop)

    def remove(self, numbers: NDArray[np.intp]) -> None:
        """Remove the codes with these numbers, all of which are there; some may be repeated."""
        numbers = np.unique(numbers)
        if not len(numbers):
            return
        if self._marks is None:
            self._marks = np.zeros(self._room.shape[1], np.bool_)
        self._marks[numbers] = True
        self._there -= len(numbers)

    def missing(self, numbers: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which of these numbers belong to no code, because it was removed or never was."""
        missing = (numbers < 0) | (numbers >= self.count)
        missing[~missing] = self.were_removed(numbers[~missing])
        return missing

    def were_removed(self, numbers: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which of these numbers of codes, from 0 to count − 1, were removed."""
        return np.zeros(len(numbers), np.bool_) if self.gone is None else self.gone[numbers]
