"""Predicted densities of two-branched data: one Gaussian for each h, and a mixture (section 14.4).

Two values of x belong to each h. The mean of the best Gaussian lies between them, where no data
are; its standard deviation must be large to reach both. A mixture density output has a mode on each
branch. The negative log-likelihoods are measured on fresh pairs.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh

from tinyae.criterion import DiagonalGaussianOutput, MixtureDensityOutput
from tinyae.plotting import Figure, style

from .experiments import two_branches
from .kinds import Count, Forms
from .parameters import claim, parametrized
from .slide import Slide, legend, slide

NUMBER = "outputs"
NAME = "fig_outputs"
TITLE = "two-branched data: one Gaussian, and a mixture density output (14.4)"
ALT = (
    "Data on a parabola that opens to the right, so that two values of x belong to each h. "
    "The predicted density of a mixture is drawn as shades: it has a narrow dark band on each "
    "branch. The negative log-likelihood of fresh pairs is {nll_mixture:.2f} nats, near the "
    "entropy of the data, {entropy:.2f}; with one Gaussian, whose mean lies between the "
    "branches, it is {nll_gaussian:.2f}."
)
CHECKED = ("nll_gaussian", "nll_mixture", "entropy", "nll_best_gaussian")
COMPONENTS = 5
SHOWN = 300  # pairs


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    epochs: Count = Forms(two_branches.EPOCHS, quick=two_branches.FEW),
) -> dict:
    """Train both outputs on the same pairs; return the densities on a grid and the fresh nll."""
    outputs = {
        "gaussian": DiagonalGaussianOutput(),
        "mixture": MixtureDensityOutput(COMPONENTS),
    }
    h, x = np.linspace(-0.1, 1.1, 121), np.linspace(-2.2, 2.2, 177)
    entropy, best = two_branches.limits()
    numbers: dict = {"entropy": entropy, "nll_best_gaussian": best, "h": h, "x": x}
    for name, output in outputs.items():
        model = two_branches.learn(output, seed, epochs=epochs)
        numbers[f"nll_{name}"] = two_branches.fresh_nll(model, seed)
        numbers[f"density_{name}"] = two_branches.density(model, h, x)
        if name == "gaussian":
            mu, s = np.split(two_branches.natural(model, h[:, None]), 2, axis=1)
            numbers["mean"], numbers["deviation"] = mu[:, 0], np.exp(0.5 * s[:, 0])
    shown = two_branches.pairs(SHOWN, np.random.default_rng(seed))
    numbers["shown_h"], numbers["shown_x"] = (column[:, 0] for column in shown)
    return numbers


TITLES = {  # and what they claim
    "gaussian": ("one Gaussian", ": its mean lies where no data are"),
    "mixture": (f"mixture of {COMPONENTS} Gaussians", ": a mode on each branch"),
}


def draw(numbers: dict) -> Figure:
    """Draw the densities as shades under the data; at the left also the mean ± 2 deviations."""
    with style():
        figure = Figure(figsize=(9.2, 4.0))
        figure.suptitle("h = x² + noise: two values of x belong to each h")
        panels = figure.subplots(1, 2, sharey=True)
        for axes, (name, (title, found)) in zip(panels, TITLES.items(), strict=True):
            shades = show_density(axes, numbers, name)
            if name == "gaussian":
                axes.legend(loc="lower left")
            nll = f"{numbers[f'nll_{name}']:.2f}".replace("-", "−")
            title += claim(numbers, found, "")
            axes.set_title(f"{title}\n−log p(x | h) of fresh pairs: {nll} nats")
        bar = figure.colorbar(shades, ax=panels, extend="max")
        bar.ax.set(ylabel="predicted density", title="p(x | h)")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw both panels as slides."""
    title = "One Gaussian predicts the mean of two branches, where no data are"
    alt = (
        "Data on a parabola that opens to the right, so that two values of x belong to each h. "
        "The shade of one predicted Gaussian is a broad band around the line of its mean, which "
        "runs between the branches, where no data are."
    )
    other = "two-branched data: one Gaussian"
    with slide(title, alt, other) as (one, axes):
        show_density(axes, numbers, "gaussian")
        legend(axes)
    title = "A mixture density output puts a mode on each branch"
    other = "two-branched data: a mixture density output"
    with slide(title, ALT.format(**numbers), other) as (mixture, axes):
        shades = show_density(axes, numbers, "mixture")
        bar = mixture.colorbar(shades, ax=axes, extend="max")
        bar.ax.set(ylabel="predicted density p(x | h)")
    return one, mixture


def show_density(axes: Axes, numbers: dict, name: str) -> QuadMesh:
    """Draw a predicted density as shades, the data, and mean and deviation of one Gaussian."""
    h, x = (np.asarray(numbers[key]) for key in ("h", "x"))
    shades = axes.pcolormesh(h, x, np.asarray(numbers[f"density_{name}"]), cmap="Greys", vmin=0.0,
                             vmax=3.0, shading="nearest", rasterized=True)  # fmt: skip
    axes.plot(numbers["shown_h"], numbers["shown_x"], ".", color="C2", ms=4, mec="none",
              label="data")  # fmt: skip
    if name == "gaussian":
        mean, deviation = (np.asarray(numbers[key]) for key in ("mean", "deviation"))
        axes.plot(h, mean, color="C1", label="mean")
        axes.plot(h, mean - 2 * deviation, "--", color="C1", label="mean ± 2 sd")
        axes.plot(h, mean + 2 * deviation, "--", color="C1")
    axes.set(xlabel="h", ylabel="x", xlim=(h[0], h[-1]), ylim=(x[0], x[-1]))
    return shades
