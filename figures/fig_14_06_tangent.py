"""Figure 14.6: an image that moves up and down is a curve among images, and has a tangent.

Every shift s of one digit is a point with 784 coordinates; together they are a manifold of one
dimension, seen here in the plane of its first two principal components. The tangent dx/ds at one
point is a line in that plane and a picture itself: which pixels brighten, and which darken.
"""

from __future__ import annotations

import numpy as np

from tinyae import PCA
from tinyae.datasets import soften, strokes, translations
from tinyae.plotting import Figure, style
from tinyae.tangents import tangent_angles

NUMBER = "14.6"
NAME = "fig_14_06_tangent"
TITLE = "an image moved up and down: a curve, its tangent line, its tangent as an image"
TOLERANCES = {"angle_to_difference": 0.01, "explained_by_plane": 0.01, "turn_in_degrees": 0.5}
SIDE, MARGIN, REACH = 28, 8, 4.0  # pixels; the digit moves by up to REACH
AT = 1.0  # where the tangent is drawn, pixels down
STEP = 0.1  # pixels, of the finite difference


def cropped(pictures: np.ndarray) -> np.ndarray:
    """The middle 28 × 28 pixels of rows of 44 × 28, as (n, 784)."""
    tall = pictures.reshape(-1, SIDE + 2 * MARGIN, SIDE)
    return tall[:, MARGIN:-MARGIN].reshape(-1, SIDE * SIDE)


def moved(image: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The image at each shift, and its derivative: (n, 784) each."""
    x, slopes = translations(image, np.stack([down, np.zeros_like(down)], axis=1))
    return cropped(x), cropped(slopes[:, 0])


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Move one soft digit, project, and hold the tangent against a finite difference."""
    images, labels = strokes(40, rng=seed)
    image = images[np.argmax(labels == 4)].reshape(SIDE, SIDE)
    image = soften(np.pad(image, ((MARGIN, MARGIN), (0, 0))), 1.0)
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
    """Left, the curve with pictures and the tangent line; right, the point and its tangent."""
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
