"""Blocks of rows as they pass: how many there were, on a terminal, and between which numbers."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray


def progress(blocks: Iterable[NDArray], verb: str) -> Iterator[NDArray]:
    """Yield the blocks, and say on a terminal how many rows there were."""
    shown, total, last = sys.stderr is not None and sys.stderr.isatty(), 0, time.perf_counter()
    for block in blocks:
        total += len(block)
        if shown and time.perf_counter() - last > 0.2:
            last = time.perf_counter()
            print(f"\r{verb} {total} rows", end="", file=sys.stderr, flush=True)
        yield block
    if shown:
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr, flush=True)


class Extent:
    """The smallest and the largest number in all blocks that passed.

    Attributes
    ----------
    low, high : these numbers; infinite before the first block
    """

    def __init__(self) -> None:
        self.low, self.high = np.inf, -np.inf

    def __repr__(self) -> str:
        return f"Extent({self.low}, {self.high})"

    def of(self, blocks: Iterable[NDArray]) -> Iterator[NDArray]:
        """Yield the blocks, and note their numbers."""
        for block in blocks:
            self.low = min(self.low, float(np.fmin.reduce(block, axis=None)))  # fmin ignores NaN
            self.high = max(self.high, float(np.fmax.reduce(block, axis=None)))
            yield block
