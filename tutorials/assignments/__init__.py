"""Assignments: tasks that students write into a copy of the library, and the grader of them.

A task (`task.py`) names symbols of the library, checks with points, and wrong solutions with hints.
`manifest.py` lists the tasks. `make.py` writes a handout in which the bodies of the symbols are
blank, `grade.py` grades what comes back, and `selftest.py` grades the reference, the stubs and the
wrong solutions. `python -m tutorials.assignments --help` shows the commands, `docs/teachers.md`
tells how a course uses them.
"""
