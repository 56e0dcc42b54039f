"""What small noise adds to the squared error: contraction and a second term (section 14.7)."""

from __future__ import annotations

import numpy as np

from figures.experiments.small_noise import added, random_net, two_terms
from tinyae import Identity, Tanh
from tinyae.plotting import Figure, style

NUMBER = "small_noise"
NAME = "fig_small_noise"
TITLE = "the error that noise adds, over σ² ‖J‖², against σ (14.7)"
CHECKED = ("missing_alone", "missing_with_both", "missing_linear")
SIGMAS = np.geomspace(0.01, 0.3, 7)


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Measure fixed random nets: what is missing if one or both terms are taken, over ‖J‖²."""
    alone, both, linear = [], [], []
    for net in range(5 if quick else 20):
        for unit, single in ((Tanh, alone), (Identity, linear)):
            model, x = random_net(unit, 1000 * seed + net)
            contraction, cross = two_terms(model, x)
            found = np.array([added(model, x, sigma) for sigma in SIGMAS])
            single.append(np.abs(found - contraction) / contraction)
            if unit is Tanh:
                both.append(np.abs(found - contraction - cross) / contraction)
    alone, both, linear = (np.median(v, axis=0) for v in (alone, both, linear))
    return {
        "missing_alone": float(alone[0]),
        "missing_with_both": float(both[0]),
        "missing_linear": float(linear.max()),
        "sigmas": SIGMAS,
        "alone": alone,
        "both": both,
    }


def draw(numbers: dict) -> Figure:
    """Draw the missing part against σ, without and with the second term."""
    with style():
        figure = Figure(figsize=(5.6, 3.9))
        axes = figure.subplots()
        axes.loglog(numbers["sigmas"], numbers["alone"], "o-", color="C2", label="‖J‖² alone")
        axes.loglog(numbers["sigmas"], numbers["both"], "s-", color="C1",
                    label="‖J‖² + E[(r − x)·∇²r]")  # fmt: skip
        axes.set(xlabel="σ", ylabel="missing part of the added error over σ² ‖J‖²",
                 title="A fixed r: contraction alone misses a part")  # fmt: skip
        axes.legend()
    return figure
