"""Figure 14.6: the images of one digit at all heights form a curve, and the curve has a tangent.

The digit at the shift s is an image of 784 pixels, a point with 784 coordinates. The points of all
shifts form a manifold of one dimension. It is drawn in the plane of its first two principal
components. The tangent dx/ds at one point is a line in that plane. It is also an image, which shows
which pixels become brighter and which become darker when s grows.
"""

from __future__ import annotations

import numpy as np

from figures.experiments.moved_digit import SIDE, moved, soft_digit
from tinyae import PCA
from tinyae.plotting import Figure, style
from tinyae.tangents import tangent_angles

NUMBER = "14.6"
NAME = "fig_14_06_tangent"
TITLE = "an image moved up and down: a curve, its tangent line, its tangent as an image"
CHECKED = ("angle_to_difference", "explained_by_plane", "turn_in_degrees")
REACH = 4.0  # pixels; the digit moves by up to so many
AT = 1.0  # pixels down, where the tangent is drawn
STEP = 0.1  # pixels, of the finite difference


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Move one soft digit, project the images, and compare the tangent with a finite difference."""
    image = soft_digit(4, seed)
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
    curve, marks, at, line = (np.asarray(numbers[key]) for key in ("curve", "marks", "at", "line"))
    with style():
        figure = Figure(figsize=(10.4, 5.4))
        grid = figure.add_gridspec(2, 2, width_ratios=[2.1, 1])
        axes = figure.add_subplot(grid[:, 0])
        axes.plot(*curve.T, color="C0", zorder=1, label="all shifts of the digit")
        axes.plot(*np.stack([at - 1.7 * line, at + 1.7 * line]).T, "--", color="C1", lw=2, zorder=2,
                  label="tangent line: dx/ds in this plane")  # fmt: skip
        axes.plot(*marks.T, "o", color="C0", ms=6, zorder=3)
        axes.plot(*at, "D", color="C1", ms=9, zorder=4, label=f"the point at s = {AT:g}")
        middle, size = curve.mean(axis=0) - [0, 1], np.ptp(curve, axis=0).max()
        for place, picture in zip(marks, np.asarray(numbers["mark_pictures"]), strict=True):
            away = place - middle
            x, y = place - 0.13 * size * away / np.linalg.norm(away)  # inside the arc
            inset = axes.inset_axes(
                [x - 0.06 * size, y - 0.06 * size, 0.12 * size, 0.12 * size],
                transform=axes.transData,
            )
            inset.imshow(picture.reshape(SIDE, SIDE), vmin=0, vmax=1)
            inset.set(xticks=[], yticks=[])
            inset.set_axis_off()
        axes.set(xlabel="first principal component", ylabel="second principal component",
                 aspect="equal")  # fmt: skip
        axes.margins(0.08)
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
