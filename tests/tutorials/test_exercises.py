"""The exercises: every answer computed, every usual mistake named, and no answer in the files."""

import ast
import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.tutorials import packed
from tests.tutorials.answers import exercises
from tests.tutorials.hashes import text
from tutorials.exercises import EXERCISES, check, comment, compare, judge, plain, rounded

FOLDER = Path(__file__).parents[2] / "tutorials"
ALL = exercises()
every_exercise = pytest.mark.parametrize("number", ALL)


def values(answer):
    """The numbers of an answer, those that stand for any number left out."""
    parts = answer if isinstance(answer, (tuple, list, np.ndarray)) else (answer,)
    return [part for part in parts if part is not None]


def filled(answer, right):
    """A wrong answer with the right numbers in the places that may be any."""
    if not isinstance(answer, (tuple, list)) or None not in answer:
        return answer
    return tuple(b if a is None else a for a, b in zip(answer, right, strict=True))


def moved(value, digits, shift):
    """A value moved by units of its last digit, unless it has fewer digits then (1.00, 0.999)."""
    other = float(rounded(value, digits, shift)) if value else value
    power = rounded(value, digits).split("e")[-1]
    return other if rounded(other, digits).split("e")[-1] == power else value


def test_the_committed_hashes_are_those_of_the_answers():
    stored = (FOLDER / "exercises.json").read_text(encoding="utf-8")
    assert stored == text(), "run python -m tests.tutorials"


@pytest.mark.one_in(24)
@every_exercise
def test_the_right_answer_is_right(number):
    exercise = ALL[number]
    answer = exercise.right
    assert judge(number, answer).right
    if exercise.digits:
        shorter = [float(rounded(float(v), exercise.digits)) for v in values(answer)]
        assert judge(number, shorter).right, "rounded as asked"
        for shift in (-1, 1):
            near = [moved(float(v), exercise.digits, shift) for v in values(answer)]
            assert judge(number, near).right, "the neighbours in the last digit"
        for shift in (-4, 4):
            far = [float(rounded(float(v), exercise.digits + 1, 10 * shift)) if v else 1.0
                   for v in values(answer)]  # fmt: skip
            assert not judge(number, far).right, "four units off"


@pytest.mark.one_in(8)
@every_exercise
def test_the_usual_mistakes_are_named(number):
    exercise = ALL[number]
    assert exercise.wrong, "what is the usual mistake?"
    for hint, answer in exercise.wrong.items():
        verdict = judge(number, filled(answer, exercise.right))
        assert not verdict.right and verdict.text == f"not yet. {hint}", (answer, verdict)


@pytest.mark.one_in(8)
@every_exercise
def test_other_answers_get_a_first_step_and_nothing_is_given_away(number, capsys):
    exercise = ALL[number]
    other = {str: "something else"}.get(type(exercise.right), 123.456)
    if exercise.digits:
        other = [123.456] * len(values(exercise.right))
    verdict = judge(number, other)
    assert not verdict.right and verdict.text.endswith(exercise.again)
    assert judge(number, None).text == judge(number, (None, 1)).text == "not answered yet"
    texts = [exercise.again, *exercise.wrong]
    assert all(one.endswith((".", "?")) for one in texts), texts
    check(number, other)
    assert capsys.readouterr().out == f"{number}: {verdict.text}\n"
    if exercise.digits:
        for told in [float(n) for text in texts for n in re.findall(r"\d+\.\d+", text)]:
            assert all(rounded(told, 3) != rounded(float(v), 3) for v in values(exercise.right))


def test_slips_are_named():
    """A wrong sign, a factor of 2, and one number of several."""
    number = next(n for n, e in ALL.items() if e.digits == 3 and not isinstance(e.right, tuple))
    right = ALL[number].right
    slips = {"sign": -right, "twice": 2 * right, "half": right / 2, "one divided": 1 / right}
    said = {change: judge(number, value).text for change, value in slips.items()}
    assert all(change in text for change, text in said.items()), said
    number = next(n for n, e in ALL.items() if e.digits and isinstance(e.right, tuple))
    right = list(ALL[number].right)
    right[-1] = 55.5
    assert "Number 1" in judge(number, right).text


def test_a_digit_too_few_is_no_mistake_in_the_formula():
    """A right answer that is rounded too much is not told to compute anew."""
    for number, exercise in ALL.items():
        if exercise.digits != 3:
            continue
        short = [float(rounded(float(v), 2)) for v in values(exercise.right)]
        verdict = judge(number, short)
        assert verdict.right or "needs 3 digits" in verdict.text, (number, verdict)
    assert "needs" not in judge("1.1", -0.57).text


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("seven", "is not"),
        ((1.0, 2.0, 3.0, 4.0, 5.0, 6.0), "you gave 6"),
        (float("nan"), "not finite"),
        (object(), "is not"),
        (10**400, "is not"),
        (1 + 2j, "is not"),
        (np.array([1 + 2j]), "is not"),
    ],
)
def test_what_is_no_answer_is_said(answer, said):
    assert said in judge("1.1", answer).text and not judge("1.1", answer).right


def test_forms_of_a_word_and_of_a_shape():
    assert plain("Yes. ") == plain(True) == "yes"
    assert plain(np.array([5, 3])) == plain([5, 3.0]) == plain((5, 3)) == "(5, 3)"
    assert judge("1.4", [(5, 3), (7, 5), (3,)]).right
    assert plain("No   noise") == "no noise" and plain(np.array(7)) == plain(np.float32(7)) == "7"
    for answer in (np.array(50992), [50992], (50992.0,), np.array([50992]), " 50992 "):
        assert judge("1.6", answer).right, answer
    for answer in (10**400, 3 + 0j, np.complex128(3), float("inf"), [], ""):
        assert not judge("1.6", answer).right, answer
    assert "not answered" in judge("1.4", ((5, 3), (7, None), (3,))).text
    assert "not answered" in judge("1.2", np.array([0.5, None])).text
    with pytest.raises(ValueError, match=r"no exercise '99.9'"):
        judge("99.9", 1)


def numbers(text: str) -> set[str]:
    """The numbers with at least three digits that stand in a text, in three digits."""
    found = re.findall(r"(?<![\w.])\d*\.?\d+(?:e-?\d+)?", text.replace("−", "-"))
    return {rounded(float(n), 3) for n in found if len(n.strip("0.").replace(".", "")) >= 3}


@pytest.mark.slow
def test_no_file_of_the_students_contains_an_answer():
    """Neither with its digits nor, for a word or a shape, as an argument of `check`."""
    texts = {p.name: p.read_text(encoding="utf-8") for p in FOLDER.glob("[0-9]*.py")}
    hints = json.dumps([[e["wrong"], e["again"]] for e in EXERCISES.values()], ensure_ascii=False)
    hinted = numbers(re.sub(r'"[0-9a-f]{16}"', "", hints))
    shown = {name: numbers(text) for name, text in texts.items()}
    for number, exercise in ALL.items():
        (name,) = (name for name in texts if int(name[:2]) == int(number.split(".")[0]))
        told = shown[name] | hinted
        if exercise.digits:
            for value in values(exercise.right):
                digits = rounded(abs(float(value)), 3)
                if len(digits.split("e")[0].strip("0.").replace(".", "")) >= 3:
                    assert digits not in told, f"{number}: {value} stands in {name}"
    for source in texts.values():
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "check":
                assert isinstance(call.args[1], ast.Name) and call.args[1].id == "answer"


def test_a_search_for_answers_can_find_one():
    assert rounded(0.468365, 3) in numbers("gw = −0.468365") and not numbers("x = 0.5, 12 %")


def sentences(paragraph: str) -> list[str]:
    """The sentences of a comment that tell a number or are long enough to be told apart."""
    parts = re.split(r"(?<=[.:;]) ", paragraph)
    return [part for part in parts if len(part) >= 25]


def test_no_file_of_the_students_contains_the_result_of_an_experiment():
    """Neither a tutorial nor what lies beside it has a sentence of a comment."""
    files = [p for p in FOLDER.iterdir() if p.suffix in (".py", ".json", ".md", ".txt")]
    texts = {p.name: " ".join(p.read_text(encoding="utf-8").replace("\n# ", "\n").split())
             for p in files}  # fmt: skip
    assert {"exercises.py", "exercises.json", "comments.json"} <= set(texts)
    found = packed.comments()
    assert len(found) > 100 and sum(map(len, map(sentences, found.values()))) > len(found)
    for name, paragraph in found.items():
        for sentence in sentences(paragraph):
            told = [file for file, text in texts.items() if sentence in text]
            assert not told, f"{name}: {sentence!r} stands in {told}"
    plain_form = json.dumps(found, ensure_ascii=False)  # a control: unpacked, it is found
    assert all(s in plain_form for p in found.values() for s in sentences(p) if '"' not in s)


def test_the_packed_comments_are_those_of_the_file_and_are_unpacked():
    stored = (FOLDER / "comments.json").read_text(encoding="utf-8")
    assert stored == packed.text(), "run python -m tests.tutorials"
    for name, paragraph in packed.comments().items():
        number, _, experiment = name.partition(": ")
        assert comment(int(number), experiment) == paragraph
    assert comment(99, "nothing") == ""


def test_an_experiment_is_run_after_a_guess_only(capsys):
    ran = []
    runs = {"a": lambda: ran.append("a") or 1.23456, "b": lambda: ran.append("b") or 2}
    compare(1, {"a": None, "b": None}, runs)
    assert not ran and capsys.readouterr().out.count("no guess yet") == 2
    compare(1, {"a": 1.0, "b": None}, runs)
    compare(1, {"a": (None, None), "b": None}, runs)
    assert ran == ["a"], "no part of the guess is written down"
    shown = capsys.readouterr().out
    assert ran == ["a"] and "a: you guessed 1; the run gives 1.23" in shown
    with pytest.raises(ValueError, match="keep the names"):
        compare(1, {"c": 1.0}, runs)


def test_an_experiment_may_fail_and_says_how(capsys):
    def diverges():
        raise ArithmeticError("too large")

    compare(1, {"SGD(3.0)": "no idea"}, {"SGD(3.0)": diverges})
    shown = capsys.readouterr().out
    assert "you guessed no idea; the run gives ArithmeticError: too large" in shown
    assert "grows without bound" in shown, "the comment follows"
