"""Tangents of colour photographs are measured by the share of a small move that they hold (14.10).

Nobody knows all the tangents of photographs, but two are known: when the camera turns a little to
the side or upwards, the picture moves. The pictures, of 32 × 32 pixels (CIFAR-10), are cut to the
middle 28 × 28. Two cuts that are one pixel further to either side differ by twice the change per
pixel. Measured is a share of the squared length of this change: the part that lies in the span of
the k leading directions of a method. The methods are local PCA and a contractive autoencoder, and
two that do not depend on the picture: the principal components of all pictures, and random
directions.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae import PCA, tangents
from tinyae.tangents import local_pca_tangents

from .photographs import colour_pictures
from .tangent_planes import contractive

MARGIN = 2  # pixels cut off on every side
MOST = 20  # directions measured
LEAST = 100  # pictures that a folder must hold
# The settings were chosen by the largest share that five directions hold, on the seventh eighth of
# the pictures, which is used for nothing else. Tried were λ of 0.03, 0.1, 0.3, 1 and 2 (5.1, 5.1,
# 5.7, 5.8, 5.5 %), also with 200 units (no better), and 21, 30, 60, 100, 200 and 400 neighbours
# (5.2, 5.4, 5.8, 5.8, 5.7, 5.6 %).
UNITS, STEPS = 60, 3000
LAMBDA, NEIGHBORS = 1.0, 60


def enough_pictures(folder: str | Path) -> NDArray:
    """Return the pictures (n, h, w, 3) in FOLDER/cifar10_4000.npz.

    Raises ValueError if the file is missing or wrong, or holds fewer than 100 pictures.
    """
    pictures = colour_pictures(folder)
    if len(pictures) < LEAST:
        raise ValueError(f"{len(pictures)} pictures in {folder}, at least {LEAST} are needed")
    return pictures


def cut(pictures: NDArray, down: int = 0, right: int = 0) -> NDArray:
    """Return the middle of each picture (n, h, w, 3) as (n, d).

    `down` and `right`, at most 2, move the cut by so many pixels.
    """
    edge = [slice(MARGIN + by, size - MARGIN + by)
            for by, size in zip((down, right), pictures.shape[1:3], strict=True)]  # fmt: skip
    return pictures[:, edge[0], edge[1]].reshape(len(pictures), -1)


def moves(pictures: NDArray) -> NDArray:
    """Return the change per pixel, (n, 2, d), when a picture moves down and when it moves right."""
    down, right = cut(pictures, -1) - cut(pictures, 1), cut(pictures, 0, -1) - cut(pictures, 0, 1)
    return np.stack([down, right], axis=1) / 2


def share(T: NDArray, v: NDArray) -> NDArray:
    """Return the share of ‖v‖² in the span of the first j rows of T, for j = 1 … k: (n, m, k).

    v has the shape (n, m, d); T has the shape (n, k, d), with orthonormal rows.
    """
    inner = np.matmul(v, T.swapaxes(1, 2))
    return np.cumsum(inner**2, axis=2) / (v**2).sum(axis=2, keepdims=True)


def learned(
    pictures: NDArray, seed: int, *, lam: float, neighbors: int, steps: int
) -> Callable[[NDArray], dict[str, tuple[NDArray, NDArray]]]:
    """Train on pictures (n, h, w, 3); return a function that gives directions at fresh pictures.

    The unit of the pixels is chosen so that the mean distance of a picture from the mean picture
    is 4.
    """
    x = cut(pictures)
    scale = np.float32(4.0 / np.linalg.norm(x - x.mean(axis=0), axis=1).mean())
    x *= scale
    model = contractive(x, lam, seed=seed, units=UNITS, steps=steps)
    flat = PCA(MOST).fit(x).components_
    lots = np.linalg.qr(np.random.default_rng(seed).standard_normal((x.shape[1], MOST)))[0].T

    def directions(fresh: NDArray) -> dict[str, tuple[NDArray, NDArray]]:
        """Return for each method its directions (n, 20, d) and the size of each (n, 20).

        The size is a standard deviation for local PCA, a singular value for the contractive
        encoder, and 1 for the two methods that do not depend on the picture.
        """
        y = scale * cut(fresh)
        everywhere = np.ones((len(y), MOST))
        return {
            "local_pca": local_pca_tangents(x, y, MOST, neighbors),
            "contractive": tangents(model, y, MOST),
            "pca": (np.broadcast_to(flat, (len(y), *flat.shape)), everywhere),
            "random": (np.broadcast_to(lots, (len(y), *lots.shape)), everywhere),
        }

    return directions
