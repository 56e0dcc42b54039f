"""Error of the learned score against the number of data, at fixed and at falling noise (14.5.1).

At fixed σ a denoiser learns the score of the blurred density, and more data do not help. Where σ
falls to 0 slowly enough, it learns the true score. σ ∝ n^(−1/7) is slow enough on a line, and
σ ∝ n^(−1/2) falls too fast. `figures/experiments/consistency.py` gives the reasons.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from matplotlib.axes import Axes

from tinyae.plotting import Figure, style
from tinyae.score import mixture_log_density, mixture_score, smoothed_score

from .experiments.consistency import (
    GRID,
    MEANS,
    SCHEDULES,
    SIZES,
    VARIANCES,
    draw_data,
    error,
    floor,
    learned,
    slope,
)
from .kinds import Forms, Number
from .parameters import parametrized
from .slide import Slide, legend, slide

NUMBER = "consistency"
NAME = "fig_consistency"
TITLE = "error to the true score against n, at fixed and at falling noise (14.5.1)"
ALT = (
    "The squared error of the learned score against the number n of data, on logarithmic "
    "axes. At a fixed σ it becomes level: more data do not help, because the score of a "
    "blurred density is learned. Where σ falls as n^(−1/7) the error falls along a straight "
    "line (slope {slope_falling:.2f}). Where σ falls as n^(−1/2) the error stays large: too "
    "few data lie within reach of the noise."
)
CHECKED = (
    "slope_fixed",
    "slope_falling",
    "slope_too_fast",
    "net_slope_fixed",
    "net_slope_falling",
    "error_over_floor",
)

Steps = Annotated[int, Number(whole=True, low=40)]  # of one epoch


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    steps: Steps = Forms(2400, quick=600),
) -> dict:
    """Measure the minimiser on three schedules of σ and networks on two, over nested data sets.

    The networks take about so many steps: whole epochs of 40.
    """
    sizes = SIZES[::2] if quick else SIZES
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


LOOKS = {
    "fixed": ("C4", "σ = 0.5", "-"),
    "falling": ("C1", "$σ = 0.75\\,n^{-1/7}$", "-"),
    "too_fast": ("C2", "$σ = 5\\,n^{-1/2}$: too fast", "--"),
}


def draw(numbers: dict) -> Figure:
    """Draw the errors against n; at the right the scores learned from the most data."""
    with style():
        figure = Figure(figsize=(10.6, 4.4))
        left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
        show_errors(left, numbers)
        left.set_title(
            f"error to the true score; slope at fixed σ {slopes(numbers, 'fixed')},\n"
            f"where σ falls {slopes(numbers, 'falling')}"
        )
        left.legend(loc="lower left", fontsize="small")
        show_scores(right, numbers)
        right.set_title(f"scores that the networks learned from {int(numbers['sizes'][-1])} data")
        right.legend(loc="upper right", fontsize="small")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the errors and the learned scores as slides."""
    title = "More data help only if the noise falls, and not too fast"
    other = "error to the true score against n"
    with slide(title, ALT.format(**numbers), other) as (errors, axes):
        show_errors(axes, numbers)
        legend(axes)
    title = "At fixed noise a denoiser learns the score of a blurred density"
    alt = (
        "The true score of a density with two peaks, and the scores of two networks. The one that "
        "was trained with little noise follows the true score where the data lie. The one with "
        "more noise has the same zeros, but is too flat between them."
    )
    other = "the true score, and the scores of two networks"
    with slide(title, alt, other) as (scores, axes):
        show_scores(axes, numbers)
        legend(axes)
    return errors, scores


def show_errors(axes: Axes, numbers: dict) -> None:
    """Draw the errors of the minimiser and of the networks against n."""
    n = numbers["sizes"]
    for name, (color, label, line) in LOOKS.items():
        axes.loglog(n, numbers[f"error_{name}"], line, color=color, label=label)
        if name != "too_fast":
            axes.loglog(n, numbers[f"net_error_{name}"], "o", color=color, mfc="none", ms=7)
    axes.axhline(numbers["floor_fixed"], color="0.4", linestyle=":", linewidth=1.2,
                 label="limit for σ = 0.5")  # fmt: skip
    axes.plot([], [], "k-", label="best r on n data")
    axes.plot([], [], "ko", mfc="none", ms=7, label="trained network")
    axes.set(xlabel="number of data n", ylabel="relative squared error of the score",
             ylim=(0.01, 1.0))  # fmt: skip


def show_scores(axes: Axes, numbers: dict) -> None:
    """Draw the true score, those that the networks learned from the most data, and the density."""
    shown = np.abs(GRID[:, 0]) < 2.7
    grid = GRID[shown, 0]
    axes.plot(grid, mixture_score(GRID, MEANS, VARIANCES)[shown], "k-", label="true score")
    for name, line in (("fixed", "--"), ("falling", "-.")):
        sigma = SCHEDULES[name](int(numbers["sizes"][-1]))
        axes.plot(grid, np.asarray(numbers[f"net_score_{name}"])[shown], line,
                  color=LOOKS[name][0], label=f"network, σ = {sigma:.2f}")  # fmt: skip
    density = np.exp(mixture_log_density(GRID, MEANS, VARIANCES))[shown]
    axes.fill_between(grid, -7.5, -7.5 + 5 * density, color="0.85", label="density of the data")
    axes.set(xlabel="x", ylabel="score", ylim=(-7.5, 7.5))


def slopes(numbers: dict, name: str) -> str:
    """Return both slopes of a schedule as text, with the typographic minus sign."""
    exact, net = numbers[f"slope_{name}"], numbers[f"net_slope_{name}"]
    return f"{exact:.2f} (network {net:.2f})".replace("-", "−")
