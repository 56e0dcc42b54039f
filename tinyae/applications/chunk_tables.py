"""Hash tables over parts of the codes, which are searched by flipping bits (14.9).

A table that is addressed by the whole code finds everything within the radius r by looking up the
query and all codes that differ from it in at most r bits. For longer codes there are too many such
codes, and too many addresses. So the bits are split into c chunks, each with a table of its own. If
two codes differ in at most r = c f + a bits, with a < c, then they differ in at most f bits in one
of the first a + 1 chunks, or in at most f − 1 bits in one of the others: otherwise there would be
at least (a + 1)(f + 1) + (c − a − 1) f = r + 1 differences. Codes that agree with the query in a
chunk up to so many bits are candidates, and their distance to the query is computed. (Norouzi,
Punjani and Fleet 2012, Fast search in Hamming space with multi-index hashing.)

All tables are one list of codes, sorted by chunk and by address. `starts` says for each address
where its codes begin; they end where those of the next address begin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinyae.applications.bit_flips import ball_size, flips
from tinyae.applications.packed_codes import distances, scratch_for

SPARE_BITS = 2  # an address may have so many bits more than the number of codes needs
SMALL = 20  # bits of an address that is always allowed: a table of 4 MB
WIDEST = 24  # bits of an address: a table of 64 MB
BLOCK = 1 << 15  # probes, and candidates, at a time


def chunk_count(n: int, bits: int) -> int:
    """Return into how many chunks codes of so many bits are split, for a table of n codes."""
    widest = min(max(n.bit_length() + SPARE_BITS, SMALL), WIDEST)
    return -(-bits // widest)


@dataclass(frozen=True)
class Chunk:
    """The bits from `start` to `start + width`, and the number of its first address."""

    start: int
    width: int
    first: int

    def of(self, packed: NDArray) -> NDArray[np.intp]:
        """Return the value (n,) of these bits in each of the packed codes (words, n)."""
        per_word, kind = 8 * packed.itemsize, packed.dtype.type
        word, shift = divmod(self.start, per_word)
        value = packed[word] >> kind(shift)
        if shift + self.width > per_word:
            value |= packed[word + 1] << kind(per_word - shift)
        return (value & kind((1 << self.width) - 1)).astype(np.intp)


def split(bits: int, chunks: int) -> list[Chunk]:
    """Split codes of so many bits into chunks whose widths differ by at most one bit."""
    cuts = [round(bits * number / chunks) for number in range(chunks + 1)]
    found: list[Chunk] = []
    first = 0
    for start, stop in zip(cuts, cuts[1:], strict=False):
        found.append(Chunk(start, stop - start, first))
        first += 1 << (stop - start)
    return found


def flipped(radius: int, chunks: int) -> list[int]:
    """Return how many bits are flipped in each chunk; −1 where nothing is looked up."""
    each, more = divmod(radius, chunks)
    return [each if number <= more else each - 1 for number in range(chunks)]


class ChunkTables:
    """Tables of packed codes by their chunks, without the codes that were removed.

    Attributes
    ----------
    count : codes 0 to count − 1 are in the tables
    chunks : the parts of a code, each with its table
    nbytes : bytes of memory that the tables take
    """

    def __init__(self, packed: NDArray, bits: int, chunks: int, kept: NDArray[np.intp] | None):
        """Sort codes (words, n) by every chunk; `kept` lists those to be found, None for all."""
        self.bits, self.count = bits, packed.shape[1]
        self.chunks = split(bits, chunks)
        addresses = sum(1 << chunk.width for chunk in self.chunks)
        n = self.count if kept is None else len(kept)
        self._starts = np.empty(addresses + 1, np.min_scalar_type(max(1, chunks * n)))
        self._order = np.empty(chunks * n, np.min_scalar_type(max(1, self.count)))
        self._packed = np.empty((len(packed), chunks * n), packed.dtype)
        for number, chunk in enumerate(self.chunks):
            self._fill(packed, kept, chunk, slice(number * n, (number + 1) * n))
        self._starts[-1] = chunks * n

    def _fill(
        self, packed: NDArray, kept: NDArray[np.intp] | None, chunk: Chunk, place: slice
    ) -> None:
        """Make the table of one chunk, whose codes take this place in the list."""
        values = chunk.of(packed)
        if kept is not None:
            values = values[kept]
        here = np.s_[chunk.first : chunk.first + (1 << chunk.width)]
        sizes = np.bincount(values, minlength=1 << chunk.width)
        self._starts[here] = np.cumsum(sizes) - sizes + place.start
        # Sorting value and number as one integer is faster than sorting numbers by their values.
        digits = self.count.bit_length()
        values <<= digits
        values |= np.arange(self.count) if kept is None else kept
        values.sort()
        values &= (1 << digits) - 1
        self._order[place] = values
        for word, sorted_word in zip(packed, self._packed, strict=True):
            np.take(word, values, out=sorted_word[place])

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the tables take."""
        return self._starts.nbytes + self._order.nbytes + self._packed.nbytes

    def pairs_within(
        self, queries: NDArray, radius: int, most: int
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray, NDArray[np.intp]]:
        """Return (rows, indices, distances, left_out): all pairs within the radius, in any order.

        A code that several tables find is returned several times.

        Parameters
        ----------
        queries : packed codes (words, m)
        radius : largest distance
        most : queries with more candidates than that are left out, and their rows returned
        """
        rows, indices, apart, left_out = [], [], [], []
        each = flipped(radius, len(self.chunks))
        sizes = zip(self.chunks, each, strict=True)
        probes = sum(ball_size(chunk.width, number) for chunk, number in sizes)
        step = max(1, BLOCK // probes)
        for start in range(0, queries.shape[1], step):
            some = queries[:, start : start + step]
            first, sizes = self._buckets(some, each)
            candidates = sizes.sum(axis=1)
            if (candidates > most).any():
                left_out.append(start + np.flatnonzero(candidates > most))
                sizes[candidates > most] = 0
                candidates[candidates > most] = 0
            ends = np.cumsum(candidates)
            low = 0
            while low < len(ends):
                before = ends[low - 1] if low else 0
                high = max(low + 1, int(np.searchsorted(ends, before + BLOCK, side="right")))
                row, index, found = self._near(some, first, sizes, slice(low, high), radius)
                rows.append(row + start)
                indices.append(index)
                apart.append(found)
                low = high
        return _joined(rows), _joined(indices), _joined(apart), _joined(left_out)

    def _buckets(
        self, queries: NDArray, each: list[int]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return (first, sizes), both (m, probes): the part of the list at every address probed."""
        addresses = []
        for chunk, number in zip(self.chunks, each, strict=True):
            if number >= 0:
                address = chunk.of(queries)[:, None] ^ flips(chunk.width, number)
                address += chunk.first
                addresses.append(address)
        together = np.concatenate(addresses, axis=1)
        first = self._starts.take(together).astype(np.intp)
        together += 1
        return first, self._starts.take(together).astype(np.intp) - first

    def _near(
        self, queries: NDArray, first: NDArray, sizes: NDArray, some: slice, radius: int
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray]:
        """Return (rows, indices, distances) of the candidates that are within the radius."""
        per_query = sizes[some].sum(axis=1)
        first, sizes = first[some].ravel(), sizes[some].ravel()
        total = int(per_query.sum())
        places = np.arange(total)
        places += np.repeat(first - (np.cumsum(sizes) - sizes), sizes)
        rows = np.repeat(np.arange(some.start, some.start + len(per_query)), per_query)
        out, scratch = scratch_for((total,), queries, self.bits)
        distances(self._packed.take(places, axis=1), queries.take(rows, axis=1), out, scratch)
        near = np.flatnonzero(out <= out.dtype.type(radius))
        return rows[near], self._order.take(places[near]).astype(np.intp), out[near]


def _joined(parts: list[NDArray]) -> NDArray:
    return np.concatenate(parts) if parts else np.empty(0, np.intp)
