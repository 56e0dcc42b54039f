"""Arrays by their place in memory: which of them lie inside another one.

A parameter is a part of theta, and the weights of a tied layer are a part of those of its source,
in columns instead of rows. Such an array is not written again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Memory:
    """The arrays of a description by name, and their places in memory.

    Attributes
    ----------
    arrays : the arrays to write, by name
    """

    def __init__(self) -> None:
        self.arrays: dict[str, NDArray] = {}
        self._places: list[tuple[int, int, NDArray, str]] = []

    def add(self, array: NDArray, path: Sequence[str]) -> str:
        """Note an array that is to be written; return its name, which is made of its path."""
        stem = re.sub(r"[^A-Za-z0-9_]", "_", "_".join(path))[-150:] or "array"
        name = stem
        while name in self.arrays or name in ("header", "digest"):
            name = f"{stem}.{len(self.arrays)}"
        self.arrays[name] = array
        self.note(array, name)
        return name

    def note(self, array: NDArray, name: str) -> None:
        """Note where an array of a name lies, if it is in one piece."""
        if array.flags.c_contiguous and array.size:
            start = _start(array)
            self._places.append((start, start + array.nbytes, array, name))

    def place(self, array: NDArray) -> dict | None:
        """Describe an array that lies inside a known one: all of it, or a part; else None."""
        turned = not array.flags.c_contiguous
        rows = array.T if turned else array
        if not rows.flags.c_contiguous or not array.size:
            return None
        first = _start(array)
        for start, stop, whole, name in self._places:
            inside = start <= first and first + array.nbytes <= stop
            if inside and whole.dtype == array.dtype and (first - start) % array.itemsize == 0:
                if whole.shape == array.shape and not turned:
                    return {"array": name}
                offset = (first - start) // array.itemsize
                return {"part": [name, offset, list(rows.shape), turned]}
        return None


def zeros_like(array: NDArray, gradient: object) -> bool:
    """Whether a gradient can be written as zeros in the form of an array of parameters."""
    return isinstance(gradient, np.ndarray) and (
        (gradient.shape, gradient.dtype) == (array.shape, array.dtype)
    )


def _start(array: NDArray) -> int:
    """Return the address of the first number."""
    return array.__array_interface__["data"][0]
