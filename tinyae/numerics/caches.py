"""The sizes of a processor's caches, by which the core chooses the size of its parts.

An operation on arrays is faster if its arrays are still in a cache. Linux gives the sizes in files,
and macOS by a function of its C library. The sizes may be unknown elsewhere, and in some virtual
machines. The sizes in `USUAL` are used then.
"""

from __future__ import annotations

import ctypes
import functools
import re
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("/sys/devices/system/cpu/cpu0/cache")  # of the first core, on Linux
NAMES = {1: b"hw.l1dcachesize", 2: b"hw.l2cachesize", 3: b"hw.l3cachesize"}  # on macOS
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


@dataclass(frozen=True)
class Caches:
    """The bytes of the caches that one core reads: level 1 (data only), level 2 and level 3."""

    l1: int
    l2: int
    l3: int


USUAL = Caches(l1=32 << 10, l2=1 << 20, l3=16 << 20)  # of many processors for servers and laptops


@functools.cache
def caches() -> Caches:
    """Return the sizes of this machine's caches; a size that is unknown is the usual one.

    A processor without a cache of level 3 has the size of level 2 there.
    """
    found = from_sysctl() if sys.platform == "darwin" else from_files(FOLDER)
    l2 = found.get(2, USUAL.l2)
    return Caches(found.get(1, USUAL.l1), l2, found.get(3, l2 if 2 in found else USUAL.l3))


def from_files(folder: Path) -> dict[int, int]:
    """Return the bytes of the caches by level, as Linux describes them; {} if it does not."""
    found = {}
    for cache in sorted(folder.glob("index*")):
        try:
            level, kind, size = (
                (cache / name).read_text(encoding="ascii").strip()
                for name in ("level", "type", "size")
            )
        except (OSError, UnicodeDecodeError):
            continue
        parts = re.fullmatch(r"(\d+)([KMG]?)", size)
        if parts and level in ("1", "2", "3") and kind in ("Data", "Unified") and int(parts[1]):
            found[int(level)] = int(parts[1]) * UNITS[parts[2]]
    return found


def from_sysctl() -> dict[int, int]:
    """Return the bytes of the caches by level, as macOS gives them."""
    found = {}
    for level, name in NAMES.items():
        value = ctypes.c_int64(0)
        size = ctypes.c_size_t(ctypes.sizeof(value))
        # 0 means that the name is known; on Apple's processors, there is no level 3.
        failed = ctypes.CDLL(None).sysctlbyname(
            name, ctypes.byref(value), ctypes.byref(size), None, ctypes.c_size_t(0)
        )
        if not failed and value.value > 0:
            found[level] = value.value
    return found
