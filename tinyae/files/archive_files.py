"""Files of a header and named arrays, with a checksum of all of them. They contain no code.

The file is an .npz without compression and without pickles. Its first entries are `header`, a JSON
text, and `digest`, a SHA-256. The text states the version of the format, the versions of tinyae and
NumPy that wrote the file, the name, dtype and shape of every array, and the header of the caller
(`header_text.py`). The digest is that of the text and of the bytes of all arrays, in the order in
which the text names them, so that it covers names, dtypes and shapes too.

`read_archive` compares everything that the file states about sizes with the length of the file
before it allocates an array. `write_archive` writes a complete new file, which then replaces the
old one (`replacement.py`). In version 1 the text was the header of the caller alone.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from tinyae.files.archive import Archive, Entry
from tinyae.files.header_text import (
    LONGEST_TEXT,
    OWN,
    check_version,
    contents,
    file_text,
    listed,
    parsed,
    stored_form,
)
from tinyae.files.paths import check_file, npz_path
from tinyae.files.replacement import replacing

ALIGNMENT = 64  # bytes; a mapped array then begins at a multiple of the size of its items


def write_archive(
    path: str | os.PathLike, header: dict[str, object], arrays: Mapping[str, NDArray]
) -> Path:
    """Write a header and arrays to `path` (".npz" is appended if missing); return that path.

    An existing file is replaced as a whole and keeps its permissions. If an error occurs, it is not
    changed. The arrays are written little-endian and in C order, whatever they are in memory.

    Parameters
    ----------
    path : of the file
    header : a dict of what JSON can hold
    arrays : of any shape; booleans, integers or real numbers of at most 64 bits. A name consists of
        letters, digits, "_", "." and "-" and is neither "header" nor "digest"

    Raises
    ------
    TypeError
        If an array is of another dtype, or the header holds something that JSON does not.
    ValueError
        If a name is not allowed, or there is more than a file can hold.
    OSError
        If the folder does not exist or cannot be written to, or the disk is full.
    """
    path = npz_path(path)
    stored = {name: stored_form(name, array) for name, array in arrays.items()}
    text = file_text(header, stored)
    digest = hashlib.sha256(text.encode())
    for array in stored.values():
        digest.update(_bytes(array))
    own = dict(zip(OWN, (np.array(text), np.array(digest.hexdigest())), strict=True))
    with replacing(path) as stream, zipfile.ZipFile(stream, "w") as file:
        for name, array in (own | stored).items():
            with file.open(f"{name}.npy", "w", force_zip64=True) as entry:
                entry.write(_npy_head(array, stream.tell()))
                entry.write(_bytes(array))
    return path


def read_archive(
    path: str | os.PathLike, what: str, *, mapped: Collection[str] = (), verify: bool = True
) -> tuple[dict, dict[str, NDArray]]:
    """Return the header and the arrays that `write_archive` wrote (".npz" is appended if missing).

    Parameters
    ----------
    path : of the file
    what : kind of the file, for messages, such as "model" or "checkpoint"
    mapped : names of arrays that are mapped into memory, read-only, instead of read
    verify : whether the checksum is compared, for which every array is read once. Without it, a
        damaged file of the right size is not noticed

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError
        If there is no file, if it is a folder, or if it may not be read.
    ValueError
        If the file is no such file, is incomplete or was altered, or has a newer format.
    """
    given, path = path, npz_path(path)
    check_file(given, path, what)
    with open(path, "rb") as stream:
        try:
            archive = Archive(stream)
            if not set(OWN) <= set(archive.entries):
                raise ValueError(f"it holds {listed(archive.entries)}, expected header and digest")
            text, expected = archive.text("header", LONGEST_TEXT), archive.text("digest", 64)
            described = parsed(text)
        except ValueError as error:
            raise ValueError(f"{path} is not a whole tinyae {what} file: {error}") from error
        check_version(described, path)
        digest = hashlib.sha256(text.encode())
        try:
            header, names = contents(described, archive.entries)
            arrays = {}
            for name in names:
                entry = archive.entries[name]
                if name in mapped and entry.size:
                    arrays[name] = _mapped(stream, entry)
                    digest.update(_bytes(arrays[name]) if verify else b"")
                else:
                    arrays[name] = np.empty(entry.shape, np.dtype(entry.dtype).newbyteorder("="))
                    archive.fill(name, arrays[name], digest)
        except ValueError as error:
            raise ValueError(f"{path} is not a whole tinyae {what} file: {error}") from error
    if verify and digest.hexdigest() != expected:
        raise ValueError(f"{path} was altered after it was saved: its checksum does not match")
    return header, arrays


def _bytes(array: NDArray) -> memoryview:
    """Return the bytes of an array in C order, without a copy."""
    return array.reshape(-1).view(np.uint8).data


def _mapped(stream: BinaryIO, entry: Entry) -> NDArray:
    """Return an array of a file mapped into memory, without the slow indexing of `np.memmap`.

    The file is the open one: at its path there may be another one by now.
    """
    return np.asarray(np.memmap(stream, np.dtype(entry.dtype), "r", entry.start, entry.shape))


def _npy_head(array: NDArray, start: int) -> bytes:
    """Return what precedes the numbers in an .npy file that begins at `start` in another file.

    Spaces are added, so that the numbers begin at a multiple of `ALIGNMENT`.
    """
    line = f"{{'descr': '{array.dtype.str}', 'fortran_order': False, 'shape': {array.shape}, }}"
    line += " " * (-(start + 10 + len(line) + 1) % ALIGNMENT) + "\n"
    return b"\x93NUMPY\1\0" + len(line).to_bytes(2, "little") + line.encode("ascii")
