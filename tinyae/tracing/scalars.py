"""Rules: how one entry of an array comes about, as a formula of single numbers.

A rule is a line such as

    gW1[j,k] = Σ_i x[i,j]·ga1[i,k]

To the left of the equals sign stands an entry, to the right a sum of terms. The letters of the
entry are given, and a term may begin with a sum over other letters, after a factor if there is one
(λ/n·Σ_ik abs(h1[i,k])). A sum extends over its own term only. Names without brackets are single
numbers. The same text is shown to the student, filled with numbers, and evaluated, so that what is
shown cannot differ from what is computed. Rules spell out the equations of sections 14.1 to 14.8;
the step to which a rule belongs names its equation.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from tinyae.tracing.functions import FUNCTIONS

SHOWN = 8  # terms of a sum that are written out; of a longer one the first and the last ones
_TOKEN = re.compile(r"([^\s\[\]()·/+−,²]+)(?:\[([a-z0-9,+]+)\])?")
_SUM = re.compile(r"(?:(.*)·)?Σ_([a-z]+) (.*)")
_SIGNS = str.maketrans({"·": "*", "−": "-", "²": "**2"})
_OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


class Expansion(NamedTuple):
    """One entry: its name, its formula with the indices filled in, with numbers, and its value."""

    entry: str
    symbols: str
    numbers: str
    value: float


def expand(rule: str, inputs: Mapping[str, NDArray], index: tuple[int, ...]) -> Expansion:
    """Return the sum behind the entry at `index`; `inputs` are the arrays by name."""
    left, _, right = rule.partition(" = ")
    name, letters = cast(re.Match, _TOKEN.fullmatch(left)).groups()
    given = dict(zip(letters.split(",") if letters else (), index, strict=True))
    symbols, numbers, total = [], [], 0.0
    for sign, term in _terms(right):
        shown, filled, value = _term(term, inputs, given)
        if "−" in sign and term.startswith("Σ"):  # the minus is that of every term of the sum
            filled = f"({filled})"
        symbols.append(f"{sign}{shown}")
        numbers.append(f"{sign}{filled}")
        total += -value if "−" in sign else value
    return Expansion(_entry(name, index), "".join(symbols), "".join(numbers), total)


def names_in(rule: str) -> list[str]:
    """Return the names on the right side of a rule, each once, in their order."""
    found = {}
    for match in _TOKEN.finditer(_without_sums(rule.partition(" = ")[2])):
        if not _is_number(match[1]) and match[1] not in FUNCTIONS:
            found[match[1]] = None
    return list(found)


def number(value: float | NDArray) -> str:
    """Return a number with six digits and a true minus sign."""
    return f"{float(value) + 0.0:.6g}".replace("-", "−")  # + 0.0: −0 becomes 0


def _entry(name: str, index: tuple[int, ...]) -> str:
    return f"{name}[{','.join(map(str, index))}]" if index else name


def _terms(right: str) -> list[tuple[str, str]]:
    """Split at the signs outside brackets: pairs of a sign with its spaces, and a term."""
    found, depth, sign, start = [], 0, "", 0
    if right.startswith("−"):
        sign, start = "−", 1
    for i, letter in enumerate(right):
        depth += (letter in "([") - (letter in ")]")
        if depth == 0 and letter in "+−" and right[i - 1 : i + 2] == f" {letter} ":
            found.append((sign, right[start : i - 1]))
            sign, start = f" {letter} ", i + 2
    return [*found, (sign, right[start:])]


def _term(term: str, inputs: Mapping, given: dict[str, int]) -> tuple[str, str, float]:
    """Return a term with its indices, with numbers, and its value."""
    match = _SUM.fullmatch(term)
    if match is None:
        return _indexed(term, given), _filled(term, inputs, given), _value(term, inputs, given)
    factor, letters, body = match.groups()
    ranges = [_length(letter, body, inputs) for letter in letters]
    rows = [
        given | dict(zip(letters, places, strict=True)) for places in product(*map(range, ranges))
    ]
    total = sum(_value(body, inputs, row) for row in rows)
    shown = rows if len(rows) <= SHOWN else [*rows[: SHOWN - 2], None, rows[-1]]
    left_out = f"… {len(rows) - SHOWN + 1} more …"
    filled = " + ".join(left_out if row is None else _filled(body, inputs, row) for row in shown)
    symbols = f"Σ_{letters} {_indexed(body, given)}"
    if factor is None:
        return symbols, filled or "0", total
    scale = _value(factor, inputs, given)
    return f"{_indexed(factor, given)}·{symbols}", (
        f"{_filled(factor, inputs, given)}·({filled})"
    ), scale * total  # fmt: skip


def _length(letter: str, body: str, inputs: Mapping) -> int:
    """Return how many values an index has: the length of an axis that it runs along."""
    for match in _TOKEN.finditer(body):
        axes = match[2].split(",") if match[2] else []
        if letter in axes:
            return np.shape(inputs[match[1]])[axes.index(letter)]
    raise KeyError(f"no array has the index {letter} in {body}")


def _indexed(text: str, given: dict[str, int]) -> str:
    """Put the known indices into a formula."""

    def entry(match: re.Match) -> str:
        if match[2] is None:
            return match[0]
        return f"{match[1]}[{','.join(_place(i, given) for i in match[2].split(','))}]"

    return _TOKEN.sub(entry, text)


def _filled(text: str, inputs: Mapping, given: dict[str, int]) -> str:
    """Put numbers into a formula, negative ones in brackets."""

    def entry(match: re.Match) -> str:
        if match[1] in FUNCTIONS or _is_number(match[1]):
            return match[0]
        shown = number(_at(match, inputs, given))
        inside = match.start() and text[match.start() - 1] == "(" and text[match.end() :][:1] == ")"
        return f"({shown})" if shown.startswith("−") and not inside else shown

    return _TOKEN.sub(entry, text)


def _value(text: str, inputs: Mapping, given: dict[str, int]) -> float:
    """Evaluate a formula."""
    values: list[float] = []

    def place(match: re.Match) -> str:
        if match[1] in FUNCTIONS:
            return match[0]
        values.append(0.5 if match[1] == "½" else _at(match, inputs, given))
        return f"v{len(values) - 1}"

    code = _TOKEN.sub(place, text).translate(_SIGNS)
    with np.errstate(all="ignore"):
        try:
            return _evaluated(ast.parse(code, mode="eval").body, values)
        except OverflowError:
            return math.inf
        except (ZeroDivisionError, ValueError):  # 1/0 or log 0: a training that has diverged
            return math.nan


def _evaluated(node: Any, values: list[float]) -> float:
    if isinstance(node, ast.BinOp):
        sides = _evaluated(node.left, values), _evaluated(node.right, values)
        return _OPERATIONS[type(node.op)](*sides)
    if isinstance(node, ast.UnaryOp):
        return -_evaluated(node.operand, values)
    if isinstance(node, ast.Call):
        return FUNCTIONS[cast(ast.Name, node.func).id](
            *(_evaluated(one, values) for one in node.args)
        )
    if isinstance(node, ast.Constant):  # the exponent of a square
        return cast(float, node.value)
    return values[int(cast(ast.Name, node).id[1:])]


def _at(match: re.Match, inputs: Mapping, given: dict[str, int]) -> float:
    if _is_number(match[1]):
        return float(match[1])
    index = tuple(int(_place(i, given)) for i in (match[2] or "").split(",") if i)
    return float(np.asarray(inputs[match[1]])[index])


def _place(letter: str, given: dict[str, int]) -> str:
    """Return an index as a number if it is known; "k+2" is two places after k."""
    letter, _, offset = letter.partition("+")
    if letter not in given:
        return f"{letter}+{offset}" if offset else letter
    return str(given[letter] + int(offset or 0))


def _is_number(text: str) -> bool:
    return text == "½" or text[0].isdigit()


def _without_sums(text: str) -> str:
    return re.sub(r"Σ_[a-z]+ ", "", text)
