"""Turns answers into the hashes that the tutorials have of them."""

from __future__ import annotations

import hashlib
import json

import numpy as np

from tests.tutorials.answers import Exercise, exercises
from tutorials.exercises import hashed, plain, rounded


def salt(number: str) -> str:
    """Return a text of its own for each exercise, so that equal answers have different hashes."""
    return hashlib.sha256(f"tinyae, exercise {number}".encode()).hexdigest()[:16]


def hashes(number: str, answer: object, digits: int) -> list[str | None]:
    """Return one hash for each number of an answer, or one for a word or a shape."""
    if not digits:
        return [hashed(salt(number), 0, plain(answer))]
    values = answer if isinstance(answer, (tuple, list, np.ndarray)) else (answer,)
    return [
        None if value is None else hashed(salt(number), place, rounded(float(value), digits))
        for place, value in enumerate(values)
    ]


def entry(number: str, exercise: Exercise) -> dict:
    """Return what `tutorials/exercises.json` says of one exercise."""
    return {
        "salt": salt(number),
        "digits": exercise.digits,
        "right": hashes(number, exercise.right, exercise.digits),
        "wrong": [[hashes(number, answer, exercise.digits), hint]
                  for hint, answer in exercise.wrong.items()],
        "again": exercise.again,
    }  # fmt: skip


def entries() -> dict[str, dict]:
    """Return the whole table."""
    return {number: entry(number, exercise) for number, exercise in exercises().items()}


def text() -> str:
    """Return the table as it is stored, with one line for each exercise."""
    lines = [f"{json.dumps(number)}: {json.dumps(entry, ensure_ascii=False)}"
             for number, entry in entries().items()]  # fmt: skip
    return "{\n" + ",\n".join(lines) + "\n}\n"
