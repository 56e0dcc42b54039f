"""Files of a text and several vectors of numbers, with a checksum. They contain no code.

The file is an .npz with the text, the vectors and a checksum of all of them, by which a damaged or
altered file is detected. All sizes are compared with that of the file before anything is read.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae.files.archive import Archive
from tinyae.files.replacement import replacing

LONGEST_TEXT = 1 << 24  # characters
DTYPES = ("<f4", "<f8", "|u1")  # of the vectors, in .npy notation


def write_vectors(path: Path, text: str, vectors: Mapping[str, NDArray]) -> None:
    """Write a complete new file and then replace the old one, if there is one.

    Raises
    ------
    OSError
        If the folder does not exist or cannot be written to.
    ValueError
        If the text is too long to be read again.
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"the text has {len(text)} characters, at most {LONGEST_TEXT} can be read")
    stored = {k: np.ascontiguousarray(v, v.dtype.newbyteorder("<")) for k, v in vectors.items()}
    digest = hashlib.sha256(text.encode())
    for vector in stored.values():
        digest.update(vector)
    with replacing(path) as stream:
        np.savez(stream, text=np.array(text), digest=np.array(digest.hexdigest()), **stored)


def read_vectors(path: str | os.PathLike, names: tuple[str, ...]) -> tuple[str, dict[str, NDArray]]:
    """Return the text and the vectors of these names, in the order in which they were written.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If the file does not hold them, is incomplete or was altered.
    """
    with open(path, "rb") as stream:
        archive = Archive(stream)
        expected = {"text", "digest", *names}
        if set(archive.entries) != expected:
            found = ", ".join(sorted(archive.entries)) or "nothing"
            raise ValueError(f"it holds {found}, expected {', '.join(sorted(expected))}")
        text, stored = archive.text("text", LONGEST_TEXT), archive.text("digest", 64)
        digest, vectors = hashlib.sha256(text.encode()), {}
        for name in names:
            entry = archive.entries[name]
            if len(entry.shape) != 1 or entry.dtype not in DTYPES:
                raise ValueError(f"its {name} is of type {entry.dtype}, expected a vector")
            vectors[name] = np.empty(entry.count, np.dtype(entry.dtype).newbyteorder("="))
            archive.fill(name, vectors[name], digest)
    if digest.hexdigest() != stored:
        raise ValueError("it was altered after it was saved: its checksum does not match")
    return text, vectors
