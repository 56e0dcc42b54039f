"""What is noted about blocks that pass."""

import io
from itertools import count

import numpy as np

from tinyae.commands import progress as module
from tinyae.commands.progress import Extent, progress


class Terminal(io.StringIO):
    """A terminal that notes what it had shown whenever it was flushed."""

    def __init__(self):
        super().__init__()
        self.shown = []

    def isatty(self):
        return True

    def flush(self):
        self.shown.append(self.getvalue())


def test_a_terminal_shows_the_rows_while_they_pass(monkeypatch):
    """A line without an end is seen only if it is flushed."""
    terminal = Terminal()
    monkeypatch.setattr(module.sys, "stderr", terminal)
    monkeypatch.setattr(module.time, "perf_counter", count(0.0, 0.15).__next__)
    blocks = [np.zeros((3, 2)), np.zeros((4, 2)), np.zeros((5, 2))]
    assert [len(block) for block in progress(blocks, "read")] == [3, 4, 5]
    # A line appears at most every 0.2 seconds; the last one is blank.
    shown = "\rread 7 rows"
    blank = shown + "\r" + " " * 11
    assert terminal.shown == [shown, blank, blank + "\r"]


def test_the_extent_of_all_blocks():
    extent = Extent()
    blocks = [
        np.array([[3, 4]], np.uint8),
        np.array([[1, 2]], np.uint8),
        np.array([[9, 4]], np.uint8),
    ]
    assert [block is given for block, given in zip(extent.of(blocks), blocks, strict=True)] == [
        True
    ] * 3
    assert (extent.low, extent.high) == (1, 9) and repr(extent) == "Extent(1.0, 9.0)"
