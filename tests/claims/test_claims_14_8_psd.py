"""Predictive sparse decomposition: how fast codes are found, and what the encoder is worth (14.8).

Equation 14.19 is taken without halves: ‖x − h D‖² + λ‖h‖₁ + γ‖h − f(x)‖². Where other programs
halve the squares, their λ is half of this one.
"""

import numpy as np
import pytest

from figures.experiments.natural_patches import excess, steps_to
from figures.experiments.ten_steps import RATES, SCHEDULES, proximal, subgradient
from tests.claims.patch_models import (
    ATOMS,
    SIDE,
    shared_seeds,
    sparse_coding,
    squares,
    trained,
    untrained,
)
from tinyae.sparse_coding.descent import Descent, soft_threshold
from tinyae.sparse_coding.lasso import Lasso

pytestmark = [pytest.mark.claim, pytest.mark.real_data, pytest.mark.slow]

PRICES = (1.0, 2.0, 3.0)  # λ
LOOKS = (0, 1, 2, 3, 5)  # steps after which the criterion is looked at
ON = ("24 000 white patches 12 × 12 of photographs, 196 atoms, γ = 1, 500 fresh patches of other "
      "photographs")  # fmt: skip


@pytest.fixture
def model_of(full, data_folder):
    """A function that gives a model in float64 and its fresh patches.

    It is trained on 24 000 patches for 10 epochs, or in the reduced form on 12 000 for 8.
    """

    def get(c, lam):
        (seed,) = shared_seeds(c, 1)
        n, epochs = (24_000, 10) if full else (12_000, 8)
        model = trained(data_folder, n, lam, seed, epochs).astype(np.float64)
        return model, squares(data_folder, n, seed)[1].astype(np.float64)

    return get


def uncertain(model, x, f, h):
    """Largest share of the criterion at h by which a row may be above its minimum.

    With x′ = [x, √γ f] and D′ = [D, √γ I] no code's criterion is below 2 u·x′ − ‖u‖² for a u with
    |2 D′ u| ≤ λ. Here u is the residual, made short enough.
    """
    root = np.sqrt(model.gamma)
    x = np.hstack([x, root * f])
    D = np.hstack([model.atoms, root * np.eye(len(model.atoms))])
    r = x - h @ D
    cost = (r * r).sum(axis=1) + model.lam * np.abs(h).sum(axis=1)
    u = r / np.maximum(1, 2 * np.abs(r @ D.T).max(axis=1) / model.lam)[:, None]
    return (1 - (2 * (u * x).sum(axis=1) - (u * u).sum(axis=1)) / cost).max()


def test_ten_steps(claim, model_of):
    """Reduced: half the patches."""
    c = claim("S43", "14.8",
              "Ten proximal steps from the encoder's prediction bring the criterion to within a "
              "ten-thousandth of its minimum, and give most of the exact zeros. Simple gradient "
              "descent, along a subgradient of the criterion, ends far above the minimum with steps "
              "of the same length. With steps that decrease in the best of several ways it comes "
              "within some per cent. It never makes an entry exactly zero.",
              ON + "; of 21 decreasing and constant lengths of the subgradient steps, the best one "
              "on the fresh patches, in favour of that method")  # fmt: skip
    for lam in PRICES:
        model, fresh = model_of(c, lam)
        f, name = model.encode(fresh), f"λ = {lam:g}"
        problem = Lasso.of(fresh, model.atoms, lam, model.gamma, f)
        best = model.infer(fresh, tol=1e-10)
        least = problem.cost(best, best @ problem.A).sum()

        def above(h, problem=problem, least=least):
            return problem.cost(h, h @ problem.A).sum() / least - 1

        codes, L = proximal(problem, f)
        h = codes[-1]
        what = f"{name}: largest distance of the minimum from a lower bound, over the criterion"
        c.show(what, uncertain(model, fresh, f, best), at_most=1e-8)
        c.control("the code after ten proximal steps", what, uncertain(model, fresh, f, h))
        slopes = {(rate, way): subgradient(problem, f, L, rate, schedule)[-1]
                  for way, schedule in SCHEDULES.items() for rate in RATES}  # fmt: skip
        same = slopes[1.0, "constant"]
        chosen = min(slopes.values(), key=above)
        what = f"{name}: above the minimum after ten proximal steps from f"
        c.show(what, above(h), at_most=1e-4)
        c.control("subgradient steps of the same length", what, above(same))
        c.control("the best of 21 lengths of subgradient steps", what, above(chosen))
        what = f"{name}: exact zeros after ten proximal steps / at the minimum"
        c.show(what, (h == 0).sum() / (best == 0).sum(), at_least=0.9, at_most=1.1)
        c.control("any of 21 lengths of subgradient steps", what,
                  max((h == 0).sum() for h in slopes.values()) / (best == 0).sum())  # fmt: skip
        what = f"{name}: above the minimum after ten subgradient steps of the same length"
        c.show(what, above(same), at_least=0.05)
        c.control("proximal steps", what, above(h))
        what = f"{name}: the same for the best of 21 lengths"
        c.show(what, above(chosen), at_least=1e-3, at_most=0.1)
        c.control("proximal steps", what, above(h))
        c.control("subgradient steps of the same length", what, above(same))
        c.quote(f"{name}: share of exact zeros at the minimum", (best == 0).mean())
        c.quote(f"{name}: above the minimum at f", above(f))


def test_gamma_gives_the_speed(claim, model_of):
    """Reduced: half the patches."""
    c = claim("S43, speed", "14.8",
              "Inference is fast because the term γ‖h − f(x)‖² makes the problem well conditioned. "
              "From the same start at zero, it takes less than half the steps with γ = 1 that it "
              "takes with γ = 0 and the same atoms. The start at f(x) saves at most one step; with "
              "γ = 0 it saves none.",
              ON + "; plain proximal steps until the criterion is within a hundredth of its "
              "minimum")  # fmt: skip
    for lam in PRICES:
        model, fresh = model_of(c, lam)
        f, name = model.encode(fresh), f"λ = {lam:g}"
        with_pull, alone = excess(model, fresh, f), excess(sparse_coding(model), fresh, f)
        steps = {(gamma, start): steps_to(course[f"{start}_plain"])
                 for gamma, course in ((1, with_pull), (0, alone)) for start in ("f", "zero")}  # fmt: skip
        what = f"{name}: steps with γ = 0 from zero / with γ = 1 from zero"
        c.show(what, steps[0, "zero"] / steps[1, "zero"], at_least=2.0)
        c.control("the start at f instead of γ: with γ = 0 from zero / with γ = 0 from f", what,
                  steps[0, "zero"] / steps[0, "f"])  # fmt: skip
        for (gamma, start), value in steps.items():
            c.quote(f"{name}: steps with γ = {gamma} from {start}", value)
        for gamma in (0.1, 10.0) if lam == 2.0 else ():
            other = model.copy()
            other.gamma = gamma
            course = excess(other, fresh, f)
            for start in ("f", "zero"):
                c.quote(f"{name}: steps with γ = {gamma:g} from {start}",
                        steps_to(course[f"{start}_plain"]))  # fmt: skip


def test_the_prediction_is_a_better_start(claim, model_of):
    """Reduced: half the patches."""
    c = claim("S43, start", "14.8",
              "The encoder's prediction f(x) is a better start than zero: with plain proximal steps "
              "for the first three, and with FISTA for ten. The prediction for another patch is "
              "worse than zero. After ten plain steps both are within a ten-thousandth of the "
              "minimum, and either may be ahead.",
              ON)  # fmt: skip
    for lam in PRICES:
        model, fresh = model_of(c, lam)
        f, name = model.encode(fresh), f"λ = {lam:g}"
        course = excess(model, fresh, f)
        # The problem is the same; only the start is the prediction for another patch.
        others = {"plain": [], "fista": []}
        problem = Lasso.of(fresh, model.atoms, lam, model.gamma, f)
        least = model.criterion(fresh, model.infer(fresh, tol=1e-10)).sum()
        for way, values in others.items():
            descent = Descent(problem, np.roll(f, 1, axis=0), accelerated=way == "fista")
            for _ in range(11):
                values.append(descent.now.cost.sum() / least - 1)
                descent.step()
        for way, last, moved in (
            ("plain", 3, "for 10 steps, then 5 at first; where both are near the minimum the order is not fixed"),
            ("fista", 10, ""),
        ):  # fmt: skip
            from_zero = course[f"zero_{way}"][: last + 1]
            what = f"{name}: above the minimum, from f / from zero, greatest of 0 to {last} steps, {way}"
            c.show(what, (course[f"f_{way}"][: last + 1] / from_zero).max(), at_most=1.0,
                   wanted="0 to 10 steps" if way == "plain" else "", moved=moved)  # fmt: skip
            c.control("from f of another patch", what,
                      (np.array(others[way][: last + 1]) / from_zero).max())  # fmt: skip
            c.quote(f"{name}: the same after 5 and 10 steps, {way}",
                    (course[f"f_{way}"] / course[f"zero_{way}"])[[5, 10]])  # fmt: skip
            for start in ("f", "zero"):
                what = f"{name}: above the minimum after ten steps from {start}, {way}"
                c.show(what, course[f"{start}_{way}"][10], at_most=1e-4)
                c.control("one step", what, course[f"{start}_{way}"][1])
                for k in LOOKS:
                    c.quote(f"{name}: above the minimum from {start}, {way}, step {k}",
                            course[f"{start}_{way}"][k])  # fmt: skip


def test_f_instead_of_the_optimisation(claim, model_of):
    """Reduced: half the patches."""
    c = claim("S43, deployed", "14.8",
              "After training, the encoder f alone computes codes with a small part of the work that "
              "the optimisation needs to come within a hundredth of the minimum. Its codes are "
              "better than zero, than the codes of other patches and than those of an untrained "
              "encoder, but the criterion at them is higher than at the minimum. One proximal step "
              "from zero, the soft threshold of x Dᵀ / L, costs as much as f and is better by this "
              "criterion.",
              f"the model of S43 with λ = 2; the criterion of sparse coding, γ = 0; the work is "
              f"counted in multiplications: {SIDE**2} · {ATOMS} for f and for x Dᵀ, {ATOMS}² for "
              "each step after the first")  # fmt: skip
    model, fresh = model_of(c, 2.0)
    (seed,) = shared_seeds(c, 1)
    f, bare = model.encode(fresh), sparse_coding(model)
    course = excess(bare, fresh, f)
    at_f, from_zero = course["f_fista"][0], course["zero_fista"]

    def work(steps):
        # The first step needs no product with A, because it starts from h = 0.
        return 1 + max(steps - 1, 0) * ATOMS / SIDE**2

    what = "work of the optimisation from zero / work of f"
    c.show(what, work(steps_to(from_zero)), at_least=4.0)
    c.control("an optimisation that stops at the criterion of f's code", what,
              work(steps_to(from_zero, at_f)))  # fmt: skip
    h = bare.infer(fresh, tol=1e-8)
    least = bare.criterion(fresh, h).mean()

    def ratio(codes):
        return bare.criterion(fresh, codes).mean() / least

    start = untrained(2.0, seed).astype(np.float64)
    what = "sparse coding criterion at f's code / at its minimum"
    c.show(what, ratio(f), at_most=1.5)
    c.control("the code zero", what, ratio(np.zeros_like(f)))
    c.control("f of another patch", what, ratio(np.roll(f, 1, axis=0)))
    c.control("an untrained f", what, ratio(start.encode(fresh)))
    c.control("random atoms", what, sparse_coding(start).criterion(fresh, f).mean() / least)
    what = "sparse coding criterion after one proximal step from zero / at f's code"
    c.show(what, (1 + from_zero[1]) / (1 + at_f), at_most=1.0)
    c.control("no step", what, (1 + from_zero[0]) / (1 + at_f))
    c.quote("steps of FISTA from zero to a hundredth of the minimum", steps_to(from_zero))
    c.quote("steps of FISTA from zero to the criterion of f's code", steps_to(from_zero, at_f))
    c.quote("share of exact zeros in h", (h == 0).mean())
    c.quote("the same in f", (f == 0).mean())
    c.quote("share of the squares of h that f explains", 1 - ((h - f) ** 2).sum() / (h * h).sum())


def without_restarts(problem, h, L, steps):
    """The costs (steps + 1, n) of FISTA as it was published: its momentum may raise them."""
    costs, y, t = [problem.cost(h, h @ problem.A)], h, 1.0
    for _ in range(steps):
        new = soft_threshold(y - (y @ problem.A - problem.c) / L, problem.lam / (2 * L))
        after = (1 + np.sqrt(1 + 4 * t * t)) / 2
        y, h, t = new + (t - 1) / after * (new - h), new, after
        costs.append(problem.cost(h, h @ problem.A))
    return np.array(costs)


def test_the_criterion_never_rises(claim, model_of):
    """Every patch, every one of 30 steps; reduced: half the patches to train on."""
    c = claim("S43, descent", "14.8",
              "No optimisation step on h increases the criterion of any example, with momentum "
              "or without. FISTA without restarts does, and so do plain steps that are three times "
              "as long.",
              "the model of S43 with λ = 2 in float64, 500 fresh patches, 30 steps from f and "
              "zero")  # fmt: skip
    model, fresh = model_of(c, 2.0)
    f = model.encode(fresh)
    problem = Lasso.of(fresh, model.atoms, model.lam, model.gamma, f)

    def costs(h, accelerated, longer=1.0):
        descent = Descent(problem, h, accelerated)
        descent.L /= longer
        found = [descent.now.cost]
        for _ in range(30):
            descent.step()
            found.append(descent.now.cost)
        return np.array(found)

    def rise(found):
        return max((np.diff(cost, axis=0) / cost[0]).max() for cost in found)

    starts, L = (f, np.zeros_like(f)), Descent(problem, f).L
    what = "plain steps: greatest rise in a step, over the criterion at the start"
    c.show(what, rise([costs(h, False) for h in starts]), at_most=1e-13)
    c.control("steps three times as long", what, rise([costs(h, False, 3.0) for h in starts]))
    what = "FISTA with restarts: greatest rise in a step, over the criterion at the start"
    c.show(what, rise([costs(h, True) for h in starts]), at_most=1e-13)
    c.control("FISTA without restarts", what,
              rise([without_restarts(problem, h, L, 30) for h in starts]))  # fmt: skip
