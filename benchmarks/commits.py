"""Commits of this repository: their names, their dates, and copies of their code."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.child import ROOT

TREE = "."  # stands for the files as they are now
PACKAGE = "tinyae"


class NoCommit(ValueError):  # noqa: N818
    """There is no such commit, or no repository to look in."""


@dataclass(frozen=True)
class Commit:
    """A commit: its short hash, the day it was made, and the first line of its message."""

    name: str
    day: str
    title: str


def commit(name: str, root: Path = ROOT) -> Commit:
    """Return the commit of this name, such as a hash, a tag, or HEAD~3.

    Raises
    ------
    NoCommit
        If there is no such commit, with a hint for a shallow clone.
    """
    if name == TREE:
        return Commit(TREE, "", "the files as they are now")
    full = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}",
               root=root, fails=True)  # fmt: skip
    if not full:
        shallow = git("rev-parse", "--is-shallow-repository", root=root) == "true"
        hint = "; this clone is shallow: git fetch --unshallow gets all commits" * shallow
        raise NoCommit(f"there is no commit {name!r} in this repository{hint}")
    return Commit(*git("show", "-s", "--format=%h%n%cs%n%s", full, root=root).split("\n", 2))


def copy(one: Commit, folder: Path, root: Path = ROOT) -> None:
    """Write the library of a commit to the folder; that of `TREE` are the present files.

    Raises
    ------
    NoCommit
        If the commit has no library.
    """
    if one.name == TREE:
        shutil.copytree(root / PACKAGE, folder / PACKAGE)
        return
    if not git("ls-tree", one.name, PACKAGE, root=root):
        raise NoCommit(f"commit {one.name} has no folder {PACKAGE}")
    done = run("archive", "--format=zip", one.name, PACKAGE, root=root)
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder)


def earlier(root: Path = ROOT) -> list[str]:
    """Return the full names of the commits before the last one, the newest first."""
    return git("log", "--format=%H", "--skip=1", root=root).split()


def changed(root: Path = ROOT) -> bool:
    """Return whether files of the library differ from the last commit."""
    return bool(git("status", "--porcelain", "--", PACKAGE, root=root))


def git(*arguments: str, root: Path = ROOT, fails: bool = False) -> str:
    """Run Git and return what it prints; where it fails, raise, or return "" with `fails`."""
    done = run(*arguments, root=root)
    if done.returncode and not fails:
        words = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise NoCommit(f"git {arguments[0]} failed: {words[-1]}")
    return done.stdout.decode(errors="replace").strip()


def run(*arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[bytes]:
    """Run Git in the repository.

    Raises
    ------
    NoCommit
        If Git is not installed, or the project's folder is not a Git repository of its own.
    """
    if not (root / ".git").exists():  # a repository around it would be another project's
        raise NoCommit(f"{root.name} is not a Git repository: clone the project to compare commits")
    try:
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        raise NoCommit("git is not installed, and commits are read with it") from None
