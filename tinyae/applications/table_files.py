"""Hash tables in files: packed codes that can be mapped into memory, and no code to run (14.9).

The file is an .npz with four entries: `code_words`, the packed codes, the first words of all codes
first; `header`, a JSON text with the version, the number of bits and the number of codes;
`removed`, the sorted numbers of the codes that were removed; and `digest`, a checksum of the other
three. All sizes are compared before anything is read (`tinyae.files.archive`).
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae.applications.code_store import CodeStore
from tinyae.applications.packed_codes import word_dtype, words_for
from tinyae.files.archive import Archive
from tinyae.files.paths import check_file, npz_path
from tinyae.files.replacement import replacing

FORMAT, VERSION = "tinyae hash table", 1
LONGEST_HEADER = 1000  # characters
MOST_BITS = 1 << 20  # of a code in a file
# The first entry of an archive has a header of 50 bytes and the entry's file name. With a name of
# 14 letters (".npy" is part of it), the numbers begin at a multiple of 64 bytes, so that they can
# be mapped as words. If another writer puts them elsewhere, searching is slower but not wrong.
CODES = "code_words"


def write_table(store: CodeStore, path: str | os.PathLike) -> Path:
    """Write the codes to `path` (".npz" is appended if missing) and return that path.

    Raises
    ------
    OSError
        If the folder does not exist or cannot be written to. An old file is then unchanged.
    """
    path = npz_path(path)
    header = json.dumps(
        {"format": FORMAT, "version": VERSION, "bits": store.bits, "count": store.count}
    )
    # Files are little-endian on all machines.
    words = store.packed.astype(store.packed.dtype.newbyteorder("<"), copy=False).reshape(-1)
    removed = store.removed.astype("<i8")
    digest = _digest(header, words, removed)
    with replacing(path) as stream:
        np.savez(
            stream,
            **{CODES: words},
            header=np.array(header),
            removed=removed,
            digest=np.array(digest),
        )
    return path


def read_table(path: str | os.PathLike, *, mmap: bool, verify: bool) -> CodeStore:
    """Return the codes in a file: read into memory, or with `mmap` mapped.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file was not written by `write_table`, is incomplete, or has a newer version; with
        `verify`, also if it was altered.
    """
    given, path = path, npz_path(path)
    check_file(given, path, "hash table")
    with open(path, "rb") as stream:
        try:
            store, digest = _read(Archive(stream), path, mmap)
        except ValueError as error:
            raise ValueError(f"{path} is not a whole tinyae hash table: {error}") from error
    if verify:
        header, words, expected = digest
        if _digest(header, words, store.removed.astype("<i8")) != expected:
            raise ValueError(f"{path} was altered after it was saved: its checksum does not match")
    return store


def _read(archive: Archive, path: Path, mmap: bool) -> tuple[CodeStore, tuple]:
    """Return the codes, and what is needed to compare the checksum; raise ValueError."""
    if set(archive.entries) != {CODES, "header", "removed", "digest"}:
        names = ", ".join(sorted(archive.entries)) or "nothing"
        raise ValueError(f"it holds {names}, expected {CODES}, header, removed and digest")
    header = archive.text("header", LONGEST_HEADER)
    bits, count = _header(header)
    words, entry = words_for(bits), archive.entries[CODES]
    dtype = word_dtype(bits).newbyteorder("<")
    if len(entry.shape) != 1 or entry.dtype != dtype.str or entry.count != words * count:
        raise ValueError(
            f"it holds {entry.count} words {entry.dtype}, but {count} codes of {bits} bits take "
            f"{words * count} words {dtype.str}"
        )
    if mmap and dtype.isnative:
        mapped = np.memmap(path, dtype.newbyteorder("="), "r", entry.start, (words, count))
        packed = np.asarray(mapped)  # the same memory, without the slow indexing of np.memmap
    else:
        packed = np.empty((words, count), dtype.newbyteorder("="))
        archive.fill(CODES, packed.reshape(-1), hashlib.sha256())
    found = (header, packed.reshape(-1), archive.text("digest", 64))
    return CodeStore(packed, bits, _removed(archive, count)), found


def _header(text: str) -> tuple[int, int]:
    """Return (bits, count) from the header; raise ValueError if it is not that of a hash table."""
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("its header is not JSON") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError("its header is not that of a hash table")
    version, bits, count = (header.get(name) for name in ("version", "bits", "count"))
    if type(version) is not int or version > VERSION:
        raise ValueError(f"it has version {version!r:.20}, this tinyae reads up to {VERSION}")
    if type(bits) is not int or type(count) is not int or not 1 <= bits <= MOST_BITS or count < 1:
        raise ValueError(f"its header claims {count!r:.20} codes of {bits!r:.20} bits")
    return bits, count


def _removed(archive: Archive, count: int) -> NDArray[np.intp]:
    """Return the numbers of the codes removed; raise ValueError unless they rise below count."""
    entry = archive.entries["removed"]
    if len(entry.shape) != 1 or entry.dtype != "<i8" or entry.count > count:
        raise ValueError(f"its list of removed codes is {entry.count} numbers {entry.dtype}")
    removed = np.empty(entry.count, np.int64)
    archive.fill("removed", removed, hashlib.sha256())
    if len(removed) and (removed[0] < 0 or removed[-1] >= count or (np.diff(removed) <= 0).any()):
        raise ValueError("its list of removed codes does not rise from 0 to the number of codes")
    return removed.astype(np.intp)


def _digest(header: str, words: NDArray, removed: NDArray) -> str:
    """Return the checksum of a file's contents, as 64 hexadecimal digits."""
    digest = hashlib.sha256(header.encode())
    digest.update(np.ascontiguousarray(words))
    digest.update(removed)
    return digest.hexdigest()
