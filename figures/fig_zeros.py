"""Exact zeros of a sparse code against the strength λ of its L1 penalty (section 14.2.1).

The criterion is that of equations 14.2 and 14.6.

Rectified units reach zero exactly, and sigmoid units never do. Dead units, which are zero for every
picture, are counted separately, because their zeros are not sparsity.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae import ReLU, Sigmoid
from tinyae.datasets import strokes
from tinyae.plotting import Figure, style

from .experiments.own_data import split
from .experiments.unit_atoms import measure
from .kinds import Count, CountOfRows, Forms, Rows, Strengths, rising
from .parameters import claim, has_rows, parametrized
from .slide import Slide, legend, slide

NUMBER = "zeros"
NAME = "fig_zeros"
TITLE = "exact zeros and mean |h| of an L1 code against λ (14.2.1)"
ALT = (
    "Shares of the code against the strength λ of the L1 penalty. With rectified units the "
    "share of exact zeros rises from {fewest_zeros:.0%} without the penalty to "
    "{most_zeros:.0%} at λ = 1; few units are dead. With sigmoid units no entry is exactly "
    "zero. A penalty alone does not give zeros: the unit must be able to reach zero."
)
CHECKED = ("fewest_zeros", "most_zeros", "sigmoid_zeros", "largest_error_over_mean_picture")
LAMBDAS = (0.0, 0.03, 0.1, 0.3, 1.0)
SIGMOID_LAMBDAS = (0.0, 0.3)


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    lambdas: Strengths = LAMBDAS,
    sigmoid_lambdas: Strengths = SIGMOID_LAMBDAS,
    units: CountOfRows = 128,
    epochs: Count = Forms(12, quick=4),
    X: Rows | None = None,
) -> dict:
    """Measure a rectified and a sigmoid code at each λ.

    With rows X (n, d) four fifths are trained on, and the others are fresh. A code has at most as
    many units as there are rows for training, and without `units` no more.
    """
    rising(lambdas, "lambdas")
    rising(sigmoid_lambdas, "sigmoid_lambdas")
    rng = np.random.default_rng(seed)
    if X is None:
        x, _ = strokes(1000 if quick else 4000, rng=rng, dtype=np.float32)
        fresh, _ = strokes(1000, rng=rng, dtype=np.float32)
    else:
        x, fresh = split(X, seed)
    if units > len(x):
        raise ValueError(f"units must be at most {len(x)}, the rows for training, got {units}")
    relu = [measure(ReLU, lam, x, fresh, seed, epochs, units) for lam in lambdas]
    sigmoid = [measure(Sigmoid, lam, x, fresh, seed, epochs, units) for lam in sigmoid_lambdas]
    columns = {key: np.array([row[key] for row in relu]) for key in relu[0]}
    mean_picture = float(((fresh - x.mean(axis=0)) ** 2).sum(axis=1).mean())
    return {
        "fewest_zeros": float(columns["zeros"].min()),
        "most_zeros": float(columns["zeros"].max()),
        "sigmoid_zeros": max(row["zeros"] for row in sigmoid),
        "mean_picture": mean_picture,
        "largest_error_over_mean_picture": float(columns["error"].max() / mean_picture),
        "lambdas": np.array(lambdas),
        **columns,
        "sigmoid_lambdas": np.array(sigmoid_lambdas),
        "sigmoid": np.array([row["zeros"] for row in sigmoid]),
    }


def draw(numbers: dict) -> Figure:
    """Draw the shares of zeros and of dead units, the reconstruction error, and the mean |h|."""
    with style():
        figure = Figure(figsize=(11.6, 3.8))
        left, middle, right = figure.subplots(1, 3, width_ratios=(1.3, 1, 1))
        show_zeros(left, numbers)
        left.set_title(claim(numbers, "rectified units reach zero exactly", "exact zeros"))
        left.legend(loc="upper left")
        show_error(middle, numbers)
        middle.set_title(claim(numbers, "the price: a larger error", "error"))
        middle.legend(loc="upper left", bbox_to_anchor=(0.0, 0.92))
        right.plot(numbers["lambdas"], numbers["mean"], "s-", color="C2")
        right.set(ylabel="mean |h|", ylim=(0, 1.1 * max(numbers["mean"])))
        right.set_title(claim(numbers, "the code becomes smaller", "size of the code"))
        ticks(right, numbers)
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the zeros, and what they cost, as slides."""
    title = "L1 makes a rectified code sparse: most entries are exactly zero"
    other = "exact zeros of codes against λ"
    with slide(title, ALT.format(**numbers), other) as (zeros, axes):
        show_zeros(axes, numbers)
        legend(axes, right=False, ncols=3)
    alt = (
        "The squared error of fresh digits against λ. It rises with λ, but stays far below the "
        "error of the mean picture."
    )
    title, other = "Sparsity has a price: the error rises with λ", "the squared error against λ"
    with slide(title, alt, other) as (error, axes):
        show_error(axes, numbers)
        legend(axes, right=False, ncols=2)
    return zeros, error


def show_zeros(axes: Axes, numbers: dict) -> None:
    """Draw the shares of exact zeros and of dead units against λ."""
    lambdas = numbers["lambdas"]
    axes.plot(lambdas, numbers["zeros"], "o-", color="C1", label="ReLU: zeros")
    axes.plot(lambdas, numbers["dead"], "s--", color="C2", label="ReLU: dead units")
    tried = ", ".join(f"{lam:g}" for lam in numbers["sigmoid_lambdas"])
    axes.plot(numbers["sigmoid_lambdas"], numbers["sigmoid"], "^", color="C0", mfc="none", ms=10,
              zorder=3, label=f"sigmoid (λ = {tried})")  # fmt: skip
    axes.set(ylabel="share of the code", ylim=(-0.05, 1.03))
    ticks(axes, numbers)


def show_error(axes: Axes, numbers: dict) -> None:
    """Draw the error against λ, and that of the mean picture."""
    mean, one = ("mean row", "row") if has_rows(numbers) else ("mean picture", "digit")
    axes.plot(numbers["lambdas"], numbers["error"], "o-", color="C1", label="reconstruction")
    axes.axhline(numbers["mean_picture"], color="0.5", ls="--", label=mean)
    axes.set(
        ylabel=f"squared error per fresh {one}",
        ylim=(0, 1.1 * max(*numbers["error"], numbers["mean_picture"])),
    )
    ticks(axes, numbers)


def ticks(axes: Axes, numbers: dict) -> None:
    """Give the axis of λ a logarithmic scale with a place for 0."""
    lambdas = np.union1d(numbers["lambdas"], numbers["sigmoid_lambdas"])
    largest = max(lambdas)
    least = min([lam for lam in lambdas if lam > 0], default=1.0)
    axes.set_xscale("symlog", linthresh=least, linscale=0.5)
    axes.set_xticks(lambdas, [f"{lam:g}" for lam in lambdas])
    axes.minorticks_off()
    axes.set(xlabel="strength λ of the penalty", xlim=(-least / 3, 1.3 * (largest or 1.0)))
