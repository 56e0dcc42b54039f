"""A course folder for nbgrader: release, collect and grade notebooks (Jupyter, nbgrader 0.9).

    cd OUT
    nbgrader generate_assignment tinyae      (source/ -> release/, without the solutions)
    nbgrader autograde tinyae                (submitted/ -> autograded/, points in gradebook.db)

nbgrader puts the teacher's files and test cells back before it grades. The student's cells then run
in one process with the tests, so a determined student can reach them:
`grade` is stricter.
"""

from __future__ import annotations

from pathlib import Path

from tutorials.assignments.formats.notebook import (
    SETUP,
    cell,
    file_cell,
    hidden_source,
    solution_cell,
    statement_text,
    write_files,
    write_notebook,
)
from tutorials.assignments.make import Handout

NAME = "tinyae"  # of the assignment
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "tinyae"
c.ExecutePreprocessor.timeout = 120
"""


def write_nbgrader(out: Path, handout: Handout) -> None:
    """Write `source/tinyae` with the teacher's notebook, and `nbgrader_config.py`."""
    folder = out / "source" / NAME
    write_files(folder, handout)
    (out / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    known, variant = handout.known(), handout.variant
    cells = [_fixed("markdown", "how-to", HOW_TO), _fixed("code", "setup", SETUP)]
    for task in handout.tasks:
        cells.append(_fixed("markdown", f"task-{task.id}", statement_text(task, variant)))
        for i, symbol in enumerate(task.symbols):
            source = solution_cell(symbol, handout.docstrings, BEGIN, END)
            cells.append(_answer(f"solution-{task.id}-{i}", source))
        if task.file:
            source = file_cell(task, variant, BEGIN, END)
            cells.append(_answer(f"solution-{task.id}", source))
            cells.append(_fixed("code", f"file-{task.id}", f'new_file("{task.file}", globals())'))
        for place, check in enumerate(task.checks):
            if check.hidden:
                call = hidden_source(task, place, variant, known[task.id])
                source = (f"# {task.id}: a check that is run when the work is graded\n"
                          f"### BEGIN HIDDEN TESTS\n{call}\n### END HIDDEN TESTS")  # fmt: skip
            else:
                source = f'test("{task.id}", {place})  # {check.name}'
            cells.append(_test(f"test-{task.id}-{place}", source, check.points))
    write_notebook(folder / f"{NAME}.ipynb", cells)


HOW_TO = """\
# Assignment

Write the bodies of the functions below. The cell puts them into the library. Run the test cells
after it. More tests are run when the work is graded.
"""


def _metadata(name: str, grade: bool, solution: bool, locked: bool) -> dict:
    return {"grade": grade, "grade_id": name, "locked": locked, "schema_version": 3,
            "solution": solution, "task": False}  # fmt: skip


def _fixed(kind: str, name: str, source: str) -> dict:
    return cell(kind, name, source, nbgrader=_metadata(name, False, False, True))


def _answer(name: str, source: str) -> dict:
    return cell("code", name, source, nbgrader=_metadata(name, False, True, False))


def _test(name: str, source: str, points: float) -> dict:
    data = {**_metadata(name, True, False, True), "points": points}
    return cell("code", name, source, nbgrader=data)
