"""The path of an .npz file, and the check that there is an ordinary file that can be read."""

from __future__ import annotations

import os
from pathlib import Path


def path_of(path: str | bytes | os.PathLike, name: str = "path") -> Path:
    """Return a path that a user gave as the argument `name`.

    Raises
    ------
    TypeError, ValueError
        If it is no path, is empty or holds a null character, which no file system accepts.
    """
    try:
        text = os.fsdecode(path)
    except TypeError:
        opened = "; give its name, not the open file" if hasattr(path, "read") else ""
        raise TypeError(
            f'{name} must be a path such as "folder/file", got {path!r:.60}{opened}'
        ) from None
    if not text or "\0" in text:
        raise ValueError(f"{name} must be the name of a file, got {text!r:.60}")
    return Path(text)


def npz_path(path: str | os.PathLike) -> Path:
    """Return the path with ".npz" appended if it is missing.

    Raises
    ------
    TypeError, ValueError, IsADirectoryError
        If it is no path, or does not end in the name of a file.
    """
    given = path_of(path)
    name = os.fsdecode(path)
    if os.path.basename(name) in ("", ".", ".."):
        kind = IsADirectoryError if os.path.isdir(name) else ValueError
        raise kind(f"the path must end in the name of a file, got {name!r}")
    return given if given.suffix == ".npz" else given.with_name(given.name + ".npz")


def check_file(given: str | os.PathLike, path: Path, kind: str) -> None:
    """Raise unless `path`, made from the path that was given, is an ordinary file.

    `kind` says for messages what the file should be, such as "model".

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError
        If there is no file, if it is a folder, or if it may not be read.
    ValueError
        If it is a pipe or device.
    """
    given = Path(os.fsdecode(given))
    if path.is_dir() or (not path.exists() and given.is_dir()):
        folder = path if path.is_dir() else given
        raise IsADirectoryError(f"{folder} is a folder, not a {kind} file; name the file in it")
    if not path.exists():
        hint = f"; {given} exists, but a {kind} file ends in .npz" if given.exists() else ""
        if path.is_symlink():
            hint = f": it is a link to {os.readlink(path)}, which does not exist"
        raise FileNotFoundError(f"there is no {kind} file {path}{hint}")
    if not path.is_file():
        raise ValueError(f"{path} is not a whole tinyae {kind} file: it is a pipe or device")
    if not os.access(path, os.R_OK):
        raise PermissionError(f"{path} cannot be read: permission denied")
