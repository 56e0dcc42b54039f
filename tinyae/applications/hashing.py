"""A hash table from binary codes to entries, for semantic hashing (14.9).

    table = HammingTable(binary_codes(model.encode(x)))
    table.lookup(code, radius=2)      # entries whose code differs from it in at most 2 bits
    table.nearest(code, k=10)         # the 10 entries with the most similar codes

Every result is exactly that of comparing the query with all codes. How it is found depends on the
costs: flipping bits of the query and looking up the resulting codes (`chunk_tables.py`), or an
exhaustive search (`exhaustive.py`), which is faster in small tables and for large radii.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.applications import exhaustive
from tinyae.applications.binary_codes import binary_table, check_bits
from tinyae.applications.code_store import CodeStore
from tinyae.applications.packed_codes import pack, unpack
from tinyae.applications.radius_search import RadiusSearch
from tinyae.applications.table_files import CODES, state_in_first_format, state_of, store_of
from tinyae.checks.arrays import real_array
from tinyae.checks.numbers import truth, whole_number
from tinyae.files.archive_files import read_archive
from tinyae.files.object_files import check_class, object_in, write_object
from tinyae.files.paths import npz_path

Result = NDArray[np.intp]

BLOCK = 1 << 14  # codes unpacked at a time


class HammingTable:
    """Entries by their binary codes, with the search for codes that differ in few bits.

    The entries are numbered 0, 1, … in the order in which their codes were given. An entry keeps
    its number when other entries are removed. The codes are packed: 32 bits take 4 bytes. Removing
    entries frees no memory; `HammingTable(table.codes)` holds the remaining ones only, and numbers
    them anew. The tables that make `lookup` fast are built when they are worth it, and take more
    memory, which `nbytes` includes.

    Parameters
    ----------
    codes : array (n, bits), n ≥ 1, bits ≥ 1, of booleans or of 0 and 1; `binary_codes` makes it
        from the code units of an encoder. The table holds a packed copy.

    Raises
    ------
    TypeError, ValueError
        If `codes` is no such array.
    """

    def __init__(self, codes: ArrayLike):
        codes = binary_table(codes, "codes")
        self._store = CodeStore(pack(codes), codes.shape[1])
        self._search = RadiusSearch()

    @property
    def bits(self) -> int:
        """Length of a code."""
        return self._store.bits

    @property
    def nbytes(self) -> int:
        """Bytes of the codes, including removed ones, and of the tables for `lookup` once built."""
        return self._store.nbytes + self._search.nbytes

    @property
    def indices(self) -> Result:
        """The numbers of the entries, in ascending order, of shape (len(table),)."""
        return self._store.numbers

    @property
    def codes(self) -> NDArray[np.bool_]:
        """The codes (len(table), bits) of the entries `indices`, as booleans."""
        return unpack(self._store.packed[:, self._store.numbers], self.bits)

    def __len__(self) -> int:
        """Return how many entries there are, without the removed ones."""
        return len(self._store)

    def __getitem__(self, indices: ArrayLike) -> NDArray[np.bool_]:
        """Return the code (bits,) of the entry of this number, or codes (m, bits) for m numbers.

        No numbers, m = 0, give no codes.

        Raises
        ------
        IndexError
            If there is no entry of that number.
        """
        numbers = _numbers(indices)
        missing = self._store.missing(np.atleast_1d(numbers))
        if missing.any():
            raise IndexError(self._absent(np.atleast_1d(numbers)[missing][0]))
        codes = unpack(self._store.packed[:, np.atleast_1d(numbers)], self.bits)
        return codes if numbers.ndim else codes[0]

    def __iter__(self) -> Iterator[NDArray[np.bool_]]:
        """Yield the codes (bits,) of all entries, in the order of `indices`."""
        numbers = self.indices
        for start in range(0, len(numbers), BLOCK):
            yield from unpack(self._store.packed[:, numbers[start : start + BLOCK]], self.bits)

    def __contains__(self, code: ArrayLike) -> bool:
        """Return whether an entry has this code (bits,).

        Raises
        ------
        TypeError, ValueError
            If it is no code of this length.
        """
        packed, single = self._queries(code, "code")
        if not single:
            raise ValueError(f"code must be one code ({self.bits},), got {packed.shape[1]} codes")
        return len(self._search.pairs(self._store, packed, 0)[0]) > 0

    def add(self, codes: ArrayLike) -> Result:
        """Add entries with the codes (m, bits), m ≥ 0, and return their numbers (m,).

        Raises
        ------
        TypeError, ValueError
            If `codes` is no array of bits, or has codes of another length.
        """
        return self._store.append(self._packed(codes, "codes"))

    def remove(self, indices: ArrayLike) -> None:
        """Remove the entries with these numbers, of shape (m,), m ≥ 0, or one number.

        The other entries keep their numbers, and the numbers of removed entries are not used again.

        Raises
        ------
        TypeError, ValueError
            If there is no entry of such a number. Then nothing is removed.
        """
        numbers = np.atleast_1d(_numbers(indices))
        missing = self._store.missing(numbers)
        if missing.any():
            raise ValueError(self._absent(numbers[missing][0]))
        self._store.remove(numbers)

    def lookup(self, query: ArrayLike, radius: int) -> Result | list[Result]:
        """Return the numbers of the entries within a Hamming distance of the query, ascending.

        Parameters
        ----------
        query : array (bits,) for one query, or (m, bits) for m ≥ 0, of booleans or of 0 and 1
        radius : the largest number of bits in which a code may differ, from 0 to `bits`

        Returns
        -------
        An array of numbers for one query; a list of m such arrays for m queries.

        Raises
        ------
        TypeError, ValueError
            If a query is no code of this length, or the radius is not such a whole number.
        """
        queries, single = self._queries(query, "query")
        rows, found, _ = self._pairs(queries, radius)
        if single:
            return found
        ends = np.cumsum(np.bincount(rows, minlength=queries.shape[1])).tolist()
        return [found[start:stop] for start, stop in zip([0, *ends], ends, strict=False)]

    def lookup_pairs(self, queries: ArrayLike, radius: int) -> tuple[Result, Result]:
        """Return what `lookup` finds as (rows, indices), both (pairs,).

        The query `rows[i]` and the entry `indices[i]` are within the radius. The pairs are sorted
        by row and then by index. For many queries this is faster than a list of arrays.

        Parameters
        ----------
        queries : array (m, bits) of booleans or 0 and 1
        radius : the largest number of bits in which a code may differ, from 0 to `bits`

        Raises
        ------
        TypeError, ValueError
            As `lookup` does.
        """
        return self.lookup_distances(queries, radius)[:2]

    def lookup_distances(self, queries: ArrayLike, radius: int) -> tuple[Result, Result, Result]:
        """Return (rows, indices, distances), each (pairs,): `lookup_pairs` with the distances.

        Parameters
        ----------
        queries : array (m, bits) of booleans or 0 and 1
        radius : the largest number of bits in which a code may differ, from 0 to `bits`

        Raises
        ------
        TypeError, ValueError
            As `lookup` does.
        """
        return self._pairs(self._packed(queries, "queries"), radius)

    def nearest(self, query: ArrayLike, k: int, *, threads: int = 1) -> tuple[Result, Result]:
        """Return (indices, distances) of the k entries with the smallest Hamming distances.

        The nearest entry comes first. Of entries at equal distance, the one with the smaller number
        comes first. All codes are compared with the query.

        Parameters
        ----------
        query : array (bits,) for one query, or (m, bits) for m ≥ 0, of booleans or of 0 and 1
        k : from 1 to the number of entries
        threads : over how many threads the queries are shared out, for many queries in large tables

        Returns
        -------
        Two arrays (k,) for one query, and (m, k) for m queries.

        Raises
        ------
        TypeError, ValueError
            If a query is no code of this length, or k or threads is no such number.
        """
        queries, single = self._queries(query, "query")
        k, threads = whole_number(k, "k"), whole_number(threads, "threads")
        if k > len(self):
            raise ValueError(f"k = {k} is more than the {len(self)} entries of the table")
        store = self._store
        indices, found = exhaustive.nearest(
            store.packed, queries, self.bits, k, store.gone, threads
        )
        return (indices[0], found[0]) if single else (indices, found)

    def save(self, path: str | os.PathLike) -> Path:
        """Write the table to `path` (".npz" is appended if missing) and return that path.

        An existing file is replaced as a whole. If an error occurs, it is not changed.

        Raises
        ------
        OSError
            If the folder does not exist or cannot be written to.
        """
        return write_object(path, self, {"HammingTable": HammingTable})

    @classmethod
    def load(
        cls, path: str | os.PathLike, *, mmap: bool = False, verify: bool | None = None
    ) -> HammingTable:
        """Return the table that `save` wrote to `path` (".npz" is appended if missing).

        Parameters
        ----------
        path : the file
        mmap : whether to map the codes into memory. Then they are read from the file when they are
            needed, and opening a large table takes no time. The file must not be changed meanwhile;
            `save` replaces files and never changes them.
        verify : whether to compare the checksum, for which all codes are read. By default it is
            compared unless the codes are mapped. The sizes in the file are always compared.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file was not written by `save`, is incomplete or altered, or has a newer version.
        """
        mmap = truth(mmap, "mmap")
        verify = not mmap if verify is None else truth(verify, "verify")
        mapped = (CODES,) if mmap else ()
        header, arrays = read_archive(path, "hash table", mapped=mapped, verify=verify)
        try:
            if header.get("version") == 1:
                table = object.__new__(cls)
                table.__setstate__(state_in_first_format(header, arrays))
                return table
            check_class(header, "HammingTable", cls.__name__)
            return object_in(header, arrays, {"HammingTable": HammingTable}, (cls,))
        except ValueError as error:
            raise ValueError(f"{npz_path(path)} holds no hash table: {error}") from error

    def __getstate__(self) -> dict[str, object]:
        """Return the codes without the tables for `lookup`, for copies, pickles and files."""
        return state_of(self._store)

    def __setstate__(self, state: dict[str, object]) -> None:
        self._store = store_of(state)
        self._search = RadiusSearch()

    def __repr__(self) -> str:
        """Return the numbers of entries and bits."""
        return f"HammingTable({len(self)} codes of {self.bits} bits, {self.nbytes} bytes)"

    def _absent(self, number: int) -> str:
        """Return the message for a number that belongs to no entry."""
        if 0 <= number < self._store.count:
            return f"entry {number} was removed"
        return f"there is no entry {number}; entries have numbers from 0 to {self._store.count - 1}"

    def _packed(self, codes: ArrayLike, name: str) -> NDArray:
        """Return codes (m, bits) as packed codes (words, m)."""
        return pack(binary_table(codes, name, width=self.bits, empty=True))

    def _pairs(self, queries: NDArray, radius: int) -> tuple[Result, Result, Result]:
        radius = whole_number(radius, "radius", least=0)
        if radius > self.bits:
            raise ValueError(f"radius must be at most the {self.bits} bits of a code, got {radius}")
        return self._search.pairs(self._store, queries, radius)

    def _queries(self, query: ArrayLike, name: str) -> tuple[NDArray, bool]:
        """Return the packed queries (words, m), and whether a single query was given."""
        array = real_array(query, name)
        if array.ndim not in (1, 2):
            raise ValueError(
                f"{name} must be one code ({self.bits},) or several (m, {self.bits}), "
                f"got shape {array.shape}"
            )
        check_bits(array, name, width=self.bits, empty=True)
        return pack(np.atleast_2d(array)), array.ndim == 1


def _numbers(indices: ArrayLike) -> NDArray[np.intp]:
    """Return numbers of entries as integers; raise TypeError or ValueError if they are none."""
    array = real_array(indices, "indices")
    if array.ndim > 1:
        raise ValueError(
            f"indices must be one number or an array (m,) of them, got shape {array.shape}"
        )
    if array.dtype.kind == "b":
        raise TypeError("indices must be numbers of entries, got booleans; use np.flatnonzero")
    with np.errstate(invalid="ignore"):
        numbers = array.astype(np.intp)
    if (numbers != array).any():
        wrong = array[numbers != array].flat[0] if array.ndim else array
        raise ValueError(f"indices must be whole numbers, got {wrong}")
    return numbers
