"""The denoisers of figures 14.5 and 14.7 are measured while they are trained (14.5.1, 14.7).

The rows of the data are fewer than in `spiral` and `three_points`, so that an epoch has few steps.
"""

from __future__ import annotations

import numpy as np

from tinyae import Adam
from tinyae.datasets import spiral as spiral_points
from tinyae.training import Cosine

from . import spiral, three_points
from .networks import train


def spiral_course(
    seed: int, x: np.ndarray, *, sigma: float, kept: np.ndarray, rows: int = 5120
) -> np.ndarray:
    """Return r(x) − x at x (n, 2) before training and after each of the epochs `kept` (m,).

    The network is that of `spiral.learn` with large weights; an epoch has rows / 256 steps. The
    result has the shape (m + 1, n, 2).
    """
    rng = np.random.default_rng(seed)
    model = spiral.denoiser(sigma, rng, weight=20, bias=12)
    fields, wanted = [model.reconstruct(x) - x], set(kept.tolist())

    def look(epoch, *_):
        if epoch in wanted:
            fields.append(model.reconstruct(x) - x)

    train(model, spiral_points(rows, rng=rng), epochs=int(kept[-1]), batch_size=256,
          optimizer=Adam(Cosine(0.015)), rng=rng, callback=look)  # fmt: skip
    return np.array(fields)


def three_points_course(
    seed: int, x: np.ndarray, *, kept: np.ndarray, rows: int = 3000
) -> np.ndarray:
    """Return r(x) at x (n,) before training and after each of the epochs `kept` (m,): (m + 1, n).

    The network is that of `three_points.learn`; an epoch has rows / 300 steps.
    """
    rng = np.random.default_rng(seed)
    model = three_points.untrained(seed)
    curves, wanted = [model.reconstruct(x[:, None])[:, 0]], set(kept.tolist())

    def look(epoch, *_):
        if epoch in wanted:
            curves.append(model.reconstruct(x[:, None])[:, 0])

    train(model, np.resize(three_points.DATA, (rows, 1)), epochs=int(kept[-1]), batch_size=300,
          shuffle=False, optimizer=Adam(Cosine(0.01)), rng=rng, callback=look)  # fmt: skip
    return np.array(curves)
