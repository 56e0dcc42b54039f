"""Make the library of this process wrong, or blank, or solved, without writing into a copy.

The library's function gets the code of another source text. The code object is exchanged, so every
name under which the function was imported is changed too.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import runpy
import sys
import types
from collections.abc import Sequence
from pathlib import Path

from tutorials.assignments.blank import stub
from tutorials.assignments.library import PROJECT
from tutorials.assignments.source_text import body_of, replaced, span, with_body
from tutorials.assignments.task import Symbol, Task, Variant, Wrong


def put_in(task: Task, wrong: Wrong, variant: Variant) -> None:
    """Make the library of this process wrong."""
    for name, change in wrong.replace.items():
        if name == task.file:
            write_module(task.file, task.filled(replaced(task.solution, change), variant))
            continue
        symbol = next((s for s in task.symbols if s.name == name), None)
        if symbol is None:
            raise ValueError(f"task {task.id}, {wrong.name!r}: {name!r} is no symbol of the task")
        source = (PROJECT / symbol.file).read_text(encoding="utf-8")
        body = replaced(body_of(source, name), change)
        exchange(symbol.file, name, with_body(source, name, task.filled(body, variant)))


def exchange(file: str, name: str, source: str) -> None:
    """Give a function of this process the code that it has in another source of its file.

    Raises
    ------
    ValueError
        If the code closes over other names than the function does.
    """
    module = importlib.import_module(_dotted(file))
    code = compile(source, file, "exec", dont_inherit=True)
    for part in name.split("."):
        code = [c for c in code.co_consts
                if isinstance(c, types.CodeType) and c.co_name == part][-1]  # fmt: skip
    function = module
    for part in name.split("."):
        function = inspect.getattr_static(function, part)
    function = bare(function)
    function.__code__ = code


def bare(function: object) -> types.FunctionType:
    """Return the plain function below decorators, properties and class methods."""
    while not isinstance(function, types.FunctionType) or hasattr(function, "__wrapped__"):
        for attribute in ("__wrapped__", "__func__", "fget", "func"):
            if hasattr(function, attribute):
                function = getattr(function, attribute)
                break
        else:
            raise TypeError(f"{function!r} is no function")
    return function


def write_module(file: str, source: str) -> None:
    """Make a module of this process from the text of a new file."""
    name = _dotted(file)
    module = types.ModuleType(name)
    module.__file__ = str(PROJECT / file)
    sys.modules[name] = module
    exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)
    while "." in name:  # the folder of the file may be new too
        name, _, tail = name.rpartition(".")
        try:
            parent = importlib.import_module(name)
        except ModuleNotFoundError:
            parent = sys.modules[name] = types.ModuleType(name)
            parent.__path__ = []
        setattr(parent, tail, module)
        module = parent


def _dotted(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def planted(task: Task) -> dict[str, tuple[str, str, str, str]]:
    """Return the planted mistakes inside the task: name -> (file, symbol, old text, new text)."""
    return _planted(task.symbols)


@functools.cache
def _planted(symbols: tuple[Symbol, ...]) -> dict[str, tuple[str, str, str, str]]:
    """Return the planted mistakes inside these symbols, found once."""
    table = PROJECT / "tests" / "planted_mistakes.py"
    if not table.is_file():  # the tests are not everywhere where the assignments are
        return {}
    found = {}
    every = _table(table)
    for symbol in symbols:
        body = (PROJECT / symbol.file).read_text(encoding="utf-8").splitlines(keepends=True)
        first, last = span("".join(body), symbol.name).body
        text = "".join(body[first - 1 : last])
        for name, old, new in every.get(symbol.file.removeprefix("tinyae/"), ()):
            if old in text:
                found[f"{symbol.name}: {name}"] = (symbol.file, symbol.name, old, new)
    return found


@functools.cache
def _table(path: Path) -> dict:
    """Return the table of planted mistakes, read once."""
    return runpy.run_path(str(path))["PLANTED"]


def plant(file: str, name: str, old: str, new: str) -> None:
    """Make one function of this process wrong by a planted mistake."""
    source = (PROJECT / file).read_text(encoding="utf-8")
    exchange(file, name, replaced(source, (old, new)))


def without(task: Task, tasks: Sequence[Task]) -> None:
    """Blank the symbols of all tasks that a task does not need."""
    by_id = {each.id: each for each in tasks}
    kept, front = {task.id}, list(task.needs)
    while front:
        task_id = front.pop()
        if task_id not in kept:
            kept.add(task_id)
            front += by_id[task_id].needs
    ours = {(s.file, s.name) for task_id in kept for s in by_id[task_id].symbols}
    for other in tasks:
        for symbol in other.symbols:
            if (symbol.file, symbol.name) not in ours:
                source = (PROJECT / symbol.file).read_text(encoding="utf-8")
                source = with_body(source, symbol.name, stub(other, symbol))
                exchange(symbol.file, symbol.name, source)


def solve(task: Task, variant: Variant) -> None:
    """Put the right solution of a transfer task into this process."""
    if task.file:
        write_module(task.file, task.filled(task.solution, variant))
