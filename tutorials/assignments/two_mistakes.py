"""Two listed wrong solutions at once, as a student with two mistakes hands them in.

Mistakes in two functions go together. Of two changes of the right body of one function, each must
leave the text that the other one changes. Bodies that are written out are compared word by word
with a right one, `Task.plain`, and both changes are made in it if they are apart.
"""

from __future__ import annotations

import ast
import difflib
import itertools
import re
import textwrap

from tutorials.assignments.library import PROJECT
from tutorials.assignments.source_text import body_of, replaced
from tutorials.assignments.task import Task, Variant, Wrong
from tutorials.assignments.wrong_library import put_in

BOTH = " & "  # between the names of two mistakes at once
WORDS = re.compile(r"\w+|[^\S\n]+|\n *|[^\w\s]")
Change = str | tuple[str, str]


def put_in_both(task: Task, first: Wrong, second: Wrong, variant: Variant) -> None:
    """Make the library of this process wrong by two listed mistakes at once."""
    put_in(task, Wrong("", "", together(task, first, second) or {}), variant)


def pairs(task: Task) -> dict[str, tuple[Wrong, Wrong]]:
    """Return all two listed wrong solutions that go together, by a name for both."""
    return {
        f"{first.name}{BOTH}{second.name}": (first, second)
        for first, second in itertools.combinations(task.wrong, 2)
        if together(task, first, second) is not None
    }


def together(task: Task, first: Wrong, second: Wrong) -> dict[str, Change] | None:
    """Return what two wrong solutions replace together, or None if they exclude each other."""
    both = {**first.replace, **second.replace}
    for name in first.replace.keys() & second.replace.keys():
        a, b = first.replace[name], second.replace[name]
        if isinstance(a, str) and isinstance(b, str):
            merged = merge(task.plain.get(name, ""), a, b)
        elif isinstance(a, str) or isinstance(b, str):
            return None
        else:
            merged = _both_edits(right_body(task, name), a, b)
        if merged is None:
            return None
        both[name] = merged
    return both


def _both_edits(body: str, a: tuple[str, str], b: tuple[str, str]) -> str | None:
    """Return a body with both edits, or None if one changes what the other one looks for."""
    one, other = replaced(body, a), replaced(body, b)
    if one.count(b[0]) != 1 or other.count(a[0]) != 1:
        return None
    merged = replaced(one, b)
    return merged if merged == replaced(other, a) else None


def merge(base: str, a: str, b: str) -> str | None:
    """Return a text with the changes of two others, or None if these meet or there is no base."""
    if not base:
        return None
    words = WORDS.findall(base)
    changes = []
    for text in (a, b):
        matcher = difflib.SequenceMatcher(None, words, other := WORDS.findall(text), False)
        changes += [(i, j, other[k:m]) for tag, i, j, k, m in matcher.get_opcodes()
                    if tag != "equal"]  # fmt: skip
    changes.sort(key=lambda change: change[:2])
    if any(left[1] >= right[0] for left, right in itertools.pairwise(changes)):
        return None
    for i, j, new in reversed(changes):
        words[i:j] = new
    merged = "".join(words)
    try:
        ast.parse("def body():\n" + textwrap.indent(merged, "    "))
    except SyntaxError:  # the two changes do not fit
        return None
    return merged


def right_body(task: Task, name: str) -> str:
    """Return the right body of a symbol of a task, or the solution of a transfer task."""
    if name == task.file:
        return task.solution
    file = next(symbol.file for symbol in task.symbols if symbol.name == name)
    return body_of((PROJECT / file).read_text(encoding="utf-8"), name)
