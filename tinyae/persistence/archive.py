"""The arrays in an .npz file, known by place, type and length before any of them is read.

An .npz file is a zip archive: the entries come first, each with a small header of its own, and a
directory of all entries ends the file. Every entry is an .npy file: a line of text that states the
type and the shape, and then the numbers. `Archive` reads the directory and these lines only, and
compares every length with the size of the file. A damaged or hostile file can therefore not make
its reader allocate more than the file itself holds.

Entries must be stored as they are, as `numpy.savez` writes them. A compressed entry may be a
thousand times as large as it looks, so it is refused.
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

MOST_ENTRIES = 16
MOST_DIRECTORY = 4096  # bytes; three entries take about 170
BLOCK = 1 << 20  # bytes read at a time

# The records of a zip archive, little-endian. Each begins with a four-byte signature.
END = struct.Struct("<4s4H2LH")
WIDE_PLACE = struct.Struct("<4sLQL")  # where the 64-bit form of END lies
WIDE_END = struct.Struct("<4sQ2H2L4Q")
DIRECTORY = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
WIDE = 0xFFFFFFFF  # stands in a 32-bit field whose value follows in 64 bits
NPY_LINE = re.compile(
    rb"\{'descr': '([<>|=][a-zA-Z]\d{1,9})', 'fortran_order': (?:False|True), "
    rb"'shape': \((?:(\d{1,18}),)?\), \} *\n"
)


@dataclass(frozen=True)
class Entry:
    """One array: its type as .npy files write it, its number of values, where these values lie."""

    dtype: str
    count: int
    scalar: bool
    start: int
    size: int


class Archive:
    """What an .npz file of single numbers, texts and vectors contains.

    Attributes
    ----------
    entries : the `Entry` of each array, by name

    Raises
    ------
    ValueError
        If the file is not such an archive, or any length in it disagrees with another.
    """

    def __init__(self, stream: BinaryIO):
        self.stream = stream
        self.length = stream.seek(0, io.SEEK_END)
        self.entries: dict[str, Entry] = {}
        for name, start, size in self._directory():
            if name in self.entries:
                raise ValueError(f"it has two entries {name}")
            self.entries[name] = self._entry(name, start, size)

    def read(self, start: int, size: int) -> bytes:
        """Return `size` bytes from `start`, all of them or an error."""
        if start < 0 or start + size > self.length:
            raise ValueError("it was cut short, or a length in it is wrong")
        self.stream.seek(start)
        data = self.stream.read(size)
        if len(data) != size:
            raise ValueError("it became shorter while it was read")
        return data

    def text(self, name: str, most: int) -> str:
        """Return the text that an entry holds, of at most so many characters."""
        entry = self.entries[name]
        if not entry.scalar or entry.dtype[:2] not in ("<U", ">U") or entry.size > 4 * most:
            raise ValueError(f"its {name} is not a text of at most {most} characters")
        order = "utf-32-le" if entry.dtype[0] == "<" else "utf-32-be"
        return self.read(entry.start, entry.size).decode(order)

    def fill(self, name: str, vector: NDArray, digest) -> None:
        """Read the numbers of an entry into a vector of the same type, and hash their bytes."""
        entry = self.entries[name]
        stored = np.dtype(entry.dtype)
        if vector.nbytes != entry.size or vector.dtype != stored.newbyteorder("="):
            raise ValueError(f"{vector.size} {vector.dtype} cannot hold {name}: {entry}")
        self.stream.seek(entry.start)
        view, done = memoryview(vector).cast("B"), 0
        while done < entry.size:
            count = self.stream.readinto(view[done : done + BLOCK])
            if not count:
                raise ValueError("it became shorter while it was read")
            digest.update(view[done : done + count])
            done += count
        if not stored.isnative:
            vector.byteswap(inplace=True)

    def _directory(self) -> list[tuple[str, int, int]]:
        """Return the name, the place and the size of every entry."""
        place = self.length - END.size
        if place < 0:
            raise ValueError(f"it has only {self.length} bytes")
        signature, *_, count, size, start, comment = END.unpack(self.read(place, END.size))
        if signature != b"PK\5\6" or comment != 0:
            raise ValueError("it does not end as an .npz file does")
        before = max(place - WIDE_PLACE.size, 0)
        signature, _, wide, _ = WIDE_PLACE.unpack(self.read(before, WIDE_PLACE.size))
        if signature == b"PK\6\7":  # beyond 2 GiB, whether or not the fields of END would do
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
        """Return what the two headers of an entry tell, the archive's and that of the .npy file."""
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
            raise ValueError(f"{name} is not an array of at most one axis: {line[:80]!r}")
        place += len(line)
        descr, count = match[1].decode(), 1 if match[2] is None else int(match[2])
        width = int(descr[2:]) * (4 if descr[1] == "U" else 1)
        if stop > self.length or place + count * width != stop:
            raise ValueError(f"{name} has {stop - place} bytes, expected {count} times {width}")
        return Entry(descr, count, match[2] is None, place, stop - place)


def _listed(data: bytes) -> tuple[tuple[str, int, int], bytes]:
    """Return (name, place, size) of the first entry in a directory, and the rest of the directory.

    Raises
    ------
    ValueError
        If the entry is compressed, encrypted or not whole.
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
    """Return the values, those that stand for a 64-bit one replaced from the extra field."""
    kind, size = struct.unpack_from("<2H", extra) if len(extra) >= 4 else (0, 0)
    if kind != 1 or size != 8 * values.count(WIDE) or len(extra) < 4 + size:
        raise ValueError("the size of a large entry is missing from its directory")
    wide = iter(struct.unpack_from(f"<{values.count(WIDE)}Q", extra, 4))
    return [next(wide) if value == WIDE else value for value in values]
