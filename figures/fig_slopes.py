"""The factor of ‖W_j‖² in score matching of an RBM and in contraction (14.5.1, 14.7)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae import Autoencoder
from tinyae.plotting import Figure, style

from .kinds import Count, Forms
from .parameters import parametrized
from .slide import Slide, legend, slide

NUMBER = "slopes"
NAME = "fig_slopes"
TITLE = "h(1 − h), of score matching of an RBM, against its square, of contraction (14.5.1)"
ALT = (
    "Two curves against the activity h of a unit. That of score matching, h(1 − h), is a "
    "parabola with its top at ¼. That of contraction is its square, with its top at 1/16. "
    "Both vanish at 0 and 1, but their ratio is at least 4: on random networks the penalties "
    "differ by a factor of {least_ratio:.1f} or more, {median_ratio:.1f} in the median."
)
CHECKED = ("least_ratio", "median_ratio")


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    nets: Count = Forms(200, quick=20),
    units: Count = 8,
) -> dict:
    """Measure the ratio of the two penalties on random nets at random points."""
    rng, ratios = np.random.default_rng(seed), []
    for _ in range(nets):
        model = Autoencoder.dense((5, units), rng=rng)
        model.theta[...] = rng.standard_normal(model.theta.shape)
        h, W = model.encode(rng.standard_normal((20, 5))), model.encoder.layers[0].params["W"]
        slope, squares = h * (1 - h), (W * W).sum(axis=0)
        ratios.append((slope @ squares).mean() / (slope**2 @ squares).mean())
    h = np.linspace(0, 1, 201)
    return {
        "least_ratio": float(np.min(ratios)),
        "median_ratio": float(np.median(ratios)),
        "ratios": np.array(ratios),
        "h": h,
        "slope": h * (1 - h),
    }


def draw(numbers: dict) -> Figure:
    """Draw both factors against h; at the right how often each ratio occurs."""
    with style():
        figure = Figure(figsize=(9.2, 3.6))
        left, right = figure.subplots(1, 2)
        show_factors(left, numbers)
        left.set_title("two factors that are not alike")
        left.legend(loc="upper left", bbox_to_anchor=(0.0, 0.97))
        left.set_ylim(0, 0.36)
        show_ratios(right, numbers)
        right.set_title(f"median ratio {numbers['median_ratio']:.1f}, never below 4")
        right.set_ylim(top=1.2 * right.get_ylim()[1])  # the legend covers no bar
        right.legend(loc="upper right")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw both panels as slides."""
    title = "Score matching weighs ‖W‖² by h(1 − h), contraction by its square"
    other = "score matching and contraction: the factor of ‖W‖² against h"
    with slide(title, ALT.format(**numbers), other) as (factors, axes):
        show_factors(axes, numbers)
        legend(axes, right=False, ncols=2)
    alt = (
        "A histogram of the ratio of both penalties for random networks. All ratios lie to the "
        "right of a dashed line at 4, the smallest possible ratio."
    )
    title = "Score matching penalises at least four times as much as contraction"
    other = "score matching and contraction: the ratio of the penalties"
    with slide(title, alt, other) as (ratios, axes):
        show_ratios(axes, numbers)
        legend(axes, right=False)
    return factors, ratios


def show_factors(axes: Axes, numbers: dict) -> None:
    """Draw both factors of ‖W‖² against h."""
    slope = np.asarray(numbers["slope"])
    axes.plot(numbers["h"], slope, "-", color="C1", label="score matching: h(1 − h)")
    axes.plot(numbers["h"], slope**2, "--", color="C2", label="contraction: (h(1 − h))²")
    axes.set(xlabel="h", ylabel="factor of ‖W‖²")


def show_ratios(axes: Axes, numbers: dict) -> None:
    """Draw how often each ratio of the two penalties occurs."""
    axes.hist(numbers["ratios"], bins=25, color="C3")
    axes.axvline(4.0, color="C0", linestyle="--", label="4, the smallest possible ratio")
    axes.set(xlabel="score matching's penalty over contraction's", ylabel="random nets")
