"""Inference of sparse codes: the step, the gap, the restart, the equations, and `sparse_code`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyae import sparse_code
from tinyae.sparse_coding import inference
from tinyae.sparse_coding.descent import Descent, soft_threshold
from tinyae.sparse_coding.feature_sign import active_set
from tinyae.sparse_coding.inference import solve
from tinyae.sparse_coding.lasso import Lasso, price_limits


@pytest.fixture(autouse=True, scope="module")
def short_searches():
    """What these problems need is done after a tenth of this; a mistake would search for long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inference, "MOST_STEPS", 2000)
        yield


def E(x, D, h, lam, gamma=0.0, f=0.0):
    """The criterion from its definition."""
    price = lam * np.abs(h).sum(axis=1) + gamma * ((h - f) ** 2).sum(axis=1)
    return ((x - h @ D) ** 2).sum(axis=1) + price


def by_coordinates(x, D, lam, sweeps=1000):
    """Coordinate descent on one entry at a time, all rows together: an independent solver."""
    h, norm = np.zeros((len(x), len(D))), (D * D).sum(axis=1)
    r = x.copy()
    for _ in range(sweeps):
        moved = 0.0
        for j, atom in enumerate(D):
            u = h[:, j] * norm[j] + r @ atom
            new = np.sign(u) * np.maximum(np.abs(u) - lam / 2, 0) / norm[j]
            r += np.outer(h[:, j] - new, atom)
            moved = max(moved, np.abs(new - h[:, j]).max())
            h[:, j] = new
        if moved < 1e-12:
            break
    return h


def draw(rng, n=7, d=6, k=9, scale=None):
    """Data and atoms, of unit norm unless a scale is given."""
    x, D = rng.normal(size=(n, d)), rng.normal(size=(k, d))
    D /= np.linalg.norm(D, axis=1, keepdims=True)
    return x, D if scale is None else D * rng.uniform(0.3, scale, (k, 1))


def test_soft_threshold():
    u = np.array([-2.0, -0.5, 0.0, 0.3, 0.5, 1.25])
    np.testing.assert_array_equal(soft_threshold(u, 0.5), [-1.5, 0, 0, 0, 0, 0.75])
    grid = np.linspace(-3, 3, 60_001)
    for value in u:  # it is the minimiser it claims to be
        best = grid[(0.5 * (grid - value) ** 2 + 0.5 * np.abs(grid)).argmin()]
        assert soft_threshold(value, 0.5) == pytest.approx(best, abs=1e-4)


@pytest.mark.slow
@given(st.integers(0, 10_000))
def test_cost_and_gap_are_what_they_say(seed):
    """The form in A and c is the criterion; the gap bounds the distance from its minimum."""
    rng = np.random.default_rng(seed)
    x, D = draw(rng, d=rng.integers(1, 8), k=rng.integers(1, 9), scale=2.0)
    lam, gamma, f = rng.uniform(0.1, 3), rng.uniform(0, 2), rng.normal(size=(7, len(D)))
    problem = Lasso.of(x, D, lam, gamma, f)
    h = rng.normal(size=f.shape) * (rng.random(f.shape) < 0.5)
    cost, gap = problem.cost(h, h @ problem.A), problem.gap(h, h @ problem.A)
    np.testing.assert_allclose(cost, E(x, D, h, lam, gamma, f), rtol=1e-11)
    np.testing.assert_allclose(problem.at_zero, E(x, D, 0 * h, lam, gamma, f), rtol=1e-12)
    best = solve(problem, 0 * h, tol=1e-12)
    least = E(x, D, best, lam, gamma, f)
    assert (gap >= cost - least - 1e-9).all() and (gap >= 0).all()
    assert (problem.gap(best, best @ problem.A) <= 1e-12 * problem.at_zero).all()
    nearby = best + 1e-3 * rng.normal(size=best.shape)  # convex: a local minimum is the minimum
    assert (E(x, D, nearby, lam, gamma, f) >= least - 1e-12).all()


def test_one_step_by_hand():
    """x = 3, one atom 1, λ = 1: A = 1, L = 1, so a step from 0 lands on 3 − ½, the minimum."""
    problem = Lasso.of(np.array([[3.0]]), np.array([[1.0]]), 1.0)
    descent = Descent(problem, np.zeros((1, 1)), accelerated=False)
    descent.step()
    assert descent.now.h[0, 0] == pytest.approx(2.5, rel=1e-12)
    assert descent.now.cost[0] == pytest.approx(0.25 + 2.5, rel=1e-12)


@pytest.mark.one_in(12)
@pytest.mark.parametrize("accelerated", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_criterion_never_rises(accelerated, dtype, rng):
    for _ in range(8):
        x, D = (v.astype(dtype) for v in draw(rng, n=20, d=5, k=12))
        f = rng.normal(size=(20, 12)).astype(dtype)
        problem = Lasso.of(x, D, 0.2, 0.05, f)
        descent = Descent(problem, f, accelerated)
        cost = [descent.now.cost]
        for _ in range(60):
            descent.step()
            cost.append(descent.now.cost)
            assert descent.now.h.dtype == dtype
            rtol, atol = (1e-4, 1e-4) if dtype == np.float32 else (1e-11, 1e-12)
            np.testing.assert_allclose(  # the product that is carried along is the product
                descent.now.product, descent.now.h @ problem.A, rtol=rtol, atol=atol
            )
        rise = np.diff(cost, axis=0)
        assert (rise <= 32 * np.finfo(dtype).eps * problem.at_zero).all()
    if not accelerated:
        assert (rise[0] < 0).all()


def test_the_momentum_pays_and_restarts(rng):
    """FISTA needs fewer steps; without the restart its criterion would rise somewhere."""
    x, D = draw(rng, n=30, d=20, k=40)
    problem = Lasso.of(x, D, 0.1)
    least = E(x, D, solve(problem, np.zeros((30, 40))), 0.1)
    above = {}
    for accelerated in (False, True):
        descent = Descent(problem, np.zeros((30, 40)), accelerated)
        restarts = 0
        for step in range(150):
            descent.step()
            restarts += step > 0 and (descent.now.t == 1).sum()
        above[accelerated] = (descent.now.cost - least).mean()
    assert restarts > 0
    assert above[True] < 0.1 * above[False]


def test_the_momentum_is_that_of_fista(rng):
    """Row by row the published algorithm (Beck and Teboulle 2009), with the restart on a rise."""
    x, D = draw(rng, n=6, d=20, k=30)
    problem, restarts, longest = Lasso.of(x, D, 0.05), 0, 0.0
    L = 2.0 * np.linalg.eigvalsh(D @ D.T)[-1]  # of the gradient, which is 2 (h A - c)
    descent = Descent(problem, np.zeros((6, 30)))
    rows = [(np.zeros((1, 30)), np.zeros((1, 30)), 1.0)] * 6

    def plain(y, row):
        return soft_threshold(y - 2.0 * (y @ D - row) @ D.T / L, 0.05 / L)

    for _ in range(20):
        for i, (h, last, t) in enumerate(rows):
            row, longer = x[i : i + 1], (1.0 + np.sqrt(1.0 + 4.0 * t * t)) / 2.0
            new = plain(h + (t - 1.0) / longer * (h - last), row)
            if t > 1.0 and E(row, D, new, 0.05) > E(row, D, h, 0.05):
                new, longer, restarts = plain(h, row), 1.0, restarts + 1
            rows[i], longest = (new, h, longer), max(longest, longer)
        descent.step()
        np.testing.assert_allclose(descent.now.h, np.concatenate([r[0] for r in rows]), atol=1e-12)
        np.testing.assert_allclose(descent.now.t[:, 0], [r[2] for r in rows], rtol=1e-13)
    assert restarts > 0 and longest > 6.0


def test_every_row_is_its_own_problem(rng):
    x, D = draw(rng)
    together = sparse_code(x, D, 0.3, steps=40)
    apart = np.concatenate([sparse_code(row[None], D, 0.3, steps=40) for row in x])
    np.testing.assert_allclose(together, apart, rtol=1e-9, atol=1e-12)
    together = sparse_code(x, D, 0.3)
    apart = np.concatenate([sparse_code(row[None], D, 0.3) for row in x])
    assert np.abs(E(x, D, together, 0.3) - E(x, D, apart, 0.3)).max() < 1e-7


@pytest.mark.slow
@given(st.integers(0, 10_000))
def test_against_coordinate_descent(seed):
    rng = np.random.default_rng(seed)
    x, D = draw(rng, d=rng.integers(1, 8), k=rng.integers(1, 9), scale=2.0)
    lam = 10 ** rng.uniform(-1.5, 0.5)
    h = sparse_code(x, D, lam)
    other = by_coordinates(x, D, lam)
    assert (E(x, D, h, lam) - E(x, D, other, lam) <= 1e-8 * (x * x).sum(axis=1) + 1e-12).all()


@pytest.mark.slow
def test_active_set_alone(rng):
    """From zero, and from wrong signs, the equations reach the optimum by themselves."""
    for _ in range(2):
        x, D = draw(rng, n=1, d=6, k=10)
        D[1] = D[0]  # two equal atoms: the equations are singular
        problem = Lasso.of(x, D, 0.02)
        best = E(x, D, by_coordinates(x, D, 0.02, sweeps=400), 0.02)
        for start in (np.zeros(10), rng.normal(size=10)):
            kept = start.copy()
            h = active_set(problem.A, problem.c[0], 0.02, start)
            np.testing.assert_array_equal(start, kept)
            assert E(x, D, h[None], 0.02) <= best + 1e-12
            assert problem.gap(h[None], h[None] @ problem.A) < 1e-10
    h = active_set(np.eye(2), np.array([0.1, -2.0]), 1.0, np.zeros(2))
    assert h[0] == 0 and h[1] == pytest.approx(-1.5, rel=1e-11)


@pytest.mark.parametrize("scale", [2.0**-20, 2.0**20])
def test_the_unit_of_the_data_does_not_matter(scale, rng):
    """x and D times s, and λ times s², have the same code. s is about 1e-6 or 1e6 here.

    Powers of two change no digit, so the ridge and the slack must grow with A and with c.
    """
    for _ in range(4):
        x, D = draw(rng, n=1, d=6, k=10)
        D[1] = D[0]
        one, other = Lasso.of(x, D, 0.02), Lasso.of(scale * x, scale * D, 0.02 * scale**2)
        start = rng.normal(size=10)
        h = active_set(one.A, one.c[0], one.lam, start)
        assert (h != 0).any()
        np.testing.assert_array_equal(active_set(other.A, other.c[0], other.lam, start), h)
    x, D = draw(rng)
    np.testing.assert_array_equal(
        sparse_code(scale * x, scale * D, 0.3 * scale**2), sparse_code(x, D, 0.3)
    )


def gradients_of_moves(monkeypatch, *problem):
    """Return the code of `active_set` and the right side of each system of equations it solved."""
    moves, really = [], np.linalg.solve
    with monkeypatch.context() as patch:
        patch.setattr(np.linalg, "solve", lambda A, g: moves.append(g.copy()) or really(A, g))
        return active_set(*problem), moves


def test_the_moves_of_the_active_set_by_hand(monkeypatch):
    """Orthonormal atoms, λ = 1: c_S − ½ s_S − h_S shows where each move begins."""
    h, moves = gradients_of_moves(
        monkeypatch, np.eye(3), np.array([-1, -0.5, 2]), 1.0, np.array([1.0, 2, 1])
    )
    # Two entries become zero after 0.4 and 4/9 of a move, the third arrives, the first joins.
    by_hand = [[-2.5, -3, 0.5], [-1.8, 0.3], [1 / 6], [-0.5, 0], [0, 0]]
    assert len(moves) == 5
    for g, expected in zip(moves, by_hand, strict=True):
        np.testing.assert_allclose(g, expected, atol=1e-11)
    np.testing.assert_allclose(h, [-0.5, 0, 1.5], atol=1e-11)


def test_the_active_set_stops_when_nothing_is_left_to_do(monkeypatch, rng):
    for c in (np.array([0.1, -0.4]), np.zeros(2)):  # the code is zero: no equation at all
        h, moves = gradients_of_moves(monkeypatch, np.eye(2), c, 1.0, np.zeros(2))
        assert (h == 0).all() and len(moves) == 1
    x, D = draw(rng, n=1, d=12, k=20)
    problem = Lasso.of(x, D, 0.05)
    _, moves = gradients_of_moves(
        monkeypatch, problem.A, problem.c[0], problem.lam, rng.normal(size=20)
    )
    assert len(moves) < 100  # 20 k = 400 would be the end without a solution


def test_the_threshold_of_all_zeros(rng):
    x, D = draw(rng, scale=3.0)
    lam = 2 * np.abs(x @ D.T).max()
    assert (sparse_code(x, D, lam * (1 + 1e-9)) == 0).all()
    assert (sparse_code(x, D, lam * (1 - 1e-3), tol=1e-12) != 0).any()


@pytest.mark.slow
def test_the_tolerance_is_the_duality_gap(rng, monkeypatch):
    x, D = draw(rng, d=20, k=40)
    problem, gaps = Lasso.of(x, D, 0.1), []
    for tol in (1e-1, 1e-4, 1e-8):
        h = sparse_code(x, D, 0.1, tol=tol)
        assert (problem.gap(h, h @ problem.A) <= tol * problem.at_zero).all()
    monkeypatch.setattr(inference, "by_equations", unsolved)
    for tol in (1e-1, 1e-4, 1e-8):
        h = sparse_code(x, D, 0.1, tol=tol)
        gaps.append((problem.gap(h, h @ problem.A) / problem.at_zero).max())
        assert gaps[-1] <= tol
        h = 1e3 * sparse_code(1e-3 * x, D, 1e-3 * 0.1, tol=tol)  # a share of E(0), not a number
        assert (problem.gap(h, h @ problem.A) <= 1.001 * tol * problem.at_zero).all()
    assert gaps[0] > 1e-3 and gaps[1] > 1e-7  # no more steps than were asked for


def unsolved(problem, h, tol):
    """Equations that solve nothing, so that all is left to the steps in float64."""
    return h, np.zeros(len(h), bool)


def test_zeros_of_the_code_are_exact(rng):
    x, D = draw(rng, d=20, k=40)
    h = sparse_code(x, D, 0.5)
    assert 0.3 < (h == 0).mean() < 1 and np.abs(h[h != 0]).min() > 1e-9


def test_a_blank_row_has_a_blank_code(rng):
    x, D = draw(rng)
    x[2] = 0
    h = sparse_code(x, D, 0.3, start=rng.normal(size=(7, 9)))
    assert (h[2] == 0).all() and (h[1] != 0).any()


def test_float32_is_solved_in_float64(rng):
    x, D = draw(rng, d=20, k=40)
    single = sparse_code(x.astype(np.float32), D.astype(np.float32), 0.2)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, sparse_code(x, D, 0.2, tol=1e-12), atol=2e-4)
    steps = sparse_code(x.astype(np.float32), D, 0.2, steps=5)
    assert steps.dtype == np.float32
    np.testing.assert_allclose(steps, sparse_code(x, D, 0.2, steps=5), atol=1e-5)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("lam", [1e-4, 1e-2, 0.2])
def test_float32_codes_are_the_solution_rounded(lam, rng):
    x, D = (v.astype(np.float32) for v in draw(rng, n=20, d=30, k=60))
    D[1] = D[0] + np.float32(1e-4)
    h = sparse_code(x, D, lam)
    exact = sparse_code(x.astype(float), D.astype(float), lam)
    least = E(x.astype(float), D.astype(float), exact, lam)
    assert h.dtype == np.float32
    assert (E(x.astype(float), D.astype(float), h.astype(float), lam) <= least + 1e-4).all()
    np.testing.assert_array_equal(h, exact.astype(np.float32))


def test_without_any_atom_nothing_is_explained(rng):
    for options in ({}, {"steps": 3}, {"start": rng.normal(size=(7, 4)), "steps": 1}):
        assert (sparse_code(draw(rng)[0], np.zeros((4, 6)), 0.3, **options) == 0).all()


def test_steps_start_and_blocks(rng, monkeypatch):
    x, D = draw(rng)
    start = rng.normal(size=(7, 9))
    kept = start.copy(), x.copy(), D.copy()
    np.testing.assert_array_equal(sparse_code(x, D, 0.3, start=start, steps=0), start)
    two = sparse_code(x, D, 0.3, start=sparse_code(x, D, 0.3, start=start, steps=1), steps=1)
    plain = solve(Lasso.of(x, D, 0.3), start, steps=2, accelerated=False)
    np.testing.assert_allclose(two, plain, rtol=1e-12)  # a first step has no momentum
    assert np.abs(two - sparse_code(x, D, 0.3, start=start, steps=2)).max() > 1e-4
    whole = sparse_code(x, D, 0.3, start=start)
    monkeypatch.setattr(inference, "BLOCK_BYTES", 8 * 20)  # two rows at a time
    in_blocks = sparse_code(x, D, 0.3, start=start)
    assert np.abs(E(x, D, whole, 0.3) - E(x, D, in_blocks, 0.3)).max() < 1e-7
    for array, copy in zip((start, x, D), kept, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.slow
def test_hard_problems_are_finished_by_equations(rng, monkeypatch):
    """Nearly dependent atoms and a tiny λ: steps alone are far from done when equations begin."""
    x, D = rng.normal(size=(5, 64)), rng.normal(size=(128, 64))
    problem = Lasso.of(x, D / np.linalg.norm(D, axis=1, keepdims=True), 1e-3)
    descent = Descent(problem, np.zeros((5, 128)))
    for _ in range(inference.FINISHED_EVERY):
        descent.step()
    assert (problem.gap(descent.now.h, descent.now.product) > 1e-6 * problem.at_zero).all()
    before = descent.now.cost.copy()
    descent.finish()
    assert (descent.now.cost <= before).all()
    assert (problem.gap(descent.now.h, descent.now.product) < 1e-10 * problem.at_zero).all()
    monkeypatch.setattr(inference, "by_equations", unsolved)
    h = solve(problem, np.zeros((5, 128)))
    assert (problem.gap(h, h @ problem.A) <= 1e-8 * problem.at_zero).all()
    monkeypatch.setattr(inference, "MOST_STEPS", 100)
    with pytest.raises(RuntimeError, match=r"5 codes are not within tol = 1e-08 .* 100 steps"):
        solve(problem, np.zeros((5, 128)))


def test_equations_that_fail_change_nothing(rng, monkeypatch):
    x, D = draw(rng)
    descent = Descent(Lasso.of(x, D, 0.3), np.zeros((7, 9)))
    for _ in range(30):
        descent.step()
    h, cost = descent.now.h.copy(), descent.now.cost.copy()
    monkeypatch.setattr("tinyae.sparse_coding.descent.active_set", lambda A, c, lam, h: h + 1)
    descent.finish()
    np.testing.assert_array_equal(descent.now.h, h)
    np.testing.assert_array_equal(descent.now.cost, cost)
    np.testing.assert_allclose(descent.now.product, h @ descent.problem.A, rtol=1e-12, atol=1e-13)


BAD = {
    "width": (ValueError, "6 were expected", lambda x, D: sparse_code(x, D[:, :5], 1.0)),
    "NaN": (ValueError, "dictionary has 1 entries that are NaN", lambda x, D: sparse_code(
        x, np.where(np.arange(54).reshape(9, 6) == 3, np.nan, D), 1.0)),
    "lam 0": (ValueError, r"lam must be a finite number in \(0", lambda x, D: sparse_code(x, D, 0)),
    "lam": (TypeError, "lam must be a number", lambda x, D: sparse_code(x, D, "1")),
    "tol": (ValueError, "tol must be", lambda x, D: sparse_code(x, D, 1.0, tol=0.0)),
    "steps": (TypeError, "steps must be a whole", lambda x, D: sparse_code(x, D, 1.0, steps=2.5)),
    "start": (ValueError, "one code for each of the 7 examples, got 3", lambda x, D: sparse_code(
        x, D, 1.0, start=np.zeros((3, 9)))),
    "start's width": (ValueError, "9 were expected", lambda x, D: sparse_code(
        x, D, 1.0, start=np.zeros((7, 6)))),
    "overflow of x": (ValueError, "beyond float64: rescale", lambda x, D: sparse_code(
        1e200 * x, D, 1.0)),
    "overflow of the atoms": (ValueError, "beyond float64: rescale", lambda x, D: sparse_code(
        x, 1e200 * D, 1.0)),
    "overflow in float32": (ValueError, "beyond float32: rescale", lambda x, D: sparse_code(
        (1e25 * x).astype(np.float32), D, 1.0, steps=3)),
    "one axis": (ValueError, "two axes", lambda x, D: sparse_code(x[0], D, 1.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name, rng):
    error, message, action = BAD[name]
    with pytest.raises(error, match=message):
        action(*draw(rng))


def test_the_search_for_the_active_set_ends_after_twenty_moves():
    """With c = 0 and lam = 0 the slack is 0 too, and each move leaves 1e-13 of the code."""
    (h,) = active_set(np.eye(1), np.zeros(1), 0.0, np.full(1, -1.0))
    assert np.log10(-h) == pytest.approx(-13 * 20, abs=5)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("gamma", [0.0, 0.7])
def test_the_least_price_that_makes_a_code_zero(gamma, rng):
    x, D = rng.normal(size=(5, 6)), rng.normal(size=(8, 6))
    f = rng.normal(size=(5, 8)) if gamma else None
    for row, limit in enumerate(price_limits(x, D, gamma, f)):
        one = None if f is None else f[row : row + 1]
        for share, zero in ((1.001, True), (0.999, False)):
            problem = Lasso.of(x[row : row + 1], D, share * limit, gamma, one)
            h = solve(problem, np.zeros((1, 8)), steps=200, accelerated=True)
            assert (not h.any()) == zero
