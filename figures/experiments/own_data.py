"""A user's rows in place of the data of a figure, and denoisers that learn points in the plane.

The points are moved and scaled to the size of the figure's own data, the training happens there,
and what is measured is scaled back (`tinyae/numerics/scaled_points.py`). Points in the plane are
trained on for about as many steps as the spiral is, however few they are.
"""

from __future__ import annotations

from math import ceil, floor, log10

import numpy as np
from numpy.typing import NDArray

from tinyae import Adam, Autoencoder, score_field
from tinyae.numerics.scaled_points import ScaledPoints, whole_copies
from tinyae.score import FixedPoints, find_zeros, fixed_points, smoothed_hessian, smoothed_score
from tinyae.training import Cosine

from .networks import cosine, train
from .spiral import denoiser

ROWS = 51_200  # as many as of the spiral
MOST = 4000  # points of which the exact score is computed
LEAST_SIGMA, MOST_SIGMA = 0.01, 1.0  # that such a network learns, over its units of length
ROUNDING = 1e-6  # relative error of sigma that is let pass
STARTS = 500  # points from which zeros are searched


class Scaled(ScaledPoints):
    """A user's points, with the σ that a network can learn there and the shape of a picture."""

    def sigma(self, sigma: float, name: str = "these data") -> float:
        """Return σ in the scaled units; raise ValueError if no such network can learn with it.

        `name` is what the message calls the data. Both ends of the range in it are accepted.
        """
        scaled = sigma / self.scale
        if not LEAST_SIGMA * (1 - ROUNDING) <= scaled <= MOST_SIGMA * (1 + ROUNDING):
            raise ValueError(
                f"sigma = {sigma:g} does not fit {name}, whose larger half width is "
                f"{float(np.ptp(self.back(self.z), axis=0).max()) / 2:g}: choose sigma between "
                f"{_rounded(LEAST_SIGMA * self.scale, up=True):.3g} and "
                f"{_rounded(MOST_SIGMA * self.scale, up=False):.3g}"
            )
        return scaled


def _rounded(value: float, *, up: bool) -> float:
    """Return a positive number with three digits that is not below it, or not above it."""
    step = 10.0 ** (floor(log10(value)) - 2)
    digits = round(value / step, 6)  # 100.00000000000001 stands for 100
    return step * (ceil(digits) if up else floor(digits))


def trained(rows: int) -> int:
    """Return how many of so many rows are trained on: four fifths, the others being fresh."""
    return rows - max(1, rows // 5)


def split(X: NDArray, seed: int) -> tuple[NDArray, NDArray]:
    """Return four fifths of the rows of X (n, d), and one fifth as fresh rows, in random order."""
    order = np.random.default_rng(seed).permutation(len(X))
    cut = len(X) - trained(len(X))
    return X[order[cut:]].astype(np.float32), X[order[:cut]].astype(np.float32)


def learn_plane(
    points: Scaled, seed: int, *, sigma: float, weight: float, bias: float, units: int, epochs: int
) -> tuple[Autoencoder, dict[str, float], float]:
    """Train on scaled points of the plane as `spiral.learn` on the spiral; sigma is scaled too.

    Returns the model, its agreement with the exact score at 2000 fresh noisy points, and the
    seconds of training.
    """
    rng = np.random.default_rng(seed)
    model = denoiser(sigma, rng, weight=weight, bias=bias, units=units)
    X = whole_copies(points.z, ROWS, rng).astype(np.float32)
    history = train(model, X, epochs=epochs, batch_size=256, optimizer=Adam(Cosine(0.015)), rng=rng)
    chosen = points.z[rng.integers(len(points.z), size=2000)]
    x = chosen + sigma * rng.standard_normal(chosen.shape)
    learned = score_field(model, x, sigma)
    exact = smoothed_score(points.some(MOST, np.random.default_rng(seed)), x, sigma)
    angles = cosine(learned, exact)
    found = {
        "median_cosine": float(np.median(angles)),
        "mean_cosine": float(angles.mean()),
        "slope": float((learned * exact).sum() / (exact * exact).sum()),
    }
    return model, found, history.seconds


def grid_around(points: Scaled, sigma: float, count: int) -> NDArray:
    """Return the points (m, 2) of a square grid, in scaled units, that lie within 3σ of the data.

    Along the longer side of the box around them it has `count` points.
    """
    low, high = points.z.min(axis=0) - 2.5 * sigma, points.z.max(axis=0) + 2.5 * sigma
    step = float((high - low).max()) / (count - 1)
    across, up = (np.arange(a, b + step / 2, step) for a, b in zip(low, high, strict=True))
    x = np.stack([part.ravel() for part in np.meshgrid(across, up)], axis=1)
    some = points.some(MOST, np.random.default_rng(0))
    nearest = np.array([((some - one) ** 2).sum(axis=1).min() for one in x])
    return x[nearest < (3 * sigma) ** 2]


def zeros(
    points: Scaled, model: Autoencoder, sigma: float, x: NDArray
) -> tuple[FixedPoints, FixedPoints]:
    """Return the zeros of the learned field and of the exact score, from starts at x and the data.

    All is in scaled units. The exact score is that of the points smoothed by N(0, σ²I).
    """
    rng = np.random.default_rng(0)
    centers, starts = points.some(MOST, rng), np.concatenate([x, points.some(STARTS, rng)])
    fewer = np.concatenate([x[::2], points.some(STARTS // 5, rng)])
    exact = find_zeros(lambda x: smoothed_score(centers, x, sigma),
                       lambda x: smoothed_hessian(centers, x, sigma), fewer, steps=30)  # fmt: skip
    return fixed_points(model, starts), exact
