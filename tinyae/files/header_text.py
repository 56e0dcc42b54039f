"""The JSON text in a file: format, versions, the table of its arrays, and the caller's header."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from tinyae.files.archive import MOST_ENTRIES, Entry
from tinyae.version import __version__

FORMAT, VERSION = "tinyae", 2
LONGEST_TEXT = 1 << 24  # characters
DTYPES = ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
OWN = ("header", "digest")  # the entries that are not arrays of the caller


def stored_form(name: str, array: NDArray) -> NDArray:
    """Return the array as a file holds it, little-endian and in C order; a copy only if needed.

    Raises
    ------
    TypeError, ValueError
        If the name is not allowed, or a file cannot hold an array of this dtype.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name) or name in OWN:
        raise ValueError(f"an array in a file cannot be named {name!r:.60}")
    array = np.asarray(array)
    dtype = array.dtype.newbyteorder("<")
    if dtype.str not in DTYPES:
        raise TypeError(
            f"a file holds booleans, integers and real numbers of at most 64 bits, but {name} is "
            f"of dtype {array.dtype}"
        )
    return np.asarray(array, dtype, order="C")


def file_text(header: Mapping[str, object], stored: Mapping[str, NDArray]) -> str:
    """Return the text of a file with this header and these arrays.

    Raises
    ------
    TypeError
        If the header holds something that JSON does not.
    ValueError
        If the text or the number of arrays is too large to be read again.
    """
    if len(stored) + len(OWN) > MOST_ENTRIES:
        most = MOST_ENTRIES - len(OWN)
        raise ValueError(f"a file can hold at most {most} arrays, got {len(stored)}")
    described = {
        "format": FORMAT,
        "version": VERSION,
        "tinyae": __version__,
        "numpy": np.__version__,
        "arrays": [[name, array.dtype.str, list(array.shape)] for name, array in stored.items()],
        "content": header,
    }
    text = json.dumps(described)
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            f"the description of these contents has {len(text)} characters, a file can hold at "
            f"most {LONGEST_TEXT}"
        )
    return text


def parsed(text: str) -> dict:
    """Return what the text of a file states; raise ValueError unless it states a version."""
    try:
        described = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("its header is not JSON") from None
    if not isinstance(described, dict) or type(described.get("version")) is not int:
        raise ValueError("its header does not state a format version")
    if described["version"] < 1:
        raise ValueError(f"its header states the format version {described['version']}")
    return described


def check_version(described: dict, path: object) -> None:
    """Raise ValueError if the file at this path has a newer format than this tinyae reads."""
    if described["version"] > VERSION:
        writer = described.get("tinyae", "an unknown version")
        raise ValueError(
            f"{path} has format version {described['version']}, written by tinyae {writer!s:.40}; "
            f"this is tinyae {__version__}, which reads the format versions 1 to {VERSION}"
        )


def contents(described: dict, entries: Mapping[str, Entry]) -> tuple[dict, list[str]]:
    """Return the caller's header and the names of the arrays, in the order of the checksum.

    Raises
    ------
    ValueError
        If the text names other arrays than the file holds, or with another dtype or shape.
    """
    names = [name for name in entries if name not in OWN]
    for name in names:
        if entries[name].dtype not in DTYPES:
            raise ValueError(f"its {name} is of dtype {entries[name].dtype}")
    if described["version"] == 1:  # the text is the caller's header, without a table
        return described, names
    if described.get("format") != FORMAT or not isinstance(described.get("content"), dict):
        raise ValueError("its header is not that of a file of tinyae")
    table = [[name, entries[name].dtype, list(entries[name].shape)] for name in names]
    if described.get("arrays") != table:
        stated = _names(described.get("arrays"))
        missing, unknown = stated - set(names), set(names) - stated
        if missing or unknown:
            what = f"without {listed(missing)}" if missing else f"with an unknown {listed(unknown)}"
            raise ValueError(f"it is {what}")
        raise ValueError("its header states other dtypes or shapes than its arrays have")
    return described["content"], names


def listed(names: Iterable[str]) -> str:
    """Return at most ten names in one line."""
    names = sorted(names)
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "") if names else "nothing"


def _names(table: object) -> set[str]:
    """Return the names in a table of arrays, which may be anything."""
    rows = table if isinstance(table, list) else []
    return {row[0] for row in rows if isinstance(row, list) and row and isinstance(row[0], str)}
