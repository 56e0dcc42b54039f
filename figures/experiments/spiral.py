"""Where fields around the spiral come to rest: fixed points, and the ridge between two arms.

Figure 14.5 draws them, the picture of falling σ counts them, and the claims of section 14.5 measure
them, for learned fields and for the exact score of the smoothed spiral.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinyae import Autoencoder
from tinyae.datasets import spiral_curve
from tinyae.score import FixedPoints, find_zeros, fixed_points, smoothed_hessian, smoothed_score

CURVE = spiral_curve(np.linspace(3.0, 15.0, 4000))
CENTRES = spiral_curve(np.linspace(3.0, 15.0, 601)[1::2])  # dense enough for any σ from 0.02 on
HALF_GAP = 0.02 * 2.0 * np.pi  # half the distance from arm to arm, which is 0.04 · 2π


def grid(left: float, right: float, bottom: float, top: float, count: int) -> np.ndarray:
    """Return count² points of a rectangle, of shape (count², 2)."""
    across, up = np.meshgrid(np.linspace(left, right, count), np.linspace(bottom, top, count))
    return np.stack([across.ravel(), up.ravel()], axis=1)


def rests(model: Autoencoder) -> FixedPoints:
    """Return the fixed points of the model that are reached from a grid and from the curve."""
    starts = [grid(-0.62, 0.62, -0.62, 0.62, 49), CENTRES]
    return fixed_points(model, np.concatenate(starts))


def exact_rests(sigma: float) -> FixedPoints:
    """Return the stationary points of the smoothed spiral itself."""
    starts = np.concatenate([grid(-0.62, 0.62, -0.62, 0.62, 21), CENTRES[::8]])
    return find_zeros(lambda x: smoothed_score(x, CENTRES, sigma),
                      lambda x: smoothed_hessian(x, CENTRES, sigma), starts, steps=30)  # fmt: skip


def distance(x: np.ndarray) -> np.ndarray:
    """Return the distance of each x from the curve."""
    return np.linalg.norm(x[:, None] - CURVE[::4], axis=2).min(axis=1)


def between(found: FixedPoints) -> np.ndarray:
    """Return which of the zeros lie between two arms and are left by the field on either side.

    Such a zero is half the gap from the curve, within 0.035, and has a positive eigenvalue.
    """
    return (np.abs(distance(found.x) - HALF_GAP) < 0.035) & (found.eigenvalues[:, -1] > 0)


def ridge(field: Callable[[np.ndarray], np.ndarray], count: int = 100) -> np.ndarray:
    """Return where a field parts between two arms, on `count` straight ways from arm to arm.

    A way leads outwards from angle t to t + 2π. The field parts where its component along the way
    turns from inwards to outwards; NaN on ways where it does not. Shape (count, 2).
    """
    t = np.linspace(3.0, 15.0 - 2.0 * np.pi, count)
    start, end = spiral_curve(t), spiral_curve(t + 2.0 * np.pi)
    s = np.linspace(0.0, 1.0, 41)
    x = start[:, None] + s[:, None] * (end - start)[:, None]
    out = (field(x.reshape(-1, 2)).reshape(x.shape) * (end - start)[:, None]).sum(axis=2)
    turns = (out[:, :-1] < 0) & (out[:, 1:] >= 0)
    i, rows = turns.argmax(axis=1), np.arange(count)
    share = out[rows, i] / np.where(turns.any(axis=1), out[rows, i] - out[rows, i + 1], np.inf)
    at = start + ((i + share) / 40.0)[:, None] * (end - start)
    return np.where(turns.any(axis=1)[:, None], at, np.nan)
