"""The curve r(x) of figure 14.7 while a denoising autoencoder learns it (section 14.7)."""

from __future__ import annotations

import numpy as np

from .experiments.three_points import DATA, SIGMA, optimum
from .experiments.while_learning import three_points_course
from .slide import Film, legend, slide

NUMBER = "14.7"
NAME = "film_14_07_three_points"
TITLE = "r(x) becomes flat at each datum and steep between two"
ALT = (
    "The learned r(x) of one number x, while the network is trained on three data. It begins as a "
    "level line at zero, rises to a slope through the three data, and then bends into a staircase "
    "that is flat at the data and steep midway. At the end it lies near the best possible curve."
)
ROWS, BATCH = 3000, 300


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train, and sample r before training and after epochs that lie ever farther apart."""
    last = 30 if quick else 1000
    kept = np.unique(np.geomspace(1, last, 5 if quick else 48).round().astype(int))
    x = np.linspace(-0.8, 0.8, 401)
    curves = three_points_course(seed, x, kept=kept, rows=ROWS)
    steps = np.concatenate([[0], kept]) * (ROWS // BATCH)
    return {"x": x, "curves": curves, "optimum": optimum(x, SIGMA), "steps": steps}


def draw(numbers: dict) -> Film:
    """Draw the diagonal, the data and the optimum; frame i has r(x) after that many steps."""
    x, steps = np.asarray(numbers["x"]), numbers["steps"]
    with slide(TITLE, ALT) as (figure, axes):
        axes.plot(x, x, color="0.45", linestyle="--", linewidth=1.2, label="r(x) = x")
        axes.plot(x, numbers["optimum"], color="C4", linewidth=5, label="best possible")
        (line,) = axes.plot(x, numbers["curves"][-1], color="C1", label="learned r(x)")
        axes.plot(DATA[:, 0], DATA[:, 0], "o", color="C0", markersize=7, label="data")
        axes.plot([], [], " ", label=" " * 20)
        axes.set(xlabel="$x$", ylabel="$r(x)$", xlim=(-0.8, 0.8), ylim=(-0.8, 0.8), aspect="equal")
        legend(axes)
        text = figure.legends[0].get_texts()[-1]

    def show(i: int) -> None:
        line.set_ydata(numbers["curves"][i])
        text.set_text(f"after {int(steps[i])} steps")

    return Film(figure, len(steps), show)
