"""A fingerprint of the code that a claim runs: figures measured with the same code still hold."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
PAGES = {
    "__main__",
    "draw_errata",
    "errata",
    "fingerprint",
    "fresh_seeds",
    "measured",
    "page",
    "rows",
    "trained",
}
NODES = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef


def without_words(source: str) -> str:
    """Return the syntax tree of a module as text, without comments and docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, NODES) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


@cache
def _of_file(path: Path) -> str:
    return without_words(path.read_text("utf-8"))


@cache
def library(root: Path = ROOT) -> str:
    """Return the code that trains and measures: the library, the experiments, NumPy's version."""
    files = [*root.glob("tinyae/**/*.py"), *root.glob("figures/experiments/*.py")]
    return "".join(_of_file(file) for file in sorted(files)) + np.__version__


@cache
def _helpers(root: Path) -> str:
    files = sorted(root.glob("tests/claims/*.py"))
    return "".join(
        _of_file(f) for f in files if f.stem not in PAGES and not f.stem.startswith("test_")
    )


def fingerprint(file: str, root: Path = ROOT) -> str:
    """Return twelve digits that change with the library, the experiments, or this test file.

    The file's name and the version of NumPy count too; comments and docstrings do not.
    """
    text = library(root) + _helpers(root) + file + _of_file(root / file)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
