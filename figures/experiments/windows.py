"""The windows that figure 14.9 and the claims of section 14.6 compare, and what they could reach.

Points on the spiral with a little noise, whose true density is known; three kinds of windows, and
for each the grid of settings that cross-validation chooses from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from figures.common import train
from figures.rests import CURVE
from tinyae import Adam
from tinyae.datasets import spiral
from tinyae.densities import ManifoldParzen, NonLocalParzen, Pancakes, Parzen, neighbor_pairs
from tinyae.nn import Uniform
from tinyae.score import smoothed_log_density
from tinyae.training import Cosine

NOISE = 0.01  # standard deviation of the points around the curve


@dataclass(frozen=True)
class NonLocal:
    """Settings of a 2-50-5 tanh network and its training; `fit` returns the pancakes it lays.

    neighbors : k of the pairs it is trained on; their typical distance is its unit of length
    sigma : the least width of a window
    steps : of Adam, each on 100 pairs
    """

    neighbors: int
    sigma: float
    steps: int = 1500
    seed: int = 0

    def model(self, x: np.ndarray) -> NonLocalParzen:
        """Return the network trained on the pairs of neighbours in x (n, 2)."""
        pairs = neighbor_pairs(x.astype(np.float32), self.neighbors)
        scale = float(np.sqrt(((pairs[0] - pairs[1]) ** 2).sum(axis=1).mean()))
        model = NonLocalParzen.dense(
            (2, 50), directions=1, scale=scale, sigma=self.sigma, init=Uniform(2.0, 2.0),
            rng=self.seed, dtype=np.float32,
        )  # fmt: skip
        epochs = max(1, self.steps * 100 // len(pairs[0]))
        train(model, pairs, optimizer=Adam(Cosine(0.01)), epochs=epochs, rng=self.seed)
        return model

    def fit(self, x: np.ndarray) -> Pancakes:
        """Return the density that the network makes of its training points."""
        return self.model(x).pancakes(x)


def widths(high: float, low: float, count: int) -> list[float]:
    """Return `count` widths in a geometric row, the widest first."""
    return np.geomspace(high, low, count).tolist()


ROUND = [Parzen(s) for s in widths(0.2, 0.003, 20)]
FLAT = [
    ManifoldParzen(s, k) for k in (2, 3, 4, 6, 8, 12, 16, 24, 32) for s in widths(0.05, 0.003, 9)
]
NON_LOCAL = [NonLocal(k, s) for k in (4, 8) for s in (0.05, 0.02, 0.005)]


def points(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw n points of the noisy spiral, of shape (n, 2)."""
    return spiral(n, noise=NOISE, rng=rng)


def true_log_density(x: np.ndarray) -> np.ndarray:
    """Log density, in nats, of the distribution that `points` draws from."""
    return smoothed_log_density(x, CURVE, NOISE)


def angles(pancakes: Pancakes, x: np.ndarray) -> np.ndarray:
    """Return the angles, in degrees, of each pancake's long side to the curve beside x (n, 2)."""
    nearest = ((x[:, None] - CURVE[1:-1]) ** 2).sum(axis=2).argmin(axis=1) + 1
    tangents = CURVE[nearest + 1] - CURVE[nearest - 1]
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    cosines = np.abs((pancakes.directions[:, 0] * tangents).sum(axis=1))
    return np.degrees(np.arccos(np.minimum(cosines, 1.0)))
