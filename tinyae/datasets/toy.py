"""Points on curves in the plane and on a line: data for which everything learned can be drawn.

The functions return points only. `spiral_curve` and `wave_curve` give the curves themselves, which
the exact scores and densities need.
"""

from __future__ import annotations

from collections.abc import Callable

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
    """Return n points (n, 2) on a spiral in the plane, t uniform in [3, 15]: data of figure 14.5.

    The arms of the spiral are about 0.25 apart. `noise` is the standard deviation of isotropic
    Gaussian noise that is added to the points.
    """
    return _on_curve(spiral_curve, SPIRAL_RANGE, n, noise, rng, "spiral")


def wave_curve(t: ArrayLike) -> NDArray:
    """Return the points (t / π, ½ sin t), of shape (n, 2), for t (n,)."""
    t = shaped(t, "t", (None,))
    return np.stack([t / np.pi, 0.5 * np.sin(t)], axis=1)


def curve(n: int = 1000, *, noise: float = 0.0, rng: Seed = 0) -> NDArray:
    """Return n points (n, 2) on one period of a sine wave in [−1, 1] × [−½, ½].

    They lie on a curved manifold of one dimension. `noise` is the standard deviation of isotropic
    Gaussian noise that is added to the points.
    """
    return _on_curve(wave_curve, WAVE_RANGE, n, noise, rng, "wave")


def _on_curve(
    function: Callable[[NDArray], NDArray],
    limits: tuple[float, float],
    n: int,
    noise: float,
    rng: np.random.Generator | int,
    purpose: str,
) -> NDArray:
    n, noise = whole_number(n, "n"), real_number(noise, "noise", low=0.0)
    rng = generator(rng, purpose)
    points = function(rng.uniform(*limits, n))
    return points + noise * rng.standard_normal(points.shape)


def three_points(n: int = 3, *, spacing: float = 0.5) -> NDArray:
    """Return n rows (n, 1) that repeat the points −spacing, 0, spacing on a line: figure 14.7.

    With more than three rows, a batch has several corruptions of each point.
    """
    n, spacing = whole_number(n, "n"), real_number(spacing, "spacing", low=0.0, open_low=True)
    return np.resize(np.array([-spacing, 0.0, spacing]), n)[:, None]
