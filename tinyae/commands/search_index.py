"""An index for search: the codes of all rows, and the encoder that makes codes of queries."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.applications.binary_encoder import BinaryEncoder, read_encoder, write_encoder
from tinyae.applications.hashing import HammingTable
from tinyae.applications.semantic_hash import SemanticHash
from tinyae.commands.read_rows import Reading

BLOCK = 1 << 20  # bits that are unpacked at a time


class SearchIndex:
    """Rows by their binary codes. Rows and queries are numbered from 0.

    Parameters
    ----------
    encoder : a `BinaryEncoder`, such as the `encoder_` of a fitted `SemanticHash`
    packed : the codes of the rows, (n, ⌈bits/8⌉) bytes, as `packed_codes` returns them
    reading : how the file of the rows was read
    """

    def __init__(
        self, encoder: BinaryEncoder, packed: NDArray[np.uint8], reading: Reading | None = None
    ):
        self.encoder, self.packed = encoder, packed
        self.reading = Reading(kind=encoder.scaling.kind) if reading is None else reading

    def __len__(self) -> int:
        return len(self.packed)

    def __repr__(self) -> str:
        return f"SearchIndex({len(self)} codes of {self.encoder.bits} bits, {self.reading!r})"

    @cached_property
    def table(self) -> HammingTable:
        """The codes in a hash table."""
        bits = self.encoder.bits
        step = max(1, BLOCK // bits)
        table = HammingTable(unpacked(self.packed[:step], bits))
        for start in range(step, len(self), step):
            table.add(unpacked(self.packed[start : start + step], bits))
        return table

    def shares(self) -> NDArray[np.float64]:
        """Return the share of the rows in which each bit is 1, (bits,)."""
        ones, step = np.zeros(self.encoder.bits), max(1, BLOCK // self.encoder.bits)
        for start in range(0, len(self), step):
            ones += unpacked(self.packed[start : start + step], self.encoder.bits).sum(axis=0)
        return ones / len(self)

    def lookup(self, X: ArrayLike, radius: int) -> NDArray[np.int64]:
        """Return all pairs of a query X (m, d) and a row whose codes differ in few bits.

        Returns
        -------
        array (pairs, 3) of query, row and distance ≤ radius, in bits, sorted by these: first by
        query, then by distance, then by row

        Raises
        ------
        TypeError, ValueError
            If X is no table of the encoder's width and kind, or radius is no number of bits.
        """
        return self.lookup_codes(self.encoder.transform(X), radius)

    def nearest(self, X: ArrayLike, k: int) -> NDArray[np.int64]:
        """Return the k rows with the nearest codes for each query X (m, d), as `lookup` does."""
        return self.nearest_codes(self.encoder.transform(X), k)

    def lookup_codes(self, codes: NDArray[np.bool_], radius: int) -> NDArray[np.int64]:
        """Return what `lookup` finds for queries with these codes (m, bits)."""
        queries, rows, distances = self.table.lookup_distances(codes, radius)
        order = np.lexsort((rows, distances, queries))
        return np.stack([queries, rows, distances], axis=1)[order]

    def nearest_codes(self, codes: NDArray[np.bool_], k: int) -> NDArray[np.int64]:
        """Return what `nearest` finds for queries with these codes (m, bits)."""
        rows, distances = self.table.nearest(codes, k)
        queries = np.repeat(np.arange(len(codes)), k)
        return np.stack([queries, rows.ravel(), distances.ravel()], axis=1).astype(np.int64)

    def save(self, path: str | os.PathLike) -> Path:
        """Write the index to `path` (".npz" is appended if missing) and return that path.

        An existing file is replaced as a whole. If an error occurs, it is not changed.

        Raises
        ------
        OSError
            If the folder does not exist or cannot be written to.
        """
        reading = {"words": self.reading.words, "skip": self.reading.skip}
        return write_encoder(path, self.encoder, {"reading": reading}, self.packed)

    @staticmethod
    def load(path: str | os.PathLike) -> SearchIndex:
        """Return the index that `save` wrote to `path` (".npz" is appended if missing).

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file was not written by `save`, is incomplete or altered, or has a newer version.
        """
        encoder, header, packed = read_encoder(path, SemanticHash)
        if not len(packed):
            raise ValueError(f"{path} holds an encoder without rows to search")
        if packed.dtype != np.uint8 or packed.shape[1:] != (-(-encoder.bits // 8),):
            raise ValueError(f"{path} holds codes {packed.shape}, no codes of {encoder.bits} bits")
        try:
            stored = header["reading"]
            words, skip = tuple(map(str, stored["words"])), int(stored["skip"])
            reading = Reading(words, encoder.scaling.kind, skip)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} does not say how its rows were read: {error!r}") from error
        return SearchIndex(encoder, packed, reading)


def packed_codes(encoder: BinaryEncoder, blocks: Iterable[NDArray]) -> NDArray[np.uint8]:
    """Return the codes of all rows in the blocks, eight bits in a byte: (n, ⌈bits/8⌉)."""
    return np.concatenate([np.packbits(encoder.transform(block), axis=1) for block in blocks])


def unpacked(packed: NDArray[np.uint8], bits: int) -> NDArray[np.bool_]:
    """Return packed codes as booleans (n, bits)."""
    return np.unpackbits(packed, axis=1, count=bits).view(np.bool_)
