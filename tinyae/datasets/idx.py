"""Reading IDX files, the format in which MNIST was published, unpacked or gzipped.

A file begins with two zero bytes, a code for the type, the number of axes, and a big-endian 32-bit
length for each axis. The values follow, big-endian too. All of these are verified. The size of the
file is compared with the size in its header before memory is allocated, and a gzipped file is
unpacked only as far as its header says.
"""

from __future__ import annotations

import gzip
import math
import os
import zlib
from io import BufferedIOBase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae.files.paths import path_of

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP = b"\x1f\x8b"
MOST_AXES = 32  # the limit of older versions of NumPy
BLOCK = 1 << 20  # bytes read at a time
DEFLATE_RATIO = 1040  # the greatest factor by which gzip can compress

# Other kinds of files that are often found in place of an IDX file, by their first bytes.
OTHERS = {
    GZIP: "a gzip file inside a gzip file: unpack it once",
    b"PK": "a zip archive: unpack it first",
    b"<": "a web page: the download went wrong",
    b"version https://git-lfs": "a placeholder of git-lfs: fetch the file itself with git lfs pull",
}


def read_idx(path: str | os.PathLike) -> NDArray:
    """Return the array that an IDX file holds, in the byte order of this machine.

    Whether the file is gzipped is decided by its first bytes, not by its name.

    Raises
    ------
    ValueError
        If the header or the length of the file does not agree with the format.
    """
    path = path_of(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; read_idx reads one file in it")
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is not an IDX file: it is a pipe or device")
    with open(path, "rb") as raw:
        size = os.fstat(raw.fileno()).st_size
        packed = raw.read(2) == GZIP
        raw.seek(0)
        try:
            stream: BufferedIOBase = gzip.GzipFile(fileobj=raw) if packed else raw
            return _read(stream, path, size * DEFLATE_RATIO if packed else size, exact=not packed)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{path} is not a whole gzip file: {error}") from error


def _read(stream: BufferedIOBase, path: Path, size: int, *, exact: bool) -> NDArray:
    """Read the array from a stream of at most `size` bytes, or of exactly that many."""
    shape, dtype = _header(stream, path)
    count = math.prod(shape)
    start = 4 + 4 * len(shape)
    expected = start + count * dtype.itemsize
    if expected > size or (exact and expected != size):
        raise ValueError(
            f"{path} should hold {count} values of {shape}, that is {expected} bytes, has "
            f"{'' if exact else 'at most '}{size}"
        )
    try:
        values = np.empty(count, dtype)
        values.reshape(shape)
    except (
        ValueError
    ) as error:  # an axis of length 0 allows other lengths beyond the limits of NumPy
        raise ValueError(f"{path} should hold an array of {shape}: {error}") from None
    view, done = values.view(np.uint8).data, 0
    while done < len(view):
        got = stream.readinto(view[done : done + BLOCK])
        if not got:
            raise ValueError(
                f"{path} should hold {count} values of {shape}, that is {expected} bytes, has "
                f"{start + done}"
            )
        done += got
    if stream.read(1):
        raise ValueError(f"{path} should hold {count} values of {shape}, has more")
    if not dtype.isnative:
        values = values.byteswap(inplace=True).view(dtype.newbyteorder("="))
    return values.reshape(shape)


def _header(stream: BufferedIOBase, path: Path) -> tuple[tuple[int, ...], np.dtype]:
    """Return the shape and the dtype from the header."""
    head = stream.read(4)
    if len(head) < 4 or head[:2] != b"\0\0":
        head += stream.read(20)
        reason = next((what for begin, what in OTHERS.items() if head.startswith(begin)), None)
        raise ValueError(
            f"{path} is not an IDX file: it "
            + (f"is {reason}" if reason else f"starts with bytes {head[:4].hex(' ')}")
        )
    code, axes = head[2:]
    if code not in TYPES:
        known = ", ".join(f"{code:#04x} ({np.dtype(t).name})" for code, t in TYPES.items())
        raise ValueError(f"{path} holds type {code:#04x}, expected one of {known}")
    if axes > MOST_AXES:
        raise ValueError(f"{path} has {axes} axes, expected at most {MOST_AXES}")
    lengths = stream.read(4 * axes)
    if axes == 0 or len(lengths) < 4 * axes:
        raise ValueError(f"{path} is cut short: its header names {axes} axes")
    return tuple(int(n) for n in np.frombuffer(lengths, ">u4")), np.dtype(TYPES[code])
