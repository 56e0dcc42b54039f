"""Figure 14.7: a denoising autoencoder on a line with three data, and its fixed points.

The curve of r(x) crosses the diagonal r(x) = x at the data with a slope below 1: there r is a
contraction. Between two data it crosses the diagonal with a slope above 1. The optimum is known:
r*(x) = Σ p(x_i | x) x_i, with slope Δ² / 4σ² midway between two data at the distance Δ.
"""

from __future__ import annotations

import numpy as np

from figures.experiments.three_points import DATA, SIGMA, learn, measure
from tinyae.plotting import Figure, style
from tinyae.score import smoothed_score

NUMBER = "14.7"
NAME = "fig_14_07_three_points"
TITLE = "r(x) on a line: fixed points at and between three data"
CHECKED = (
    "fixed_points",
    "worst_fixed_point_error",
    "largest_slope_at_data",
    "smallest_slope_between",
    "optimal_slope_between",
)


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train, find the zeros of r(x) − x and the slopes of r; sample r and the optimum r*."""
    model, seconds = learn(seed, epochs=20 if quick else 200)
    x = np.linspace(-0.8, 0.8, 401)[:, None]
    best = x + SIGMA**2 * smoothed_score(DATA, x, SIGMA)
    return {
        **measure(model),
        "optimal_slope_between": 0.5**2 / (4.0 * SIGMA**2),
        "training_seconds": seconds,
        "x": x[:, 0],
        "r": model.reconstruct(x)[:, 0],
        "optimal_r": best[:, 0],
    }


def draw(numbers: dict) -> Figure:
    """Draw r(x) and the diagonal; below, arrows from x to r(x) at the height of their length."""
    x, r, zeros = (np.asarray(numbers[key]) for key in ("x", "r", "zeros"))
    with style():
        figure = Figure(figsize=(6.2, 7.2))
        axes, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        axes.plot(x, x, color="0.55", linestyle="--", label="identity")
        axes.plot(x, numbers["optimal_r"], color="C4", linewidth=4, label="optimum $r^*(x)$")
        axes.plot(x, r, color="C1", label="learned $r(x)$")
        axes.plot(zeros[::2], zeros[::2], "o", color="C0", markersize=7,
                  label="$r(x) = x$, slope < 1")  # fmt: skip
        axes.plot(zeros[1::2], zeros[1::2], "o", color="C0", markerfacecolor="white",
                  markersize=7, label="$r(x) = x$, slope > 1")  # fmt: skip
        axes.set(ylabel="$r(x)$", xlim=(-0.8, 0.8), ylim=(-0.8, 0.8))
        axes.set_title(
            f"slope at the data ≤ {numbers['largest_slope_at_data']:.3f}, midway "
            f"{numbers['mean_slope_between']:.2f} (optimum {numbers['optimal_slope_between']:.2f})"
        )
        axes.legend(loc="upper left")
        some = slice(2, None, 9)
        start, step = x[some], (r - x)[some]
        below.quiver(start, np.abs(step), step, np.zeros(len(step)), color="C2", angles="xy",
                     scale_units="xy", scale=1.0, width=0.004)  # fmt: skip
        below.plot(start, np.abs(step), ".", color="C2", markersize=4)
        below.plot(DATA[:, 0], np.zeros(3), "x", color="C0", markersize=9, markeredgewidth=2,
                   label="data", clip_on=False)  # fmt: skip
        below.set(xlabel="$x$", ylabel="$|r(x) - x|$", ylim=(0, 0.32))
        below.set_title("arrows from $x$ to $r(x)$: towards the data, away from the midpoints")
        below.legend(loc="upper center")
    return figure
