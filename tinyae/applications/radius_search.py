"""The search for all codes within a Hamming radius, in the way that costs the least time (14.9).

Looking up flipped bits needs `ChunkTables`, which take time to build. They are built when they are
worth it: as soon as all searches so far would have saved as much time by having them as it takes to
build them. So a single search in a large table does not wait for them, and many searches get them.
The same rule decides when codes that were added, and are searched exhaustively until then, become
part of the tables.

What the tables save is estimated as if the bits were independent. If they are, the total time is at
most about twice that of the better choice, made in advance. If they are not, as in codes with stuck
bits, the tables may be built in vain. The total time is then at most about three times that of
scanning for every search: once for building the tables, once for looking up addresses, and once for
candidates, or for a scan instead of too many candidates.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tinyae.applications import exhaustive
from tinyae.applications.bit_flips import ball_size
from tinyae.applications.chunk_tables import ChunkTables, chunk_count, flipped, split
from tinyae.applications.code_store import CodeStore

# Nanoseconds on one core of a server. Only their ratios matter, and only for the speed.
SCAN = 0.75  # compare a query with one word of a code
PROBE = 8.0  # look up an address
CANDIDATE = 6.0  # compute the distance of a candidate
CALL = 50_000.0  # a call that uses the tables
BUILD = 50.0  # put a code into one table
MOST_PROBES = 1 << 20  # in all tables together, for one query

Triples = tuple[NDArray[np.intp], NDArray[np.intp], NDArray]  # rows, indices, distances


class RadiusSearch:
    """Finds the codes of a store within a radius, and holds the tables that make it fast.

    Attributes
    ----------
    tables : the `ChunkTables`, or None before they are built
    """

    def __init__(self) -> None:
        self.tables: ChunkTables | None = None
        self._lost = 0.0  # nanoseconds that searches would have saved by complete tables

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the tables take."""
        return 0 if self.tables is None else self.tables.nbytes

    def pairs(self, store: CodeStore, queries: NDArray, radius: int) -> Triples:
        """Return (rows, indices, distances), each (pairs,), sorted by row and then by index.

        Parameters
        ----------
        store : the codes
        queries : packed codes (words, m)
        radius : largest distance, from 0 to the number of bits
        """
        if self._use_tables(store, queries.shape[1], radius):
            found = self._by_tables(store, queries, radius)
        else:
            found = exhaustive.pairs_within(store.packed, queries, store.bits, radius)
        return _sorted(*found, store)

    def _use_tables(self, store: CodeStore, m: int, radius: int) -> bool:
        """Build the tables if they are worth it now, and return whether to use those there are."""
        chunks = chunk_count(store.count, store.bits)
        scan = SCAN * m * len(store.packed)  # for each code that is scanned
        complete = CALL + m * _cost(store.bits, store.count, chunks, radius)
        now, covered = scan * store.count, 0 if self.tables is None else self.tables.count
        if self.tables is not None:
            partly = CALL + m * _cost(store.bits, covered, len(self.tables.chunks), radius)
            now = min(now, partly + scan * (store.count - covered))
        if covered < store.count:
            self._lost += max(0.0, now - complete)
            if self._lost > BUILD * chunks * store.count:
                kept = store.numbers if store.gone is not None else None
                self.tables = ChunkTables(store.packed, store.bits, chunks, kept)
                self._lost, now, covered = 0.0, min(complete, scan * store.count), store.count
        return covered > 0 and now < scan * store.count

    def _by_tables(self, store: CodeStore, queries: NDArray, radius: int) -> Triples:
        """Look up the queries in the tables, and search the codes added since exhaustively.

        A query with so many candidates that scanning is faster, as happens when bits of the codes
        are stuck, is searched exhaustively too.
        """
        assert self.tables is not None, "the caller has built them"
        count = self.tables.count
        most = int(count * len(store.packed) * SCAN / CANDIDATE)
        *found, left_out = self.tables.pairs_within(queries, radius, most)
        parts = [found]
        if len(left_out):
            old = store.packed[:, :count]
            rows, *found = exhaustive.pairs_within(old, queries[:, left_out], store.bits, radius)
            parts.append([left_out[rows], *found])
        if count < store.count:
            new = store.packed[:, count:]
            rows, indices, apart = exhaustive.pairs_within(new, queries, store.bits, radius)
            parts.append([rows, indices + count, apart])
        rows, indices, apart = (np.concatenate(part) for part in zip(*parts, strict=True))
        return rows, indices, apart


@lru_cache(maxsize=64)
def _cost(bits: int, n: int, chunks: int, radius: int) -> float:
    """Estimate the nanoseconds of a query to tables of n codes whose bits are all independent."""
    probes, candidates = 0, 0.0
    for chunk, number in zip(split(bits, chunks), flipped(radius, chunks), strict=True):
        looked_up = ball_size(chunk.width, number)
        probes += looked_up
        candidates += looked_up * n / 2.0**chunk.width
    return PROBE * probes + CANDIDATE * candidates if probes <= MOST_PROBES else np.inf


def _sorted(
    rows: NDArray[np.intp], indices: NDArray[np.intp], apart: NDArray, store: CodeStore
) -> Triples:
    """Return the pairs sorted, each once, without codes that were removed."""
    # Sorting whole integers, which end with the distance, is faster than sorting by rows.
    digits, last = store.count.bit_length(), store.bits.bit_length()
    pairs = (((rows << digits) | indices) << last) | apart
    pairs.sort()
    if len(pairs) > 1:
        first = np.concatenate([[True], pairs[1:] != pairs[:-1]])
        pairs = pairs[first]
    apart = pairs & ((1 << last) - 1)
    pairs >>= last
    rows, indices = pairs >> digits, pairs & ((1 << digits) - 1)
    if store.gone is not None:
        there = ~store.were_removed(indices)
        rows, indices, apart = rows[there], indices[there], apart[there]
    return rows, indices, apart
