"""Figure 14.8: pictures of one digit that turns, their nearest-neighbour graph and its tangents.

At the left is a whole turn in the plane of an Isomap embedding: a closed curve, found from the
distances between the pictures only. Arrows lead from each picture to its nearest neighbours. A bar
is the tangent line at a picture: the first principal direction of the neighbourhood, mapped into
the plane. At the lower right this direction is shown as a picture at four places: it shows which
pixels become brighter and which become darker when the digit turns further. At the upper right is
half a turn in one coordinate, against the angle, which the method does not know.

`fig_14_08_turntable` draws the same from photographs.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tinyae.datasets import turning_digit
from tinyae.plotting import Figure, as_images, style

from .experiments.turning_digit import NEIGHBORS, one_coordinate, turn
from .kinds import Count, Number
from .parameters import claim, parametrized
from .slide import Slide, legend, slide

NUMBER = "14.8"
SECTION = "14.6"
NAME = "fig_14_08_neighbors"
TITLE = "a digit that turns: nearest neighbours, tangents, embedding"
ALT = (
    "Dots on a circle, one for each picture of a digit 6 that turns once around. Small "
    "pictures outside the circle show the digit, which turns as one goes around. Arrows lead "
    "from each dot to its two nearest neighbours, the dots beside it; bars are the tangents "
    "of the circle. The plane was found from the distances between the pictures only, but a "
    "whole turn of the digit is a whole turn of the circle."
)
CHECKED = ("rank_correlation", "pca_rank_correlation", "radius_deviation", "worst_angle", "edges")
DIGIT = 6  # a 5 or a 4 looks similar at two different angles, and edges join these angles
ARROW = {"arrowstyle": "-|>", "color": "C2", "linewidth": 1.1, "shrinkA": 2, "shrinkB": 4,
         "connectionstyle": "arc3,rad=0.3", "mutation_scale": 9, "zorder": 5}  # fmt: skip
PART = 6  # pictures in the close-up
Digit = Annotated[int, Number(whole=True, low=0, high=9)]
Steps = Annotated[int, Number(whole=True, low=24, high=240)]
PLACES = 4  # number of places where the tangent is shown as a picture


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    digit: Digit = DIGIT,
    steps: Steps = 48,
    neighbors: Count = NEIGHBORS,
) -> dict:
    """Embed pictures of one digit over a whole turn, in so many steps, and over half a turn."""
    if neighbors >= steps // 2:
        raise ValueError(f"neighbors must be below steps / 2 = {steps // 2}, got {neighbors}")
    angles = 2 * np.pi * np.arange(steps) / steps
    numbers = turn(turning_digit(angles, digit=digit, rng=seed), neighbors)
    places = numbers["places"]
    radius = np.linalg.norm(places, axis=1)
    found = np.unwrap(np.arctan2(places[:, 1], places[:, 0]))
    found *= np.sign(found[-1] - found[0])
    # The angle at which the embedding begins is arbitrary: the mean difference is subtracted.
    error = np.angle(np.exp(1j * (found - angles)))
    error -= np.angle(np.exp(1j * error).mean())
    half = np.radians(np.linspace(-90, 90, 37 if quick else 73))
    return {
        **one_coordinate(turning_digit(half, digit=digit, rng=seed), np.degrees(half)),
        "radius_deviation": float(radius.std() / radius.mean()),
        "worst_angle": float(np.degrees(np.abs(error).max())),
        "edges": numbers["neighbors"].size,
        **numbers,
    }


def draw(numbers: dict) -> Figure:
    """Draw the whole turn in the plane; at the right half a turn and tangents as pictures."""
    images = as_images(np.asarray(numbers["images"]), "images")
    shown = np.linspace(0, len(images), 12, endpoint=False).round().astype(int)
    with style():
        figure = Figure(figsize=(10.6, 6.8))
        left, right = figure.subfigures(1, 2, width_ratios=(1.5, 1))
        plane = left.add_subplot()
        plane.set_title(
            claim(numbers, "the nearest neighbours of a picture are its turns;\n"
                  f"{len(images)} pictures of a whole turn make a closed curve",
                  f"{len(images)} pictures of a whole turn")
        )  # fmt: skip
        arrows(plane, np.asarray(numbers["places"]), np.asarray(numbers["neighbors"]))
        show_ring(plane, numbers, shown, 0.105)
        explain(plane, loc="center")
        line, below = right.subfigures(2, 1, height_ratios=(1.25, 1))
        axes = against(line.add_subplot(), numbers)
        axes.set(xlabel="angle of the digit (degrees)", title="half a turn",
                 xticks=[-90, -45, 0, 45, 90])  # fmt: skip
        degrees = {i: f"{360 * i / len(images):.0f}°" for i in shown[:: len(shown) // PLACES]}
        show_tangents(below, images, np.asarray(numbers["tangents"]), degrees)
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the closed curve, a part of it with all its pictures, and half a turn as slides."""
    count = len(numbers["places"])
    title = "From distances alone, the pictures of a whole turn form a closed curve"
    other = "a digit that turns: the curve of all its pictures"
    with slide(title, ALT.format(**numbers), other) as (ring, axes):
        show_ring(axes, numbers, np.arange(0, count, count // 12), 0.14, bar=0)
    alt = (
        "A part of the curve, enlarged. Beside each dot stands its picture, and each picture is "
        "turned a little further than the one before. Arrows lead from each dot to its two "
        "nearest neighbours, which are the dots beside it on the curve. Bars are tangent lines."
    )
    title = "The nearest neighbours of a picture are its turns by a few degrees"
    other = "a digit that turns: a part of the curve with its pictures"
    with slide(title, alt, other) as (part, axes):
        x = np.asarray(numbers["places"])
        arrows(axes, x, np.asarray(numbers["neighbors"]))
        show_ring(axes, numbers, np.arange(PART), 0.05, bar=0.03, out=1.15)
        explain(axes, loc="center")
        x = np.concatenate([x[:PART], 1.15 * x[:PART]])
        edge = 0.25 * np.ptp(x, axis=0).max()
        low, high = x.min(axis=0) - edge, x.max(axis=0) + edge
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        legend(axes)
    alt = (
        "One coordinate of each picture against the angle of the digit, over half a turn. That of "
        "Isomap is a straight rising line. That of PCA falls and rises again, so that it gives two "
        "different angles the same value."
    )
    title = "Isomap's one coordinate is the angle; the first component of PCA is not"
    other = "a digit that turns: one coordinate over half a turn"
    with slide(title, alt, other) as (half, axes):
        against(axes, numbers)
        axes.set(xlabel="angle of the digit (degrees)", xticks=[-90, -45, 0, 45, 90],
                 ylim=(-0.04, 1.04))  # fmt: skip
        legend(axes, right=False)
    return ring, part, half


def show_ring(axes: Axes, numbers: dict, shown: NDArray, half: float, bar: float = 0.11,
              out: float = 1.23) -> None:  # fmt: skip
    """Draw the places of all pictures, and some of their tangents and pictures.

    `half` and `bar` are half the sides of the pictures and half the lengths of the tangents, as
    shares of half the side of the axes. A picture stands outside its place, at `out` times the
    distance from the middle.
    """
    images = as_images(np.asarray(numbers["images"]), "images")
    places, slopes = np.asarray(numbers["places"]), np.asarray(numbers["slopes"])
    reach = 1.45 * np.linalg.norm(places, axis=1).max()
    axes.plot(*places.T, "o", color="C0", markersize=4.5, zorder=4)
    for i in shown:
        v = bar * reach * slopes[i] / np.linalg.norm(slopes[i])
        axes.plot(*np.stack([places[i] - v, places[i] + v]).T, color="C1", linewidth=2.5,
                  zorder=3)  # fmt: skip
        thumbnail(axes, 1.0 - images[i], places[i] * out, half * reach)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal",
             xlabel="first coordinate", ylabel="second coordinate")  # fmt: skip


def arrows(axes, places: NDArray, neighbors: NDArray) -> None:
    """Draw the pictures as dots and an arrow from each picture to each of its neighbours."""
    for i, row in enumerate(neighbors):
        for j in row:
            arrow = axes.annotate("", places[j], places[i], arrowprops=ARROW).arrow_patch
            arrow.set_clip_box(axes.bbox)  # in a close-up it may lead out of the axes
    axes.plot(*places.T, "o", color="C0", markersize=4.5, zorder=4)


def explain(axes, **where) -> None:
    """Draw the legend of arrows and bars."""
    axes.plot([], [], color="C2", linewidth=0.9, label="to a nearest neighbour")
    axes.plot([], [], color="C1", linewidth=2.5, label="tangent line")
    axes.legend(**where)


def show_tangents(panels, images: NDArray, tangents: NDArray, names: dict[int, str]) -> None:
    """Draw the pictures with these indices and names, each with its tangent below.

    The sign of a tangent is chosen so that it points to the pictures that follow.
    """
    rows = panels.subplots(2, len(names))
    panels.suptitle("on the tangent, white brightens and black darkens", fontsize=10.5)
    for (upper, lower), (i, name) in zip(rows.T, names.items(), strict=True):
        v = tangents[i].reshape(images[i].shape)
        ahead = images[(i + 1) % len(images)] - images[i - 1]
        v = v * (np.sign((v * ahead).sum()) or 1.0)
        size = np.abs(v).max()
        upper.imshow(images[i], vmin=0, vmax=1)
        lower.imshow(v, vmin=-size, vmax=size)
        for axes, title in ((upper, name), (lower, "tangent")):
            axes.set_title(title, fontsize=9)
            axes.set_axis_off()


def against(axes, numbers: dict, prefix: str = ""):
    """Draw both coordinates against the order.

    Each is scaled to [0, 1], with the sign that makes its last value larger than its first.
    """
    order = np.asarray(numbers[f"{prefix}order"])
    for key, figure, look, color, label in (
        ("isomap", "rank_correlation", "o-", "C1", "Isomap"),
        ("pca", "pca_rank_correlation", "s--", "C2", "PCA"),
    ):
        y = np.asarray(numbers[prefix + key])
        y = y if y[-1] >= y[0] else -y
        axes.plot(order, (y - y.min()) / np.ptp(y), look, color=color, markersize=3, linewidth=1,
                  label=f"{label}: rank correlation {numbers[prefix + figure]:.3f}")  # fmt: skip
    axes.set(ylabel="coordinate, scaled to [0, 1]", ylim=(-0.04, 1.3), yticks=[0, 0.5, 1])
    axes.legend(loc="upper left")
    return axes


def thumbnail(axes, image: NDArray, centre: NDArray, half: float) -> None:
    """Draw a small picture around a place of the plane; its longer side is 2 · half."""
    (a, b), (h, w) = centre, half * np.array(image.shape) / max(image.shape)
    axes.imshow(image, vmin=0, vmax=1, extent=(a - w, a + w, b - h, b + h), zorder=3)
