"""Reading the lines of a user's text file one by one, with a bound on their length."""

from __future__ import annotations

import os
from collections.abc import Iterator

LONGEST = 1 << 24  # characters of a line; without a bound, a binary file may be one line


def numbered_lines(path: str | os.PathLike) -> Iterator[tuple[int, str]]:
    """Yield (number, line) of a file in UTF-8, numbered from 1, without spaces at both ends.

    An empty line is given only if another line follows. Characters that are not UTF-8 are replaced.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If a line has more than `LONGEST` characters, or the file is no ordinary file.
    """
    check_source(path)
    empty = 0
    with open(path, encoding="utf-8-sig", errors="replace") as stream:
        for number, line in enumerate(iter(lambda: stream.readline(LONGEST), ""), 1):
            if len(line) == LONGEST:
                raise ValueError(
                    f"{path} has more than {LONGEST} characters in line {number}, so it is no "
                    "file of rows"
                )
            line = line.strip(" \r\n")
            if not line:
                empty += 1
                continue
            for i in range(number - empty, number):
                yield i, ""
            empty = 0
            yield number, line


def check_source(path: str | os.PathLike) -> None:
    """Raise OSError or ValueError unless this is an ordinary file, which can be read twice."""
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no file {path}")
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path} is a folder; name a file in it")
    if not os.path.isfile(path):
        raise ValueError(f"{path} is a pipe or device, which cannot be read twice; save it first")
