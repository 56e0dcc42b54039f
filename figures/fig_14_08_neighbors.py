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

import numpy as np
from numpy.typing import NDArray

from figures.experiments.turning_digit import one_coordinate, turn
from tinyae.datasets import turning_digit
from tinyae.plotting import Figure, as_images, style

NUMBER = "14.8"
NAME = "fig_14_08_neighbors"
TITLE = "a digit that turns: nearest neighbours, tangents, embedding"
CHECKED = ("rank_correlation", "pca_rank_correlation", "radius_deviation", "worst_angle", "edges")
DIGIT = 6  # a 5 or a 4 looks similar at two different angles, and edges join these angles
ARROW = {"arrowstyle": "-|>", "color": "C2", "linewidth": 0.9, "shrinkA": 2, "shrinkB": 3,
         "connectionstyle": "arc3,rad=0.45", "mutation_scale": 7}  # fmt: skip
PLACES = 4  # number of places where the tangent is shown as a picture


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Embed pictures of one digit over a whole turn and over half a turn."""
    steps = 48
    angles = 2 * np.pi * np.arange(steps) / steps
    numbers = turn(turning_digit(angles, digit=DIGIT, rng=seed))
    places = numbers["places"]
    radius = np.linalg.norm(places, axis=1)
    found = np.unwrap(np.arctan2(places[:, 1], places[:, 0]))
    found *= np.sign(found[-1] - found[0])
    # The angle at which the embedding begins is arbitrary: the mean difference is subtracted.
    error = np.angle(np.exp(1j * (found - angles)))
    error -= np.angle(np.exp(1j * error).mean())
    half = np.radians(np.linspace(-90, 90, 37 if quick else 73))
    return {
        **one_coordinate(turning_digit(half, digit=DIGIT, rng=seed), np.degrees(half)),
        "radius_deviation": float(radius.std() / radius.mean()),
        "worst_angle": float(np.degrees(np.abs(error).max())),
        "edges": numbers["neighbors"].size,
        **numbers,
    }


def draw(numbers: dict) -> Figure:
    """Draw the whole turn in the plane; at the right half a turn and tangents as pictures."""
    images = as_images(np.asarray(numbers["images"]), "images")
    places, slopes = np.asarray(numbers["places"]), np.asarray(numbers["slopes"])
    reach = 1.45 * np.linalg.norm(places, axis=1).max()
    with style():
        figure = Figure(figsize=(10.6, 6.8))
        left, right = figure.subfigures(1, 2, width_ratios=(1.5, 1))
        plane = left.add_subplot()
        plane.set_title(
            f"a whole turn, {len(places)} pictures, in the plane of their embedding\n"
            f"radius even to {numbers['radius_deviation']:.1%}, angle right to "
            f"{numbers['worst_angle']:.1f}°"
        )
        arrows(plane, places, np.asarray(numbers["neighbors"]))
        shown = np.linspace(0, len(places), 12, endpoint=False).round().astype(int)
        for i in shown:
            bar = 0.11 * reach * slopes[i] / np.linalg.norm(slopes[i])
            plane.plot(*np.stack([places[i] - bar, places[i] + bar]).T, color="C1", linewidth=2.5,
                       zorder=5)  # fmt: skip
            thumbnail(plane, 1.0 - images[i], places[i] * 1.23, 0.105 * reach)
        explain(plane, loc="center")
        plane.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal",
                  xlabel="first coordinate", ylabel="second coordinate")  # fmt: skip
        line, below = right.subfigures(2, 1, height_ratios=(1.25, 1))
        axes = against(line.add_subplot(), numbers)
        axes.set(xlabel="angle of the digit (degrees)", title="half a turn",
                 xticks=[-90, -45, 0, 45, 90])  # fmt: skip
        degrees = {i: f"{360 * i / len(images):.0f}°" for i in shown[:: len(shown) // PLACES]}
        show_tangents(below, images, np.asarray(numbers["tangents"]), degrees)
    return figure


def arrows(axes, places: NDArray, neighbors: NDArray) -> None:
    """Draw the pictures as dots and an arrow from each picture to each of its neighbours."""
    for i, row in enumerate(neighbors):
        for j in row:
            axes.annotate("", places[j], places[i], arrowprops=ARROW)
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
