"""Figure 14.10: tangents of a picture by local PCA and by a contractive code, and the true tangent.

A digit slides between five patches that are on or off. So there is one direction of motion, and its
tangent is known. There are few pictures. The nearest neighbours of a picture differ from it in
their patches as much as in the place of the digit, and the directions of local PCA mix both. The
units of the encoder learn the motion of the digit from all pictures, whatever their patches show.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from matplotlib.axes import Axes

from tinyae import tangents
from tinyae.plotting import Figure, style
from tinyae.plotting.pictures import signed_grey
from tinyae.tangents import local_pca_tangents

from .experiments.tangent_planes import (
    SIDE,
    contractive,
    degrees,
    local_error,
    sliding_digit,
)
from .kinds import Count, Forms, Number, Strength
from .parameters import parametrized
from .slide import Slide, slide

NUMBER = "14.10"
SECTION = "14.7"
NAME = "fig_14_10_tangents"
TITLE = "tangent vectors of a picture: local PCA, a contractive autoencoder, the true one"
ALT = (
    "Three rows of small pictures. Above are a picture of a slanted bar between lamps, and "
    "its true tangent: one edge of the bar brightens and the other one darkens when it "
    "slides. The middle row shows four tangents by local PCA, which are noisy and mix the bar "
    "with the lamps. In the lower row are those of a contractive code: the first is like the "
    "true one, others are single lamps. On average the first tangent is "
    "{local_pca_degrees:.0f}° off for local PCA and {contractive_degrees:.0f}° for the code."
)
CHECKED = ("local_pca_degrees", "contractive_degrees")
# From picture to picture, from row to row, and where the tangents begin, in pixels.
ACROSS, DOWN, APART = SIDE + 3, SIDE + 7, SIDE + 14
POINTS, FRESH, SHOWN = 200, 300, 4
NOISE, LAMBDA, NEIGHBORS = 0.05, 0.03, 6  # as chosen for 200 points in the claims

Rows = Annotated[int, Number(whole=True, low=20)]
Neighbors = Annotated[int, Number(whole=True, low=SHOWN + 1)]


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    points: Rows = Forms(POINTS, quick=100),
    fresh_points: Rows = Forms(FRESH, quick=60),
    lam: Strength = LAMBDA,
    neighbors: Neighbors = NEIGHBORS,
    steps: Count = Forms(800, quick=300),
    noise: Strength = NOISE,
) -> dict:
    """Train on 200 pictures; find four leading tangents by each method at fresh pictures."""
    count = fresh_points
    x, true = sliding_digit(points + count, noise=noise, seed=seed)
    data, fresh, true = x[:points], x[points:], true[points:]
    model = contractive(data, lam, seed=seed, steps=steps)
    T, s = tangents(model, fresh, SHOWN)
    L, spread = local_pca_tangents(data, fresh, SHOWN, neighbors)
    # The picture that is drawn is the fresh one at which the encoder's error is the median.
    errors = np.array([degrees(T[i : i + 1, :1], true[i : i + 1]) for i in range(count)])
    i = int(np.argsort(errors)[count // 2])
    direction = true[i, 0] / np.linalg.norm(true[i, 0])
    rows = {}
    for name, basis in (("local_pca", L[i]), ("contractive", T[i])):
        cosines = basis @ direction
        rows[f"{name}_tangents"] = basis * np.where(cosines < 0, -1.0, 1.0)[:, None]
        rows[f"{name}_each"] = np.degrees(np.arccos(np.abs(cosines)))
    return {
        "points": points,
        "fresh_points": count,
        "local_pca_degrees": local_error(data, fresh, true, neighbors),
        "contractive_degrees": degrees(T[:, :1], true),
        **rows,
        "local_pca_spread": spread[i] / spread[i, 0],
        "contractive_spread": s[i] / s[i, 0],
        "picture": fresh[i],
        "true_tangent": direction,
    }


def draw(numbers: dict) -> Figure:
    """Draw a picture and its true tangent; below, four tangents of each method."""
    with style():
        figure = Figure(figsize=(10.0, 5.0))
        axes = figure.add_subplot()
        show_rows(axes, numbers)
        points, fresh = numbers["points"], numbers["fresh_points"]
        axes.set_title(
            f"First tangent against the true one, mean of {fresh} fresh pictures:\nlocal PCA "
            f"{numbers['local_pca_degrees']:.0f}° off, contractive code "
            f"{numbers['contractive_degrees']:.0f}° off ({points} training pictures)"
        )
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the same panel as a slide."""
    title = "From few pictures, a contractive code finds the motion that local PCA misses"
    with slide(title, ALT.format(**numbers)) as (figure, axes):
        show_rows(axes, numbers)
    return (figure,)


def show_rows(axes: Axes, numbers: dict) -> None:
    """Draw the picture with its true tangent, and a row of tangents of each method.

    Each is drawn on its own scale: white pixels of a tangent brighten, black ones darken.
    """
    picture = np.clip(np.asarray(numbers["picture"]) / 0.45, 0, 1)
    _show(axes, picture, 0, 0, "a fresh picture")
    _show(axes, signed_grey(np.asarray(numbers["true_tangent"])[None]), 0, 1, "its true tangent")
    for i, (key, name) in enumerate({"local_pca": "local PCA", "contractive": "the code"}.items()):
        for j, tangent in enumerate(signed_grey(np.asarray(numbers[f"{key}_tangents"]))):
            angle = numbers[f"{key}_each"][j]
            _show(axes, tangent, APART + j * ACROSS, i, f"{angle:.0f}° off")
        axes.text(APART - 2, -i * DOWN - SIDE / 2, name, rotation=90, ha="right", va="center")
    axes.set(xlim=(-1, APART + SHOWN * ACROSS), ylim=(-2 * DOWN, 1), xticks=[], yticks=[],
             aspect="equal", ylabel=" ")  # fmt: skip
    axes.set_xlabel("On a tangent white brightens and black darkens. White spots are lamps.")
    for spine in axes.spines.values():
        spine.set_visible(False)


def _show(axes: Axes, pixels, x: float, row: int, words: str) -> None:
    """Draw a picture in a row, 0 or 1, with its left edge at x and with words below it."""
    top = -row * DOWN
    axes.imshow(np.reshape(pixels, (SIDE, SIDE)), vmin=0, vmax=1,
                extent=(x, x + SIDE, top - SIDE, top))  # fmt: skip
    axes.text(x + SIDE / 2, top - SIDE - 1, words, ha="center", va="top")
