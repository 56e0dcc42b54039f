"""Codes of many rows by equations, and the steps in float32 that find their signs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyae import sparse_code
from tinyae.sparse_coding import equations, inference, settling
from tinyae.sparse_coding.descent import soft_threshold, steepest
from tinyae.sparse_coding.equations import by_equations, move, supports
from tinyae.sparse_coding.feature_sign import active_set
from tinyae.sparse_coding.inference import solve
from tinyae.sparse_coding.lasso import Lasso
from tinyae.sparse_coding.settling import settled


def draw(seed, n=40, d=20, k=35, alike=0.0):
    """Rows and unit atoms; `alike` is how much the atoms have in common."""
    rng = np.random.default_rng(seed)
    x, D = rng.normal(size=(n, d)), rng.normal(size=(k, d)) + alike * rng.normal(size=d)
    return x, D / np.linalg.norm(D, axis=1, keepdims=True)


def relative_gap(problem, h):
    return problem.gap(h, h @ problem.A) / problem.at_zero


@pytest.mark.one_in(12)
@pytest.mark.parametrize("alike", [0.0, 2.0])
@pytest.mark.parametrize("lam", [0.05, 0.5, 2.0])
def test_equations_solve_every_row_from_any_start(alike, lam):
    """From zeros, from the settled signs and from wrong ones, as the search for one row does."""
    x, D = draw(1, alike=alike)
    problem = Lasso.of(x, D, lam)
    zeros = np.zeros((40, 35))
    alone = np.stack(
        [active_set(problem.A, c, lam, h) for c, h in zip(problem.c, zeros, strict=True)]
    )
    least = problem.cost(alone, alone @ problem.A)
    wrong = np.random.default_rng(2).normal(size=zeros.shape) * (zeros[0] == np.arange(35) % 4)
    for start in (zeros, wrong, settled(problem, zeros, steepest(problem.A))):
        kept = start.copy()
        h, solved = by_equations(problem, start, 1e-12)
        np.testing.assert_array_equal(start, kept)
        assert solved.all() and (relative_gap(problem, h) <= 1e-12).all()
        np.testing.assert_allclose(problem.cost(h, h @ problem.A), least, rtol=1e-10)


def test_the_criterion_never_rises_and_a_move_ends_where_it_says():
    """Each case of `move`: to the minimum, to a zero, all zeros at once, and a refused atom."""
    x, D = draw(3, n=200, d=8, k=12, alike=1.0)
    problem = Lasso.of(x, D, 0.1)
    rng, seen = np.random.default_rng(4), set()
    pad = ((0, 0), (0, 1))
    A, c = np.pad(problem.A, (0, 1)), np.pad(problem.c, pad)
    h = np.pad(rng.normal(size=(200, 12)) * (rng.random((200, 12)) < 0.4), pad)
    sign = np.sign(h)
    for _ in range(12):
        before = problem.cost(h[:, :-1], h[:, :-1] @ problem.A)
        new, new_sign, again = move(A, c, 0.1, h, sign)
        after = problem.cost(new[:, :-1], new[:, :-1] @ problem.A)
        assert (after <= before + 1e-12).all()
        assert (new * new_sign >= 0).all() and (new_sign[new != 0] == np.sign(new[new != 0])).all()
        assert not new[:, -1].any() and not new_sign[:, -1].any()
        slope = np.where(new_sign == 0, 0, 2 * (new @ A - c) + 0.1 * new_sign)
        at_minimum = np.abs(slope).max(axis=1) < 1e-9
        np.testing.assert_array_equal(at_minimum[~again], True)
        stayed = (new == h).all(axis=1) & again
        gone = ((sign != 0) & (new_sign == 0)).sum(axis=1)
        assert (gone[again] > 0).all() and (gone[~again] == 0).all()
        seen |= {"minimum"} if (~again).any() else set()
        seen |= {"refused"} if stayed.any() else set()
        seen |= {"one zero"} if (gone[again & ~stayed] == 1).any() else set()
        seen |= {"several zeros"} if (gone[again & ~stayed] > 1).any() else set()
        h, sign = new, new_sign
        joins = (rng.random(h.shape) < 0.3) & (sign == 0) & ~again[:, None]
        joins[:, -1] = False
        sign = np.where(joins, np.sign(c - h @ A), sign)
    assert seen == {"minimum", "refused", "one zero", "several zeros"}


def test_supports_of_different_sizes_fit_into_one_array():
    sign = np.array([[0.0, 1, 0, -1, 0], [0, 0, 0, 0, 0], [-1, 0, 0, 0, 0]])
    np.testing.assert_array_equal(supports(sign), [[1, 3], [4, 4], [0, 4]])
    np.testing.assert_array_equal(supports(0 * sign), [[4], [4], [4]])


def test_rows_that_are_not_solved_are_named(monkeypatch):
    """Without enough rounds the codes are still no worse than the start, and steps finish them."""
    x, D = draw(5, alike=2.0)
    x[:20] *= 0.02  # easy rows: few atoms are worth their price
    problem, start = Lasso.of(x, D, 0.1), np.zeros((40, 35))
    monkeypatch.setattr(equations, "ROUNDS", 3)
    h, solved = by_equations(problem, start, 1e-10)
    assert 0 < solved.sum() < 40
    np.testing.assert_array_equal(relative_gap(problem, h) <= 1e-10, solved)
    assert (problem.cost(h, h @ problem.A) <= problem.at_zero).all()
    monkeypatch.setattr(settling, "LOOKS", 1)
    assert (relative_gap(problem, solve(problem, start, tol=1e-10)) <= 1e-10).all()


def test_parts_of_the_equations_change_nothing(monkeypatch):
    x, D = draw(6)
    whole = sparse_code(x, D, 0.3)
    monkeypatch.setattr(equations, "ENTRIES", 100)
    np.testing.assert_allclose(sparse_code(x, D, 0.3), whole, atol=1e-11)
    monkeypatch.setattr(inference, "QUICK_BYTES", 1)
    monkeypatch.setattr(inference, "QUICK_ROWS", 7)
    np.testing.assert_allclose(sparse_code(x, D, 0.3), whole, atol=1e-11)


def test_the_steps_are_those_of_fista(monkeypatch):
    """The published algorithm (Beck and Teboulle 2009) with the gradient scheme of the restarts."""
    x, D = draw(7, n=30)
    problem, start = Lasso.of(x, D, 0.3), np.random.default_rng(8).normal(size=(30, 35))
    L, restarts, rows = steepest(problem.A), 0, []
    for c, last in zip(problem.c, start, strict=True):
        y, t = last, 1.0
        for _ in range(30):
            h = soft_threshold(y - (y @ problem.A - c) / L, 0.3 / (2 * L))
            if (y - h) @ (h - last) > 0:
                t, restarts = 1.0, restarts + 1
            longer = (1 + np.sqrt(1 + 4 * t * t)) / 2
            y, last, t = h + (t - 1) / longer * (h - last), h, longer
        rows.append(h)
    monkeypatch.setattr(settling, "LOOKS", 1)
    monkeypatch.setattr(settling, "STEPS", 30)
    found = settled(problem, start, L)
    assert 0 < restarts < 300 and found.dtype == np.float64
    np.testing.assert_allclose(found, rows, atol=2e-5)


@pytest.mark.slow
@pytest.mark.parametrize("alike", [0.0, 3.0])
def test_settled_signs_are_nearly_those_of_the_solution(alike):
    x, D = draw(9, n=200, alike=alike)
    problem = Lasso.of(x, D, 0.5)
    h = settled(problem, np.zeros((200, 35)), steepest(problem.A))
    best = solve(problem, np.zeros((200, 35)), tol=1e-12, accelerated=False)
    wrong = (np.sign(h) != np.sign(best)).sum(axis=1)
    assert wrong.mean() < 3 < np.abs(np.sign(best)).sum(axis=1).mean()
    assert np.median(relative_gap(problem, h)) < 0.1 < np.median(relative_gap(problem, 0 * h))


@pytest.mark.slow
@given(st.integers(0, 10_000), st.integers(-140, 140))
def test_any_scale(seed, power):
    """A common factor of x and λ multiplies the codes, far beyond what float32 can hold."""
    x, D = draw(seed, n=5, d=6, k=9)
    scale = 2.0**power * 2.0 ** (power // 2)
    h = sparse_code(x, D, 0.3)
    np.testing.assert_allclose(sparse_code(scale * x, D, scale * 0.3) / scale, h, atol=1e-9)
    assert h.any()


def test_the_same_bits_again_and_rows_in_any_order():
    x, D = draw(11, n=300)
    h = sparse_code(x, D, 0.3)
    np.testing.assert_array_equal(sparse_code(x, D, 0.3), h)
    order = np.random.default_rng(12).permutation(300)
    np.testing.assert_allclose(sparse_code(x[order], D, 0.3), h[order], atol=1e-7)
