"""Predicted densities of two-branched data: one Gaussian for each h, and a mixture (section 14.4).

Two values of x belong to each h. The mean of the best Gaussian lies between them, where no data
are; its standard deviation must be large to reach both. A mixture density output has a mode on each
branch. The negative log-likelihoods are measured on fresh pairs.
"""

from __future__ import annotations

import numpy as np

from figures.experiments import two_branches
from tinyae.criterion import DiagonalGaussianOutput, MixtureDensityOutput
from tinyae.plotting import Figure, style

NUMBER = "outputs"
NAME = "fig_outputs"
TITLE = "two-branched data: one Gaussian, and a mixture density output (14.4)"
CHECKED = ("nll_gaussian", "nll_mixture", "entropy", "nll_best_gaussian")
COMPONENTS = 5
SHOWN = 300  # pairs


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train both outputs on the same pairs; return the densities on a grid and the fresh nll."""
    epochs = two_branches.FEW if quick else two_branches.EPOCHS
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


def draw(numbers: dict) -> Figure:
    """Draw the densities as shades under the data; at the left also the mean ± 2 deviations."""
    h, x = numbers["h"], numbers["x"]
    titles = {
        "gaussian": "one Gaussian: its mean lies where no data are",
        "mixture": f"mixture of {COMPONENTS} Gaussians: a mode on each branch",
    }
    with style():
        figure = Figure(figsize=(9.2, 4.0))
        figure.suptitle("h = x² + noise: two values of x belong to each h")
        panels = figure.subplots(1, 2, sharey=True)
        for axes, (name, title) in zip(panels, titles.items(), strict=True):
            shades = axes.pcolormesh(h, x, numbers[f"density_{name}"], cmap="Greys", vmin=0.0,
                                     vmax=3.0, shading="nearest", rasterized=True)  # fmt: skip
            axes.plot(numbers["shown_h"], numbers["shown_x"], ".", color="C4", ms=4, mec="none",
                      label="data")  # fmt: skip
            if name == "gaussian":
                mean, deviation = numbers["mean"], numbers["deviation"]
                axes.plot(h, mean, color="C1", label="mean")
                axes.plot(h, mean - 2 * deviation, "--", color="C1", label="mean ± 2 sd")
                axes.plot(h, mean + 2 * deviation, "--", color="C1")
                axes.legend(loc="lower left")
            nll = f"{numbers[f'nll_{name}']:.2f}".replace("-", "−")
            axes.set_title(f"{title}\n−log p(x | h) of fresh pairs: {nll} nats")
            axes.set(xlabel="h", ylabel="x", xlim=(h[0], h[-1]), ylim=(x[0], x[-1]))
        bar = figure.colorbar(shades, ax=panels, extend="max")
        bar.ax.set(ylabel="predicted density", title="p(x | h)")
    return figure
