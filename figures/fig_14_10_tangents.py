"""Figure 14.10: tangents of a picture by local PCA and by a contractive code, and the true tangent.

A digit slides between five patches that are on or off. So there is one direction of motion, and its
tangent is known. There are few pictures. The nearest neighbours of a picture differ from it in
their patches as much as in the place of the digit, and the directions of local PCA mix both. The
units of the encoder learn the motion of the digit from all pictures, whatever their patches show.
"""

from __future__ import annotations

import numpy as np

from figures.experiments.tangent_planes import (
    SIDE,
    contractive,
    degrees,
    local_error,
    sliding_digit,
)
from tinyae import tangents
from tinyae.plotting import Figure, style
from tinyae.tangents import local_pca_tangents

NUMBER = "14.10"
NAME = "fig_14_10_tangents"
TITLE = "tangent vectors of a picture: local PCA, a contractive autoencoder, the true one"
CHECKED = ("local_pca_degrees", "contractive_degrees")
POINTS, FRESH, SHOWN = 200, 300, 4
NOISE, LAMBDA, NEIGHBORS = 0.05, 0.03, 6  # as chosen for 200 points in the claims


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train on 200 pictures; find four leading tangents by each method at fresh pictures."""
    points, count = (100, 60) if quick else (POINTS, FRESH)
    x, true = sliding_digit(points + count, noise=NOISE, seed=seed)
    data, fresh, true = x[:points], x[points:], true[points:]
    model = contractive(data, LAMBDA, seed=seed, steps=300 if quick else 800)
    T, s = tangents(model, fresh, SHOWN)
    L, spread = local_pca_tangents(data, fresh, SHOWN, NEIGHBORS)
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
        "local_pca_degrees": local_error(data, fresh, true, NEIGHBORS),
        "contractive_degrees": degrees(T[:, :1], true),
        **rows,
        "local_pca_spread": spread[i] / spread[i, 0],
        "contractive_spread": s[i] / s[i, 0],
        "picture": fresh[i],
        "true_tangent": direction,
    }


def draw(numbers: dict) -> Figure:
    """Draw a picture and its true tangent; at the right four tangents of each method."""
    with style():
        figure = Figure(figsize=(10.4, 4.5))
        grid = figure.add_gridspec(2, SHOWN + 1, width_ratios=[1.1] + [1] * SHOWN)
        panel = figure.add_subplot(grid[0, 0])
        panel.imshow(np.reshape(numbers["picture"], (SIDE, SIDE)), vmin=0, vmax=0.45)
        _bare(panel, "a fresh picture")
        panel = figure.add_subplot(grid[1, 0])
        _tangent(panel, numbers["true_tangent"], "true tangent: the digit slides")
        names = {"local_pca": "PCA", "contractive": "code"}
        for row, (key, name) in enumerate(names.items()):
            for j, tangent in enumerate(np.asarray(numbers[f"{key}_tangents"])):
                angle, size = (numbers[f"{key}_{what}"][j] for what in ("each", "spread"))
                panel = figure.add_subplot(grid[row, j + 1])
                _tangent(panel, tangent, f"{name} {j + 1}: {angle:.0f}°, size {size:.2f}")
        points, fresh = numbers["points"], numbers["fresh_points"]
        local, code = numbers["local_pca_degrees"], numbers["contractive_degrees"]
        figure.suptitle(
            f"above: local PCA of {points} pictures; below: a contractive code, trained on them.\n"
            f"First tangent to the true one, mean over {fresh} fresh pictures: local PCA "
            f"{local:.0f}°, code {code:.0f}°",
            fontsize=10.5,
        )
    return figure


def _tangent(panel, tangent, title: str) -> None:
    """Draw a direction as a picture: white pixels become brighter, black ones darker."""
    tangent = np.reshape(tangent, (SIDE, SIDE))
    largest = np.abs(tangent).max()
    panel.imshow(tangent, vmin=-largest, vmax=largest)
    _bare(panel, title)


def _bare(panel, title: str) -> None:
    panel.set_axis_off()
    panel.set_title(title, fontsize=9)
