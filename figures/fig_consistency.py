"""Error of the learned score against the number of data, at fixed and at falling noise (14.5.1).

The data come from two Gaussians on a line, so the true score is known. At fixed σ a denoiser
learns the score of the blurred density, and no number of data helps; with σ → 0 slowly enough it
finds the true one. The exact minimiser on n data has a variance of order 1 / (n σ^(d+2)) and a
squared bias of order σ⁴: σ ∝ n^(−1/(d+6)) balances the two, and σ ∝ n^(−1/2) is too fast.
"""

from __future__ import annotations

import numpy as np

from figures.common import tanh_denoiser, train
from tinyae import Adam, score_field
from tinyae.plotting import Figure, style
from tinyae.score import mixture_log_density, mixture_score, smoothed_score
from tinyae.training import Cosine

NUMBER = "consistency"
NAME = "fig_consistency"
TITLE = "error to the true score against n, at fixed and at falling noise (14.5.1)"
TOLERANCES = {  # the minimiser is a formula; only the nets differ from machine to machine
    "slope_fixed": 0.001,
    "slope_falling": 0.001,
    "slope_too_fast": 0.001,
    "net_slope_fixed": 0.06,
    "net_slope_falling": 0.12,
    "error_over_floor": 0.001,
}
MEANS = np.array([[-1.0], [1.0]])
VARIANCES = np.full((2, 1, 1), 0.25)
GRID = np.linspace(-4.0, 4.0, 401)[:, None]  # beyond lie 2e-9 of the mass
SIZES = (100, 300, 1000, 3000, 10_000, 30_000)
SCHEDULES = {
    "fixed": lambda n: 0.5,
    "falling": lambda n: 0.75 * n ** (-1 / 7),  # d = 1
    "too_fast": lambda n: 5.0 * n**-0.5,
}


def draw_data(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n points of ½N(−1, ¼) + ½N(1, ¼), of shape (n, 1)."""
    return MEANS[rng.integers(2, size=n)] + 0.5 * rng.standard_normal((n, 1))


def error(score: np.ndarray) -> float:
    """E‖score − true score‖² / E‖true score‖² under the true density, for a score on GRID."""
    density = np.exp(mixture_log_density(GRID, MEANS, VARIANCES))
    true = mixture_score(GRID, MEANS, VARIANCES)
    return float((density @ (score - true) ** 2).sum() / (density @ true**2).sum())


def floor(sigma: float) -> float:
    """The error of the exact score of the density blurred by N(0, σ²): what n → ∞ leaves."""
    return error(mixture_score(GRID, MEANS, VARIANCES + sigma**2 * np.eye(1)))


def learned(x: np.ndarray, sigma: float, seed: int, steps: int) -> np.ndarray:
    """Train a 1-32-1 denoiser on x; return its score on GRID.

    The data are repeated to the same number of rows whatever their number, so that every net takes
    the same steps and only the data differ.
    """
    rng = np.random.default_rng(seed)
    model = tanh_denoiser(1, 32, sigma, rng, weight=4, bias=4)
    rows = np.resize(x, (SIZES[-1], 1)).astype(np.float32)
    train(model, rows, epochs=round(steps * 250 / len(rows)), batch_size=250,
          optimizer=Adam(Cosine(0.01)), rng=rng)  # fmt: skip
    return score_field(model, GRID, sigma)


def slope(sizes: np.ndarray, errors: np.ndarray, least: int = 0) -> float:
    """Slope of log error on log n, over n ≥ `least`."""
    kept = np.asarray(sizes) >= least
    return float(np.polyfit(np.log(sizes)[kept], np.log(errors)[kept], 1)[0])


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Measure the minimiser on three schedules of σ and nets on two, over nested sets of data."""
    sizes, steps = (SIZES[::2], 600) if quick else (SIZES, 2400)
    rng = np.random.default_rng(seed)
    x = draw_data(sizes[-1], rng)
    numbers: dict = {"sizes": np.array(sizes)}
    for name, sigma in SCHEDULES.items():
        exact = [error(smoothed_score(x[:n], GRID, sigma(n))) for n in sizes]
        numbers[f"error_{name}"] = np.array(exact)
        numbers[f"slope_{name}"] = slope(sizes, exact, least=1000 if name == "too_fast" else 0)
        if name != "too_fast":
            scores = [learned(x[:n], sigma(n), seed, steps) for n in sizes]
            found = [error(score) for score in scores]
            numbers[f"net_error_{name}"] = np.array(found)
            numbers[f"net_slope_{name}"] = slope(sizes, found)
            numbers[f"net_score_{name}"] = scores[-1][:, 0]
    numbers["floor_fixed"] = floor(SCHEDULES["fixed"](1))
    numbers["error_over_floor"] = numbers["error_fixed"][-1] / numbers["floor_fixed"]
    return numbers


def draw(numbers: dict) -> Figure:
    """Left the errors against n; right the scores that the nets with the most data learned."""
    with style():
        figure = Figure(figsize=(10.6, 4.4))
        left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
        n = numbers["sizes"]
        looks = {
            "fixed": ("C4", "σ = 0.5"),
            "falling": ("C1", "$σ = 0.75\\,n^{-1/7}$"),
            "too_fast": ("C2", "$σ = 5\\,n^{-1/2}$: too fast"),
        }
        for name, (color, label) in looks.items():
            left.loglog(n, numbers[f"error_{name}"], "-", color=color, label=label)
            if name != "too_fast":
                left.loglog(n, numbers[f"net_error_{name}"], "o", color=color, mfc="none", ms=7)
        left.axhline(numbers["floor_fixed"], color="0.5", linestyle=":", linewidth=1.2,
                     label="exact score, blurred by σ = 0.5")  # fmt: skip
        left.plot([], [], "k-", label="exact minimiser on n data")
        left.plot([], [], "ko", mfc="none", ms=7, label="trained net")
        left.set(xlabel="number of data n", ylabel="error to the true score (share of its square)",
                 ylim=(0.01, 1.0))  # fmt: skip
        left.set_title(
            f"slopes: fixed {slopes(numbers, 'fixed')}, falling {slopes(numbers, 'falling')}"
        )
        left.legend(loc="lower left", fontsize=8)
        shown = np.abs(GRID[:, 0]) < 2.7
        grid = GRID[shown, 0]
        right.plot(grid, mixture_score(GRID, MEANS, VARIANCES)[shown], "k-", label="true score")
        for name in ("fixed", "falling"):
            color, _ = looks[name]
            sigma = SCHEDULES[name](int(n[-1]))
            right.plot(grid, np.asarray(numbers[f"net_score_{name}"])[shown], "--", color=color,
                       label=f"net, σ = {sigma:.2f}")  # fmt: skip
        density = np.exp(mixture_log_density(GRID, MEANS, VARIANCES))[shown]
        right.fill_between(
            grid, -7.5, -7.5 + 5 * density, color="0.88", label="density of the data"
        )
        right.set(xlabel="x", ylabel="score", ylim=(-7.5, 7.5))
        right.set_title(f"what the nets learned from {n[-1]} data")
        right.legend(loc="upper right", fontsize=8)
    return figure


def slopes(numbers: dict, name: str) -> str:
    """Two slopes in words, with a minus that is as wide as a plus."""
    exact, net = numbers[f"slope_{name}"], numbers[f"net_slope_{name}"]
    return f"{exact:.2f} (net {net:.2f})".replace("-", "−")
