"""The windows that figure 14.9 and the claims of section 14.6 compare, and what they could reach.

Points on the spiral with a little noise, whose true density is known; three kinds of windows, and
for each the grid of settings that cross-validation chooses from.
"""

from __future__ import annotations

import numpy as np

from figures.common import train
from figures.rests import CURVE
from tinyae import Adam
from tinyae.checks.estimator import Estimator
from tinyae.datasets import spiral
from tinyae.densities import ManifoldParzen, NonLocalParzen, Pancakes, Parzen, neighbor_pairs
from tinyae.nn import Uniform
from tinyae.score import smoothed_log_density
from tinyae.training import Cosine

NOISE = 0.01  # standard deviation of the points around the curve


class NonLocal(Estimator):
    """The windows that a 2-50-5 tanh network lays, as a density with settings like the others.

    Parameters
    ----------
    n_neighbors : k of the pairs it is trained on; their typical distance is its unit of length
    sigma : the least width of a window
    steps : of Adam, each on 100 pairs
    rng : seed of the initial weights and of the order of the pairs

    Attributes
    ----------
    mixture_ : the windows at the training points
    """

    def __init__(self, n_neighbors: int, sigma: float, steps: int = 1500, *, rng: int = 0):
        self.n_neighbors, self.sigma, self.steps, self.rng = n_neighbors, sigma, steps, rng

    def model(self, x: np.ndarray) -> NonLocalParzen:
        """Return the network trained on the pairs of neighbours in x (n, 2)."""
        pairs = neighbor_pairs(x.astype(np.float32), self.n_neighbors)
        scale = float(np.sqrt(((pairs[0] - pairs[1]) ** 2).sum(axis=1).mean()))
        model = NonLocalParzen.dense(
            (2, 50), n_components=1, scale=scale, sigma=self.sigma, init=Uniform(2.0, 2.0),
            rng=self.rng, dtype=np.float32,
        )  # fmt: skip
        epochs = max(1, self.steps * 100 // len(pairs[0]))
        train(model, pairs, optimizer=Adam(Cosine(0.01)), epochs=epochs, rng=self.rng)
        return model

    def fit(self, X: np.ndarray, y: object = None) -> NonLocal:
        """Train on the points X (n, 2), lay the windows there, and return the object itself."""
        self.mixture_ = self.model(X).pancakes(X)
        return self

    def score_samples(self, X: np.ndarray) -> np.ndarray:
        """Return log p(x) in nats for each row of X (m, 2), of shape (m,)."""
        self.check_fitted()
        return self.mixture_.score_samples(X)


def widths(high: float, low: float, count: int) -> list[float]:
    """Return `count` widths in a geometric row, the widest first."""
    return np.geomspace(high, low, count).tolist()


ROUND = [Parzen(s) for s in widths(0.2, 0.003, 20)]
FLAT = [
    ManifoldParzen(s, n_neighbors=k)
    for k in (2, 3, 4, 6, 8, 12, 16, 24, 32)
    for s in widths(0.05, 0.003, 9)
]
NON_LOCAL = [NonLocal(k, s) for k in (4, 8) for s in (0.05, 0.02, 0.005)]


def points(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw n points of the noisy spiral, of shape (n, 2)."""
    return spiral(n, noise=NOISE, rng=rng)


def true_log_density(x: np.ndarray) -> np.ndarray:
    """Log density, in nats, of the distribution that `points` draws from."""
    return smoothed_log_density(CURVE, x, NOISE)


def angles(pancakes: Pancakes, x: np.ndarray) -> np.ndarray:
    """Return the angles, in degrees, of each pancake's long side to the curve beside x (n, 2)."""
    nearest = ((x[:, None] - CURVE[1:-1]) ** 2).sum(axis=2).argmin(axis=1) + 1
    tangents = CURVE[nearest + 1] - CURVE[nearest - 1]
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    cosines = np.abs((pancakes.directions[:, 0] * tangents).sum(axis=1))
    return np.degrees(np.arccos(np.minimum(cosines, 1.0)))
