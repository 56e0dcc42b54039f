"""A fingerprint of the code that a claim runs: figures measured with the same code still hold.

The modules are found by following the imports of the test file through the project. An import from
a package is followed to the module that defines the name, so that a change elsewhere in the package
does not count.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
FOLDERS = "tinyae", "figures", "tests"
RECORDING = {"fingerprint", "measured", "recorder", "seeds", "trained"}  # what does not measure
NODES = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def without_words(source: str) -> str:
    """Return the syntax tree of a module as text, without what does not run.

    Comments, docstrings and annotations are left out. A name that is annotated in a class stays,
    since a dataclass makes a field of it.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, NODES) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        if isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(None)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
    return ast.dump(tree)


@cache
def _of_file(path: Path) -> str:
    return without_words(path.read_text("utf-8"))


def _module(root: Path, name: str) -> Path | None:
    """Return the file of a module of the project by its dotted name."""
    if name.split(".")[0] not in FOLDERS:
        return None
    place = root.joinpath(*name.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.exists():
            return path
    return None


def _source(node: ast.ImportFrom, path: Path, root: Path) -> str:
    """Return the full name of what is imported from, for `from .one import` in a package too."""
    if not node.level:
        return node.module or ""
    package = path.relative_to(root).parents[node.level - 1]
    return ".".join((*package.parts, *filter(None, (node.module,))))


def _defining(root: Path, package: str, name: str) -> list[Path]:
    """Return the module that `from package import name` ends in; none outside the project."""
    path = _module(root, f"{package}.{name}") or _module(root, package)
    if path is None or path.name != "__init__.py":
        return [path] if path else []
    for node in _tree(path).body:
        if isinstance(node, ast.ImportFrom):
            if name in {alias.asname or alias.name for alias in node.names}:
                return _defining(root, _source(node, path, root), name)
    return [path]


def _imported(path: Path, root: Path) -> Iterator[Path]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield from _defining(root, _source(node, path, root), alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found = _module(root, alias.name)
                yield from [found] if found else []


def modules(file: Path, root: Path = ROOT) -> list[Path]:
    """Return the files of the project that this file imports, directly or through others."""
    fixtures = root / "tests" / "claims" / "conftest.py"
    found, waiting = set(), [file, *([fixtures] if fixtures.exists() else [])]
    while waiting:
        path = waiting.pop()
        if path not in found and path.stem not in RECORDING:
            found.add(path)
            waiting += _imported(path, root)
    return sorted(found)


@cache
def fingerprint(file: str, root: Path = ROOT) -> str:
    """Return twelve digits that change with a test file or with the modules that it imports.

    The file's name and the version of NumPy count too; comments, docstrings and annotations do
    not.
    """
    text = "".join(_of_file(path) for path in modules(root / file, root))
    return hashlib.sha256((file + text + np.__version__).encode()).hexdigest()[:12]
