"""Where a command writes to: asked before any work, and never a file that the command reads."""

from __future__ import annotations

import os
from pathlib import Path


def check_place(path: Path, *sources: str | os.PathLike) -> None:
    """Raise unless `path` can be written to and is none of the files that are read.

    Raises
    ------
    OSError
        If the folder does not exist or cannot be written to, or the path is a folder.
    ValueError
        If it is one of the sources, by this name or by another one.
    """
    folder = path.parent
    if not folder.is_dir():
        raise FileNotFoundError(f"the folder {folder} for --out does not exist; create it first")
    if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise PermissionError(f"{path} cannot be written to; choose another --out")
    for source in sources:
        if path.exists() and os.path.exists(source) and os.path.samefile(path, source):
            raise ValueError(f"--out would replace {source}, which is read; choose another --out")
