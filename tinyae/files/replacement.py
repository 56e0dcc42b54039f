"""Replacing a file by a new one such that the path always holds one complete file.

The new bytes are written to a temporary file in the same folder. Its name is that of the old file
with eight random digits and ".part" (a very long name is cut first). It is renamed to the old name
only when it is complete and on the disk; then the folder is written to the disk too.

A process that is killed leaves its temporary file behind. Every writer holds a lock on its
temporary file, and the lock ends with the process. The next writer to the same path therefore
recognises such files by their missing lock and removes them.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # every use asks for None first

LONGEST_NAME = 255  # bytes, on nearly all file systems
ABANDONED = 3600.0  # seconds without a write after which a part is removed, if locks do not exist


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a stream whose bytes become the file `path` if the block ends without an error.

    After an error an old file is unchanged. A new file gets the default permissions of the process;
    a replaced file keeps its permissions. If `path` is a symbolic link, the file it points to is
    replaced.

    Raises
    ------
    OSError
        If the folder does not exist or cannot be written to, or if `path` is not an ordinary file
        or is protected against writing.
    """
    target = _target(path)
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    remove_leftovers(target)
    part, stream = _new_part(target, 0o666 if mode is None else mode)
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            if mode is not None:
                os.chmod(part, mode)
            if fcntl is not None:  # with the lock held, so that no other writer removes the part
                os.replace(part, target)
        if fcntl is None:  # Windows does not rename an open file
            os.replace(part, target)
        _sync_folder(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Write the new name to the disk, where folders can be opened: not on Windows."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check_replaceable(path: Path) -> None:
    """Raise OSError as `replacing` would if no file can be written to `path`; write nothing."""
    folder = _target(path).parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"no file can be created in the folder {folder}: permission denied")


def remove_leftovers(path: Path) -> None:
    """Remove the parts of `path` left by killed processes, but not parts that are being written."""
    pattern = re.compile(re.escape(_start(path.name)) + r"\.[0-9a-f]{8}\.part")
    parts: list[Path] = []
    with suppress(OSError):  # some folders may be written to but not listed
        parts = [p for p in path.parent.iterdir() if pattern.fullmatch(p.name)]
    for part in parts:
        with suppress(OSError):  # another writer removed it first, or we may not
            if not part.is_symlink() and part.is_file():
                _remove_if_abandoned(part)


def _start(name: str) -> str:
    """Return the beginning of the names of a file's parts: its name, cut if it is too long."""
    while len(os.fsencode(name)) > LONGEST_NAME - len(".12345678.part"):
        name = name[:-1]
    return name


def _remove_if_abandoned(part: Path) -> None:
    """Remove a part unless a running process is writing it; then raise OSError or do nothing."""
    if fcntl is None:
        if time.time() - part.stat().st_mtime > ABANDONED:
            part.unlink()
        return
    with open(part, "rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)  # an OSError if its writer is running
        part.unlink()  # with the lock held, so that no new writer can take the same part


def _target(path: Path) -> Path:
    """Return the file to replace, which is the target if `path` is a link, or raise OSError."""
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    if target.is_symlink():
        raise OSError(f"{path} is a symbolic link that points back to itself")
    folder = target.parent
    if not folder.exists():
        raise FileNotFoundError(
            f"the folder {folder} does not exist; create it first: "
            f"Path({str(folder)!r}).mkdir(parents=True)"
        )
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file, so nothing can be saved inside it")
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder; name a file in it")
    if target.exists():
        if not target.is_file():
            raise OSError(f"{target} is not an ordinary file (a pipe or device): choose another")
        if not os.access(target, os.W_OK):
            raise PermissionError(f"{target} is protected against writing; it was not changed")
    return target


def _new_part(target: Path, mode: int) -> tuple[Path, BinaryIO]:
    """Open a new file beside the target and lock it; return its path and the stream."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, mode)  # not readable by more users than the old file

    while True:
        part = target.with_name(f"{_start(target.name)}.{secrets.token_hex(4)}.part")
        try:
            stream = open(part, "xb", opener=opener)  # noqa: SIM115 (the caller closes it)
        except FileExistsError:
            continue
        except PermissionError as error:
            raise PermissionError(
                f"no file can be created in the folder {target.parent}: permission denied"
            ) from error
        if _locked(stream):
            return part, stream
        stream.close()
        part.unlink(missing_ok=True)


def _locked(stream: BinaryIO) -> bool:
    """Lock a new part; return False if another writer has just locked it in order to remove it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks, where no writer removes parts
        return True
    return os.fstat(stream.fileno()).st_nlink > 0
