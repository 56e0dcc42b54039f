"""The largest term max log p(h, x) against log p(x) as the decoder grows (14.3 to 14.7)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae.plotting import Figure, style

from .experiments.laplace_code import SCALES, LaplaceCode, by_scale, orthogonal_atoms
from .kinds import Count, Forms
from .parameters import claim, parametrized
from .slide import Slide, legend, slide

NUMBER = "point_estimate"
NAME = "fig_point_estimate"
TITLE = "the point estimate and log p(x) of a Laplace code, against the decoder's scale (14.2.1)"
ALT = (
    "Two curves against the scale of the decoder, where the data were drawn at scale 1. The "
    "largest term, max log p(h, x), rises with the scale from {term_small:.1f} to "
    "{term_large:.1f} nats. The true log p(x) falls from {log_p_small:.1f} to "
    "{log_p_large:.1f}. Training with the point estimate in place of the sum would let the "
    "decoder grow without end."
)
CHECKED = ("term_small", "term_large", "log_p_small", "log_p_large")

MESSAGE = "The point estimate rewards a growing decoder; log p(x) falls"


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    points: Count = Forms(300, quick=50),
) -> dict:
    """Average both over points that were drawn at scale 1, for each scale of the decoder."""
    rng = np.random.default_rng(seed)
    V = orthogonal_atoms(1, 5, 3.0, rng)
    x = LaplaceCode(V).draw(points, rng)
    term, log_p = (found.mean(axis=1) for found in by_scale(V, x))
    return {
        "term_small": float(term[0]),
        "term_large": float(term[-1]),
        "log_p_small": float(log_p[0]),
        "log_p_large": float(log_p[-1]),
        "scales": np.array(SCALES),
        "term": term,
        "log_p": log_p,
    }


def draw(numbers: dict) -> Figure:
    """Draw both against the scale."""
    with style():
        figure = Figure(figsize=(5.6, 3.9))
        axes = figure.subplots()
        show_both(axes, numbers)
        axes.set_title(claim(numbers, MESSAGE, "The point estimate and log p(x)"))
        axes.legend(loc="lower center")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the same panel as a slide."""
    with slide(MESSAGE, ALT.format(**numbers)) as (figure, axes):
        show_both(axes, numbers)
        legend(axes, right=False, ncols=2)
    return (figure,)


def show_both(axes: Axes, numbers: dict) -> None:
    """Draw the largest term and log p(x) against the scale."""
    axes.semilogx(numbers["scales"], numbers["term"], "o-", color="C2",
                  label="largest term, max log p(h, x)")  # fmt: skip
    axes.semilogx(numbers["scales"], numbers["log_p"], "s--", color="C1", label="log p(x)")
    axes.set(xlabel="scale of the decoder (the data have 1)", ylabel="mean (nats)")
