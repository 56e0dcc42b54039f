"""What the explorer trains on: points of the plane or of a line, or pictures of digits.

The points of a user's table are moved and scaled to the extent of the built-in data, and a table of
more than two columns is shown by its first two principal components.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.datasets import curve, spiral, spiral_curve, strokes, three_points, wave_curve
from tinyae.embeddings.pca import PCA
from tinyae.exploring.settings import Settings
from tinyae.numerics.scaled_points import LINE, PLANE, ScaledPoints, whole_copies
from tinyae.text import fields_in_short

ROWS, MOST_ROWS = 5120, 10_240  # rows of an epoch: about so many, and at most so many
MOST_CENTERS = 1000  # points of a table from which the exact score is computed
FRESH = 500  # noisy points at which the field is compared with the exact score
PICTURES = 8  # pictures that are shown
POINTS_SETTINGS = Settings("denoising", sigma=0.1, units=200, learning_rate=0.001, strength=0.001,
                           scale=20.0)  # fmt: skip
LINE_SETTINGS = POINTS_SETTINGS.changed({"units": 20, "learning_rate": 0.01})


@dataclass(frozen=True, repr=False)
class Data:
    """Rows to train on, and what they are compared with.

    Attributes
    ----------
    name : such as "spiral", or the name of a file
    X : the rows of an epoch (n, d): d = 1 is a line, d = 2 the plane, more are square pictures
    batch_size : rows of a step
    fresh : clean rows (m, d) at which the network is compared
    noise : standard normal noise (m, d); fresh + σ noise are noisy rows
    start : the settings at the beginning
    centers : points (k, d) whose density, smoothed by the noise, has the exact score; None for
        pictures
    bias : the initial biases of the first layer are drawn from U(−b, b), b = bias · scale
    curve : whether the centers lie on one curve, in its order
    labels : names of the coordinates
    note : what a reader should know about the rows
    """

    name: str
    X: NDArray
    batch_size: int
    fresh: NDArray
    noise: NDArray
    start: Settings
    centers: NDArray | None = None
    bias: float = 0.6
    curve: bool = False
    labels: tuple[str, ...] = ("$x_1$", "$x_2$")
    note: str = ""

    __repr__ = fields_in_short

    @property
    def width(self) -> int:
        """How many numbers a row has."""
        return self.X.shape[1]

    def limits(self) -> tuple[NDArray, NDArray]:
        """Return the least and the greatest coordinates (d,) of a window around all points."""
        low, high = self.X.min(axis=0).astype(float), self.X.max(axis=0).astype(float)
        margin = 0.17 * float((high - low).max())
        return low - margin, high + margin


def named_data(name: str, seed: int) -> Data:
    """Return the data of this name, one of `NAMES`; the seed draws them.

    Raises
    ------
    ValueError
        If there are no such data.
    """
    if name not in MAKERS:
        raise ValueError(
            f"there are no data {name!r:.60}: give {', '.join(NAMES)}, or a table of numbers"
        )
    return MAKERS[name](seed)


def table_data(X: ArrayLike, seed: int, name: str = "table") -> Data:
    """Return the rows of a table (n, d) as points: of a line if d is 1, of the plane otherwise.

    More than two columns are standardised, and the points are the scores of their first two
    principal components. Points are moved and scaled to the extent of the built-in data. Rows are
    repeated if they are few, and drawn at random if they are too many.

    Raises
    ------
    ValueError
        If there are fewer than two different rows, or an entry is not finite.
    """
    X, rng = table(X, "X", dtype=np.float64, squared=True), generator(seed, "split")
    if len(X) < 2 or not np.ptp(X, axis=0).any():
        raise ValueError(f"{name} needs at least two different rows, got {len(X)} of the same")
    notes = [f"{len(X)} rows"]
    labels: tuple[str, ...] = ("$x_1$", "$x_2$")
    units = "of the file" if X.shape[1] <= 2 else "of the standardised columns"
    if X.shape[1] > 2:
        pca = PCA(2).fit(standardised(X))
        width, X = X.shape[1], pca.transform(standardised(X))
        share = 100 * pca.explained_variance_ / pca.spectrum_.sum()
        notes.append(f"{width} columns, of which two principal components are learned")
        labels = tuple(f"principal component {i + 1} ({share[i]:.0f} %)" for i in range(2))
    scaled = ScaledPoints.of(X, LINE if X.shape[1] == 1 else PLANE)
    notes.append(
        f"scaled: a length of 1 here, also of sigma, is {scaled.scale:.3g} in the units {units}"
    )
    points = scaled.some(MOST_ROWS, rng)
    if len(points) < len(X):
        notes.append(f"{MOST_ROWS} rows drawn at random")
    rows = whole_copies(points, ROWS, rng)
    some = replace(scaled, z=points).some(MOST_CENTERS, rng)
    if len(some) < len(points):
        notes.append(f"exact score of {MOST_CENTERS} of them")
    fresh, noise = _fresh(points, seed)
    line = X.shape[1] == 1
    return Data(name, rows.astype(np.float64 if line else np.float32), 256, fresh, noise,
                LINE_SETTINGS if line else POINTS_SETTINGS, centers=some, labels=labels,
                note="; ".join(notes))  # fmt: skip


def standardised(X: NDArray) -> NDArray:
    """Return the columns with mean 0 and standard deviation 1; constant columns become 0."""
    deviation = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)


def _fresh(points: NDArray, seed: int) -> tuple[NDArray, NDArray]:
    """Return `FRESH` of the points, drawn with replacement, and noise for them."""
    rng = generator(seed, "evaluation")
    chosen = points[rng.integers(len(points), size=FRESH)]
    return chosen, rng.standard_normal(chosen.shape)


def _spiral(seed: int) -> Data:
    X = spiral(ROWS, rng=seed).astype(np.float32)
    rng = generator(seed, "evaluation")
    fresh = spiral(FRESH, rng=rng)
    centers = spiral_curve(np.linspace(3.0, 15.0, 301))
    return Data("spiral", X, 256, fresh, rng.standard_normal(fresh.shape), POINTS_SETTINGS,
                centers=centers, curve=True)  # fmt: skip


def _curve(seed: int) -> Data:
    X = curve(ROWS, rng=seed).astype(np.float32)
    rng = generator(seed, "evaluation")
    fresh = curve(FRESH, rng=rng)
    centers = wave_curve(np.linspace(-np.pi, np.pi, 301))
    start = POINTS_SETTINGS.changed({"units": 100, "scale": 8.0})
    return Data("curve", X, 256, fresh, rng.standard_normal(fresh.shape), start, centers=centers,
                bias=1.0, curve=True)  # fmt: skip


def _three_points(seed: int) -> Data:
    points = three_points(3)
    fresh, noise = _fresh(points, seed)
    return Data("three-points", three_points(3000), 300, fresh, noise, LINE_SETTINGS,
                centers=points)  # fmt: skip


def _digits(seed: int) -> Data:
    rng = generator(seed, "evaluation")
    images, _ = strokes(1000, rng=seed, dtype=np.float32)
    fresh, _ = strokes(PICTURES, rng=rng, dtype=np.float32)
    noise = rng.standard_normal(fresh.shape, dtype=np.float32)
    start = Settings("denoising", sigma=0.3, units=64, learning_rate=0.01, strength=0.001,
                     scale=0.3)  # fmt: skip
    return Data("digits", images, 100, fresh, noise, start, bias=0.0)


MAKERS: dict[str, Callable[[int], Data]] = {
    "spiral": _spiral,
    "three-points": _three_points,
    "curve": _curve,
    "digits": _digits,
}
NAMES = tuple(MAKERS)


def data_of(source: str | ArrayLike, seed: int, name: str = "table") -> Data:
    """Return the data of a name or of a table, as `Explorer` takes them."""
    seed = whole_number(seed, "seed", least=0)
    return named_data(source, seed) if isinstance(source, str) else table_data(source, seed, name)
