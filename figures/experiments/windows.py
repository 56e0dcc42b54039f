"""Three kinds of windows estimate the density of points near a spiral (section 14.6, figure 14.9).

The kinds are Parzen windows (round), manifold Parzen windows (flat, from nearest neighbours) and
non-local manifold Parzen windows (flat, from a network). For each kind there is a list of settings,
from which cross-validation chooses. Measured are the mean log density of fresh points, whose true
log density is known, and the angle between the windows and the curve.
"""

from __future__ import annotations

import numpy as np

from tinyae import Adam
from tinyae.checks.estimator import Estimator
from tinyae.datasets import spiral
from tinyae.densities import ManifoldParzen, NonLocalParzen, Pancakes, Parzen, neighbor_pairs
from tinyae.nn import Uniform
from tinyae.score import smoothed_log_density
from tinyae.training import Cosine

from .networks import train
from .spiral import CURVE

NOISE = 0.01  # standard deviation of the points around the curve


class NonLocal(Estimator):
    """A 2-50-5 tanh network that shapes the windows, as a density with settings like the others.

    Parameters
    ----------
    n_neighbors : number of neighbours of a point in the training pairs; the root mean square
        distance of a pair is the network's unit of length
    sigma : the smallest possible width of a window
    steps : number of steps of Adam, each on 100 pairs
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
    """Return `count` widths from high to low, each the same multiple of the one before."""
    return np.geomspace(high, low, count).tolist()


ROUND = [Parzen(s) for s in widths(0.2, 0.003, 20)]
FLAT = [
    ManifoldParzen(s, n_neighbors=k)
    for k in (2, 3, 4, 6, 8, 12, 16, 24, 32)
    for s in widths(0.05, 0.003, 9)
]
NON_LOCAL = [NonLocal(k, s) for k in (4, 8) for s in (0.05, 0.02, 0.005)]


def points(n: int, rng: np.random.Generator, noise: float = NOISE) -> np.ndarray:
    """Draw n points of the noisy spiral, of shape (n, 2)."""
    return spiral(n, noise=noise, rng=rng)


def true_log_density(x: np.ndarray, noise: float = NOISE) -> np.ndarray:
    """Return the log density (n,), in nats, of the distribution that `points` draws from."""
    return smoothed_log_density(CURVE, x, noise)


def angles(pancakes: Pancakes, x: np.ndarray) -> np.ndarray:
    """Return the angle (n,), in degrees, between each window's long axis and the curve.

    The direction of the curve is taken at the point of the curve nearest to x (n, 2), where x are
    the points that the n windows belong to.
    """
    nearest = ((x[:, None] - CURVE[1:-1]) ** 2).sum(axis=2).argmin(axis=1) + 1
    tangents = CURVE[nearest + 1] - CURVE[nearest - 1]
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    cosines = np.abs((pancakes.directions[:, 0] * tangents).sum(axis=1))
    return np.degrees(np.arccos(np.minimum(cosines, 1.0)))
