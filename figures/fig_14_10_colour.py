"""Figure 14.10 in colour: tangents of a photograph by local PCA and by a contractive autoencoder.

`figures/experiments/colour_pictures.py` says what is measured: the share of a small move that lies
in the span of the leading directions of a method.

Neither method is better than the other here. Both are hardly better than the first principal
components of all pictures, which even hold the largest share with twenty directions. The directions
look different: those of local PCA show shapes of the neighbouring pictures, those of the code are
smooth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.plotting import Figure, style

from . import fig_14_10_tangents
from .experiments.colour_pictures import (
    LAMBDA,
    MARGIN,
    MOST,
    NEIGHBORS,
    STEPS,
    cut,
    enough_pictures,
    learned,
    moves,
    share,
)

NUMBER, NAME = fig_14_10_tangents.NUMBER, fig_14_10_tangents.NAME
TITLE = "tangent vectors of a photograph: local PCA, a contractive autoencoder"
ALT = (
    "A photograph, its true change when it moves, and five directions each of local PCA and "
    "of a contractive code, as pictures. Those of local PCA show shapes of neighbouring "
    "photographs, those of the code are smooth. Of a small move, five directions hold "
    "{local_pca_share:.0%} by local PCA, {contractive_share:.0%} by the code and "
    "{pca_share:.0%} by PCA of all pictures: none is much better than another one."
)
from_folder = enough_pictures  # compute(pictures=from_folder(FOLDER)) draws the figure
DRAWN_FROM = "colour"
SHOWN = 5  # directions drawn of each method
LOOKS = {"local_pca": ("C2", "s--", "local PCA"), "contractive": ("C1", "o-", "contractive code"),
         "pca": ("C0", "-", "PCA of all pictures"),
         "random": ("0.6", ":", "random directions")}  # fmt: skip


def compute(seed: int = 0, quick: bool = False, *, pictures: NDArray) -> dict:
    """Train on the first three quarters of the pictures and measure at the last eighth.

    The settings were chosen on the eighth between them.
    """
    n = len(pictures)
    x, fresh = pictures[: 6 * n // 8], pictures[7 * n // 8 :]
    if quick:
        x, fresh = x[:500], fresh[:40]
    fresh = fresh[moves(fresh).any(axis=2).all(axis=1)]  # without pictures of one colour
    directions = learned(x, seed, lam=LAMBDA, neighbors=NEIGHBORS, steps=200 if quick else STEPS)
    known, found = moves(fresh), directions(fresh)
    shares = {name: share(T, known).mean(axis=1) for name, (T, _) in found.items()}
    # The picture that is drawn is the one at which the code's share is the median.
    i = int(np.argsort(shares["contractive"][:, SHOWN - 1])[len(fresh) // 2])
    numbers = {"points": len(x), "fresh_points": len(fresh)}
    for name, each in shares.items():
        numbers[f"{name}_share"] = float(each[:, SHOWN - 1].mean())
    ahead = shares["contractive"][:, SHOWN - 1] - shares["local_pca"][:, SHOWN - 1]
    numbers["code_ahead"] = float((ahead > 0).mean())
    for name in ("local_pca", "contractive"):
        T, s = (part[i, :SHOWN] for part in found[name])
        numbers[f"{name}_tangents"] = T
        numbers[f"{name}_spread"] = s / s[0]
    return {
        **numbers,
        **{f"{name}_by_k": each.mean(axis=0) for name, each in shares.items()},
        "picture": cut(fresh[i : i + 1])[0],
        "known": known[i],
        "side": np.array(fresh.shape[1:3]) - 2 * MARGIN,
    }


def draw(numbers: dict) -> Figure:
    """Draw a picture, a known change, both methods' directions, and shares by their number."""
    with style():
        figure = Figure(figsize=(13.0, 4.5))
        left, right = figure.subfigures(1, 2, width_ratios=(2.6, 1))
        panels = left.subplots(2, SHOWN + 1)
        show(panels[0, 0], numbers, "picture", title="a fresh picture")
        show(panels[1, 0], numbers, "known", 1, title="change as it moves right")
        for row, name in zip(panels, ("local_pca", "contractive"), strict=True):
            for j, size in enumerate(numbers[f"{name}_spread"]):
                word = {"local_pca": "PCA", "contractive": "code"}[name]
                title = f"{word} {j + 1}, size {size:.2f}"
                show(row[j + 1], numbers, f"{name}_tangents", j, title=title)
        left.suptitle(
            f"above: local PCA of {numbers['points']} photographs; below: a contractive code, "
            "trained on them.\nMid-grey means no change. The sign of a direction is arbitrary; the "
            "other sign gives the complementary colours",
            fontsize=10.5,
        )
        axes = right.add_subplot()
        for name, (color, look, words) in LOOKS.items():
            by_k = np.asarray(numbers[f"{name}_by_k"])
            axes.plot(np.arange(1, len(by_k) + 1), 100 * by_k, look, color=color, markersize=4,
                      label=f"{words}: {numbers[f'{name}_share']:.1%} in {SHOWN}")  # fmt: skip
        axes.set(xlabel="leading directions", ylabel="share of the change (%)",
                 xticks=range(0, MOST + 1, 5), yticks=range(0, 101, 5),
                 ylim=(0, min(100, 120 * numbers["pca_by_k"][-1])))  # fmt: skip
        axes.set_title(
            "share of a small move in their span,\n"
            f"mean of {numbers['fresh_points']} fresh pictures, right and down"
        )
        axes.legend(loc="upper left")
    return figure


def show(panel, numbers: dict, key: str, row: int | None = None, *, title: str) -> None:
    """Draw a picture in colour, or the row of an array of directions.

    A direction is divided by its largest entry, and zero is drawn as mid-grey.
    """
    pixels = np.asarray(numbers[key])
    if row is not None:
        pixels = 0.5 + 0.5 * pixels[row] / np.abs(pixels[row]).max()
    panel.imshow(pixels.reshape(*np.asarray(numbers["side"], int), 3))
    panel.set_axis_off()
    panel.set_title(title, fontsize=9)
