"""Figure 14.6: the images of one digit at all heights form a curve, and the curve has a tangent.

The digit at the shift s is an image of 784 pixels, a point with 784 coordinates. The points of all
shifts form a manifold of one dimension. It is drawn in the plane of its first two principal
components. The tangent dx/ds at one point is a line in that plane. It is also an image, which shows
which pixels become brighter and which become darker when s grows.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from matplotlib.axes import Axes

from tinyae import PCA
from tinyae.plotting import Figure, style
from tinyae.tangents import tangent_angles

from .experiments.moved_digit import SIDE, moved, soft_digit
from .kinds import Number
from .parameters import parametrized
from .slide import Slide, legend, slide

NUMBER = "14.6"
SECTION = "14.6"
NAME = "fig_14_06_tangent"
TITLE = "an image moved up and down: a curve, its tangent line, its tangent as an image"
ALT = (
    "A curve in the plane of two principal components. Its points are the pictures of one "
    "digit at all heights; five of them, at shifts from −4 to 4 pixels, are drawn beside "
    "their points. A dashed line touches the curve at the shift 1: the tangent dx/ds. It is "
    "also a picture, which shows which pixels brighten and which darken when the digit moves. "
    "The plane holds {explained_by_plane:.0%} of the variance, and along the whole curve the "
    "tangent turns by {turn_in_degrees:.0f} degrees at the most: the pictures form a curved "
    "manifold of one dimension."
)
CHECKED = ("angle_to_difference", "explained_by_plane", "turn_in_degrees")
REACH = 4.0  # pixels; the digit moves by up to so many
AT = 1.0  # pixels down, where the tangent is drawn
STEP = 0.1  # pixels, of the finite difference

Digit = Annotated[int, Number(whole=True, low=0, high=9)]


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    digit: Digit = 4,
) -> dict:
    """Move one soft digit, project the images, and compare the tangent with a finite difference."""
    image = soft_digit(digit, seed)
    shifts = np.linspace(-REACH, REACH, 61 if quick else 241)
    x, slopes = moved(image, shifts)
    pca = PCA(2).fit(x)
    (at,), (tangent,) = moved(image, np.array([AT]))
    ends, _ = moved(image, np.array([AT - STEP, AT + STEP]))
    difference = (ends[1] - ends[0]) / (2 * STEP)
    angle = tangent_angles(tangent[None, None], difference[None, None])[0, 0]
    first, last = slopes[0][None, None], slopes[len(slopes) // 2][None, None]
    marks = np.linspace(-REACH, REACH, 5)
    return {
        "angle_to_difference": float(np.degrees(angle)),
        "explained_by_plane": float(pca.explained_variance_.sum() / pca.spectrum_.sum()),
        "turn_in_degrees": float(np.degrees(tangent_angles(first, last)[0, 0])),
        "length_per_pixel": float(np.linalg.norm(tangent)),
        "curve": pca.transform(x),
        "marks": pca.transform(moved(image, marks)[0]),
        "mark_pictures": moved(image, marks)[0],
        "at": pca.transform(at[None])[0],
        "line": tangent @ pca.components_.T,
        "picture": at.reshape(SIDE, SIDE),
        "tangent": tangent.reshape(SIDE, SIDE),
    }


def draw(numbers: dict) -> Figure:
    """Draw the curve with pictures and the tangent line; then the point and its tangent."""
    with style():
        figure = Figure(figsize=(10.4, 5.4))
        grid = figure.add_gridspec(2, 2, width_ratios=[2.1, 1])
        axes = figure.add_subplot(grid[:, 0])
        show_curve(axes, numbers)
        axes.set_title(
            f"one digit at shifts s = −{REACH:g} … {REACH:g} pixels; the plane holds "
            f"{numbers['explained_by_plane']:.0%} of the variance"
        )
        axes.legend(loc="upper left")
        largest = np.abs(np.asarray(numbers["tangent"])).max()
        pictures = (("picture", f"x at s = {AT:g}", 0, 1),
                    ("tangent", "dx/ds at this point", -largest, largest))  # fmt: skip
        for row, (key, title, low, high) in enumerate(pictures):
            panel = figure.add_subplot(grid[row, 1])
            shown = panel.imshow(np.asarray(numbers[key]), vmin=low, vmax=high)
            panel.set(xticks=[], yticks=[], title=title)
            panel.set_axis_off()
        bar = figure.colorbar(shown, cax=panel.inset_axes([1.04, 0.0, 0.06, 1.0]),
                              ticks=[-largest, 0, largest])  # fmt: skip
        bar.ax.set_yticklabels(["darkens", "stays", "brightens"])
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the curve with its tangent line as a slide, and the tangent as a picture."""
    title = "The pictures of a digit that moves form a curve, which has a tangent"
    other = "pictures of a digit that moves: a curve and its tangent line"
    with slide(title, ALT.format(**numbers), other) as (first, axes):
        show_curve(axes, numbers)
        legend(axes)
    alt = (
        "The tangent of the curve of pictures, itself drawn as a picture. Mid-grey pixels do not "
        "change when the digit moves down a little. On one side of each stroke the pixels are "
        "white, which means that they brighten, and on the other side black: they darken."
    )
    title = "The tangent is a picture too: it shows which pixels change"
    other = "pictures of a digit that moves: the tangent as a picture"
    with slide(title, alt, other) as (second, axes):
        largest = np.abs(np.asarray(numbers["tangent"])).max()
        shown = axes.imshow(numbers["tangent"], vmin=-largest, vmax=largest)
        axes.set(xticks=[], yticks=[], xlabel="dx/ds as the digit moves down", ylabel="pixels")
        bar = second.colorbar(shown, ax=axes, ticks=[-largest, 0, largest])
        bar.ax.set_yticklabels(["darkens", "stays", "brightens"])
    return first, second


def show_curve(axes: Axes, numbers: dict) -> None:
    """Draw the curve with its pictures, joined to their points by lines, and the tangent line."""
    curve, marks, at, line = (np.asarray(numbers[key]) for key in ("curve", "marks", "at", "line"))
    axes.plot(*curve.T, color="C1", zorder=1, label="all shifts s")
    axes.plot(*np.stack([at - 1.3 * line, at + 1.3 * line]).T, "--", color="C2", lw=2, zorder=2,
              label="tangent dx/ds")  # fmt: skip
    axes.plot(*marks.T, "o", color="C1", ms=6, zorder=3)
    axes.plot(*at, "D", color="C2", ms=8, zorder=4, label=f"s = {AT:g}")
    middle, size = curve.mean(axis=0) - [0, 1], np.ptp(curve, axis=0).max()
    shifts = np.linspace(-REACH, REACH, len(marks))
    for shift, place, picture in zip(shifts, marks, np.asarray(numbers["mark_pictures"]),
                                     strict=True):  # fmt: skip
        away = (place - middle) / np.linalg.norm(place - middle)
        x, y = place - 0.17 * size * away  # inside the arc
        half = 0.085 * size
        axes.plot([place[0], x], [place[1], y], color="0.6", lw=0.8, zorder=1)
        axes.imshow(1.0 - picture.reshape(SIDE, SIDE), vmin=0, vmax=1, zorder=2,
                    extent=(x - half, x + half, y - half, y + half))  # fmt: skip
        name = f"{shift:g}".replace("-", "−")
        axes.text(x, y - half, f"s = {name}", ha="center", va="top")
    axes.set(xlabel="first principal component", ylabel="second principal component",
             aspect="equal")  # fmt: skip
    (left, bottom), (right, top) = curve.min(axis=0), curve.max(axis=0)
    axes.set(xlim=(left - 0.14 * size, right + 0.14 * size),
             ylim=(bottom - 0.12 * size, top + 0.16 * size))  # fmt: skip
