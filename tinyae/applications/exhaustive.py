"""Exhaustive search: the distance from every query to every code, in blocks (14.9).

A processor compares some billions of codes per second in this way. It is the fastest way in small
tables and for large radii, and the only one here for the k nearest codes.

A block of codes stays in the processor's cache while all queries pass over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.applications.packed_codes import distances, scratch_for
from tinyae.numerics.threads import Team, shares

BLOCK = 1 << 16  # distances at a time
ROWS = 1 << 10  # queries at a time in a search for the nearest
FIRST = 1 << 12  # codes in the first block of a search for the nearest
SORTED = 1 << 4  # k above BLOCK / SORTED: all distances are sorted


def pairs_within(
    packed: NDArray, queries: NDArray, bits: int, radius: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray]:
    """Return (rows, indices, distances), each (pairs,), of all pairs within the radius.

    They are the rows of queries and the indices of codes, in any order.

    Parameters
    ----------
    packed : packed codes (words, n)
    queries : packed codes (words, m)
    """
    n, m = packed.shape[1], queries.shape[1]
    wide = min(BLOCK, n)
    high = max(1, min(m, BLOCK // max(wide, 1)))
    out, (differences, counts) = scratch_for((high, wide), packed, bits)
    rows, indices, apart = [np.empty(0, np.intp)], [np.empty(0, np.intp)], [out[:0].ravel()]
    for start in range(0, n, wide or 1):
        block = packed[:, None, start : start + wide]
        for row in range(0, m, high):
            some = queries[:, row : row + high, None]
            here = np.s_[: some.shape[1], : block.shape[2]]
            found = distances(block, some, out[here], (differences[here], counts[here]))
            near = found <= out.dtype.type(radius)
            if near.any():
                flat = np.flatnonzero(near)  # faster than np.nonzero of two axes
                row_of, index_of = np.divmod(flat, near.shape[1])
                rows.append(row_of + row)
                indices.append(index_of + start)
                apart.append(found[row_of, index_of])
    return np.concatenate(rows), np.concatenate(indices), np.concatenate(apart)


def nearest(
    packed: NDArray,
    queries: NDArray,
    bits: int,
    k: int,
    gone: NDArray[np.bool_] | None,
    threads: int = 1,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return (indices, distances), both (m, k): the nearest first, at equal distance by index.

    Parameters
    ----------
    packed : packed codes (words, n), of which at least k are not removed
    queries : packed codes (words, m)
    gone : (n,), which codes were removed and are not to be found; None if all are there
    threads : over how many threads the queries are shared out
    """
    m = queries.shape[1]
    search = _by_sorting if k > BLOCK // SORTED else _by_bounds
    indices, found = np.empty((m, k), np.intp), np.empty((m, k), np.intp)

    def answer(own: slice) -> None:
        for start in range(own.start, own.stop, ROWS):
            rows = np.s_[start : min(start + ROWS, own.stop)]
            indices[rows], found[rows] = search(packed, queries[:, rows], bits, k, gone)

    threads = min(threads, m)
    if threads <= 1:
        answer(slice(0, m))
    else:
        with Team(threads) as team:
            team.run([partial(answer, own) for own in shares(m, threads)])
    return indices, found


def _by_bounds(
    packed: NDArray, queries: NDArray, bits: int, k: int, gone: NDArray[np.bool_] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return what `nearest` does, with a look only at codes that are nearer than the best k."""
    n, m, far = packed.shape[1], queries.shape[1], bits + 1
    out, (differences, counts) = scratch_for((min(BLOCK, n),), packed, bits)
    best = [_Best(k, far, out.dtype) for _ in range(m)]
    columns = [queries[:, row, None] for row in range(m)]
    for start, stop in _growing(n):
        block, here = packed[:, start:stop], np.s_[: stop - start]
        parts = out[here], (differences[here], counts[here])
        away: Sequence[int] | NDArray = () if gone is None else np.flatnonzero(gone[start:stop])
        for one, query in zip(best, columns, strict=True):
            found = distances(block, query, *parts)
            if len(away):
                found[away] = far
            # An equal distance is of no use: the codes found before have smaller indices.
            if found.min() < one.bound:
                places = np.flatnonzero(found < one.bound)
                one.add(found[places], places + start)
    keys = np.array([one.keys for one in best])
    return keys & _Best.INDEX, keys >> _Best.DIGITS


class _Best:
    """The k nearest codes of one query so far. A code is only of interest below `bound`.

    Each is one integer, its distance followed by the digits of its index, so that they are sorted
    by distance and then by index.
    """

    DIGITS = 40
    INDEX = (1 << DIGITS) - 1

    def __init__(self, k: int, far: int, dtype: np.dtype):
        self.keys = np.full(k, far << self.DIGITS, np.int64)
        self.bound = np.array(far, dtype)

    def add(self, distances: NDArray, indices: NDArray[np.intp]) -> None:
        """Take in codes below the bound."""
        keys = distances.astype(np.int64)
        keys <<= self.DIGITS
        keys |= indices
        together = np.concatenate([self.keys, keys])
        together.sort()
        self.keys = together[: len(self.keys)]
        self.bound[...] = self.keys[-1] >> self.DIGITS


def _growing(n: int) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of blocks that cover n codes; the first ones are small.

    The bound falls fastest at the start, and few codes of the later blocks are then below it.
    """
    start, size = 0, min(FIRST, BLOCK)
    while start < n:
        stop = min(n, start + size)
        yield start, stop
        start, size = stop, min(4 * size, BLOCK)


def _by_sorting(
    packed: NDArray, queries: NDArray, bits: int, k: int, gone: NDArray[np.bool_] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return what `nearest` does, by sorting all distances of a query."""
    n, m = packed.shape[1], queries.shape[1]
    indices, found = np.empty((m, k), np.intp), np.empty((m, k), np.intp)
    out, scratch = scratch_for((n,), packed, bits)
    for row in range(m):
        distances(packed, queries[:, row, None], out, scratch)
        if gone is not None:
            out[gone] = bits + 1
        order = np.argsort(out, kind="stable")[:k]
        indices[row], found[row] = order, out[order]
    return indices, found
