"""Rules: what is shown is what is computed, with every kind of term."""

import math

import numpy as np
import pytest

from tinyae.nn import Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.tracing.scalars import FUNCTIONS, SHOWN, expand, names_in, number
from tinyae.tracing.units import unit_rule

A = {
    "x": np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -1.0]]),
    "W": np.arange(6.0).reshape(3, 2) - 2.5,
    "b": np.array([0.5, -0.125]),
    "λ": np.array(0.1),
    "n": np.array(2),
}


@pytest.mark.parametrize(("rule", "index", "symbols", "numbers", "value"), [
    ("a[i,k] = Σ_j x[i,j]·W[j,k] + b[k]", (0, 1), "Σ_j x[0,j]·W[j,1] + b[1]",
     "1·(−1.5) + (−2)·0.5 + 3·2.5 + (−0.125)", 4.875),
    ("L = λ/n·Σ_ij abs(x[i,j])", (), "λ/n·Σ_ij abs(x[i,j])",
     "0.1/2·(abs(1) + abs(−2) + abs(3) + abs(0.5) + abs(0.25) + abs(−1))", 0.3875),
    ("g[k] = −Σ_i x[i,k]", (1,), "−Σ_i x[i,1]", "−(−2) + 0.25", None),
    ("e[i,j] = ½·(x[i,j] − b[0])²", (1, 2), "½·(x[1,2] − b[0])²", "½·((−1) − 0.5)²", 1.125),
    ("s[i,k] = 1 − x[i,k]²", (0, 1), "1 − x[0,1]²", "1 − (−2)²", -3.0),
    ("t[i] = x[i,0] − 2·Σ_k W[0,k]·W[0,k] + λ", (0,), "x[0,0] − 2·Σ_k W[0,k]·W[0,k] + λ",
     "1 − 2·((−2.5)·(−2.5) + (−1.5)·(−1.5)) + 0.1", -15.9),
    ("o[i,k] = x[i,k+1]", (1, 0), "x[1,1]", "0.25", 0.25),
    ("f[i,k] = 1/(1 + exp(−x[i,k]))", (0, 1), "1/(1 + exp(−x[0,1]))", "1/(1 + exp(−(−2)))",
     1 / (1 + math.exp(2))),
])  # fmt: skip
def test_a_rule_is_shown_and_computed(rule, index, symbols, numbers, value):
    found = expand(rule, A, index)
    assert found.symbols == symbols
    if value is not None:
        assert found.numbers == numbers
        assert found.value == pytest.approx(value, rel=1e-14)
    else:  # a minus before a sum belongs to all of it
        assert found.value == pytest.approx(1.75)


def test_the_minus_of_a_sum_is_shown_for_all_its_terms():
    assert expand("g[k] = −Σ_i x[i,k]", A, (1,)).numbers == "−((−2) + 0.25)"
    assert expand("g[k] = λ − Σ_i x[i,k]", A, (1,)).numbers == "0.1 − ((−2) + 0.25)"


def test_a_long_sum_leaves_its_middle_out():
    x = np.arange(20.0)
    found = expand("s = Σ_i x[i]", {"x": x}, ())
    assert found.value == 190.0
    assert found.numbers == "0 + 1 + 2 + 3 + 4 + 5 + … 13 more … + 19"
    exact = expand("s = Σ_i x[i]", {"x": x[:SHOWN]}, ())
    assert "more" not in exact.numbers and exact.numbers.count("+") == SHOWN - 1


def test_an_empty_sum_is_zero():
    found = expand("s = Σ_i x[i]", {"x": np.zeros(0)}, ())
    assert found.value == 0.0 and found.numbers == "0"


def test_names_are_found_once_and_without_functions():
    assert names_in("a = Σ_j x̃[i,j]·W1[j,k] + exp(b[k]) − ½·x̃[0,j]·2") == ["x̃", "W1", "b"]


def test_the_index_must_fit_and_arrays_must_exist():
    with pytest.raises(ValueError, match="zip"):
        expand("a[i,k] = x[i,k]", A, (0,))
    with pytest.raises(KeyError):
        expand("a[i,k] = y[i,k]", A, (0, 0))
    with pytest.raises(KeyError, match="no array has the index m"):
        expand("a[i] = Σ_m x[i,0]", A, (0,))


def test_what_overflows_is_infinite_and_what_is_undefined_is_nan():
    for right in ("1/x[0]", "log(x[0])"):
        assert math.isnan(expand(f"z = {right}", {"x": np.zeros(1)}, ()).value)
    assert expand("z = exp(x[0])", {"x": np.array([1e4])}, ()).value == math.inf


def test_numbers_have_six_digits_and_a_true_minus():
    assert number(-1 / 3) == "−0.333333" and number(1e-7) == "1e−07" and number(2.0) == "2"


@pytest.mark.parametrize("unit", [Identity(), Sigmoid(), Tanh(), ReLU(), Softplus()])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_formulas_of_the_units_are_those_of_the_library(unit, order):
    a = np.array([[-2.0, -0.5, 0.25, 3.0]])
    h = unit.f(a)
    wanted = (h, unit.df(a, h), unit.d2f(a, h))[order]
    letters, _, right = unit_rule(unit, order, "a", "h").partition(": ")
    for k in range(4):
        found = expand(f"y[{','.join(letters)}] = {right}", {"a": a, "h": h}, (0, k))
        assert found.value == pytest.approx(wanted[0, k], abs=1e-15)


def test_a_unit_of_one_s_own_has_no_formula():
    class Odd(Tanh):
        pass

    assert unit_rule(Odd(), 0, "a") == ""


def test_the_functions_at_their_corners():
    f = FUNCTIONS
    assert [f["soft"](u, 1.0) for u in (-3.0, -0.5, 0.5, 3.0)] == [-2.0, 0.0, 0.0, 2.0]
    assert [f["sign"](u) for u in (-2.0, 0.0, 2.0)] == [-1.0, 0.0, 1.0]
    assert [f["step"](u) for u in (-2.0, 0.0, 2.0)] == [0.0, 0.0, 1.0]
    assert f["softplus"](1000.0) == 1000.0 and f["softplus"](-1000.0) == 0.0
    assert f["sigmoid"](1000.0) == 1.0 and f["sigmoid"](-1000.0) == 0.0
