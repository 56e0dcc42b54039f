"""The Swiss roll: a sheet rolled up in space, the usual test surface of manifold methods (14.6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import check_finite

ANGLES = (1.5 * np.pi, 4.5 * np.pi)  # one and a half turns; the radius equals the angle
WIDTH = 21.0  # of the sheet, along the axis of the roll
Pair = tuple[NDArray, NDArray]


def roll_length(t: ArrayLike) -> NDArray:
    """Return the arc length from 0 of the spiral t (cos t, sin t): ½ (t √(1 + t²) + arsinh t)."""
    t = real_array(t, "t").astype(np.float64, copy=False)
    check_finite(t, "t", np.float64, squared=True)
    return 0.5 * (t * np.sqrt(1.0 + t * t) + np.arcsinh(t))


def swiss_roll(n: int = 1000, *, noise: float = 0.0, rng: np.random.Generator | int = 0) -> Pair:
    """Return n points on a rolled-up sheet, and their coordinates on the sheet.

    The points are uniform in area: the angle is drawn such that the *arc length* is uniform. With a
    uniform angle the points would be denser on the inner turn.

    Parameters
    ----------
    n : number of points
    noise : standard deviation of isotropic Gaussian noise added to x; the turns are 2π apart
    rng : seed or generator

    Returns
    -------
    x : array (n, 3), (t cos t, height, t sin t)
    coordinates : array (n, 2): the arc length from the inner end, between 0 and about 90, and the
        height, between 0 and 21. These are the plane coordinates of the unrolled sheet
    """
    n, noise = whole_number(n, "n"), real_number(noise, "noise", low=0.0)
    rng = generator(rng, "swiss_roll")
    start, stop = roll_length(ANGLES)
    length = rng.uniform(0.0, stop - start, n)
    height = rng.uniform(0.0, WIDTH, n)
    t = np.sqrt(2.0 * (start + length))  # Newton's method from s ≈ t²/2: ds/dt = √(1 + t²)
    for _ in range(6):
        t -= (roll_length(t) - start - length) / np.sqrt(1.0 + t * t)
    x = np.stack([t * np.cos(t), height, t * np.sin(t)], axis=1)
    return x + noise * rng.standard_normal(x.shape), np.stack([length, height], axis=1)
