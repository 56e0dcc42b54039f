"""`explain` and `quiz`: the sum behind an entry, and answers right and wrong."""

from functools import cache

import numpy as np
import pytest

from tests.traced_models import CASES, X, dense
from tinyae import L1, SGD, Contractive, GaussianNoise, Tanh, trace
from tinyae.tracing import Step, Trace
from tinyae.tracing.quiz import agrees, read_number, verdict


@cache  # and not at import: a library with a mistake in it must fail a test
def traced():
    model = dense((2, 3), activation=Tanh, corruption=GaussianNoise(0.3),
                  penalties=[L1(0.1), Contractive(0.1)])  # fmt: skip
    return trace(model, X, rng=1, optimizer=SGD(0.1))


def digits(value):
    return f"{value:.6g}".replace("-", "−")


def test_an_entry_is_the_sum_of_its_factors():
    text = traced().explain("gW1_L", (0, 1))
    x, g = traced()["x̃"].value, traced()["ga1"].value
    for i in range(3):
        for factor in (x[i, 0], g[i, 1]):
            assert digits(factor) in text
    assert f"= {digits(traced()['gW1_L'].value[0, 1])}" in text
    assert "Σ_i x̃[i,0]·ga1[i,1]" in text and "Linear.backward" in text and "6.5" in text


@pytest.mark.parametrize(("name", "index", "parts"), [
    ("x̃", (0, 1), ["x[0,1] + σ·ε[0,1]", "0.3·"]),
    ("a1", (1, 2), ["Σ_j x̃[1,j]·W1[j,2] + b1[2]"]),
    ("h1", (1, 2), ["tanh(a1[1,2])", "tanh("]),
    ("cost", 2, ["½·Σ_j (x[2,j] − r[2,j])²", "14.9"]),
    ("L", (), ["1/n·Σ_i cost[i]", "1/3·("]),
    ("Ω1", (), ["λ/n·Σ_ik abs(h1[i,k])", "0.1/3·(abs("]),
    ("Ω2", (), ["s1[i,k]²·q1[k]", "14.18"]),
    ("loss", (), ["L + Ω1 + Ω2"]),
    ("gr", (0, 0), ["(r[0,0] − x[0,0])/n", ")/3"]),
    ("gh1_Ω1", (0, 0), ["λ/n·sign(h1[0,0])", "sign("]),
    ("gW1_open", (1, 0), ["2·λ/n·W1[1,0]·Σ_i s1[i,0]²"]),
    ("gs1", (1, 0), ["2·λ/n·s1[1,0]·q1[0]"]),
    ("f″1", (1, 0), ["−2·h1[1,0]·(1 − h1[1,0]²)"]),
    ("ga1_Ω", (1, 0), ["gs1[1,0]·f″1[1,0]"]),
    ("gW1_hidden", (1, 0), ["Σ_i x̃[i,1]·ga1_Ω[i,0]"]),
    ("gb2", (1,), ["Σ_i gr[i,1]"]),
    ("gh1_L", (1, 0), ["Σ_k gr[1,k]·W2[0,k]"]),
    ("ga1", (1, 0), ["gh1[1,0]·s1[1,0]"]),
    ("s1", (1, 0), ["1 − h1[1,0]²"]),
    ("gW1", (1, 0), ["gW1_open[1,0] + gW1_hidden[1,0] + gW1_L[1,0]"]),
    ("W1_new", (1, 0), ["W1[1,0] − η·gW1[1,0]", "0.1·"]),
])  # fmt: skip
def test_every_rule_says_what_it_adds(name, index, parts):
    text = traced().explain(name, index)
    for part in parts:
        assert part in text
    value = traced()[name].value[index]
    assert f"\n  = {digits(value)}\n" in text


def test_what_has_no_rule_says_where_it_comes_from():
    text = traced().explain("ε", (0, 0))
    assert text.startswith(f"ε[0,0] = {digits(traced()['ε'].value[0, 0])}\n  drawn from N(0, I)")
    make, x = CASES["deep"]
    deep = trace(make(), x)
    assert "∂h2/∂x, from x" in deep.explain("J", (0, 0, 0))
    assert deep.explain("W1", (0, 0)).count("\n") == 1


def test_entries_are_counted_from_the_end_too():
    assert traced().explain("a1", (-1, -1)) == traced().explain("a1", (2, 2))
    assert traced().explain(traced().number("a1"), (2, 2)) == traced().explain("a1", [2, 2])


@pytest.mark.parametrize("index", [(0,), (3, 0), (0, 3), (0, 0, 0), (), "a", (0, 0.5), (True, 0)])
def test_entries_that_do_not_exist(index):
    """The message says which shape there is."""
    with pytest.raises(ValueError, match=r"a1 has shape \(3, 3\), .* such as \(0, 0\)"):
        traced().explain("a1", index)


def test_steps_that_do_not_exist():
    with pytest.raises(ValueError, match="no step is called 'h9'; there are x, W1"):
        traced().explain("h9", (0, 0))
    with pytest.raises(ValueError, match="name is one of 0 to"):
        traced().explain(1000, (0, 0))
    for key in (None, 3.0, True):
        with pytest.raises(TypeError, match="name must be the name or the number of a step"):
            traced().explain(key, (0, 0))
    with pytest.raises(TypeError, match="step must be the name or the number of a step"):
        traced().draw(1.5)
    with pytest.raises(ValueError, match="loss is one number: leave the index out"):
        traced().explain("loss", 0)
    with pytest.raises(TypeError, match="name must be a text"):
        traced().number(3)


class Student:
    """A student who knows the answers, apart from a factor."""

    def __init__(self, trace, factor=1.0, first=()):
        self.trace, self.factor, self.asked, self.first = trace, factor, [], list(first)

    def __call__(self, question):
        self.asked.append(question)
        if self.first:
            return self.first.pop(0)
        if ";  " not in question:
            question = self.asked[0]
        entry = question.split(";  ")[1].removesuffix(" = ")
        name, _, index = entry.rstrip("]").partition("[")
        index = tuple(int(i) for i in index.split(",") if i)
        return f"{self.factor * self.trace[name].value[index]:.4g}"


def test_a_quiz_counts_right_answers_and_explains(capsys):
    student = Student(traced())
    assert traced().quiz(rng=1, questions=12, ask=student) == 12
    out = capsys.readouterr().out
    assert out.count("right:") == 12 and "not" not in out
    assert "Σ_" in out and len(set(student.asked)) > 8
    assert student.asked[0].startswith("1/12  ")


@pytest.mark.parametrize("factor", [-1.0, 2.0, 1.02])
def test_a_quiz_tells_what_is_wrong(factor, capsys):
    asked = Student(traced(), factor)
    right = traced().quiz(rng=1, questions=12, ask=asked)
    zeros = capsys.readouterr().out.count("right:")
    assert right == zeros <= 1, "only 0 is right with any factor"


def test_a_quiz_asks_again_for_a_number_and_can_be_left(capsys):
    student = Student(traced(), first=["what?", ""])
    assert traced().quiz(rng=1, questions=1, ask=student) == 1
    assert student.asked[1] == student.asked[2] == "a number such as -0.125, or q to stop: "


def test_a_quiz_may_end_before_its_questions(capsys):
    assert traced().quiz(questions=5, ask=lambda question: "q") == 0

    def no_more(question):
        raise EOFError

    assert traced().quiz(questions=5, ask=no_more) == 0
    assert capsys.readouterr().out == ""


def test_a_quiz_of_one_seed_is_the_same_and_of_another_is_not(capsys):
    first, second, third = Student(traced()), Student(traced()), Student(traced())
    traced().quiz(rng=1, ask=first)
    traced().quiz(rng=1, ask=second)
    traced().quiz(rng=2, ask=third)
    assert first.asked == second.asked != third.asked and len(first.asked) == 5


def test_what_a_quiz_refuses():
    with pytest.raises(TypeError, match="ask must be a function"):
        traced().quiz(ask="1")
    with pytest.raises(ValueError, match="questions must be"):
        traced().quiz(questions=0)
    bare = Trace([Step("given", "x", "given", np.zeros(2))], loss=0.0, gradient=np.zeros(1))
    with pytest.raises(ValueError, match="no step of this trace has a rule"):
        bare.quiz()


@pytest.mark.parametrize(("answer", "value", "right"), [
    (0.123, 0.12345, True), (0.124, 0.12345, False), (0.1234, 0.12345, True),
    (-0.123, 0.12345, False), (123.0, 123.4, True), (1230.0, 1234.0, True),
    (1200.0, 1234.0, False), (0.0, 0.0, True), (1e-3, 0.0, False), (1.0, 0.9999, True),
    (float("nan"), 1.0, False), (1.0, float("inf"), False),
])  # fmt: skip
def test_three_digits(answer, value, right):
    assert agrees(answer, value) is right


def test_what_is_zero_without_rounding_may_be_answered_by_zero(capsys):
    """0.1 + 0.2 − 0.3 is 6e-17 in floating point."""
    inputs = {"a": np.array([0.1]), "b": np.array([0.2]), "c": np.array([0.3])}
    value = inputs["a"] + inputs["b"] - inputs["c"]
    step = Step("p", "d", "a + b − c", value, inputs, rule="d[i] = a[i] + b[i] − c[i]")
    assert 0 < abs(value[0]) < 1e-16 and verdict(step, (0,), 0.0)
    assert not verdict(step, (0,), 1e-12)
    small = Step("p", "d", "a", np.array([1e-13]), inputs, rule="d[i] = a[i]")
    assert not verdict(small, (0,), 0.0)
    endless = Step("p", "d", "exp(−a)", np.zeros(1), {"a": np.array([np.inf])},
                   rule="d[i] = exp(−a[i])")  # fmt: skip
    assert verdict(endless, (0,), 0.0) and not verdict(endless, (0,), 5.0)
    capsys.readouterr()


def test_numbers_as_they_are_typed():
    assert read_number("0,5") == 0.5 and read_number("−2e-3") == -0.002
    assert read_number("a") is None and read_number("") is None
