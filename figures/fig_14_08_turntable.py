"""Figure 14.8 from photographs: an object on a turntable and a face on film (COIL-20, Frey).

At the left is one object over two thirds of a turn, in the plane of its first two principal
components. In this plane the curve of the views crosses itself. Arrows lead from each view to its
nearest neighbours, and they follow the curve also at the crossing. A bar is the tangent line,
projected into the plane; it is short where the tangent leads out of the plane. The plane of Isomap
would show little: the views do not make a whole turn, so their graph is a chain, and Isomap places
a chain on a straight line. At the right this one coordinate is drawn against the angle, and below
it the tangents as pictures.

The object drawn is neither the best nor the worst: of all objects, ordered by the rank correlation
of Isomap's coordinate with the angle, it is the median one (the lower of the middle two). The
frames of the face are a favourable choice: in this part of the film the face turns and does little
else. Few parts are like that (`tests/claims/test_claims_14_6_embeddings.py` counts them).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from numpy.typing import NDArray

from tinyae import PCA
from tinyae.embeddings import Isomap, TangentPlanes
from tinyae.plotting import Figure, style

from . import fig_14_08_neighbors
from .experiments.photographs import filmed_face, turned_objects
from .experiments.turning_digit import NEIGHBORS, joined, one_coordinate
from .fig_14_08_neighbors import (
    PLACES,
    against,
    arrows,
    explain,
    show_tangents,
    thumbnail,
)

NUMBER = fig_14_08_neighbors.NUMBER
NAME = fig_14_08_neighbors.NAME
DRAWN_FROM = "coil_frey"
TITLE = "an object on a turntable, a face on film: nearest neighbours, tangents, embedding"
ALT = (
    "Dots for the views of an object on a turntable, in the plane of two principal "
    "components, with arrows to the nearest neighbours, tangents, and pictures of some views "
    "around them. The arrows follow the curve of the views, also where it crosses itself. At "
    "the right, Isomap's one coordinate rises with the angle of the object "
    "({rank_correlation:.3f} rank correlation) and with the frame of a film of a face; below "
    "are tangents as pictures."
)
STEP = 5  # degrees from view to view
FRAMES = slice(534, 634)
AROUND = 10  # views shown as pictures around the plane
STRIP = 6  # pictures shown below each coordinate
THUMB = 28  # the longer side of these pictures, in points


def from_folder(folder: str | Path) -> tuple[list[NDArray], NDArray]:
    """Return the objects, each (views, h, w), and the frames of the face, (100, h, w)."""
    return turned_objects(folder), filmed_face(folder, FRAMES)


def compute(seed: int = 0, quick: bool = False, *, pictures: tuple[list[NDArray], NDArray]) -> dict:
    """Order the views of every object and the frames of the face; examine the median object.

    Nothing here is random or trained, so `seed` and `quick` change nothing.
    """
    objects, face = pictures
    lines = []
    for views in objects:
        x = views.reshape(len(views), -1)
        lines.append(one_coordinate(x, STEP * np.arange(len(x))))
    order = np.argsort([line["rank_correlation"] for line in lines], kind="stable")
    chosen = int(order[(len(order) - 1) // 2])
    x = objects[chosen].reshape(len(objects[chosen]), -1)
    isomap = joined(Isomap, x, NEIGHBORS)
    tangents = TangentPlanes(1, n_neighbors=isomap.n_neighbors).fit(x).bases_[:, 0]
    flat = PCA(2).fit(x)
    shown = np.linspace(0, len(face) - 1, STRIP).round().astype(int)
    frames = one_coordinate(face.reshape(len(face), -1), np.arange(FRAMES.start, FRAMES.stop))
    return {
        "objects": len(objects),
        "ordered": sum(line["rank_correlation"] > 0.99 for line in lines),
        "ordered_by_pca": sum(line["pca_rank_correlation"] > 0.99 for line in lines),
        "object": chosen + 1,
        **lines[chosen],
        **{f"face_{key}": value for key, value in frames.items()},
        "variance_in_plane": float(flat.explained_variance_.sum() / x.var(axis=0).sum()),
        "images": objects[chosen],
        "places": flat.transform(x),
        "neighbors": isomap.graph_.indices_,
        "tangents": tangents,
        "slopes": tangents @ flat.components_.T,
        "strip": face[shown],
        "strip_frames": FRAMES.start + shown,
    }


def draw(numbers: dict) -> Figure:
    """Draw the plane of the object; at the right both coordinates and the tangents."""
    images = np.asarray(numbers["images"])
    last = len(images) - 1
    with style():
        figure = Figure(figsize=(13.0, 7.2))
        left, right = figure.subfigures(1, 2, width_ratios=(1.02, 1))
        show_plane(left.add_subplot(), numbers)
        upper, below = right.subfigures(2, 1, height_ratios=(1.5, 1))
        lines = upper.subplots(2, 2, height_ratios=(7, 1), sharex="col")
        against(lines[0, 0], numbers).set(title="the object", xticks=range(0, STEP * last + 1, 60))
        shown = np.linspace(0, last, STRIP).round().astype(int)
        show_strip(lines[1, 0], images[shown], STEP * shown, "angle of the turntable (degrees)")
        against(lines[0, 1], numbers, "face_").set(
            title="a face on film, turning", ylabel="", xticks=range(540, 640, 30)
        )
        show_strip(lines[1, 1], numbers["strip"], numbers["strip_frames"], "frame of the film")
        inner = np.linspace(0, last, PLACES + 2).round().astype(int)[1:-1]  # without the ends
        show_tangents(below, images, np.asarray(numbers["tangents"]),
                      {i: f"{STEP * i}°" for i in inner})  # fmt: skip
    return figure


def show_plane(axes, numbers: dict) -> None:
    """Draw the views as dots, arrows to their neighbours, tangents, and pictures of some views."""
    images, places, slopes = (np.asarray(numbers[key]) for key in ("images", "places", "slopes"))
    middle = (places.min(axis=0) + places.max(axis=0)) / 2
    reach = np.linalg.norm(places - middle, axis=1).max()
    arrows(axes, places, np.asarray(numbers["neighbors"]))
    shown = np.linspace(0, len(places) - 1, AROUND).round().astype(int)
    for i, spot in zip(shown, ring(places[shown] - middle, 1.35 * reach) + middle, strict=True):
        bar = 0.2 * reach * slopes[i]
        axes.plot(*np.stack([places[i] - bar, places[i] + bar]).T, color="C1", linewidth=2.5,
                  zorder=5)  # fmt: skip
        axes.plot(*np.stack([places[i], spot]).T, color="0.75", linewidth=0.8, zorder=1)
        thumbnail(axes, images[i], spot, 0.19 * reach)
        axes.text(
            spot[0], spot[1] - 0.21 * reach, f"{STEP * i}°", ha="center", va="top", fontsize=8
        )
    explain(axes, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2)
    low, high = middle - 1.62 * reach, middle + 1.62 * reach
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal",
             xlabel="first principal component", ylabel="second principal component")  # fmt: skip
    axes.set_title(
        f"object {numbers['object']} of {numbers['objects']}, {len(places)} views {STEP}° apart: a "
        f"plane that holds {numbers['variance_in_plane']:.0%} of their variance\n"
        f"of all objects, Isomap orders {numbers['ordered']} with rank correlation above .99, PCA "
        f"{numbers['ordered_by_pca']}"
    )


def ring(places: NDArray, radius: float) -> NDArray:
    """Return evenly spaced spots on a circle, one for each place (n, 2).

    They have the same order around it, so the lines from places to their spots hardly cross. Of
    many rotations of the spots, the one with the smallest sum of squared distances to the places is
    returned.
    """
    n = len(places)
    order = np.argsort(np.arctan2(places[:, 1], places[:, 0]))
    best, least = None, np.inf
    for turn in range(8 * n):
        angle = 2 * np.pi * (np.arange(n) + turn / 8) / n
        spots = np.empty_like(places)
        spots[order] = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        far = ((spots - places) ** 2).sum()
        if far < least:
            best, least = spots, far
    return best


def show_strip(axes, images, at, label: str) -> None:
    """Draw small pictures in a row, each at its value on the axis of the panel above."""
    for image, x in zip(np.asarray(images), np.asarray(at), strict=True):
        small = OffsetImage(image, zoom=THUMB / max(image.shape), cmap="gray", clim=(0, 1))
        box = axes.add_artist(AnnotationBbox(small, (x, 0.5), frameon=False))
        box.set_in_layout(False)  # it may reach beyond the ends of the axis
    axes.set(ylim=(0, 1), yticks=[], xlabel=label)
    axes.spines["left"].set_visible(False)
