"""What small noise adds to the squared error: contraction and a second term (section 14.7)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae import Identity, Tanh
from tinyae.plotting import Figure, style

from .experiments.small_noise import added, random_net, two_terms
from .kinds import Count, Forms, Widths
from .parameters import parametrized
from .slide import Slide, legend, slide

NUMBER = "small_noise"
NAME = "fig_small_noise"
TITLE = "the error that noise adds, over σ² ‖J‖², against σ (14.7)"
ALT = (
    "What is missing of the error that noise adds, as a share of σ² ‖J‖², against σ on "
    "logarithmic axes. With contraction alone the missing part stays level at "
    "{missing_alone:.0%} even for the smallest noise. With the second term, which holds the "
    "curvature of r, it falls to zero with σ. For a network without curvature nothing is "
    "missing."
)
CHECKED = ("missing_alone", "missing_with_both", "missing_linear")
SIGMAS = tuple(np.geomspace(0.01, 0.3, 7).tolist())


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    sigmas: Widths = SIGMAS,
    nets: Count = Forms(20, quick=5),
) -> dict:
    """Measure fixed random nets: what is missing if one or both terms are taken, over ‖J‖²."""
    alone, both, linear = [], [], []
    for net in range(nets):
        for unit, single in ((Tanh, alone), (Identity, linear)):
            model, x = random_net(unit, 1000 * seed + net)
            contraction, cross = two_terms(model, x)
            found = np.array([added(model, x, sigma) for sigma in np.array(sigmas)])
            single.append(np.abs(found - contraction) / contraction)
            if unit is Tanh:
                both.append(np.abs(found - contraction - cross) / contraction)
    alone, both, linear = (np.median(v, axis=0) for v in (alone, both, linear))
    return {
        "missing_alone": float(alone[0]),
        "missing_with_both": float(both[0]),
        "missing_linear": float(linear.max()),
        "sigmas": np.array(sigmas),
        "alone": alone,
        "both": both,
    }


def draw(numbers: dict) -> Figure:
    """Draw the missing part against σ, without and with the second term."""
    with style():
        figure = Figure(figsize=(5.6, 3.9))
        axes = figure.subplots()
        show_missing(axes, numbers)
        axes.set_title("A fixed r: contraction alone misses a part")
        axes.legend()
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the same panel as a slide."""
    title = "The error that small noise adds is contraction and a term of curvature"
    with slide(title, ALT.format(**numbers)) as (figure, axes):
        show_missing(axes, numbers)
        axes.set_ylabel("missing part of the added error")
        legend(axes, right=False, ncols=2)
    return (figure,)


def show_missing(axes: Axes, numbers: dict) -> None:
    """Draw what is missing if one or both terms are taken, over σ² ‖J‖²."""
    axes.loglog(numbers["sigmas"], numbers["alone"], "o-", color="C2", label="‖J‖² alone")
    axes.loglog(numbers["sigmas"], numbers["both"], "s--", color="C1",
                label="‖J‖² + E[(r − x)·∇²r]")  # fmt: skip
    axes.set(xlabel="σ", ylabel="missing part of the added error over σ² ‖J‖²")
