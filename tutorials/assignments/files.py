"""Find the files of a submission in a folder, a zip file, or a single file, and take them."""

from __future__ import annotations

import ast
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from tutorials.assignments.library import files_of
from tutorials.assignments.task import Task

LARGEST_FILE = 2**20  # bytes of one file of a submission
LARGEST_NUMBERS = 2**26  # bytes of the numbers of the visible checks of all tasks


def take_files(submission: Path, root: Path, tasks: Sequence[Task]) -> list[str]:
    """Put the submission's files into the copy of the library; return what was in the way.

    A file that is missing, too large, a link, or no Python keeps its blank bodies.
    """
    problems = []
    wanted = list(dict.fromkeys(file for task in tasks for file in files_of(task)))
    for file in wanted:
        data = _find(submission, file, wanted)
        if data is None:
            problems.append(f"{file} is not in the submission.")
            continue
        if len(data) > LARGEST_FILE:
            problems.append(f"{file} has {len(data)} bytes, more than {LARGEST_FILE}.")
            continue
        try:
            text = data.decode("utf-8")
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
            problems.append(f"{file}{line} is no Python: {error}. Its tasks were not run.")
            continue
        (root / file).write_text(text, encoding="utf-8")
        problems += [f"{file}, line {line}: look at it, it changes {name}, which it only imports."
                     for line, name in foreign_changes(tree)]  # fmt: skip
    return problems


def seed_of(submission: Path) -> int | None:
    """Return the variant that a handout's `checks/numbers.json` names, or None if it is not there.

    It serves a warning only, since a student can write anything into this file.
    """
    try:
        data = _read(submission, "checks/numbers.json")
        seed = json.loads(data)["seed"] if data else None
    except (ValueError, KeyError, TypeError, RecursionError, OSError, zipfile.BadZipFile):
        return None
    return seed if type(seed) is int else None


def _read(submission: Path, file: str) -> bytes | None:
    """Return the content of a file that lies at this place below any folder, the shallowest."""
    if submission.is_file():
        if not zipfile.is_zipfile(submission):
            return None
        with zipfile.ZipFile(submission) as archive:
            name = _best([i.filename for i in archive.infolist()], file, False)
            small = name is not None and archive.getinfo(name).file_size <= LARGEST_NUMBERS
            return archive.read(name) if small else None
    paths = [p for p in submission.rglob(Path(file).name) if p.is_file() and not p.is_symlink()]
    name = _best([p.relative_to(submission).as_posix() for p in paths], file, False)
    if name is None or (submission / name).stat().st_size > LARGEST_NUMBERS:
        return None
    return (submission / name).read_bytes()


def foreign_changes(tree: ast.Module) -> list[tuple[int, str]]:
    """Return the lines that assign to a part of something imported, and its name.

    No task needs this, but code that does so can change what the checks call in its process, such
    as `tinyae.gradcheck`. Only what is written openly is found.
    """
    aliases = [a for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)
               for a in n.names]  # fmt: skip
    imported = {(alias.asname or alias.name).partition(".")[0] for alias in aliases}
    found = []
    for node in ast.walk(tree):
        part = node
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("setattr", "delattr"):
            part = ast.Attribute(node.args[0]) if node.args else node
        elif not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            continue
        parts = isinstance(part, ast.Attribute | ast.Subscript)
        while isinstance(part, ast.Attribute | ast.Subscript):
            part = part.value
        if parts and getattr(part, "id", "") in imported:
            found.append((node.lineno, part.id))
    return sorted(found)


def _find(submission: Path, file: str, wanted: Sequence[str]) -> bytes | None:
    """Return the content of a file, at its place below the shallowest folder, or by its name."""
    alone = [f for f in wanted if PurePosixPath(f).name == PurePosixPath(file).name] == [file]
    if submission.is_file() and zipfile.is_zipfile(submission):
        with zipfile.ZipFile(submission) as archive:
            infos = [i for i in archive.infolist() if not i.is_dir()]
            name = _best([i.filename for i in infos], file, alone)
            if name is None:
                return None
            info = archive.getinfo(name)
            if info.file_size > LARGEST_FILE:
                return b" " * (LARGEST_FILE + 1)
            return archive.read(info)
    if submission.is_file():
        return submission.read_bytes() if submission.name == PurePosixPath(file).name else None
    paths = [p for p in submission.rglob("*.py") if p.is_file() and not p.is_symlink()
             and p.resolve().is_relative_to(submission.resolve())]  # fmt: skip
    name = _best([p.relative_to(submission).as_posix() for p in paths], file, alone)
    if name is None:
        return None
    path = submission / name
    size = path.stat().st_size
    return path.read_bytes() if size <= LARGEST_FILE else b" " * (LARGEST_FILE + 1)


def _best(names: Sequence[str], file: str, alone: bool) -> str | None:
    """Return the name that ends in the path of the file; a bare name counts if it is the only."""
    ends = [n for n in names if n == file or n.endswith("/" + file)]
    if not ends and alone:
        ends = [n for n in names if n == PurePosixPath(file).name]
    return min(ends, key=lambda n: (n.count("/"), n)) if ends else None
