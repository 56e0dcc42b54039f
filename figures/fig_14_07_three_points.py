"""Figure 14.7: a denoising autoencoder on a line with three data, and its fixed points.

The curve of r(x) crosses the diagonal r(x) = x at the data with a slope below 1: there r is a
contraction. Between two data it crosses the diagonal with a slope above 1. The optimum is known:
r*(x) = Σ p(x_i | x) x_i, with slope Δ² / 4σ² midway between two data at the distance Δ.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae.numerics.scaled_points import LINE
from tinyae.plotting import Figure, reconstruction_curve, style
from tinyae.score import smoothed_score

from .experiments.own_data import Scaled
from .experiments.three_points import DATA, SIGMA, fixed_points, learn, measure, optimum, slope
from .kinds import Count, Forms, Length, Line
from .parameters import claim, has_rows, parametrized
from .slide import Slide, legend, slide

NUMBER = "14.7"
NAME = "fig_14_07_three_points"
TITLE = "r(x) on a line: fixed points at and between three data"
ALT = (
    "The learned r(x) of one number x as a staircase: flat at the three data x₁, x₂ and x₃, "
    "and steep midway between them. It lies near the best possible curve. It crosses the dashed "
    "diagonal r(x) = x at {fixed_points} points: at the data, where its slope is at most "
    "{largest_slope_at_data:.2f}, and at the two midpoints, where it is about "
    "{mean_slope_between:.1f}. A row of arrows along the axis points from x to r(x): towards "
    "the nearest datum, away from the midpoints. Shaded bands show the points that move to "
    "the same datum."
)
ALT_OWN = (
    "The learned r(x) of one number x beside the best possible curve. It crosses the dashed "
    "diagonal r(x) = x at {fixed_points} points. A row of arrows along the axis points from x to "
    "r(x). Shaded bands show the points that move to the same place."
)
SECTION = "14.7"
OWN_SLIDES = True
CHECKED = (
    "fixed_points",
    "worst_fixed_point_error",
    "largest_slope_at_data",
    "smallest_slope_between",
    "optimal_slope_between",
)

MOST_NAMED = 6  # data that are drawn with a name
APART = 0.16  # of the width of the data: nearer names of data would touch on a slide
MESSAGE = "Every x moves to a datum: r is flat at the data and steep midway"


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    sigma: Length = SIGMA,
    units: Count = 20,
    epochs: Count = Forms(200, quick=20),
    X: Line | None = None,
) -> dict:
    """Train, find the zeros of r(x) − x and the slopes of r; sample r and the optimum r*.

    With numbers X (n, 1) in place of the three data, the slopes at and between data are left out.
    """
    if X is not None:
        return _of_points(X, seed, sigma, {"units": units, "epochs": epochs})
    Scaled.of(DATA, LINE).sigma(sigma, "the three data")  # raises an error if it does not fit
    model, seconds = learn(seed, sigma=sigma, units=units, epochs=epochs)
    x = np.linspace(-0.8, 0.8, 401)[:, None]
    best = x + sigma**2 * smoothed_score(DATA, x, sigma)
    return {
        **measure(model),
        "optimal_slope_between": 0.5**2 / (4.0 * sigma**2),
        "training_seconds": seconds,
        "x": x[:, 0],
        "r": model.reconstruct(x)[:, 0],
        "optimal_r": best[:, 0],
    }


def _of_points(X: np.ndarray, seed: int, sigma: float, options: dict[str, int]) -> dict:
    """Return the numbers for data X (n, 1) of a user, in their units."""
    points = Scaled.of(X, LINE)
    scaled = points.sigma(sigma)
    model, seconds = learn(seed, sigma=scaled, copies=(1,) * len(X), data=points.z, **options)
    zeros = fixed_points(model)
    z = np.linspace(-0.8, 0.8, 401)[:, None]
    return {
        "sigma": sigma,
        "fixed_points": len(zeros),
        "zeros": points.back(zeros[:, None])[:, 0],
        "slopes": slope(model, zeros),
        "training_seconds": seconds,
        "data_points": np.sort(X[:, 0]),
        "x": points.back(z)[:, 0],
        "r": points.back(model.reconstruct(z))[:, 0],
        "optimal_r": points.back(optimum(z[:, 0], scaled, data=points.z)[:, None])[:, 0],
    }


def draw(numbers: dict) -> Figure:
    """Draw r(x), the diagonal, and a row of arrows from x towards r(x)."""
    with style():
        figure = Figure(figsize=(6.6, 6.4))
        axes = figure.add_subplot()
        show_curve(axes, numbers)
        count, between = numbers["fixed_points"], numbers.get("mean_slope_between")
        title = claim(numbers, MESSAGE, f"r(x) = x at {count} point{'s' * (count != 1)}")
        if "data_points" not in numbers:
            title += f"\nslope at the data ≤ {numbers['largest_slope_at_data']:.3f}"
            if np.isfinite(between):  # else no point between the data stays where it is
                title += f", midway {between:.2f} (optimum {numbers['optimal_slope_between']:.2f})"
        axes.set_title(title)
        axes.legend(loc="upper left")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the same panel as a slide."""
    words = ALT_OWN if has_rows(numbers) else ALT
    with slide(MESSAGE, words.format(**numbers)) as (figure, axes):
        show_curve(axes, numbers)
        legend(axes)
    return (figure,)


def show_curve(axes: Axes, numbers: dict) -> None:
    """Draw r(x) and the diagonal; the points that r moves to one datum are shaded alike.

    The arrows at the bottom show the direction of r(x) − x only. Their length is that of the gap
    between them, or the way to r(x) where it is shorter.
    """
    x, r, zeros = (np.asarray(numbers[key]) for key in ("x", "r", "zeros"))
    flat = np.asarray(numbers["slopes"]) < 1
    data = np.asarray(numbers.get("data_points", DATA[:, 0]))
    low, high = x[0], x[-1]
    size, middle = (high - low) / 1.6, (low + high) / 2  # 1 and 0 for the three data
    edges = [low, *zeros[~flat], high]
    for i, (left, right) in enumerate(zip(edges, edges[1:], strict=False)):
        axes.axvspan(left, right, color=("0.94", "0.87")[i % 2], linewidth=0, zorder=0)
    axes.plot(x, numbers["optimal_r"], color="C4", linewidth=5, label="best possible")
    reconstruction_curve(x, r, ax=axes)
    start = middle + size * np.linspace(-0.76, 0.76, 39)
    step = np.interp(start, x, r) - start
    step = np.clip(step, -0.033 * size, 0.033 * size)
    some = np.abs(step) > 0.004 * size
    at = np.full(some.sum(), middle - 0.7 * size)
    axes.quiver(start[some] - step[some] / 2, at, step[some],
                np.zeros(some.sum()), color="C2", angles="xy", scale_units="xy", scale=1.0,
                width=0.005, headwidth=5, headlength=5, zorder=3)  # fmt: skip
    axes.plot([], [], color="C2", marker=">", label="from x to r(x)")
    named = len(data) <= MOST_NAMED and np.diff(np.sort(data)).min() >= APART * size
    if not named:  # a mark for each below the arrows
        axes.plot(data, np.full(len(data), middle - 0.77 * size), "|", color="C0", markersize=7)
    for i, datum in enumerate(data if named else [], start=1):
        axes.plot([datum, datum], [low, datum], ":", color="C0", linewidth=1.0, zorder=1)
        axes.text(datum + 0.02 * size, middle - 0.6 * size, f"$x_{i}$", fontsize="x-large",
                  ha="left", va="center")  # fmt: skip
    axes.set(xlabel="$x$", ylabel="$r(x)$", xlim=(low, high), ylim=(low, high), aspect="equal")
