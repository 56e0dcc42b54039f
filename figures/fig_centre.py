"""The subspace of a linear autoencoder with and without biases, off the origin (section 14.1)."""

from __future__ import annotations

import numpy as np

from figures.experiments.off_centre import Matrix, plane_cloud, trained_direction
from tinyae import PCA, Linear
from tinyae.plotting import Figure, style

NUMBER = "centre"
NAME = "fig_centre"
TITLE = "a linear autoencoder without biases does not find PCA's subspace (14.1)"
CHECKED = ("angle_with_biases", "angle_without")


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train both on points around (3, 0) and measure the angle to the first component."""
    x = plane_cloud(300, seed)
    component = PCA(1).fit(x).components_[0]
    numbers: dict = {"x": x}
    for name, layer in (("with_biases", Linear), ("without", Matrix)):
        v = trained_direction(x, layer, seed, 200 if quick else 400)
        numbers[f"angle_{name}"] = float(np.degrees(np.arccos(min(abs(v @ component), 1.0))))
        numbers[name] = v
    return numbers


def draw(numbers: dict) -> Figure:
    """Draw the points, and both lines of reconstructions."""
    x = np.asarray(numbers["x"])
    with style():
        figure = Figure(figsize=(6.6, 4.2))
        axes = figure.subplots()
        axes.plot(*x.T, ".", color="0.6", markersize=4, label="points")
        t = np.linspace(-3.2, 3.2, 2)[:, None]
        with_biases = x.mean(axis=0) + t * np.asarray(numbers["with_biases"])
        v = np.asarray(numbers["without"])
        without = np.linspace(-0.5, 4.5, 2)[:, None] * v * np.sign(v[0])
        axes.plot(*with_biases.T, "-", color="C1", label="with biases: "
                  f"{numbers['angle_with_biases']:.1f}° from PCA")  # fmt: skip
        axes.plot(*without.T, "--", color="C2", label="without biases: "
                  f"{numbers['angle_without']:.0f}° from PCA")  # fmt: skip
        axes.plot(0, 0, "+", color="C0", markersize=11, label="origin")
        axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$",
                 title="Off the origin, PCA's direction needs biases")  # fmt: skip
        figure.legend(loc="outside right upper")
    return figure
