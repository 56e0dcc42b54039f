"""Reading the position, type and length of each array in an .npz file before any array is read.

An .npz file is a zip archive. The entries come first, each with a small header; a directory of all
entries is at the end of the file. Every entry is an .npy file: a line of text that states the type
and the shape, followed by the numbers. `Archive` reads only the directory and these lines, and
compares every length with the size of the file. A damaged or malicious file therefore cannot make
its reader allocate more memory than the size of the file.

Entries must be uncompressed, as `numpy.savez` writes them. A compressed entry is an error, because
it may become a thousand times as large when it is unpacked. So are two entries of the same bytes,
because each of them could be as large as the file. An entry of pickled objects is an error, because
a pickle is a program.
"""

from __future__ import annotations

import io
import math
import re
import struct
from dataclasses import dataclass
from io import BufferedIOBase
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_ENTRIES = 10_000
MOST_DIRECTORY = 1 << 21  # bytes; an entry takes about 60
BLOCK = 1 << 20  # bytes read at a time

# The records of a zip archive, little-endian. Each begins with a four-byte signature.
END = struct.Struct("<4s4H2LH")
WIDE_PLACE = struct.Struct("<4sLQL")  # the position of the 64-bit form of END
WIDE_END = struct.Struct("<4sQ2H2L4Q")
DIRECTORY = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
WIDE = 0xFFFFFFFF  # marks a 32-bit field whose value is given in a 64-bit field
NPY_LINE = re.compile(
    rb"\{'descr': '([<>|=][a-zA-Z]\d{1,9})', 'fortran_order': False, "
    rb"'shape': \(((?:\d{1,18},)?|\d{1,18}(?:, \d{1,18}){1,31})\), \} *\n"
)


@dataclass(frozen=True)
class Entry:
    """One array in C order: its dtype in .npy notation, shape, and position and size in bytes."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    size: int

    @property
    def count(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


class Archive:
    """The entries of an .npz file of numbers and strings.

    Attributes
    ----------
    entries : the `Entry` of each array, by name

    Raises
    ------
    ValueError
        If the file is not such an archive, or two lengths in it do not agree.
    """

    def __init__(self, stream: BufferedIOBase):
        self.stream = stream
        self.length = stream.seek(0, io.SEEK_END)
        self.entries: dict[str, Entry] = {}
        for name, start, size in self._directory():
            if name in self.entries:
                raise ValueError(f"it has two entries {name}")
            self.entries[name] = self._entry(name, start, size)
        placed = sorted(self.entries.values(), key=lambda entry: (entry.start, entry.size))
        for before, after in pairwise(placed):
            if before.start + before.size > after.start:
                raise ValueError("two of its entries lie in the same bytes")

    def read(self, start: int, size: int) -> bytes:
        """Return the `size` bytes from `start`; raise ValueError if there are fewer."""
        if start < 0 or start + size > self.length:
            raise ValueError("it was cut short, or a length in it is wrong")
        self.stream.seek(start)
        data = self.stream.read(size)
        if len(data) != size:
            raise ValueError("it became shorter while it was read")
        return data

    def text(self, name: str, most: int) -> str:
        """Return the string in an entry; raise ValueError if it has more than `most` characters."""
        entry = self.entries[name]
        if entry.shape or entry.dtype[:2] not in ("<U", ">U") or entry.size > 4 * most:
            raise ValueError(f"its {name} is not a text of at most {most} characters")
        order = "utf-32-le" if entry.dtype[0] == "<" else "utf-32-be"
        return self.read(entry.start, entry.size).decode(order)

    def fill(self, name: str, array: NDArray, digest: Any) -> None:
        """Read an entry into a C-contiguous array of its size and dtype; update the checksum."""
        entry = self.entries[name]
        stored = np.dtype(entry.dtype)
        if array.nbytes != entry.size or array.dtype != stored.newbyteorder("="):
            raise ValueError(f"{array.size} {array.dtype} cannot hold {name}: {entry}")
        self.stream.seek(entry.start)
        view, done = array.reshape(-1).view(np.uint8).data, 0
        while done < entry.size:
            count = self.stream.readinto(view[done : done + BLOCK])
            if not count:
                raise ValueError("it became shorter while it was read")
            digest.update(view[done : done + count])
            done += count
        if not stored.isnative:
            array.byteswap(inplace=True)

    def _directory(self) -> list[tuple[str, int, int]]:
        """Return the name, position and size of every entry."""
        place = self.length - END.size
        if place < 0:
            raise ValueError(f"it has only {self.length} bytes")
        signature, *_, count, size, start, comment = END.unpack(self.read(place, END.size))
        if signature != b"PK\5\6" or comment != 0:
            raise ValueError("it does not end as an .npz file does")
        before = max(place - WIDE_PLACE.size, 0)
        signature, _, wide, _ = WIDE_PLACE.unpack(self.read(before, WIDE_PLACE.size))
        if signature == b"PK\6\7":  # archives beyond 2 GiB have this record
            record = WIDE_END.unpack(self.read(wide, WIDE_END.size))
            if record[0] != b"PK\6\6" or wide + WIDE_END.size != before:
                raise ValueError("it does not end as a large .npz file does")
            place, (count, size, start) = wide, record[-3:]
        if count > MOST_ENTRIES or size > MOST_DIRECTORY or start + size != place:
            raise ValueError(f"its directory claims {count} entries in {size} bytes at {start}")
        data, found = self.read(start, size), []
        for _ in range(count):
            entry, data = _listed(data)
            found.append(entry)
        if data:
            raise ValueError("its directory is longer than its entries")
        return found

    def _entry(self, name: str, place: int, size: int) -> Entry:
        """Return an entry from its two headers, that of the archive and that of the .npy file."""
        signature, *_, name_size, extra_size = LOCAL.unpack(self.read(place, LOCAL.size))
        if signature != b"PK\3\4":
            raise ValueError(f"{name} is not where the directory says")
        place += LOCAL.size + name_size + extra_size
        stop = place + size
        head = self.read(place, min(10, size))
        if head[:8] != b"\x93NUMPY\1\0" or len(head) < 10:
            raise ValueError(f"{name} is not an array")
        place += 10
        line = self.read(place, int.from_bytes(head[8:], "little"))
        match = NPY_LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"{name} is not an array of numbers in C order: {line[:80]!r}")
        place += len(line)
        descr, shape = match[1].decode(), tuple(int(n) for n in match[2].split(b",") if n)
        count, width = math.prod(shape), int(descr[2:]) * (4 if descr[1] == "U" else 1)
        if stop > self.length or place + count * width != stop:
            raise ValueError(f"{name} has {stop - place} bytes, expected {count} times {width}")
        return Entry(descr, shape, place, stop - place)


def _listed(data: bytes) -> tuple[tuple[str, int, int], bytes]:
    """Return (name, position, size) of the first entry in a directory, and the rest of it.

    Raises
    ------
    ValueError
        If the entry is compressed, encrypted or incomplete.
    """
    if len(data) < DIRECTORY.size:
        raise ValueError("its directory was cut short")
    fields = DIRECTORY.unpack_from(data)
    signature, _, _, flags, method, _, _, _, packed, size, name, extra, comment = fields[:13]
    place = fields[-1]
    stop = DIRECTORY.size + name + extra + comment
    if signature != b"PK\1\2" or len(data) < stop:
        raise ValueError("its directory is damaged")
    title = data[DIRECTORY.size :][:name].decode("utf-8", "replace").removesuffix(".npy")
    if WIDE in (size, packed, place):
        size, packed, place = _wide(data[DIRECTORY.size + name :][:extra], (size, packed, place))
    if method != 0 or packed != size or flags & 1:
        raise ValueError(f"{title} is compressed or encrypted, expected plain bytes")
    return (title, place, size), data[stop:]


def _wide(extra: bytes, values: tuple[int, ...]) -> list[int]:
    """Return the values; those equal to `WIDE` are replaced by 64-bit values of the extra field."""
    kind, size = struct.unpack_from("<2H", extra) if len(extra) >= 4 else (0, 0)
    if kind != 1 or size != 8 * values.count(WIDE) or len(extra) < 4 + size:
        raise ValueError("the size of a large entry is missing from its directory")
    wide = iter(struct.unpack_from(f"<{values.count(WIDE)}Q", extra, 4))
    return [next(wide) if value == WIDE else value for value in values]
