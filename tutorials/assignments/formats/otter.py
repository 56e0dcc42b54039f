"""A notebook for otter-grader: `otter assign` makes the student's and the autograder's version.

    cd OUT
    otter assign tinyae.ipynb dist           (dist/student, dist/autograder)
    otter run -a dist/autograder/tinyae-autograder_*.zip submission.ipynb

Tests are functions that raise (`ok_format: false`), so the student reads the hint. The student's
cells run in one process with the tests, so a determined student can reach them:
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

NAME = "tinyae"
BEGIN, END = "# BEGIN SOLUTION NO PROMPT", "# END SOLUTION"
PROMPT = '\n    """ # BEGIN PROMPT\n    raise NotImplementedError("{text}")\n    """ # END PROMPT'
CONFIG = """\
# ASSIGNMENT CONFIG
name: {name}
init_cell: true
export_cell: false
check_all_cell: true
show_question_points: true
requirements: [numpy, matplotlib]
files:
{files}
tests:
    ok_format: false
generate:
    show_hidden: false
    show_stdout: false
"""


def write_otter(out: Path, handout: Handout) -> None:
    """Write the teacher's notebook and the files that students get with it."""
    write_files(out, handout)
    files = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
    config = CONFIG.format(name=NAME, files="\n".join(f"    - {file}" for file in files))
    known, variant = handout.known(), handout.variant
    cells = [cell("raw", "config", config), cell("code", "setup", SETUP)]
    for task in handout.tasks:
        raw = _Raw(task.id)
        name = f"t{task.id}".lower()
        points = "\n".join(f"    - {check.points}" for check in task.checks)
        cells.append(raw(f"# BEGIN QUESTION\nname: {name}\npoints:\n{points}"))
        cells.append(cell("markdown", f"task-{task.id}", statement_text(task, variant)))
        cells.append(raw("# BEGIN SOLUTION"))
        for i, symbol in enumerate(task.symbols):
            prompt = PROMPT.format(text=f"task {task.id}: write {symbol.name}")
            source = solution_cell(symbol, handout.docstrings, BEGIN, END, prompt)
            cells.append(cell("code", f"solution-{task.id}-{i}", source))
        if task.file:
            source = file_cell(task, variant, "# BEGIN SOLUTION", END)
            source += f'\nnew_file("{task.file}", globals())'
            cells.append(cell("code", f"solution-{task.id}", source))
        cells += [raw("# END SOLUTION"), raw("# BEGIN TESTS")]
        for place, check in enumerate(task.checks):
            if check.hidden:
                call = hidden_source(task, place, variant, known[task.id]).replace("\n", "\n    ")
                body = f"from classroom import hidden_test\n    {call}"
            else:
                body = f'from classroom import test\n    test("{task.id}", {place})'
            config = f'""" # BEGIN TEST CONFIG\nhidden: {str(check.hidden).lower()}\n"""'
            source = f"{config} # END TEST CONFIG\ndef test_{name}_{place}():\n    {body}"
            cells.append(cell("code", f"test-{task.id}-{place}", source))
        cells += [raw("# END TESTS"), raw("# END QUESTION")]
    write_notebook(out / f"{NAME}.ipynb", cells)


class _Raw:
    """Makes the raw cells of a question, each with an id of its own."""

    def __init__(self, task_id: str):
        self.task_id, self.count = task_id, 0

    def __call__(self, source: str) -> dict:
        self.count += 1
        return cell("raw", f"mark-{self.task_id}-{self.count}", source)
