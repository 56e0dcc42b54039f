"""Rows in blocks, so that what is computed for a block of rows fits in a given amount of memory."""

from __future__ import annotations

from collections.abc import Iterator

# A limit of memory. It is far above every cache.
BLOCK_BYTES = 32_000_000  # of memory for the largest array that a block of rows needs


def row_blocks(rows: int, floats: int, limit: int, *, itemsize: int = 8) -> Iterator[slice]:
    """Yield slices that cover the rows 0, 1, … in order, as many at a time as the limit allows.

    Parameters
    ----------
    rows : number of rows in all
    floats : how many numbers are held for each row of a block
    limit : bytes that these numbers may take; a block has at least one row all the same
    itemsize : bytes of one number, 8 for float64
    """
    step = max(1, limit // (floats * itemsize))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))
