"""Listing the files in a folder and its subfolders, in spite of links and missing permissions."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

DEEPEST = 4  # levels of subfolders
MOST_FOLDERS = 1000  # a folder with more subfolders is not a data set


@dataclass
class Found:
    """The files in a folder and its subfolders.

    Attributes
    ----------
    files : the files, level by level; those of each folder are sorted by name
    unreadable : folders that could not be read
    whole : whether all folders down to level `DEEPEST` were read
    """

    files: list[Path] = field(default_factory=list)
    unreadable: list[Path] = field(default_factory=list)
    whole: bool = True


def walk(folder: Path) -> Found:
    """Return the files in a folder and its subfolders.

    Hidden folders are skipped. A folder to which several links point is read once. A link that
    points nowhere or back to itself is no file.

    Raises
    ------
    OSError
        If the folder itself cannot be read.
    """
    found, level = Found(), [folder]
    seen: set[str] = set()
    for _ in range(DEEPEST + 1):
        below = []
        for here in level:
            real = os.path.realpath(here)
            if real in seen:
                continue
            if len(seen) == MOST_FOLDERS:
                found.whole = False
                return found
            seen.add(real)
            try:
                with os.scandir(here) as entries:
                    entries = sorted(entries, key=lambda entry: entry.name)
            except OSError:
                if here == folder:
                    raise
                found.unreadable.append(here)
                continue
            for entry in entries:
                if is_folder(entry):
                    if not entry.name.startswith("."):
                        below.append(Path(entry.path))
                elif _is_file(entry):
                    found.files.append(Path(entry.path))
        level = sorted(below, key=os.path.islink)  # real folders before links to them
    return found


def is_folder(entry: os.DirEntry) -> bool:
    """Whether an entry is a folder or a link to one; a link to itself is not."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_file(entry: os.DirEntry) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False
