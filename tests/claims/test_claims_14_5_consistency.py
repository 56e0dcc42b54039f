"""Fixed noise learns a blurred density, falling noise the true one (section 14.5.1)."""

import numpy as np
import pytest

from figures.experiments import consistency as line
from tinyae.score import mixture_score, smoothed_score

pytestmark = pytest.mark.claim


@pytest.mark.slow
def test_the_exact_minimiser_on_a_line(claim, full):
    c = claim("S32", "14.5.1",
              "On a line, the exact minimiser of the denoising criterion on n data points gives "
              "an estimate of the score. If σ is fixed, the error that comes from the blurred "
              "density remains. If σ decreases with n·σ³ → ∞, the estimate converges to the "
              "true score. That σ decreases to 0 is not enough: at constant n·σ³ the error does "
              "not fall, and if n·σ³ → 0 it grows.",
              "two Gaussians, n = 100 to 30 000; the error is E‖difference‖² / E‖true score‖²")  # fmt: skip
    sizes = line.SIZES
    schedules = {**line.SCHEDULES, "constant": lambda n: 1.6 * n ** (-1 / 3)}
    found = {name: [] for name in schedules}
    for seed in c.seeds(10 if full else 2):
        x = line.draw_data(sizes[-1], np.random.default_rng(seed))
        for name, sigma in schedules.items():
            found[name].append(
                [line.error(smoothed_score(x[:n], line.GRID, sigma(n))) for n in sizes]
            )
    covariance = line.VARIANCES[:1] + line.MEANS.var()  # of the mixture
    single = line.error(mixture_score(line.GRID, [[0.0]], covariance))
    report(c, sizes, {name: np.array(errors) for name, errors in found.items()},
           line.floor(line.SCHEDULES["fixed"](1)), single, d=1)  # fmt: skip


@pytest.mark.slow
def test_the_exact_minimiser_in_the_plane(claim, full):
    c = claim(
        "S32",
        "14.5.1",
        "The same holds in the plane, where σ must decrease so slowly that n·σ⁴ → ∞.",
        "two Gaussians, n = 100 to 30 000",
    )
    means = np.array([[-1.0, 0.0], [1.0, 0.0]])
    variances = np.repeat(0.25 * np.eye(2)[None], 2, axis=0)
    schedules = {
        "fixed": lambda n: 0.5,
        "falling": lambda n: 0.75 * n ** (-1 / 8),
        "too_fast": lambda n: 5.0 * n**-0.5,
        "constant": lambda n: 1.2 * n ** (-1 / 4),
    }
    sizes = np.array(line.SIZES)
    found = {name: [] for name in schedules}

    def draw(n, rng):
        return means[rng.integers(2, size=n)] + 0.5 * rng.standard_normal((n, 2))

    def error(score, x):
        true = mixture_score(x, means, variances)
        return ((score - true) ** 2).sum() / (true**2).sum()

    floors, singles = [], []
    for seed in c.seeds(5 if full else 1):
        rng = np.random.default_rng(seed)
        data, fresh = draw(sizes[-1], rng), draw(1000 if full else 300, rng)
        for name, sigma in schedules.items():
            found[name].append(
                [error(smoothed_score(data[:n], fresh, sigma(n)), fresh) for n in sizes]
            )
        blurred = mixture_score(fresh, means, variances + 0.25 * np.eye(2))
        floors.append(error(blurred, fresh))
        singles.append(error(mixture_score(fresh, [[0.0, 0.0]], [np.diag([1.25, 0.25])]), fresh))
    found = {name: np.array(errors) for name, errors in found.items()}
    report(c, sizes, found, np.array(floors), singles, d=2)


def report(c, sizes, found, floor, single, d):
    """Slopes and levels of the errors (seeds, sizes) on the four schedules.

    `floor` is the error of the blurred density's score, `single` that of one Gaussian's.

    Bias and variance of the falling schedule go as n^(−4/(d+6)): −4/7 on the line, −½ in the plane.
    Less is asked of it, for two reasons. Its σ is not yet small beside the Gaussians, so that the
    bias falls more slowly. And beyond the outermost data the minimiser returns the nearest datum: a
    score that is wrong by about 1 / σ², its square by 1 / σ⁴, on a mass of 1 / n, which is of order
    n^(4/(d+6) − 1), but for logarithms. In the plane that is n^(−½) too; on the line it is n^(−3/7),
    which falls more slowly than bias and variance and has the last word. With few data the errors
    differ much from sample to sample, and the slope with them.
    With n·σ^(d+2) → 0 the variance grows, by theory as n^(d/2), with n·σ^(d+2) constant it stays.
    """
    late = {name: [line.slope(sizes, e, least=1000) for e in found[name]] for name in found}
    last = {name: found[name][:, -1] for name in found}
    slopes = [line.slope(sizes, e) for e in found["falling"]]
    label = f"exact, d = {d}"
    what = f"{label}: slope of log error on log n ≥ 1000, σ fixed"
    c.show(what, late["fixed"], at_least=-0.05)
    c.control("σ falling", what, late["falling"])
    what = f"{label}: error at the largest n over that of the blurred density, σ fixed"
    c.show(what, last["fixed"] / floor, at_least=0.93, at_most=1.07)
    c.control("σ falling", what, last["falling"] / floor)
    what = f"{label}: slope, σ falling"
    c.show(what, slopes, at_most=-0.25, wanted=f"−4/{d + 6}, the rate of bias and variance")
    c.control("σ fixed", what, [line.slope(sizes, e) for e in found["fixed"]])
    what = f"{label}: error at the largest n, σ falling"
    c.show(what, last["falling"], at_most=0.05)
    c.control("σ fixed", what, last["fixed"])
    c.control("the score of one Gaussian with the data's covariance", what, single)
    what = f"{label}: slope over n ≥ 1000, n·σ^(d+2) constant"
    c.show(what, late["constant"], at_least=-0.15)
    c.control("σ falling with n·σ^(d+2) → ∞", what, late["falling"])
    what = f"{label}: slope over n ≥ 1000, σ falling too fast"
    c.show(what, late["too_fast"], at_least=0.25)
    c.control("σ falling with n·σ^(d+2) → ∞", what, late["falling"])
    c.quote(f"{label}: error at the largest n, σ fixed", last["fixed"])
    c.quote(f"{label}: error at the largest n, n·σ^(d+2) constant", last["constant"])
    c.quote(f"{label}: error at the largest n, σ falling too fast", last["too_fast"])


@pytest.mark.slow
def test_a_trained_net(claim, full):
    c = claim("S32", "14.5.1",
              "On a line, a trained denoiser with 32 tanh units behaves like the exact "
              "minimiser: from few data it learns that minimiser, with the errors that come from "
              "these data. With fixed σ it learns the score of the blurred density. With "
              "decreasing σ it approaches the true score, but needs somewhat more data than the "
              "exact minimiser.")  # fmt: skip
    sizes, steps = line.SIZES if full else line.SIZES[1::2], 2400
    nets, exact, near, blurred = ({name: [] for name in ("fixed", "falling")} for _ in range(4))
    more = []
    for seed in c.seeds(5 if full else 1):
        x = line.draw_data(sizes[-1], np.random.default_rng(seed))
        for name in nets:
            sigma = line.SCHEDULES[name]
            scores = [line.learned(x[:n], sigma(n), seed, steps) for n in sizes]
            best = [smoothed_score(x[:n], line.GRID, sigma(n)) for n in sizes]
            nets[name].append([line.error(score) for score in scores])
            exact[name].append([line.error(score) for score in best])
            few = sigma(sizes[0])  # at the same σ: the minimiser on all data, and for n → ∞
            unit = line.distance(smoothed_score(x, line.GRID, few), best[0])
            near[name].append(line.distance(scores[0], best[0]) / unit)
            limit = mixture_score(line.GRID, line.MEANS, line.VARIANCES + few**2)
            blurred[name].append(line.distance(limit, best[0]) / unit)
            if name == "fixed":
                more.append(line.distance(scores[-1], best[0]) / unit)
    nets = {name: np.array(errors) for name, errors in nets.items()}
    exact = {name: np.array(errors) for name, errors in exact.items()}
    slopes = {name: [line.slope(sizes, e) for e in nets[name]] for name in nets}
    what = "net: slope of log error on log n, σ fixed"
    c.show(what, slopes["fixed"], at_least=-0.08)
    c.control("σ falling", what, slopes["falling"])
    floor = line.floor(line.SCHEDULES["fixed"](1))
    what = "net: error at the largest n / error of the blurred density, σ fixed"
    c.show(what, nets["fixed"][:, -1] / floor, at_least=0.93, at_most=1.07)
    c.control("σ falling", what, nets["falling"][:, -1] / floor)
    what = "net: slope, σ falling"
    c.show(what, slopes["falling"], at_most=-0.25, wanted="−4/7, the rate of bias and variance")
    c.control("σ fixed", what, slopes["fixed"])
    what = "net: error at the largest n, σ falling"
    c.show(what, nets["falling"][:, -1], at_most=0.05)
    c.control("σ fixed", what, nets["fixed"][:, -1])
    for name, words in (("fixed", "σ fixed"), ("falling", "σ falling")):
        what = (
            "distance² to the minimiser on the same fewest data: the net's / that of the minimiser "
            f"on all data, {words}"
        )
        c.show(what, near[name], at_most=0.5)
        c.control("the score of the blurred density, of no data", what, blurred[name])
        if name == "fixed":
            c.control("the net on all data", what, more)
    what = "net / minimiser, error at the largest n, σ falling"
    c.show(what, nets["falling"][:, -1] / exact["falling"][:, -1], at_least=1.05)
    c.control("σ fixed", what, nets["fixed"][:, -1] / exact["fixed"][:, -1])
    c.quote("net / minimiser, error, σ fixed", (nets["fixed"] / exact["fixed"]).ravel())
    c.quote("net / minimiser, error, σ falling", (nets["falling"] / exact["falling"]).ravel())
