"""A notebook with a cell for each function that is asked for, as nbgrader and otter read it.

The notebook stands beside the folder of the handout's files. A cell defines one function under the
decorator `solution`, which puts its code into the library (`student_notebook.py`). So the student
edits no file. Cells are dicts of nbformat 4.5, written as JSON, so Jupyter is not needed here.
"""

from __future__ import annotations

import ast
import base64
import json
import shutil
import textwrap
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tutorials.assignments import mistakes
from tutorials.assignments.library import PROJECT
from tutorials.assignments.make import HERE, Handout, check_numbers, make, statement
from tutorials.assignments.slices import slices
from tutorials.assignments.source_text import body_of, definition
from tutorials.assignments.task import Check, Symbol, Task, Variant

SETUP = """\
from __future__ import annotations

import numpy as np

import tinyae
from classroom import hidden_test, new_file, solution, test
"""


def cell(kind: str, name: str, source: str, **metadata: object) -> dict:
    """Return a cell of a notebook; `kind` is "markdown", "code" or "raw"."""
    made = {"cell_type": kind, "id": name, "metadata": metadata, "source": source}
    return {**made, "execution_count": None, "outputs": []} if kind == "code" else made


def write_notebook(path: Path, cells: Sequence[dict]) -> None:
    """Write a notebook for the Python kernel."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {"cells": list(cells), "metadata": {"kernelspec": kernel},
            "nbformat": 4, "nbformat_minor": 5}  # fmt: skip
    path.write_text(json.dumps(book, indent=1), encoding="utf-8")


def write_files(out: Path, handout: Handout) -> None:
    """Write the handout's files beside the notebook."""
    make(out, replace(handout, solutions=False))  # the notebook has the solutions
    shutil.copy(HERE / "student_notebook.py", out / "classroom.py")
    (out / "README.md").unlink()  # the statements stand in the notebook


def solution_cell(symbol: Symbol, docstrings: str, begin: str, end: str, prompt: str = "") -> str:
    """Return a function with its solution between the two marks."""
    source = (PROJECT / symbol.file).read_text(encoding="utf-8")
    node = definition(source, symbol.name)
    doc = {"contract": symbol.contract, "full": ast.get_docstring(node), "none": None}[docstrings]
    arguments = _without_annotations(node.args)
    lines = [f'@solution("{symbol.file}", "{symbol.name}")', f"def {node.name}({arguments}):"]
    if doc:
        text = textwrap.dedent(doc).strip().replace("\\", "\\\\").replace('"""', "'''")
        lines.append(
            textwrap.indent(f'"""{text}\n"""' if "\n" in text else f'"""{text}"""', "    ")
        )
    body = textwrap.indent(body_of(source, symbol.name).rstrip("\n"), "    ")
    lines += [f"    {begin}", body, f"    {end}"]
    return "\n".join(lines) + prompt


def file_cell(task: Task, variant: Variant, begin: str, end: str) -> str:
    """Return the new file of a transfer task as a cell."""
    return f"{begin}\n{task.filled(task.solution, variant).rstrip()}\n{end}"


def statement_text(task: Task, variant: Variant) -> str:
    """Return the statement, with the stub of a new file."""
    text = statement(task, variant).strip()
    if task.file:
        stub = task.filled(task.stub, variant).rstrip()
        text += (
            f"\n\nThe cell below is the file `{task.file}`. Begin with:\n\n```python\n{stub}\n```"
        )
    return text


def hidden_source(task: Task, place: int, variant: Variant,
                  known: dict[str, list[mistakes.Answer]]) -> str:  # fmt: skip
    """Return a call that runs a hidden check; all that it needs is packed into its argument."""
    check: Check = task.checks[place]
    data = {**check_numbers(task, place, variant, known), "seed": variant.seed,
            "modules": slices([check])}  # fmt: skip
    packed = base64.b64encode(zlib.compress(json.dumps(data).encode(), 9)).decode("ascii")
    lines = textwrap.wrap(packed, 90)
    return "hidden_test(\n" + "\n".join(f'    "{line}"' for line in lines) + "\n)"


def _without_annotations(arguments: ast.arguments) -> str:
    """Return the parameters as source, without the types, whose names the notebook lacks."""
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    # The library's function keeps its own defaults, so a default here only marks the parameter.
    none = ast.Constant(None)
    arguments.defaults = [d if isinstance(d, ast.Constant) else none for d in arguments.defaults]
    arguments.kw_defaults = [
        d if d is None or isinstance(d, ast.Constant) else none for d in arguments.kw_defaults
    ]
    return ast.unparse(arguments)
