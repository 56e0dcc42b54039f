"""Ways to hand out an assignment: a folder, nbgrader, otter-grader, Gradescope.

write        write a handout in one of the formats
handout      the folder of the student: `make.py`
notebook     a notebook with a cell for each function, which nbgrader and otter share
nbgrader     a course folder for `nbgrader generate_assignment` and `autograde`
otter        a notebook for `otter assign`
gradescope   the autograder's zip file
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tutorials.assignments.make import make
from tutorials.assignments.task import Task, Variant


def write(
    form: str,
    out: Path,
    tasks: Sequence[Task],
    variant: Variant,
    *,
    docstrings: str = "contract",
    solutions: bool = False,
    manifest: str,
) -> None:
    """Write a handout; the parameters are those of `make`."""
    if form == "py":
        make(out, tasks, variant, docstrings=docstrings, solutions=solutions, manifest=manifest)
    elif form == "gradescope":
        from tutorials.assignments.formats.gradescope import write_gradescope

        write_gradescope(out, tasks, variant, docstrings, solutions, manifest)
    elif form == "nbgrader":
        from tutorials.assignments.formats.nbgrader import write_nbgrader

        write_nbgrader(out, tasks, variant, docstrings, manifest)
    else:
        from tutorials.assignments.formats.otter import write_otter

        write_otter(out, tasks, variant, docstrings, manifest)
