"""Blank the symbols of a task: the signature stays, the body is for the student to write.

The docstring that states the formula is replaced by the contract of the symbol, unless the teacher
keeps it. Comments of the body vanish with it. Docstrings of classes and modules that give the
answer away are replaced too. Of a transfer task, the new file with its stub is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tutorials.assignments.source_text import with_body, with_docstring
from tutorials.assignments.task import Symbol, Task, Variant

DOCSTRINGS = ("contract", "full", "none")


def stub(task: Task, symbol: Symbol) -> str:
    """Return the body that the student replaces."""
    return f'raise NotImplementedError("task {task.id}: write {symbol.name}, see README.md")\n'


def blanked(source: str, task: Task, symbol: Symbol, docstrings: str = "contract") -> str:
    """Return the source of a file in which one symbol is blank.

    `docstrings` is "contract", "full" (the library's own), or "none".
    """
    if docstrings not in DOCSTRINGS:
        raise ValueError(f"docstrings must be one of {DOCSTRINGS}, got {docstrings!r}")
    source = with_body(source, symbol.name, stub(task, symbol))
    if docstrings == "full":
        return source
    return with_docstring(source, symbol.name, symbol.contract if docstrings != "none" else None)


def blank(
    root: Path, tasks: Sequence[Task], variant: Variant, docstrings: str = "contract"
) -> list[Path]:
    """Blank the tasks in the files below `root`, and return the files that the student changes."""
    changed = []
    for task in tasks:
        for symbol in task.symbols:
            path = root / symbol.file
            text = blanked(path.read_text(encoding="utf-8"), task, symbol, docstrings)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
        for symbol in task.docstrings if docstrings != "full" else ():
            path = root / symbol.file
            text = with_docstring(path.read_text(encoding="utf-8"), symbol.name, symbol.contract)
            path.write_text(text, encoding="utf-8")
        if task.file:
            path = root / task.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(task.filled(task.stub, variant), encoding="utf-8")
            changed.append(path)
    return list(dict.fromkeys(changed))
