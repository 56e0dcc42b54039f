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
              "true score. If σ decreases with n·σ³ → 0, it does not.")  # fmt: skip
    sizes = line.SIZES
    found = {name: [] for name in line.SCHEDULES}
    for seed in range(10 if full else 1):
        x = line.draw_data(sizes[-1], np.random.default_rng(seed))
        for name, sigma in line.SCHEDULES.items():
            found[name].append(
                [line.error(smoothed_score(x[:n], line.GRID, sigma(n))) for n in sizes]
            )
    report(c, sizes, {name: np.array(errors) for name, errors in found.items()},
           line.floor(line.SCHEDULES["fixed"](1)), d=1)  # fmt: skip


@pytest.mark.slow
def test_the_exact_minimiser_in_the_plane(claim, full):
    c = claim(
        "S32",
        "14.5.1",
        "The same holds in the plane, where σ must decrease so slowly that n·σ⁴ → ∞.",
    )
    means = np.array([[-1.0, 0.0], [1.0, 0.0]])
    variances = np.repeat(0.25 * np.eye(2)[None], 2, axis=0)
    schedules = {
        "fixed": lambda n: 0.5,
        "falling": lambda n: 0.75 * n ** (-1 / 8),
        "too_fast": lambda n: 5.0 * n**-0.5,
    }
    sizes = np.array(line.SIZES)
    found = {name: [] for name in schedules}

    def draw(n, rng):
        return means[rng.integers(2, size=n)] + 0.5 * rng.standard_normal((n, 2))

    def error(score, x):
        true = mixture_score(x, means, variances)
        return ((score - true) ** 2).sum() / (true**2).sum()

    floors = []
    for seed in range(5 if full else 1):
        rng = np.random.default_rng(seed)
        data, fresh = draw(sizes[-1], rng), draw(1000 if full else 300, rng)
        for name, sigma in schedules.items():
            found[name].append(
                [error(smoothed_score(data[:n], fresh, sigma(n)), fresh) for n in sizes]
            )
        blurred = mixture_score(fresh, means, variances + 0.25 * np.eye(2))
        floors.append(error(blurred, fresh))
    found = {name: np.array(errors) for name, errors in found.items()}
    report(c, sizes, found, np.array(floors), d=2)


def report(c, sizes, found, floor, d):
    """Slopes and levels of the errors (seeds, sizes) on the three schedules.

    Bias and variance of the falling schedule go as n^(−4/(d+6)): −4/7 on the line, −½ in the plane.
    Less is asked of it, for two reasons. Its σ is not yet small beside the Gaussians, so that the
    bias falls more slowly. And beyond the outermost data the minimiser returns the nearest datum: a
    score that is wrong by about 1 / σ², its square by 1 / σ⁴, on a mass of 1 / n, which is of order
    n^(4/(d+6) − 1), but for logarithms. In the plane that is n^(−½) too; on the line it is n^(−3/7),
    which falls more slowly than bias and variance and has the last word. With few data the errors
    differ much from sample to sample, and the slope with them.
    With n·σ^(d+2) → 0 the variance grows, by theory as n^(d/2).
    """
    what = f"exact, d = {d}"
    slopes = [line.slope(sizes, e, least=1000) for e in found["fixed"]]
    c.show(f"{what}: slope of log error on log n ≥ 1000, σ fixed", slopes, at_least=-0.05)
    c.show(f"{what}: error at the largest n over that of the blurred density, σ fixed",
           found["fixed"][:, -1] / floor, at_least=0.93, at_most=1.07)  # fmt: skip
    slopes = [line.slope(sizes, e) for e in found["falling"]]
    c.show(f"{what}: slope, σ falling", slopes, at_most=-0.25,
           wanted=f"−4/{d + 6}, the rate of bias and variance")  # fmt: skip
    c.show(f"{what}: error at the largest n, σ falling", found["falling"][:, -1], at_most=0.05)
    slopes = [line.slope(sizes, e, least=1000) for e in found["too_fast"]]
    c.show(f"{what}: slope over n ≥ 1000, σ falling too fast", slopes, at_least=0.25)
    c.quote(f"{what}: error at the largest n, σ fixed", found["fixed"][:, -1])
    c.quote(f"{what}: error at the largest n, σ falling too fast", found["too_fast"][:, -1])


@pytest.mark.slow
def test_a_trained_net(claim, full):
    c = claim("S32", "14.5.1",
              "On a line, a trained denoiser with 32 tanh units behaves like the exact "
              "minimiser. With fixed σ it learns the score of the blurred density. With "
              "decreasing σ it approaches the true score, but needs somewhat more data than the "
              "exact minimiser.")  # fmt: skip
    sizes, steps = line.SIZES if full else line.SIZES[1::2], 2400
    nets, exact = ({name: [] for name in ("fixed", "falling")} for _ in range(2))
    for seed in range(5 if full else 1):
        x = line.draw_data(sizes[-1], np.random.default_rng(seed))
        for name in nets:
            sigma = line.SCHEDULES[name]
            nets[name].append(
                [line.error(line.learned(x[:n], sigma(n), seed, steps)) for n in sizes]
            )
            exact[name].append(
                [line.error(smoothed_score(x[:n], line.GRID, sigma(n))) for n in sizes]
            )
    nets = {name: np.array(errors) for name, errors in nets.items()}
    exact = {name: np.array(errors) for name, errors in exact.items()}
    slopes = [line.slope(sizes, e) for e in nets["fixed"]]
    c.show("net: slope of log error on log n, σ fixed", slopes, at_least=-0.08)
    floor = line.floor(line.SCHEDULES["fixed"](1))
    c.show("net: error at the largest n / error of the blurred density, σ fixed",
           nets["fixed"][:, -1] / floor, at_least=0.93, at_most=1.07)  # fmt: skip
    slopes = [line.slope(sizes, e) for e in nets["falling"]]
    c.show("net: slope, σ falling", slopes, at_most=-0.25,
           wanted="−4/7, the rate of bias and variance")  # fmt: skip
    c.show("net: error at the largest n, σ falling", nets["falling"][:, -1], at_most=0.05)
    c.quote("net / minimiser, error, σ fixed", (nets["fixed"] / exact["fixed"]).ravel())
    c.quote("net / minimiser, error, σ falling", (nets["falling"] / exact["falling"]).ravel())
