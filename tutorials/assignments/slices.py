"""The part of the checks that a submission may see: the functions `got_...` and what they call.

A check has two functions. `got` calls the submission; `want` is the independent reference, and so
an answer. The process of a submission and the script of the student get the first ones only, as
source text: modules of the package `checks` that hold the definitions which `got` reaches, and no
other. So neither contains a reference, a hint or a wrong solution.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
from collections.abc import Iterable
from types import ModuleType

from tutorials.assignments.task import Check

PACKAGE = "tutorials.assignments.tasks"  # its modules become those of the package below
TARGET = "checks"


class _Module:
    """The definitions of a module by name, and where its imported names come from."""

    def __init__(self, module: ModuleType):
        self.name = module.__name__
        self.source = inspect.getsource(module)
        self.tree = ast.parse(self.source)
        self.nodes: dict[str, ast.stmt] = {}
        self.ours: dict[str, tuple[str, str]] = {}  # name here -> module and name there
        self.doc = (ast.get_docstring(self.tree) or "").partition("\n")[0]
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE + "."):
                for alias in node.names:
                    self.ours[alias.asname or alias.name] = (node.module, alias.name)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    self.nodes[(alias.asname or alias.name).partition(".")[0]] = node
            else:
                for name in _defined(node):
                    self.nodes[name] = node


@functools.cache
def _module(name: str) -> _Module:
    """Return a module of the tasks, read once."""
    return _Module(importlib.import_module(name))


def _defined(node: ast.stmt) -> list[str]:
    """Return the names that a statement at the top level defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [n.id for t in targets if t is not None for n in ast.walk(t) if isinstance(n, ast.Name)]


def slices(checks: Iterable[Check]) -> dict[str, str]:
    """Return the source of each module of the package `checks` that these checks need.

    Raises
    ------
    ValueError
        If the `got` of a check is no function at the top level of its module.
    """
    wanted: dict[str, set[str]] = {}

    def reach(module: str, name: str) -> None:
        if name in wanted.setdefault(module, set()):
            return
        here = _module(module)
        if name in here.ours:
            wanted[module].add(name)
            reach(*here.ours[name])
        elif name in here.nodes:
            wanted[module].add(name)
            for node in ast.walk(here.nodes[name]):
                if isinstance(node, ast.Name):
                    reach(module, node.id)

    for check in checks:
        got = check.got
        if "." in got.__qualname__ or got.__name__ == "<lambda>":
            raise ValueError(f"check {check.name!r}: got must be a function of a module, got {got}")
        reach(got.__module__, got.__name__)
    return {m.rpartition(".")[2]: _text(_module(m), names) for m, names in wanted.items() if names}


def _text(module: _Module, names: set[str]) -> str:
    """Return the source of a module with these definitions only."""
    parts = [f'"""{module.doc}"""', "from __future__ import annotations"]
    lines = module.source.splitlines()
    imported: dict[str, list[str]] = {}
    for name in sorted(names & set(module.ours)):
        origin, there = module.ours[name]
        imported.setdefault(origin, []).append(there if there == name else f"{there} as {name}")
    seen: list[ast.stmt] = []
    for name in names - set(module.ours):
        if module.nodes[name] not in seen:
            seen.append(module.nodes[name])
    seen.sort(key=lambda node: node.lineno)
    heads = [n for n in seen if isinstance(n, ast.Import | ast.ImportFrom)]
    parts += [ast.unparse(n) for n in heads if getattr(n, "module", "") != "__future__"]
    for origin, found in imported.items():
        parts.append(f"from {TARGET}.{origin.rpartition('.')[2]} import {', '.join(found)}")
    for node in seen:
        if node not in heads:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            parts.append("\n" + "\n".join(lines[first - 1 : node.end_lineno]))
    return "\n\n".join(parts) + "\n"


def variant_source() -> str:
    """Return the source of `Variant` as a module of its own."""
    module = _module("tutorials.assignments.task")
    lines = module.source.splitlines()
    parts = [
        '"""The numbers of one edition of the assignment."""',
        "from __future__ import annotations",
        "from dataclasses import dataclass",
        "import numpy as np",
    ]
    for name in ("UNITS", "OUTPUTS", "Variant"):
        node = module.nodes[name]
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        parts.append("\n".join(lines[first - 1 : node.end_lineno]))
    return "\n\n".join(parts) + "\n"
