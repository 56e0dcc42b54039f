"""Find what a handout still tells of the solutions: statements of a blanked body elsewhere.

A statement is compared without its layout and comments, as `ast.unparse` writes it, and with the
names of variables left as they are. Short statements occur everywhere and are not counted.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

from tutorials.assignments.library import PROJECT
from tutorials.assignments.source_text import definition
from tutorials.assignments.task import Task

SHORTEST = 24  # characters of a statement that is not found by chance


def statements(node: ast.AST) -> set[str]:
    """Return the simple statements inside a node, each as one line without comments."""
    found = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Assign | ast.AugAssign | ast.Return | ast.Expr):
            value = child.value
            if isinstance(value, ast.Constant):
                continue
            text = ast.unparse(child)
            if len(text) >= SHORTEST and any(
                isinstance(part, ast.BinOp | ast.Call | ast.Compare) for part in ast.walk(child)
            ):
                found.add(text)
    return found


def leaks(root: Path, tasks: Sequence[Task]) -> list[str]:
    """Return a sentence for each statement of a solution that stands in a file below `root`."""
    solutions: dict[str, str] = {}
    for task in tasks:
        for symbol in task.symbols:
            source = (PROJECT / symbol.file).read_text(encoding="utf-8")
            for text in statements(definition(source, symbol.name)):
                solutions[text] = f"{task.id} {symbol.name}"
        for text in statements(ast.parse(task.solution)) if task.solution else ():
            solutions[text] = f"{task.id} {task.file}"
    found = []
    for path in sorted(root.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for text in sorted(statements(node) & solutions.keys()):
                    place = path.relative_to(root).as_posix()
                    found.append(f"{place}:{node.lineno} {node.name}: {text!r} of "
                                 f"{solutions[text]}")  # fmt: skip
    return list(dict.fromkeys(found))
