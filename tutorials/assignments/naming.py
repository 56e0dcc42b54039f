"""Tell a student what is wrong: by the listed mistakes, by general signs, or by the property.

A wrong array is compared with what the listed wrong solutions give for the same input, and the hint
of the one that gives the same is told. If none does, general signs are tried: the shape, numbers
that are not finite, the sign, a constant factor, a transpose. At last the property that fails is
told, with the smallest input that shows it. What should have come is never told.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tutorials.assignments import mistakes
from tutorials.assignments.answers import Answer
from tutorials.assignments.signs import SAME, right, sign
from tutorials.assignments.task import Check, Task


def is_right(check: Check, answer: Answer, want: tuple) -> bool:
    """Return whether an answer earns the points of a check."""
    return answer.arrays is not None and right(answer.arrays, want, check.tolerance)


def same(a: Answer, b: Answer) -> bool:
    """Return whether two answers are equal up to rounding, or failed in the same way."""
    if a.arrays is None or b.arrays is None:
        if a.arrays is not None or b.arrays is not None:
            return False
        return a.kind == b.kind and words(a) == words(b)
    if len(a.arrays) != len(b.arrays):
        return False
    for x, y in zip(a.arrays, b.arrays, strict=True):
        if x.shape != y.shape:
            return False
        with np.errstate(invalid="ignore", over="ignore"):
            x, y = x.astype(complex), y.astype(complex)
            size = np.abs(y[np.isfinite(y)]).max(initial=1e-300)
            near = (x == y) | (np.abs(x - y) <= SAME * (size + np.abs(y)))
        if not (near | (np.isnan(x) & np.isnan(y))).all():
            return False
    return True


def words(answer: Answer) -> str:
    """Return a failure without the place where it happened."""
    return answer.failure.partition(" (")[0]


def mistakes_like(
    task: Task, answers: Sequence[Answer], wants: Sequence[tuple],
    known: dict[str, list[Answer]], visible_only: bool = False,
) -> dict[int, list[str]]:  # fmt: skip
    """Return for each failed check the names of the listed mistakes that fail it in the same way.

    The mistake that agrees on most checks comes first. `known` has the listed ones first.
    """
    places = [i for i, check in enumerate(task.checks) if not (visible_only and check.hidden)]
    wrong = [i for i in places if not is_right(task.checks[i], answers[i], wants[i])]
    agree = {name: sum(same(answers[i], given[i]) for i in places) for name, given in known.items()}
    ranked = sorted(known, key=lambda name: -agree[name])  # of equal ones the first of `known`
    return {
        i: [
            name for name in ranked
            if same(answers[i], known[name][i])
            and not is_right(task.checks[i], known[name][i], wants[i])
        ]
        for i in wrong
    }  # fmt: skip


def explain(task: Task, check: Check, answer: Answer, want: tuple, like: Sequence[str] = ()) -> str:
    """Return in words why an answer is wrong."""
    if answer.kind == "NotImplementedError":
        return answer.failure
    if like:
        return mistakes.hint(task, like[0])
    if answer.arrays is None:
        return answer.failure
    told = sign(answer.arrays, want)
    parts = [told[:1].upper() + told[1:] + "." if told else ""]
    if check.property:
        parts.append(f"This must hold and does not: {check.property.rstrip('.')}.")
    if check.case:
        parts.append(f"Smallest input that shows it: {check.case.rstrip('.')}.")
    return " ".join(part for part in parts if part) or "The result is wrong."
