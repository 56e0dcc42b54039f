"""The energy of a denoiser and of machines with copies of its hidden units (section 14.5.1)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae import Autoencoder
from tinyae.plotting import Figure, style
from tinyae.score import potential

from .experiments.machine_copies import machine
from .slide import Slide, legend, slide

NUMBER = "copies"
NAME = "fig_copies"
TITLE = "a denoiser at σ = ½ is a Gaussian RBM with four copies of each unit (14.5.1)"
ALT = (
    "Three log densities along a line through the origin. That of a denoiser with tied "
    "weights at σ = ½, a broad grey curve, lies exactly under that of a Gaussian restricted "
    "Boltzmann machine with four copies of each hidden unit. The curve of the machine with "
    "one of each unit is another one."
)
CHECKED = ("off_four_copies", "off_one_copy")
MESSAGE = "At σ = ½ the denoiser is an RBM with 1/σ² = 4 copies"
COPIES, SIGMA = 4, 0.5


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Compare log densities along a line, without their constants, at the middle of the line."""
    rng = np.random.default_rng(seed)
    model = Autoencoder.dense((3, 5), tied=True, rng=rng)
    model.theta[...] = 1.5 * rng.standard_normal(model.theta.size)
    direction = rng.standard_normal(3)
    t = np.linspace(-3.0, 3.0, 61 if quick else 241)
    x = t[:, None] * direction / np.linalg.norm(direction)
    net = potential(model, x) / SIGMA**2
    four, one = (-machine(model, SIGMA, n).free_energy(x / SIGMA) for n in (COPIES, 1))
    net, four, one = (v - v[len(t) // 2] for v in (net, four, one))
    span = np.ptp(net)
    return {
        "off_four_copies": float(np.round(np.abs(four - net).max() / span, 9)),
        "off_one_copy": float(np.abs(one - net).max() / span),
        "t": t,
        "net": net,
        "four": four,
        "one": one,
    }


def draw(numbers: dict) -> Figure:
    """Draw the three log densities along the line."""
    with style():
        figure = Figure(figsize=(5.8, 3.9))
        axes = figure.subplots()
        show_densities(axes, numbers)
        axes.set_title(MESSAGE)
        axes.legend()
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the same panel as a slide."""
    with slide(MESSAGE, ALT) as (figure, axes):
        show_densities(axes, numbers)
        legend(axes, right=False, ncols=2)
    return (figure,)


def show_densities(axes: Axes, numbers: dict) -> None:
    """Draw the log densities of the denoiser and of both machines along the line."""
    axes.plot(numbers["t"], numbers["net"], color="0.7", linewidth=5, label="denoiser, F / σ²")
    axes.plot(numbers["t"], numbers["four"], "-", color="C1", label="RBM, 4 copies of each unit")
    axes.plot(numbers["t"], numbers["one"], "--", color="C2", label="RBM, one of each unit")
    axes.set(xlabel="position on a line through the origin",
             ylabel="log density, without its constant")  # fmt: skip
