"""The field of the best reconstruction under the squared norm and under the norm (14.2.2)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae.plotting import Figure, style

from .experiments import unsquared_norm as norm
from .kinds import Count, Forms
from .parameters import parametrized
from .slide import Slide, legend, slide

NUMBER = "median"
NAME = "fig_median"
TITLE = "the mean and the spatial median as reconstructions, against the score (14.2.2)"
ALT = (
    "Arrows of the best r(x̃) − x̃ on a grid around the data, for the squared norm and for "
    "the norm itself. With the squared norm they are those of the score (off by "
    "{off_the_score_squared:.0%} of its size). With the norm they point to a spatial median: "
    "many lead straight to one datum, and they are off by {off_the_score_unsquared:.0%} of "
    "the size of the score. Which error is minimised decides whether a denoiser estimates the "
    "score."
)
CHECKED = ("off_the_score_squared", "off_the_score_unsquared")


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    points: Count = Forms(1000, quick=100),
) -> dict:
    """Compare both fields with the score at noisy points, and sample them on a grid."""
    noisy = norm.draw(points, np.random.default_rng(seed))
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


TITLES = {
    "squared": "‖x − r‖²: r − x̃ is σ² times the score",
    "unsquared": "‖x − r‖: r is a median, and r − x̃ is no score",
}


def draw(numbers: dict) -> Figure:
    """Draw both fields as arrows; the data have areas in proportion to their weights."""
    with style():
        figure = Figure(figsize=(9.4, 4.4))
        for axes, (name, title) in zip(figure.subplots(1, 2), TITLES.items(), strict=True):
            show_field(axes, numbers, name)
            off = numbers[f"off_the_score_{name}"]
            axes.set_title(f"{title}\ndistance from the score: {off:.0%} of its size")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw both fields as slides."""
    alt = (
        "Arrows of the best r(x̃) − x̃ under the squared norm, on a grid around three data of "
        "different weights. They point to a place between the data, the posterior mean, and are "
        "the score times σ²."
    )
    title = "With the squared norm the best r is a mean, and r − x̃ is a score"
    other = "the best r with the squared norm"
    with slide(title, alt, other) as (squared, axes):
        show_field(axes, numbers, "squared")
        legend(axes)
    title = "Without the square the best r is a median, and r − x̃ is no score"
    other = "the best r with the norm without the square"
    with slide(title, ALT.format(**numbers), other) as (unsquared, axes):
        show_field(axes, numbers, "unsquared")
        legend(axes)
    return squared, unsquared


def show_field(axes: Axes, numbers: dict, name: str) -> None:
    """Draw one field at a quarter of its length, and the data."""
    x, field = np.asarray(numbers["x"]), np.asarray(numbers[f"field_{name}"])
    axes.quiver(*x.T, *field.T, color="C1", angles="xy", scale_units="xy", scale=4.0,
                width=0.004)  # fmt: skip
    axes.plot([], [], color="C1", marker=">", label="best r(x̃) − x̃,\na quarter of its length")
    axes.scatter(*norm.POINTS.T, s=400 * norm.WEIGHTS, color="C2", zorder=3)
    axes.plot([], [], "o", color="C2", label="data, by weight")
    axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
