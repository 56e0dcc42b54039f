"""A manifest of one transfer task, to test what has a new file instead of blank functions."""

import numpy as np

from tutorials.assignments.task import Check, Task, Wrong

FILE = "answers/units/soft_sign.py"
STUB = (
    '"""A unit of your own."""\n\n\ndef f(a):\n    raise NotImplementedError("task T9: write f")\n'
)
SOLUTION = '"""A unit."""\n\n\ndef f(a):\n    return {{factor}} * a / (1.0 + abs(a))\n'


def points(variant):
    return variant.rng("points").normal(size=5)


def factor(variant):
    return float(variant.seed + 2)


def got_value(variant):
    from answers.units.soft_sign import f

    return (f(points(variant)),)


def want_value(variant):
    return (np.array([factor(variant) * a / (1 + abs(a)) for a in points(variant)]),)


def got_zero(variant):
    from answers.units.soft_sign import f

    return (f(np.zeros(2)),)


def want_zero(variant):
    return (np.zeros(2),)


def words(variant):
    return {"factor": f"{factor(variant):g}"}


TASKS = (
    Task(
        id="T9",
        title="A unit of your own",
        minutes=5,
        tutorial="",
        needs=(),
        symbols=(),
        statement="none.md",
        checks=(
            Check("value", 1, got_value, want_value, property="f is a softsign"),
            Check("zero", 1, got_zero, want_zero, hidden=True),
        ),
        wrong=(
            Wrong("no factor", "The factor is missing.", {FILE: ("{{factor}} * ", "")}),
            Wrong(
                "zero",
                "f(0) is 0.",
                {FILE: '"""A unit."""\n\n\ndef f(a):\n    return {{factor}} / (1.0 + abs(a))\n'},
            ),
        ),
        transfer=True,
        file=FILE,
        stub=STUB,
        solution=SOLUTION,
        words=words,
    ),
)
