"""Figure 14.10 in colour: what may change at a photograph, by local PCA and by a contractive code.

Nobody knows all the tangents of photographs, but two of them: a camera turned a little to the side
or up moves the picture. Pictures of 32 × 32 pixels (CIFAR-10) are cut to the middle 28 × 28; cut a
pixel further to one side and to the other they differ by twice the change per pixel, borders
included. What can be measured is the share of that change, of its squared length, which lies among
the k leading directions of a method. The two methods are held against two that look at no picture
in particular: the leading components of all pictures, and directions drawn by lot.

On 3000 pictures five directions hold 5.7 % by local PCA and 5.6 to 5.7 % by the code (three
trainings), 5.3 % by the components of all pictures and 0.2 % by lot. So neither is ahead here,
and both know hardly more of a move than what all pictures have in common; of twenty directions the
common components even hold the most. What differs is the look: local PCA's directions are made of
the neighbours' own shapes, the code's are smooth.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figures import fig_14_10_tangents
from figures.photographs import colour_pictures
from figures.planes import contractive
from tinyae import PCA, tangents
from tinyae.plotting import Figure, style
from tinyae.tangents import local_pca_tangents

NUMBER, NAME = fig_14_10_tangents.NUMBER, fig_14_10_tangents.NAME
TITLE = "tangent vectors of a photograph: local PCA, a contractive autoencoder"
DRAWN_FROM = "colour"
MARGIN = 2  # pixels cut off on every side
SHOWN, MOST = 5, 20  # directions drawn, directions measured
LEAST = 100  # pictures in all, of which the neighbours come
# Chosen by the largest share in SHOWN directions at the seventh eighth of the pictures, which is
# neither learned from nor drawn: λ of 0.03, 0.1, 0.3, 1, 2 (5.1, 5.1, 5.7, 5.8, 5.5 %; 200 units
# no better), neighbours of 21, 30, 60, 100, 200, 400 (5.2, 5.4, 5.8, 5.8, 5.7, 5.6 %).
UNITS, STEPS = 60, 3000
LAMBDA, NEIGHBORS = 1.0, 60
LOOKS = {"local_pca": ("C2", "s--", "local PCA"), "contractive": ("C1", "o-", "contractive code"),
         "pca": ("C0", "-", "PCA of all pictures"), "random": ("0.6", ":", "by lot")}  # fmt: skip


def from_folder(folder: str | Path) -> NDArray:
    """Return the pictures (n, h, w, 3) in FOLDER/cifar10_4000.npz, if there are enough."""
    pictures = colour_pictures(folder)
    if len(pictures) < LEAST:
        raise ValueError(f"{len(pictures)} pictures in {folder}, at least {LEAST} are needed")
    return pictures


def cut(pictures: NDArray, down: int = 0, right: int = 0) -> NDArray:
    """The middle of each picture (n, h, w, 3), or so many pixels from it: (n, d)."""
    edge = [slice(MARGIN + by, size - MARGIN + by)
            for by, size in zip((down, right), pictures.shape[1:3], strict=True)]  # fmt: skip
    return pictures[:, edge[0], edge[1]].reshape(len(pictures), -1)


def moves(pictures: NDArray) -> NDArray:
    """The change per pixel (n, 2, d) as the picture moves down and to the right."""
    down, right = cut(pictures, -1) - cut(pictures, 1), cut(pictures, 0, -1) - cut(pictures, 0, 1)
    return np.stack([down, right], axis=1) / 2


def share(T: NDArray, v: NDArray) -> NDArray:
    """Of ‖v‖², for each v (n, m, d), the part within the first j orthonormal rows of T (n, k, d).

    Shape (n, m, k), j from 1 to k.
    """
    inner = np.matmul(v, T.swapaxes(1, 2))
    return np.cumsum(inner**2, axis=2) / (v**2).sum(axis=2, keepdims=True)


def learned(pictures: NDArray, seed: int, *, lam: float, neighbors: int, steps: int):
    """Train on pictures; return a function that gives each method's directions at other pictures.

    Pixels are in units in which pictures are at a mean distance of 4 from their mean.
    """
    x = cut(pictures)
    scale = np.float32(4.0 / np.linalg.norm(x - x.mean(axis=0), axis=1).mean())
    x *= scale
    model = contractive(x, lam, seed=seed, units=UNITS, steps=steps)
    flat = PCA(MOST).fit(x).components_
    lots = np.linalg.qr(np.random.default_rng(seed).standard_normal((x.shape[1], MOST)))[0].T

    def directions(fresh: NDArray) -> dict[str, tuple[NDArray, NDArray]]:
        """Directions (n, k, d) and how much there is along each (n, k)."""
        y = scale * cut(fresh)
        everywhere = np.ones((len(y), MOST))
        return {
            "local_pca": local_pca_tangents(x, y, MOST, neighbors),
            "contractive": tangents(model, y, MOST),
            "pca": (np.broadcast_to(flat, (len(y), *flat.shape)), everywhere),
            "random": (np.broadcast_to(lots, (len(y), *lots.shape)), everywhere),
        }

    return directions


def compute(seed: int = 0, quick: bool = False, *, pictures: NDArray) -> dict:
    """Train on three quarters, measure at the last eighth; settings were chosen on the other."""
    n = len(pictures)
    x, fresh = pictures[: 6 * n // 8], pictures[7 * n // 8 :]
    if quick:
        x, fresh = x[:500], fresh[:40]
    fresh = fresh[moves(fresh).any(axis=2).all(axis=1)]  # of one colour, a picture cannot move
    directions = learned(x, seed, lam=LAMBDA, neighbors=NEIGHBORS, steps=200 if quick else STEPS)
    known, found = moves(fresh), directions(fresh)
    shares = {name: share(T, known).mean(axis=1) for name, (T, _) in found.items()}
    # The picture shown: the one at which the code's share is the median.
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
    """The picture and its known changes; both methods' directions; shares by their number."""
    with style():
        figure = Figure(figsize=(13.0, 4.5))
        left, right = figure.subfigures(1, 2, width_ratios=(2.6, 1))
        panels = left.subplots(2, SHOWN + 1)
        show(panels[0, 0], numbers, "picture", title="a fresh picture")
        show(panels[1, 0], numbers, "known", 1, title="as it moves right")
        for row, name in zip(panels, ("local_pca", "contractive"), strict=True):
            for j, size in enumerate(numbers[f"{name}_spread"]):
                word = {"local_pca": "PCA", "contractive": "code"}[name]
                title = f"{word} {j + 1}, size {size:.2f}"
                show(row[j + 1], numbers, f"{name}_tangents", j, title=title)
        left.suptitle(
            f"above: local PCA of {numbers['points']} photographs; below: a contractive code, "
            "trained on them.\nMid-grey stays; a direction may as well be taken backwards, in the "
            "complementary colours",
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
            "how much of a small move lies among them,\n"
            f"mean of {numbers['fresh_points']} fresh pictures, right and down"
        )
        axes.legend(loc="upper left")
    return figure


def show(panel, numbers: dict, key: str, row: int | None = None, *, title: str) -> None:
    """A picture in colour, or a direction about mid-grey, by its largest entry."""
    pixels = np.asarray(numbers[key])
    if row is not None:
        pixels = 0.5 + 0.5 * pixels[row] / np.abs(pixels[row]).max()
    panel.imshow(pixels.reshape(*np.asarray(numbers["side"], int), 3))
    panel.set_axis_off()
    panel.set_title(title, fontsize=9)
