"""Data on curves in a plane or on a line, small enough to see everything that is learned.

Each function returns points only; where a point lies on its curve is known through the curve's own
function (`spiral_curve`, `wave_curve`), which the exact references use.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import shaped

SPIRAL_RANGE = (3.0, 15.0)  # angle t, radians: a little less than two turns
WAVE_RANGE = (-np.pi, np.pi)
Seed = np.random.Generator | int


def spiral_curve(t: ArrayLike) -> NDArray:
    """Return the points 0.04 t (sin t, cos t), of shape (n, 2), for angles t (n,) in radians."""
    t = shaped(t, "t", (None,))
    return 0.04 * np.stack([t * np.sin(t), t * np.cos(t)], axis=1)


def spiral(n: int = 1000, *, noise: float = 0.0, rng: Seed = 0) -> NDArray:
    """Return n points on a spiral in the plane, t uniform in [3, 15]: the data of figure 14.5.

    The arms are about 0.25 apart. `noise` is the standard deviation of isotropic Gaussian noise
    added to the points. Shape (n, 2).
    """
    return _on_curve(spiral_curve, SPIRAL_RANGE, n, noise, rng, "spiral")


def wave_curve(t: ArrayLike) -> NDArray:
    """Return the points (t / π, ½ sin t), of shape (n, 2), for t (n,)."""
    t = shaped(t, "t", (None,))
    return np.stack([t / np.pi, 0.5 * np.sin(t)], axis=1)


def curve(n: int = 1000, *, noise: float = 0.0, rng: Seed = 0) -> NDArray:
    """Return n points on one period of a sine wave in [−1, 1] × [−½, ½]: a curved 1-D manifold.

    `noise` is the standard deviation of isotropic Gaussian noise added to the points. Shape (n, 2).
    """
    return _on_curve(wave_curve, WAVE_RANGE, n, noise, rng, "wave")


def _on_curve(function, limits, n, noise, rng, purpose) -> NDArray:
    n, noise = whole_number(n, "n"), real_number(noise, "noise", low=0.0)
    rng = generator(rng, purpose)
    points = function(rng.uniform(*limits, n))
    return points + noise * rng.standard_normal(points.shape)


def three_points(n: int = 3, *, spacing: float = 0.5) -> NDArray:
    """Return the points −spacing, 0, spacing on a line, in turn, n rows in all: figure 14.7.

    Repeating them fills a batch, so that each step sees many corruptions of each. Shape (n, 1).
    """
    n, spacing = whole_number(n, "n"), real_number(spacing, "spacing", low=0.0, open_low=True)
    return np.resize(np.array([-spacing, 0.0, spacing]), n)[:, None]
