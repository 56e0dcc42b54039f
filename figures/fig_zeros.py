"""Exact zeros of a sparse code against the strength λ of its L1 penalty (section 14.2.1).

Rectified units reach zero exactly, and sigmoid units never do. Dead units, which are zero for every
picture, are counted separately, because their zeros are not sparsity.
"""

from __future__ import annotations

import numpy as np

from figures.experiments.unit_atoms import measure
from tinyae import ReLU, Sigmoid
from tinyae.datasets import strokes
from tinyae.plotting import Figure, style

NUMBER = "zeros"
NAME = "fig_zeros"
TITLE = "exact zeros and mean |h| of an L1 code against λ (14.2.1)"
CHECKED = ("fewest_zeros", "most_zeros", "sigmoid_zeros", "largest_error_over_mean_picture")
LAMBDAS = (0.0, 0.03, 0.1, 0.3, 1.0)
SIGMOID_LAMBDAS = (0.0, 0.3)


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Measure a rectified and a sigmoid code at each λ."""
    n, epochs = (1000, 4) if quick else (4000, 12)
    rng = np.random.default_rng(seed)
    x, _ = strokes(n, rng=rng, dtype=np.float32)
    fresh, _ = strokes(1000, rng=rng, dtype=np.float32)
    relu = [measure(ReLU, lam, x, fresh, seed, epochs) for lam in LAMBDAS]
    sigmoid = [measure(Sigmoid, lam, x, fresh, seed, epochs) for lam in SIGMOID_LAMBDAS]
    columns = {key: np.array([row[key] for row in relu]) for key in relu[0]}
    mean_picture = float(((fresh - x.mean(axis=0)) ** 2).sum(axis=1).mean())
    return {
        "fewest_zeros": float(columns["zeros"].min()),
        "most_zeros": float(columns["zeros"].max()),
        "sigmoid_zeros": max(row["zeros"] for row in sigmoid),
        "mean_picture": mean_picture,
        "largest_error_over_mean_picture": float(columns["error"].max() / mean_picture),
        "lambdas": np.array(LAMBDAS),
        **columns,
        "sigmoid_lambdas": np.array(SIGMOID_LAMBDAS),
        "sigmoid": np.array([row["zeros"] for row in sigmoid]),
    }


def draw(numbers: dict) -> Figure:
    """Draw the shares of zeros and of dead units; at the right the reconstruction error."""
    lambdas = numbers["lambdas"]
    with style():
        figure = Figure(figsize=(9.2, 3.8))
        left, right = figure.subplots(1, 2)
        left.plot(lambdas, numbers["zeros"], "o-", color="C1", label="ReLU: zeros of live units")
        left.plot(lambdas, numbers["dead"], "s--", color="C2", label="ReLU: dead units")
        left.plot(numbers["sigmoid_lambdas"], numbers["sigmoid"], "^:", color="C0", mfc="none",
                  ms=11, zorder=3, label="sigmoid: zeros")  # fmt: skip
        left.set(ylabel="share", ylim=(-0.03, 1.03), title="exact zeros on fresh digits")
        left.legend(loc="upper left")
        right.plot(lambdas, numbers["error"], "o-", color="C1", label="squared error per digit")
        right.axhline(numbers["mean_picture"], color="0.6", label="error of the mean picture")
        right.set(
            ylabel="‖x − r‖²",
            title="reconstruction error and size of the code",
            ylim=(0, 1.1 * numbers["mean_picture"]),
        )
        other = right.twinx()
        other.plot(lambdas, numbers["mean"], "s--", color="C2", label="mean |h|")
        other.set(ylabel="mean |h|", ylim=(0, 1.1 * max(numbers["mean"])))
        other.spines["right"].set_visible(True)
        lines = [*right.get_lines(), *other.get_lines()]
        right.legend(lines, [line.get_label() for line in lines], loc="upper right",
                     bbox_to_anchor=(1.0, 0.88))  # fmt: skip
        for axes in (left, right):
            axes.set_xscale("symlog", linthresh=LAMBDAS[1], linscale=0.5)
            axes.set_xticks(lambdas, [f"{lam:g}" for lam in lambdas])
            axes.minorticks_off()
            axes.set(xlabel="λ", xlim=(-0.01, 1.3))
    return figure
