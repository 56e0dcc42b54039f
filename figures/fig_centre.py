"""The subspace of a linear autoencoder with and without biases, off the origin (section 14.1)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from matplotlib.axes import Axes

from tinyae import PCA, Linear
from tinyae.plotting import Figure, style

from .experiments.off_centre import Matrix, plane_cloud, trained_direction
from .kinds import Count, Forms, Number
from .parameters import claim, parametrized
from .slide import Slide, legend, slide

NUMBER = "centre"
NAME = "fig_centre"
TITLE = "linear autoencoders with and without biases, against PCA's subspace (14.1)"
ALT = (
    "A cloud of points to the right of the origin that is longest in one direction. The solid "
    "line, the reconstructions of a linear autoencoder with biases, runs along the cloud, "
    "{angle_with_biases:.1f}° from the first principal component. The dashed line, without "
    "biases, must pass through the origin; it leads from the origin to the cloud and is "
    "{angle_without:.0f}° off."
)
CHECKED = ("angle_with_biases", "angle_without")

MESSAGE = "A linear autoencoder of data away from 0 needs biases to find PCA's direction"

Rows = Annotated[int, Number(whole=True, low=3)]


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    rows: Rows = 300,
    steps: Count = Forms(400, quick=200),
) -> dict:
    """Train both on points around (3, 0) and measure the angle to the first component."""
    x = plane_cloud(rows, seed)
    component = PCA(1).fit(x).components_[0]
    numbers: dict = {"x": x}
    for name, layer in (("with_biases", Linear), ("without", Matrix)):
        v = trained_direction(x, layer, seed, steps)
        numbers[f"angle_{name}"] = float(np.degrees(np.arccos(min(abs(v @ component), 1.0))))
        numbers[name] = v
    return numbers


def draw(numbers: dict) -> Figure:
    """Draw the points, and both lines of reconstructions."""
    with style():
        figure = Figure(figsize=(6.6, 4.2))
        axes = figure.subplots()
        show_lines(axes, numbers)
        axes.set_title(
            claim(numbers, "PCA's direction is found with biases only",
                  "Where linear autoencoders reconstruct")
        )  # fmt: skip
        figure.legend(loc="outside right upper")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the same panel as a slide."""
    with slide(MESSAGE, ALT.format(**numbers)) as (figure, axes):
        show_lines(axes, numbers)
        legend(axes)
    return (figure,)


def show_lines(axes: Axes, numbers: dict) -> None:
    """Draw the points, the origin, and the line of reconstructions with and without biases."""
    x = np.asarray(numbers["x"])
    axes.plot(*x.T, ".", color="0.6", markersize=4, label="points")
    t = np.linspace(-3.2, 3.2, 2)[:, None]
    with_biases = x.mean(axis=0) + t * np.asarray(numbers["with_biases"])
    v = np.asarray(numbers["without"])
    without = np.linspace(-0.5, 4.5, 2)[:, None] * v * np.sign(v[0])
    axes.plot(*with_biases.T, "-", color="C1", label="with biases:\n"
              f"{numbers['angle_with_biases']:.1f}° from PCA")  # fmt: skip
    axes.plot(*without.T, "--", color="C2", label="without biases:\n"
              f"{numbers['angle_without']:.1f}° from PCA")  # fmt: skip
    axes.plot(0, 0, "+", color="C0", markersize=11, label="origin")
    axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
