"""The field of the best reconstruction under the squared norm and under the norm (14.2.2)."""

from __future__ import annotations

import numpy as np

from figures.experiments import unsquared_norm as norm
from tinyae.plotting import Figure, style

NUMBER = "median"
NAME = "fig_median"
TITLE = "the mean and the spatial median as reconstructions, against the score (14.2.2)"
CHECKED = ("off_the_score_squared", "off_the_score_unsquared")


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Compare both fields with the score at noisy points, and sample them on a grid."""
    noisy = norm.draw(100 if quick else 1000, np.random.default_rng(seed))
    line = np.linspace(-1.0, 3.0, 9 if quick else 17)
    x = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    numbers: dict = {"x": x}
    exact = norm.score(noisy)
    ways = {"squared": norm.posterior_mean, "unsquared": norm.posterior_median}
    for name, best in ways.items():
        off = (best(noisy) - noisy) / norm.SIGMA**2 - exact
        numbers[f"off_the_score_{name}"] = float(np.sqrt((off**2).sum() / (exact**2).sum()))
        numbers[f"field_{name}"] = best(x) - x
    return numbers


def draw(numbers: dict) -> Figure:
    """Draw both fields as arrows; the data have areas in proportion to their weights."""
    with style():
        figure = Figure(figsize=(9.4, 4.4))
        titles = {"squared": "‖x − r‖²: r − x̃ is σ² times the score",
                  "unsquared": "‖x − r‖: r is a median, and r − x̃ is no score"}  # fmt: skip
        for axes, (name, title) in zip(figure.subplots(1, 2), titles.items(), strict=True):
            x, field = np.asarray(numbers["x"]), np.asarray(numbers[f"field_{name}"])
            axes.quiver(*x.T, *field.T, color="C1", angles="xy", scale_units="xy", scale=4.0,
                        width=0.004)  # fmt: skip
            axes.scatter(*norm.POINTS.T, s=400 * norm.WEIGHTS, color="C2", zorder=3)
            off = numbers[f"off_the_score_{name}"]
            axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$",
                     title=f"{title}\ndistance from the score: {off:.0%} of its size")  # fmt: skip
    return figure
