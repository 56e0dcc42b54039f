"""The files in a folder and in those below it, whatever links and permissions lie on the way."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

DEEPEST = 4  # folders below the given one
MOST_FOLDERS = 1000  # looked into; a folder with more than that is not a data set


@dataclass
class Found:
    """What a walk through a folder met.

    Attributes
    ----------
    files : level by level, those of each folder by name
    unreadable : folders that could not be looked into
    whole : whether all folders were looked into, down to `DEEPEST`
    """

    files: list[Path] = field(default_factory=list)
    unreadable: list[Path] = field(default_factory=list)
    whole: bool = True


def walk(folder: Path) -> Found:
    """Return the files in a folder and below it.

    Hidden folders are left out. A folder that several links lead to is looked into once, and a link
    that leads nowhere or back to itself is no file.

    Raises
    ------
    OSError
        If the folder itself cannot be looked into.
    """
    found, level, seen = Found(), [folder], set()
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
        level = sorted(below, key=os.path.islink)  # the folder itself before links to it
    return found


def is_folder(entry: os.DirEntry) -> bool:
    """Whether an entry is a folder, or a link to one; a link back to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_file(entry: os.DirEntry) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False
