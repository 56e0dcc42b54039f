"""Ways to hand out an assignment: a folder, nbgrader, otter-grader, Gradescope.

write        write a handout in one of the formats
handout      the folder of the student: `make.py`
notebook     a notebook with a cell for each function, which nbgrader and otter share
nbgrader     a course folder for `nbgrader generate_assignment` and `autograde`
otter        a notebook for `otter assign`
gradescope   the autograder's zip file
"""

from __future__ import annotations

from pathlib import Path

from tutorials.assignments.make import Handout, make


def write(form: str, out: Path, handout: Handout) -> None:
    """Write a handout as "py", "nbgrader", "otter" or "gradescope"."""
    if form == "py":
        make(out, handout)
    elif form == "gradescope":
        from tutorials.assignments.formats.gradescope import write_gradescope

        write_gradescope(out, handout)
    elif form == "nbgrader":
        from tutorials.assignments.formats.nbgrader import write_nbgrader

        write_nbgrader(out, handout)
    else:
        from tutorials.assignments.formats.otter import write_otter

        write_otter(out, handout)
