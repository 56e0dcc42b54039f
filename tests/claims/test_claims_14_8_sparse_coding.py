"""Inference of sparse codes against solvers that share nothing with the library's (13.4, 14.8)."""

import numpy as np
import pytest

from tinyae import sparse_code
from tinyae.sparse_coding.descent import Descent
from tinyae.sparse_coding.inference import infer
from tinyae.sparse_coding.lasso import Lasso

pytestmark = pytest.mark.claim
KINDS = ("at most as many atoms as pixels", "overcomplete", "atoms in nearly equal pairs",
         "atoms in few directions")  # fmt: skip
PROBLEMS = ("problems with 3 examples, 2 to 12 pixels and 2 to 24 atoms of different norms. "
            f"Four kinds alternate: {'; '.join(KINDS)}")  # fmt: skip


def problem(seed, number, apart=0.1):
    """Return x (3, d), D (k, d) and λ, spread evenly in its logarithm from 1e-3 to 2 max|D x|.

    `apart` is how far the two of a pair differ, for the kind of problem that has pairs.
    """
    rng = np.random.default_rng((seed, number))
    d, kind = int(rng.integers(2, 13)), number % 4
    k = int(rng.integers(d + 1, 2 * d + 1) if kind in (1, 3) else rng.integers(2, d + 1))
    D = rng.standard_normal((k, d))
    if kind == 2:
        half = k // 2
        D[half : 2 * half] = D[:half] + apart * rng.standard_normal((half, d))
    if kind == 3:
        few = max(1, d // 2)
        D = D[:, :few] @ rng.standard_normal((few, d)) / np.sqrt(few)
    D *= np.exp(rng.uniform(-0.4, 0.4, (k, 1)))
    x = rng.standard_normal((3, d))
    most = 2 * np.abs(x @ D.T).max()
    return x, D, 1e-3 * (most / 1e-3) ** (number // 4 / 24)


def criterion(x, D, lam, h):
    """‖x − h D‖² + λ‖h‖₁ for each row."""
    return ((x - h @ D) ** 2).sum(axis=1) + lam * np.abs(h).sum(axis=1)


def lower_bound(x, D, lam, h):
    """A number no code's criterion is below, for each row: 2 u·x − ‖u‖² where |2 D u| ≤ λ."""
    r = x - h @ D
    u = r / np.maximum(1, 2 * np.abs(r @ D.T).max(axis=1) / lam)[:, None]
    return 2 * (u * x).sum(axis=1) - (u * u).sum(axis=1)


def coordinate_descent(x, D, lam):
    """Minimise over one entry after the other; return h (k,) for one row x (d,).

    With u = Dⱼ·(what the other entries leave of x), entry j becomes the soft threshold of u at ½λ,
    divided by ‖Dⱼ‖². The price is lowered to λ by a third at a time: from the codes of a higher one
    the way is short, while at a low price codes that leave no rest creep. A visit to all entries is
    followed by up to a hundred to those that are not zero, until none moves by 1e-12 or the
    criterion is known to be within 1e-9 of its minimum.
    """
    A, c, h = D @ D.T, D @ x, np.zeros(len(D))
    left = c.copy()  # c − A h

    def visit(entries, price):
        largest = 0.0
        for j in entries:
            u = left[j] + A[j, j] * h[j]
            new = np.sign(u) * max(abs(u) - 0.5 * price, 0.0) / A[j, j]
            if new != h[j]:
                largest = max(largest, abs(new - h[j]))
                left[:] -= (new - h[j]) * A[j]
                h[j] = new
        return largest

    price = 2 * np.abs(c).max()
    while price > lam:
        price = max(lam, price / 1.5)
        for _ in range(200):
            if visit(range(len(D)), price) < 1e-12:
                break
            for _ in range(100):
                if visit(np.flatnonzero(h), price) < 1e-13:
                    break
            above = criterion(x, D, price, h[None]) - lower_bound(x, D, price, h[None])
            if above <= (1e-9 if price == lam else 1e-4):
                break
    return h


def numbers(full):
    """All 100 problems; reduced: every ninth, of each kind and from small λ to large."""
    return range(100) if full else range(3, 100, 9)


@pytest.mark.slow
def test_sparse_codes_are_the_minimum(claim, full):
    """Reduced: 11 problems instead of 100."""
    c = claim("S44", "13.4",
              "Inference by FISTA, followed by equations on the active set, finds the same "
              "minimum as coordinate descent. This holds for small λ, for nearly dependent "
              "atoms, and if the search starts at a code that reconstructs x exactly.",
              f"100 {PROBLEMS} (reduced: 11)")  # fmt: skip
    (seed,) = c.seeds(1)
    worst, interpolated, certified, reference = [], [], [], []
    double, least_squares, unsolved = [], [], []
    resumed, begun, plain = [], [], []
    for number in numbers(full):
        x, D, lam = problem(seed, number)
        other = np.stack([coordinate_descent(row, D, lam) for row in x])
        least = criterion(x, D, lam, other)
        reference.append((least - lower_bound(x, D, lam, other)).max())

        def off(h, problem=(x, D, lam), least=least):
            return (criterion(*problem, h) - least).max()

        start = x @ np.linalg.pinv(D)
        worst.append(off(sparse_code(x, D, lam)))
        double.append(off(sparse_code(x, D, 2 * lam)))
        interpolated.append(off(sparse_code(x, D, lam, start=start)))
        least_squares.append(off(start))
        resumed.append(off(sparse_code(x, D, lam, start=other, steps=1)))
        begun.append(off(sparse_code(x, D, lam, steps=1)))
    for number in range(100):
        x, D, lam = problem(seed, number, apart=1e-4)
        for found, h in (
            (certified, sparse_code(x, D, lam)),
            (unsolved, sparse_code(x, D, lam, steps=100)),
        ):
            found.append((criterion(x, D, lam, h) - lower_bound(x, D, lam, h)).max())
        h = infer(x, D, lam, np.zeros((len(x), len(D))), steps=100, accelerated=False)
        plain.append((criterion(x, D, lam, h) - lower_bound(x, D, lam, h)).max())
    what = "criterion − that of coordinate descent, largest over the problems"
    c.show(what, max(worst), at_most=1e-6,
           moved="its absolute value at first, but coordinate descent does not always converge")  # fmt: skip
    c.control("the soft threshold at λ instead of ½λ", what, max(double))
    what = "the same, if the search starts at the least-squares code"
    c.show(what, max(interpolated), at_most=1e-6)
    c.control("the least-squares code itself", what, max(least_squares))
    what = "the same after one step from coordinate descent's code"
    c.show(what, max(resumed), at_most=1e-6)
    c.control("one step from zero", what, max(begun))
    what = "distance from a lower bound after 100 steps of FISTA / after 100 plain steps, sums"
    c.show(what, sum(unsolved) / sum(plain), at_most=0.5)
    c.control("plain steps", what, 1.0)
    what = "largest distance from a lower bound; atoms of a pair differ by only 1e-4"
    c.show(what, max(certified), at_most=1e-6)
    c.control("100 steps of FISTA without the equations", what, max(unsolved))
    c.quote("the same for coordinate descent; atoms of a pair differ by .1", max(reference))


@pytest.mark.slow
def test_another_library_agrees(claim, full):
    """Only where scikit-learn is installed. Reduced: 11 problems instead of 100."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    c = claim("S44, scikit-learn", "13.4",
              "scikit-learn's lasso with α = λ / (2d) reaches the same value of the criterion.",
              f"100 {PROBLEMS} (reduced: 11)")  # fmt: skip
    (seed,) = c.seeds(1)
    difference = {"½": [], "1": []}
    for number in numbers(full):
        x, D, lam = problem(seed, number)
        h = sparse_code(x, D, lam)
        for factor, values in zip((0.5, 1.0), difference.values(), strict=True):
            lasso = linear_model.Lasso(factor * lam / x.shape[1], fit_intercept=False, tol=1e-10,
                                       max_iter=3_000_000)  # fmt: skip
            other = np.stack([lasso.fit(D.T, row).coef_ for row in x])
            values.append(np.abs(criterion(x, D, lam, h) - criterion(x, D, lam, other)).max())
    what = "|difference of the criterion| from scikit-learn, largest over the problems"
    c.show(what, max(difference["½"]), at_most=1e-6)
    c.control("α = λ / d, without the 2", what, max(difference["1"]))


def gap_without_scale(descent):
    """The duality gap with u = r, which need not keep |2 D u| ≤ λ: no bound of the minimum."""
    problem, (h, hA) = descent.problem, descent.now[:2]
    rx = problem.at_zero - (h * problem.c).sum(axis=1)
    rr = rx - (h * (problem.c - hA)).sum(axis=1)
    return rr + problem.lam * np.abs(h).sum(axis=1) - (2 * rx - rr)


def until_small_steps(x, D, lam, tol):
    """Plain steps until none of them lowers a row's criterion by more than tol ‖x‖²."""
    descent = Descent(Lasso.of(x, D, lam), np.zeros((len(x), len(D))), accelerated=False)
    gain = np.inf
    while (gain > tol * descent.problem.at_zero).any():
        last = descent.now.cost
        descent.step()
        gain = last - descent.now.cost
    return descent.now.h


@pytest.mark.slow
def test_the_gap_bounds_the_distance(claim, full):
    """Reduced: 11 problems instead of 100."""
    c = claim("S44, gap", "13.4",
              "Inference stops when the duality gap is below the tolerance. The gap is an upper "
              "bound on the distance of the criterion from its minimum, both during the search "
              "and at its end.",
              f"100 {PROBLEMS} (reduced: 11); after 0 to 100 steps of FISTA")  # fmt: skip
    (seed,) = c.seeds(1)
    short, unscaled, loose, kept, small_steps = [], [], [], [], []
    for number in numbers(full):
        x, D, lam = problem(seed, number)
        scale = (x * x).sum(axis=1)
        least = criterion(x, D, lam, sparse_code(x, D, lam, tol=1e-11))
        descent = Descent(Lasso.of(x, D, lam), np.zeros((len(x), len(D))))
        for step in range(101):
            if step in (0, 1, 3, 10, 30, 100):
                distance = (criterion(x, D, lam, descent.now.h) - least) / scale
                gap = descent.problem.gap(descent.now.h, descent.now.product) / scale
                short.append((distance - gap).max())
                unscaled.append((distance - gap_without_scale(descent) / scale).max())
                far = distance > 1e-6
                loose += list(gap[far] / distance[far])
            descent.step()
        for tol in (1e-2, 1e-4, 1e-6):
            reached = criterion(x, D, lam, sparse_code(x, D, lam, tol=tol)) - least
            kept.append((reached / scale).max() / tol)
            stopped = criterion(x, D, lam, until_small_steps(x, D, lam, tol)) - least
            small_steps.append((stopped / scale).max() / tol)
    what = "largest distance − gap, in units of ‖x‖²"
    c.show(what, max(short), at_most=1e-10)
    c.control("a gap whose residual is not shortened to |2 D u| ≤ λ", what, max(unscaled))
    c.quote("gap / distance, median over points more than 1e-6 away", np.median(loose))
    what = "distance at the end / requested tolerance (1e-2, 1e-4, 1e-6)"
    c.show(what, max(kept), at_most=1)
    c.control("plain steps until a step gains less than the tolerance", what, max(small_steps))


def test_the_price_at_which_nothing_is_bought(claim):
    c = claim("S44, all zero", "13.4",
              "If λ is at least 2 max|D x|, every entry of the code is exactly zero. For λ just below "
        "this value, some entries are not zero.",
              f"each example of 100 {PROBLEMS}")  # fmt: skip
    (seed,) = c.seeds(1)
    above, below, without, longer = [], [], [], []
    for number in range(100):
        x, D, _ = problem(seed, number)
        for row in x[:, None]:
            least = 2 * np.abs(row @ D.T).max()
            above.append(np.count_nonzero(sparse_code(row, D, least * (1 + 1e-9))))
            below.append(np.count_nonzero(sparse_code(row, D, least * (1 - 1e-3), tol=1e-12)))
            without.append(np.count_nonzero(sparse_code(row, D, least / 2)))
            longest = 2 * np.linalg.norm(row) * np.linalg.norm(D, axis=1).max()
            longer.append(np.count_nonzero(sparse_code(row, D, longest * (1 - 1e-3), tol=1e-12)))
    what = "largest number of entries that are not zero at 1 + 1e-9 times that λ"
    c.show(what, max(above), at_most=0)
    c.control("max|D x| without the 2", what, min(without))
    what = "smallest number of entries that are not zero at 1 − 1e-3 times that λ"
    c.show(what, min(below), at_least=1)
    c.control("the larger limit 2 ‖x‖ max‖D‖", what, min(longer))
