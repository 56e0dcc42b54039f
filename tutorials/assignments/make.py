"""Write a handout: the library with blanks, the statements, and the visible checks as a script.

A handout has

    README.md       how to work, and the statement of each task
    tinyae/         the library without the bodies that are asked for, and without what repeats
                    them: the vectorized core (`library.py`)
    check.py        the visible checks:  python check.py 01
    checks/         what they call, and the numbers that should come; no reference, no hidden check

and no tests, tutorials or figures, except the figure that a task asks for.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tutorials.assignments import mistakes
from tutorials.assignments.blank import blank
from tutorials.assignments.library import PROJECT, copy_library, files_of
from tutorials.assignments.locks import key_of, label, lock
from tutorials.assignments.naming import is_right, words
from tutorials.assignments.process import names
from tutorials.assignments.slices import slices, variant_source
from tutorials.assignments.source_text import definition
from tutorials.assignments.task import Task, Variant

HERE = Path(__file__).parent
MANIFEST = "tutorials.assignments.manifest"
HOW_TO = """# Assignment

Each task asks for the bodies of a few functions. They raise `NotImplementedError` now. Their
docstrings say what goes in, what comes out, and the shapes; the statement below says the rest.

1. Read the statement, and work out the formula on paper.
2. Replace the line `raise NotImplementedError(...)` in the file that the task names.
3. Run `python check.py {first}`. It needs Python 3.10 or later and NumPy, and nothing is installed.
4. Hand in the files that you changed, in their folders. More checks are run then.

Numbers of this edition: unit {unit}, output {output}, {n} examples, {d} inputs, {k} code units.

| task | title | points | minutes | needs | files |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Handout:
    """What is handed out.

    Attributes
    ----------
    tasks, variant : what is asked
    docstrings : of blank functions: "contract", "full", or "none"
    solutions : whether the bodies stay, for the teacher; `SOLUTIONS.md` says where they stand
    hints : whether the usual mistakes are told by their output
    manifest : the module that lists the tasks
    """

    tasks: Sequence[Task]
    variant: Variant = Variant(0)  # noqa: RUF009 (a frozen setting)
    docstrings: str = "contract"
    solutions: bool = False
    hints: bool = True
    manifest: str = MANIFEST

    def known(self) -> mistakes.Outputs:
        """Return the outputs of the usual mistakes of each task."""
        found: mistakes.Outputs = {task.id: {} for task in self.tasks}
        try:
            return mistakes.known(self.tasks, self.variant, self.manifest) if self.hints else found
        except (OSError, RuntimeError):  # no fork on this system
            return found


def make(out: Path, handout: Handout) -> None:
    """Write the handout into a new folder.

    Raises
    ------
    FileExistsError
        If the folder has files.
    """
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty: give the name of a new folder")
    out.mkdir(parents=True, exist_ok=True)
    tasks, variant = handout.tasks, handout.variant
    copy_library(out, tasks)
    if handout.solutions:
        write_solutions(out, tasks, variant)
    else:
        blank(out, tasks, variant, handout.docstrings)
    (out / "README.md").write_text(readme(tasks, variant), encoding="utf-8")
    write_checks(out, handout)


def readme(tasks: Sequence[Task], variant: Variant) -> str:
    """Return the page of the handout: how to work, and all statements."""
    n, d, k = variant.sizes
    text = HOW_TO.format(first=tasks[0].id, unit=variant.unit, output=variant.output, n=n, d=d, k=k)
    for task in tasks:
        files = ", ".join(f"`{file}`" for file in files_of(task))
        text += (f"| {task.id} | {task.title} | {task.points:g} | {task.minutes} | "
                 f"{', '.join(task.needs) or 'nothing'} | {files} |\n")  # fmt: skip
    for task in tasks:
        text += "\n" + statement(task, variant).strip() + "\n"
    return text


def statement(task: Task, variant: Variant) -> str:
    """Return the statement of a task, with the words of the variant."""
    place = HERE / "statements" / task.statement.removeprefix("statements/")
    if not place.is_file():
        return f"## {task.id} {task.title}\n"
    text = task.filled(place.read_text(encoding="utf-8"), variant)
    return f"#{text}" if text.startswith("# ") else text  # the page has a title of its own


def write_solutions(out: Path, tasks: Sequence[Task], variant: Variant) -> None:
    """Write the transfer tasks' solutions, and a list of where all solutions stand."""
    lines = ["# Where the solutions stand\n"]
    for task in tasks:
        for symbol in task.symbols:
            source = (PROJECT / symbol.file).read_text(encoding="utf-8")
            line = definition(source, symbol.name).lineno
            lines.append(f"- {task.id} {symbol.name}: {symbol.file}:{line}")
        if task.file:
            path = out / task.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(task.filled(task.solution, variant), encoding="utf-8")
            lines.append(f"- {task.id}: {task.file}")
    (out / "SOLUTIONS.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_checks(out: Path, handout: Handout) -> None:
    """Write `check.py` and the folder `checks` with the visible checks only."""
    folder = out / "checks"
    folder.mkdir()
    visible = [check for task in handout.tasks for check in task.checks if not check.hidden]
    sources = {
        "__init__": '"""The visible checks of the assignment."""\n',
        "variant": variant_source(),
        **slices(visible),
    }
    for name, text in sources.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    for name in ("signs.py", "locks.py"):
        shutil.copy(HERE / name, folder / name)
    shutil.copy(HERE / "student_check.py", out / "check.py")
    known = handout.known()
    tasks = {task.id: _numbers(task, handout.variant, known[task.id]) for task in handout.tasks}
    data = {"seed": handout.variant.seed, "tasks": tasks}
    (folder / "numbers.json").write_text(json.dumps(data, indent=1), encoding="utf-8")


def _numbers(task: Task, variant: Variant, known: dict[str, list[mistakes.Answer]]) -> dict:
    """Return what `check.py` needs of the visible checks of a task."""
    checks = [
        check_numbers(task, place, variant, known)
        for place, check in enumerate(task.checks)
        if not check.hidden
    ]
    return {"title": task.title, "hidden": sum(c.hidden for c in task.checks), "checks": checks}


def check_numbers(
    task: Task, place: int, variant: Variant, known: dict[str, list[mistakes.Answer]]
) -> dict:
    """Return what running one check outside the grader needs: numbers, words and locked hints."""
    check = task.checks[place]
    hints = mistakes.hints(task)
    want = tuple(check.want(variant))
    module, function = names(check)
    locked: dict[str, list[str]] = {}
    for name, answers in known.items():
        answer = answers[place]
        if not is_right(check, answer, want):
            key = key_of(f"{task.id} {place}", answer.arrays, words(answer))
            locked.setdefault(label(key), []).append(lock(hints[name], key))
    return {
        "id": f"{task.id} {place}",
        "name": check.name,
        "points": check.points,
        "module": module,
        "function": function,
        "tolerance": check.tolerance,
        "property": check.property.rstrip("."),
        "case": check.case.rstrip("."),
        "want": [_text(value) for value in want],
        "hints": locked,
    }


def _text(value: object) -> dict:
    array = np.array(np.asarray(value), order="C")
    data = base64.b64encode(array.tobytes()).decode("ascii")
    return {"dtype": array.dtype.str, "shape": list(array.shape), "data": data}
