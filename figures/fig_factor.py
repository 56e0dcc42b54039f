"""The factor between the denoiser's step and the score, and two errors of r (section 14.5.1)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from tinyae.plotting import Figure, style

from .experiments.score_factor import on_curve, on_sphere
from .kinds import Count, Forms, Number
from .parameters import parametrized
from .slide import Slide, legend, slide

NUMBER = "factor"
NAME = "fig_factor"
TITLE = "step over score, root and mean of the squared error, against σ (14.5.1)"
ALT = (
    "Three quantities against the noise σ, on logarithmic axes, for data on a sphere and on a "
    "curve. The length of the step r − x̃ over the length of the score lies on the line σ². "
    "The mean square error is parallel to that line: it tends to σ² on a curve and to 2σ² on "
    "a sphere, σ² for each dimension of the data. The root of the error has half the slope: "
    "it is not the factor."
)
CHECKED = ("wave_factor", "wave_square", "sphere_factor", "sphere_square", "sphere_root")
SIGMAS = tuple(np.geomspace(0.01, 0.2, 8).tolist())

Sigmas = Annotated[tuple[float, ...], Number(low=0.005, high=0.5, several=True)]


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    sigmas: Sigmas = SIGMAS,
    points: Count = Forms(500, quick=200),
) -> dict:
    """Measure the optimal denoiser of a wave and of a sphere at each σ, in units of σ²."""
    rng, n, sigmas = np.random.default_rng(seed), points, np.array(sigmas)
    wave = np.array([on_curve("wave", sigma, n, rng) for sigma in sigmas])
    ball = np.array([on_sphere(sigma, n, rng) for sigma in sigmas])
    numbers: dict = {"sigmas": sigmas}
    for name, found in (("wave", wave), ("sphere", ball)):
        for key, column in zip(("factor", "root", "square"), found.T, strict=True):
            numbers[f"{name}_{key}"] = float(column[0] / sigmas[0] ** 2)
            numbers[f"{name}_{key}s"] = column
    return numbers


def draw(numbers: dict) -> Figure:
    """Draw the three numbers against σ on logarithmic axes, for the wave and for the sphere."""
    with style():
        figure = Figure(figsize=(9.4, 3.9))
        for axes, name in zip(figure.subplots(1, 2), ("wave", "sphere"), strict=True):
            show_errors(axes, numbers, name)
            kind, limit = ("curve", "σ²") if name == "wave" else ("sphere", "2σ²")
            axes.set_title(f"{kind}: factor σ², mean square tends to {limit}")
        axes.legend(loc="lower right")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the panel of the sphere as a slide."""
    title = "The step of the best denoiser is σ² times the score"
    with slide(title, ALT.format(**numbers)) as (figure, axes):
        show_errors(axes, numbers, "sphere")
        legend(axes)
    return (figure,)


def show_errors(axes: Axes, numbers: dict, name: str) -> None:
    """Draw the factor and both errors against σ, and the line σ²."""
    sigmas = np.asarray(numbers["sigmas"])
    along = sigmas if len(sigmas) > 1 else sigmas * [0.25, 4]  # one point would be no line
    axes.loglog(along, along**2, color="0.6", linewidth=5, label="σ²")
    axes.loglog(sigmas, numbers[f"{name}_factors"], "o", color="C1", label="‖r − x̃‖ / ‖score‖")
    axes.loglog(sigmas, numbers[f"{name}_squares"], "s--", color="C2", mfc="none",
                label="mean square\nerror E‖r − x‖²")  # fmt: skip
    axes.loglog(sigmas, numbers[f"{name}_roots"], "^:", color="C0", label="its root")
    if len(sigmas) == 1:  # the axis has few powers of ten, and would have too many numbers between
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set(xlabel="σ", ylabel="step over score, and errors")
