"""Packed codes by their numbers, to which codes are added and from which they are removed (14.9).

A code keeps its number, so what was removed stays in its place and is only listed as removed. The
array has room for more codes than it holds, and adding a few codes to many does not copy them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GROWTH = 8  # an array that is full grows by one part in so many


class CodeStore:
    """Packed codes (words, n) of so many bits each, and the sorted numbers of those removed.

    Attributes
    ----------
    bits : length of a code
    count : how many codes were given a number, with those removed since
    removed : array (count − len(store),) of sorted numbers
    """

    def __init__(self, packed: NDArray, bits: int, removed: NDArray[np.intp] | None = None):
        """Hold an array without room for more, which is never written to: it may be mapped."""
        self._room = packed
        self.bits, self.count = bits, packed.shape[1]
        self.removed = np.empty(0, np.intp) if removed is None else removed

    def __len__(self) -> int:
        """How many codes there are, without those removed."""
        return self.count - len(self.removed)

    @property
    def packed(self) -> NDArray:
        """All codes (words, count), with those removed."""
        return self._room[:, : self.count]

    @property
    def nbytes(self) -> int:
        """Bytes that the codes and the numbers of those removed take."""
        return self._room.nbytes + self.removed.nbytes

    @property
    def numbers(self) -> NDArray[np.intp]:
        """The numbers of the codes that are there, in ascending order."""
        there = np.ones(self.count, np.bool_)
        there[self.removed] = False
        return np.flatnonzero(there)

    def append(self, packed: NDArray) -> NDArray[np.intp]:
        """Add packed codes (words, m) and return their numbers (m,)."""
        start, stop = self.count, self.count + packed.shape[1]
        if stop > self._room.shape[1]:
            wide = max(stop, self.count + self.count // GROWTH)
            room = np.empty((len(self._room), wide), self._room.dtype)
            room[:, :start] = self.packed
            self._room = room
        self._room[:, start:stop] = packed
        self.count = stop
        return np.arange(start, stop)

    def remove(self, numbers: NDArray[np.intp]) -> None:
        """Remove the codes with these numbers, all of which are there."""
        self.removed = np.union1d(self.removed, numbers)

    def missing(self, numbers: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which of these numbers belong to no code, because it was removed or never was."""
        return (numbers < 0) | (numbers >= self.count) | self.were_removed(numbers)

    def were_removed(self, numbers: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which of these numbers belong to codes that were removed."""
        if not len(self.removed):
            return np.zeros(len(numbers), np.bool_)
        place = np.searchsorted(self.removed, numbers)
        return self.removed[np.minimum(place, len(self.removed) - 1)] == numbers
