"""Which figures an interrupted run had finished: those whose numbers the same code has written.

The file of a figure's numbers is written as a whole after its pictures, so it is there when the
figure is finished. It holds a checksum of the code and the seed, under the name `MADE`.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numpy as np

import tinyae

from . import common

MADE = "made"
FOLDERS = Path(tinyae.__file__).parent, common.HERE  # in a wheel the second is part of the first


@cache
def code(folders: tuple[Path, ...] = FOLDERS) -> str:
    """Return a checksum of all modules of the library and of the figures, and of NumPy's version.

    A change anywhere in them counts, also in a comment.
    """
    found = hashlib.sha256(np.__version__.encode())
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def made(seed: int) -> dict[str, object]:
    """Return what the numbers of a figure that is computed now are made by."""
    return {"code": code(), "seed": seed}


def is_finished(name: str, seed: int, folder: Path | None = None) -> bool:
    """Whether the numbers in NAME.json were computed with this seed by this code.

    The file is in the folder, by default in `common.OUT`.
    """
    try:
        return common.read_numbers(name, folder or common.OUT).get(MADE) == made(seed)
    except OSError:  # there is no such file, or it is damaged
        return False
