"""A fingerprint of the code that a claim runs: figures measured with the same code still hold."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
PAGES = {"__main__", "errata", "fingerprint", "fresh_seeds", "measured", "page", "rows"}
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
def _shared(root: Path) -> str:
    files = [*root.glob("tinyae/**/*.py"), *root.glob("figures/experiments/*.py")]
    claims = root.glob("tests/claims/*.py")
    files += [p for p in claims if p.stem not in PAGES and not p.stem.startswith("test_")]
    return "".join(_of_file(file) for file in sorted(files))


def fingerprint(file: str, root: Path = ROOT) -> str:
    """Return twelve digits that change with the library, the experiments, or this test file.

    The names of the files and the version of NumPy count too; comments and docstrings do not.
    """
    text = _shared(root) + file + _of_file(root / file) + np.__version__
    return hashlib.sha256(text.encode()).hexdigest()[:12]
