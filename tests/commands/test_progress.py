"""What is noted about blocks that pass."""

import numpy as np

from tinyae.commands.progress import Extent


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
