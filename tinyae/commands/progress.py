"""Blocks of rows as they pass: how many there were, on a terminal, and between which numbers."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from tinyae.training.terminal_line import TerminalLine


def progress(blocks: Iterable[NDArray], verb: str) -> Iterator[NDArray]:
    """Yield the blocks, and say on a terminal how many rows there were."""
    line, total, last = TerminalLine(sys.stderr), 0, time.perf_counter()
    for block in blocks:
        total += len(block)
        if line.terminal and time.perf_counter() - last > 0.2:
            last = time.perf_counter()
            line.show([f"{verb} {total} rows"])
        yield block
    line.erase()


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
