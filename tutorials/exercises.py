"""Checks the answers and the guesses of a student; every tutorial imports it.

`check("1.2", answer)` judges an answer, and `compare` runs an experiment of section 7 once a guess
for its result is written down. No answer is stored here: `exercises.json` has salted hashes of the
rounded right answers, and of the usual wrong ones with a hint for each. `comments.json` has what
is told of an experiment after a guess, packed so that nobody reads it before. A program can of
course try all numbers, or unpack the comments; both forms only keep the results out of sight.
`python -m tests.tutorials` writes both files.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import textwrap
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from numbers import Integral, Real
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
EXERCISES = json.loads((FOLDER / "exercises.json").read_text(encoding="utf-8"))
ROUNDS = 500  # of the hash, so that trying all numbers takes some seconds and a check none
# What an answer that is no listed one may be, with what it means if the result is right.
SLIPS: dict[str, Callable[[float], float]] = {
    "The size is right, but the sign is not.": lambda v: -v,
    "It is twice the right value.": lambda v: v / 2,
    "It is half the right value.": lambda v: v * 2,
    "It is one divided by the right value.": lambda v: 1 / v,
    "It is the square root of the right value.": lambda v: v * v,
    "It is the square of the right value.": lambda v: math.sqrt(abs(v)),
}


@dataclass(frozen=True)
class Verdict:
    """Says whether an answer is right, and what to tell the student."""

    right: bool
    text: str


def check(exercise: str, answer: object) -> None:
    """Print whether an answer is right; a usual mistake is named, the right answer never shown."""
    print(f"{exercise}: {judge(exercise, answer).text}")


def judge(exercise: str, answer: object) -> Verdict:
    """Return the verdict on an answer: a number, several numbers, a word, a shape.

    Raises
    ------
    ValueError
        If there is no exercise of this number.
    """
    if exercise not in EXERCISES:
        raise ValueError(f"there is no exercise {exercise!r}: give one of {', '.join(EXERCISES)}")
    entry = EXERCISES[exercise]
    if isinstance(answer, np.ndarray):
        answer = answer.tolist()
    if unanswered(answer):
        return Verdict(False, "not answered yet")
    if not entry["digits"]:
        forms = [answer]
        if isinstance(answer, (tuple, list)) and len(answer) == 1:
            forms += answer  # one number in brackets
        return _verdict(entry, [{hashed(entry["salt"], 0, plain(form)) for form in forms}], [])
    numbers, complaint = _numbers(answer, len(entry["right"]))
    if complaint:
        return Verdict(False, complaint)
    places = [_hashes(entry, i, value) for i, value in enumerate(numbers)]
    return _verdict(entry, places, numbers)


def unanswered(answer: object) -> bool:
    """Return whether an answer, or a part of it, is still None."""
    if isinstance(answer, (tuple, list)):
        return any(unanswered(part) for part in answer)
    return answer is None


@cache
def hashed(salt: str, place: int, text: str) -> str:
    """Return 16 hexadecimal digits that say nothing about the text but are always its own."""
    salted = f"{salt}/{place}".encode()
    return hashlib.pbkdf2_hmac("sha256", text.encode(), salted, ROUNDS).hex()[:16]


def rounded(value: float, digits: int, shift: int = 0) -> str:
    """Return the value, moved by `shift` units of its last digit, with so many digits."""
    if abs(value) < 1e-12:  # a zero with the rounding errors of its computation
        return "0"
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    return f"{value + shift * unit:.{digits - 1}e}"


def plain(answer: object) -> str:
    """Return a word, a whole number or a shape as a text that has one form only."""
    if isinstance(answer, (bool, np.bool_)):
        return "yes" if answer else "no"
    if isinstance(answer, str):
        return " ".join(answer.lower().split()).rstrip(".")
    if isinstance(answer, np.ndarray):
        answer = answer.tolist()
    if isinstance(answer, (tuple, list)):
        return f"({', '.join(plain(part) for part in answer)})"
    if isinstance(answer, Integral) or (isinstance(answer, Real) and float(answer).is_integer()):
        return str(int(answer))
    return repr(answer)


def _numbers(answer: object, size: int) -> tuple[list[float], str]:
    """Return the numbers of an answer, or none and what is wrong with them."""
    wanted = "one number" if size == 1 else f"{size} numbers: ({', '.join('…' * size)})"
    try:
        if np.iscomplexobj(answer):
            raise TypeError("no exercise asks for a complex number")
        numbers = np.asarray(answer, dtype=float).ravel()
    except (TypeError, ValueError, OverflowError):
        return [], f"the answer is {wanted}; {repr(answer)[:80]} is not."
    if len(numbers) != size:
        return [], f"the answer is {wanted}; you gave {len(numbers)}."
    if not np.isfinite(numbers).all():
        return [], "not yet. Your answer is not finite."
    return numbers.tolist(), ""


def _hashes(entry: dict, place: int, value: float) -> set[str]:
    """Return the hashes of a value and of its two neighbours in the last digit."""
    texts = {rounded(value, entry["digits"], shift) for shift in (0, -1, 1)}
    return {hashed(entry["salt"], place, text) for text in texts}


def _agree(wanted: list[str | None], places: list[set[str]]) -> list[bool]:
    """Return for each place whether it has the wanted hash; None is any value."""
    return [hash is None or hash in found for hash, found in zip(wanted, places, strict=True)]


def _slip(entry: dict, places: list[set[str]], numbers: list[float]) -> str:
    """Return what would make the numbers that are not right yet right, if it is a usual slip."""
    wanted = entry["right"]
    open_ = [i for i, fits in enumerate(_agree(wanted, places)) if not fits]
    for text, change in SLIPS.items():
        values = [change(numbers[i]) if numbers[i] else math.inf for i in open_]
        if open_ and all(
            math.isfinite(value) and wanted[i] in _hashes(entry, i, value)
            for i, value in zip(open_, values, strict=True)
        ):
            return text
    return ""


def _is_short(entry: dict, places: list[set[str]], numbers: list[float]) -> bool:
    """Return whether the numbers that are not right have a digit too few, and are right else."""
    wanted, digits = entry["right"], entry["digits"]
    open_ = [i for i, fits in enumerate(_agree(wanted, places)) if not fits]
    return all(
        numbers[i]
        and math.isclose(float(rounded(numbers[i], digits - 1)), numbers[i], rel_tol=1e-12)
        and any(
            wanted[i] == hashed(entry["salt"], i, rounded(numbers[i], digits, shift))
            for shift in range(-5, 6)
        )
        for i in open_
    )


def _verdict(entry: dict, places: list[set[str]], numbers: list[float]) -> Verdict:
    """Compare with the right answer, then with the listed wrong ones, then with a slip."""
    table = _agree(entry["right"], places)
    if all(table):
        return Verdict(True, "right")
    for wanted, hint in entry["wrong"]:
        if all(_agree(wanted, places)):
            return Verdict(False, f"not yet. {hint}")
    found = [str(i + 1) for i, fits in enumerate(table) if fits]
    part = f"Number {' and '.join(found)} is right, the rest is not. " if found else ""
    if numbers and _is_short(entry, places, numbers):
        return Verdict(False, f"not yet. It may be right, but it needs {entry['digits']} digits.")
    slip = _slip(entry, places, numbers) if numbers else ""
    return Verdict(False, f"not yet. {part}{slip or entry['again']}")


def compare(
    tutorial: int, guess: Mapping[str, object], runs: Mapping[str, Callable[[], object]]
) -> None:
    """Run those experiments for which a guess is written down, and print both beside each other.

    An experiment without a guess (None) is not run, and nothing is told about it. After a result
    comes a comment, with the results of other seeds.
    """
    if set(guess) != set(runs):
        raise ValueError(f"guess one of {sorted(runs)}, not {sorted(guess)}: keep the names")
    for name, run in runs.items():
        if unanswered(guess[name]):
            print(f"{name}: no guess yet, so it is not run")
            continue
        try:
            result = shown(run())
        except (ArithmeticError, ValueError) as error:
            result = f"{type(error).__name__}: {error}"
        print(f"{name}: you guessed {shown(guess[name])}; the run gives {result}")
        print(textwrap.indent(textwrap.fill(comment(tutorial, name), 92), "    "))


def shown(value: object) -> str:
    """Return a result in three digits."""
    if isinstance(value, (tuple, list, np.ndarray)):
        return ", ".join(shown(part) for part in value)
    return f"{value:.3g}" if isinstance(value, (float, np.floating)) else str(value)


def comment(tutorial: int, name: str) -> str:
    """Return the paragraph on one experiment, which `comments.json` has in a packed form."""
    comments = json.loads((FOLDER / "comments.json").read_text(encoding="utf-8"))
    packed = comments.get(f"{tutorial}: {name}", "")
    return zlib.decompress(base64.b64decode(packed)).decode() if packed else ""
