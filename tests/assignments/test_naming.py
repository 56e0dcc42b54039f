"""Mistakes by their output, general signs, and hints that open only for their mistake."""

import numpy as np
import pytest

from tutorials.assignments import mistakes, naming
from tutorials.assignments.answers import Answer
from tutorials.assignments.grade import grade
from tutorials.assignments.library import PROJECT
from tutorials.assignments.locks import key_of, label, lock, unlock
from tutorials.assignments.manifest import TASKS
from tutorials.assignments.signs import right, sign
from tutorials.assignments.source_text import with_body
from tutorials.assignments.task import Check, Task, Variant, Wrong
from tutorials.assignments.two_mistakes import BOTH as AND
from tutorials.assignments.two_mistakes import merge, pairs, together

RNG = np.random.default_rng(0)
W = RNG.normal(size=(3, 4))
SQUARE = RNG.normal(size=(3, 3))


@pytest.mark.parametrize(("got", "want", "told"), [
    (-W, W, "the sign is wrong"),
    (0.25 * W, W, "every number is 0.25 times what it should be"),
    (W.T, W, "it is transposed: its shape is (4, 3)"),
    (SQUARE.T, SQUARE, "it is transposed"),
    (W[:2], W, "the shape is (2, 4), expected (3, 4)"),
    (W * np.nan, W, "not all numbers are finite"),
    (0 * W, W, "all numbers are 0"),
    (W + 1, W, "every number is off by the same amount"),
    (np.abs(W), W, "some signs are wrong"),
    (np.array([object()]), W, "it holds no numbers"),
    (W**2, W, ""),
    (np.array(2.0), np.array(1.0), ""),  # one number is always a multiple of another
    (np.array([True, False]), np.array([False, True]), ""),
])  # fmt: skip
def test_general_signs(got, want, told):
    assert sign((got,), (want,)).startswith(told) and bool(sign((got,), (want,))) == bool(told)
    assert not right((got,), (want,), 1e-9) and right((want,), (want,), 0.0)


def test_the_first_wrong_array_is_told_and_the_number_of_arrays():
    assert sign((W, -W), (W, W)) == "array 2 of 2: the sign is wrong"
    assert sign((W,), (W, W)) == "1 array came, expected 2"
    assert not right((W,), (W, W), 1.0)


def test_a_tolerance_is_relative_to_large_entries_and_absolute_for_small_ones():
    large, small = np.array([1e6]), np.array([1e-6])
    assert right((large + 1e-4,), (large,), 1e-9) and not right((large + 1e-2,), (large,), 1e-9)
    assert right((small + 1e-10,), (small,), 1e-9) and not right((small + 1e-8,), (small,), 1e-9)


def got(variant):
    return (W,)


CHECKS = (Check("a", 1, got, got), Check("b", 1, got, got, hidden=True, property="b holds"))
WRONG = (Wrong("half", "It is halved.", {}), Wrong("half and sign", "Halved and turned.", {}))
TASK = Task("01", "t", 1, "", (), (), "01.md", CHECKS, WRONG)
HALF = [Answer((0.5 * W,)), Answer((W,))]
BOTH = [Answer((0.5 * W,)), Answer((-W,))]
KNOWN = {"half": HALF, "half and sign": BOTH}
WANTS = [(W,), (W,)]


def test_the_mistake_that_agrees_on_most_checks_is_named_first():
    assert naming.mistakes_like(TASK, HALF, WANTS, KNOWN) == {0: ["half", "half and sign"]}
    both = naming.mistakes_like(TASK, BOTH, WANTS, KNOWN)
    assert both == {0: ["half and sign", "half"], 1: ["half and sign"]}
    visible = naming.mistakes_like(TASK, BOTH, WANTS, KNOWN, visible_only=True)
    assert set(visible) == {0} and set(visible[0]) == {"half", "half and sign"}


def test_what_is_told_never_holds_what_should_have_come():
    other = Answer((W**2,))
    told = naming.explain(TASK, CHECKS[1], other, (W,))
    assert told == "This must hold and does not: b holds."
    assert not any(f"{value:.3f}" in told for value in W.ravel())
    assert naming.explain(TASK, CHECKS[0], HALF[0], (W,), ["half"]) == "It is halved."
    factor = naming.explain(TASK, CHECKS[0], Answer((0.5 * W,)), (W,))
    assert factor.startswith("Every number is 0.5 times")


def test_failures_are_the_same_if_their_words_are():
    a, b = (Answer(failure=f"ValueError: no ({p})", kind="ValueError") for p in ("x:1", "y:2"))
    assert naming.same(a, b) and not naming.same(a, Answer(failure="ValueError: other"))
    assert not naming.same(a, Answer((W,))) and not naming.same(Answer((W,)), Answer((W, W)))
    nan = Answer((np.array([np.nan, 1.0]),))
    assert naming.same(nan, nan) and not naming.same(nan, Answer((np.array([1.0, np.nan]),)))


def test_a_hint_opens_for_outputs_that_are_equal_up_to_rounding_only():
    key = key_of("01 0", (0.5 * W,))
    locked = lock("It is halved: 1/2.", key)
    assert "halved" not in locked and unlock(locked, key) == "It is halved: 1/2."
    rounded = key_of("01 0", (0.5 * W * (1 + 1e-15),))
    assert rounded == key and label(key) != key.hex()[:16]
    others = [(0.25 * W,), (W,), (-0.5 * W,), (0.5 * W.T,), (0.5 * W, 0.5 * W), None]
    assert all(key_of("01 0", arrays) != key for arrays in others)
    assert key_of("01 1", (0.5 * W,)) != key
    # A power of two changes the exponent only, in the second array too.
    assert key_of("c", (W, W)) != key_of("c", (W, 0.25 * W))
    assert key_of("c", None, "ValueError: x") != key_of("c", None, "ValueError: y")


def test_equal_outputs_have_one_key_although_they_are_rounded():
    """Numbers of simple size, such as 1, 0.5 and 0, do not stand on the border of two steps."""
    rng = np.random.default_rng(1)
    for values in (np.arange(-8, 9) / 8.0, np.eye(3), rng.normal(size=2000)):
        key = key_of("c", (values,))
        for _ in range(20):
            noise = 1 + 1e-14 * rng.choice([-1, 0, 1], size=values.shape)
            assert key_of("c", (values * noise + 1e-17,)) == key


def test_two_changes_of_one_body_go_together_if_they_are_apart():
    base = "a = 2 * x\nreturn a + b\n"
    assert merge(base, "a = x\nreturn a + b\n", "a = 2 * x\nreturn a\n") == "a = x\nreturn a\n"
    assert merge(base, "a = x\nreturn a + b\n", "a = 3 * x\nreturn a + b\n") is None
    assert merge(base, "a = 2 * x\nreturn a + \n", "a = 2 * x\nreturn a\n") is None
    assert merge("", "a", "b") is None
    assert merge("f(x)\n", "f(x\n", "g(x)\n") is None, "no Python"


@pytest.mark.slow
def test_pairs_of_a_task():
    """Edits of one function, functions of one task, and bodies that are written out."""
    by_id = {task.id: task for task in TASKS}
    for task_id in ("01", "12", "17"):
        task = by_id[task_id]
        found = pairs(task)
        assert found and all(together(task, *two) for two in found.values())
    for task in TASKS:
        assert not any(AND in name for name in mistakes.hints(task)), task.id
        for name, plain in task.plain.items():
            bodies = [w.replace[name] for w in task.wrong if isinstance(w.replace.get(name), str)]
            assert bodies and plain not in bodies, task.id
    hint = mistakes.hint(by_id["01"], next(iter(pairs(by_id["01"]))))
    assert hint.startswith("Two mistakes at once. The first: ") and " The second: " in hint


@pytest.mark.slow
def test_two_mistakes_at_once_are_named(tmp_path):
    """Control: one of the two alone is named as before, and a third mistake has no name."""
    task = next(task for task in TASKS if task.id == "12")
    file, name = task.symbols[0].file, task.symbols[0].name
    first, second = (next(w for w in task.wrong if w.name == n)
                     for n in ("1/n missing in the derivative", "value divided by n"))  # fmt: skip

    def told(folder, body):
        path = tmp_path / folder / file
        path.parent.mkdir(parents=True)
        source = (PROJECT / file).read_text(encoding="utf-8")
        path.write_text(with_body(source, name, body), encoding="utf-8")
        checks = grade(tmp_path / folder, [task], Variant(0)).tasks[0].checks
        return {c.mistake: c.message for c in checks if not c.right}

    both = together(task, first, second)[name]
    assert f"{first.name}{AND}{second.name}" in told("both", both)
    messages = " ".join(told("again", both).values())
    assert "Two mistakes at once" in messages and second.hint in messages
    assert set(told("one", first.replace[name])) == {first.name}
    other = told(
        "other", both.replace("self.lam / n *", "1.37 * self.lam *").replace("rho / q)", "rho)")
    )
    assert not any(AND in name for name in other)
