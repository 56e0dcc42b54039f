"""Symbols in source text: body, docstring, and what takes their place."""

import pytest

from tutorials.assignments.blank import blanked
from tutorials.assignments.source_text import (
    body_of,
    definition,
    replaced,
    span,
    with_body,
    with_docstring,
)
from tutorials.assignments.task import Symbol, Task

SOURCE = '''"""Module."""

import functools


class Unit:
    """A unit f = a²."""

    slope = 1

    # before
    @functools.cache
    def f(
        self,
        a,  # the input
    ):
        """Return a²."""
        # the answer is a * a
        b = a  # a copy

        # squared
        return b * b
        # after the last statement

    def bare(self, a):
        # no docstring
        return a


def last(a):
    """Return a."""
    return a
'''
TASK = Task("01", "t", 1, "", (), (), "01.md", (), ())


def test_the_body_is_dedented_and_has_its_comments():
    assert body_of(SOURCE, "Unit.f").splitlines()[0] == "# the answer is a * a"
    assert body_of(SOURCE, "Unit.f").splitlines()[-1] == "# after the last statement"
    assert body_of(SOURCE, "Unit.bare") == "# no docstring\nreturn a\n"
    assert body_of(SOURCE, "last") == "return a\n"
    assert span(SOURCE, "Unit").is_class


@pytest.mark.parametrize("name", ["Unit.f", "Unit.bare", "last"])
def test_a_body_can_be_put_back(name):
    blank = with_body(SOURCE, name, "pass")
    assert body_of(blank, name) == "pass\n"
    back = with_body(blank, name, body_of(SOURCE, name))
    assert back == SOURCE


def test_everything_else_stays():
    lines = with_body(SOURCE, "Unit.f", "pass").splitlines()
    assert [x for x in SOURCE.splitlines() if x not in lines] == [
        "        # the answer is a * a",
        "        b = a  # a copy",
        "        # squared",
        "        return b * b",
        "        # after the last statement",
    ]


def test_the_three_kinds_of_docstrings():
    symbol = Symbol("x.py", "Unit.f", 'What "f" gives.\n\nShape \\(n,\\).')
    contract = blanked(SOURCE, TASK, symbol)
    assert "answer" not in contract and "a²." in contract, "the docstring of the class stays"
    space = {}
    exec(contract, space)
    assert space["Unit"].f.__doc__.strip().startswith('What "f" gives.')
    with pytest.raises(NotImplementedError, match="task 01: write Unit.f"):
        space["Unit"]().f(1)
    assert '"""Return a²."""' in blanked(SOURCE, TASK, symbol, "full")
    none = blanked(SOURCE, TASK, symbol, "none")
    assert "Return a²" not in none and "NotImplementedError" in none
    with pytest.raises(ValueError, match="docstrings must be one of"):
        blanked(SOURCE, TASK, symbol, "formula")


def test_docstrings_of_classes_modules_and_functions_without_one():
    assert with_docstring(SOURCE, "Unit", "A unit.").count("a²") == 1
    assert with_docstring(SOURCE, "", "Other.").startswith('"""Other."""\n\nimport')
    added = with_docstring(SOURCE, "Unit.bare", "Return it.")
    assert 'def bare(self, a):\n        """Return it."""\n        # no docstring' in added
    assert body_of(added, "Unit.bare") == body_of(SOURCE, "Unit.bare")


def test_what_is_not_there_is_refused():
    with pytest.raises(LookupError, match="'g' was not found"):
        definition(SOURCE, "Unit.g")
    with pytest.raises(ValueError, match="docstring only"):
        span('def f():\n    """Doc."""\n', "f")
    with pytest.raises(ValueError, match="on the line of its signature"):
        span("def f(): return 1\n", "f")
    with pytest.raises(ValueError, match="occurs 2 times"):
        replaced("a a", ("a", "b"))
    assert replaced("a a", "c") == "c" and replaced("a b", ("b", "c")) == "a c"
