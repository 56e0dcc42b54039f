"""A linear model with a continuous Laplace code, whose log p(x) is known (equations 14.3 to 14.7).

p(h) is the Laplace prior with λ = 2, and x given h is normal with mean s h V. Where the decoder's
scale s grows, the code shrinks, and the largest term max log p(h, x) is no estimate of log p(x).
"""

from __future__ import annotations

import numpy as np

from tinyae.criterion import LaplacePrior
from tinyae.nn.softmax import log_sum_exp

NOISE = 0.3  # standard deviation of x given h
SCALES = (0.1, 1.0, 10.0, 100.0, 1000.0)


def atoms(k: int, d: int, rng: np.random.Generator) -> np.ndarray:
    """Return k orthogonal rows of length 3, (k, d)."""
    return 3.0 * np.linalg.qr(rng.standard_normal((d, k)))[0].T


class LaplaceCode:
    """p(h) Laplace with λ = 2, x given h normal with mean s h V and standard deviation `NOISE`.

    V (k, d) has orthogonal rows of length 3. For such rows log p(x) is a sum of one-dimensional
    integrals, and so is its largest term.
    """

    def __init__(self, V: np.ndarray, s: float):
        self.V, self.s, self.lam = V, s, 2.0
        self.lengths = s * np.linalg.norm(V, axis=1)

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw x (n, d)."""
        h = rng.laplace(0, 1 / self.lam, (n, len(self.V)))
        return self.s * h @ self.V + NOISE * rng.standard_normal((n, self.V.shape[1]))

    def along_and_rest(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates of x along the atoms (n, k), and log N of what is orthogonal to all (n,)."""
        U = self.V / np.linalg.norm(self.V, axis=1, keepdims=True)
        along = x @ U.T
        rest = ((x - along @ U) ** 2).sum(axis=1) / (2 * NOISE**2)
        return along, -rest - (x.shape[1] - len(U)) * np.log(NOISE * np.sqrt(2 * np.pi))

    def joint(self, along: np.ndarray, h: np.ndarray, length: float) -> np.ndarray:
        """log p(h) + log p(one coordinate of x given h), of shape (n, len(h))."""
        prior = LaplacePrior(self.lam).log_density(h[:, None])
        gap = (along[:, None] - length * h) / NOISE
        return prior - gap**2 / 2 - np.log(NOISE * np.sqrt(2 * np.pi))

    def log_likelihood(self, x: np.ndarray) -> np.ndarray:
        """log p(x) of each row by quadrature, 14.3 with an integral in place of the sum."""
        along, total = self.along_and_rest(x)
        for column, length in zip(along.T, self.lengths, strict=True):
            h, weight = _grid(column, length)
            rows = self.joint(column, h, length) + np.log(weight)
            total = total + np.array([log_sum_exp(row) for row in rows])
        return total

    def point_estimate(self, x: np.ndarray) -> np.ndarray:
        """max_h log p(h, x) of each row, 14.4: the best code, not the one of an encoder."""
        along, total = self.along_and_rest(x)
        for column, length in zip(along.T, self.lengths, strict=True):
            # The maximum of −λ|h| − (a − l h)²/2σ² is the soft threshold of a / l.
            h = np.maximum(np.abs(column) / length - self.lam * NOISE**2 / length**2, 0.0)
            gap = (np.abs(column) - length * h) / NOISE
            total += LaplacePrior(self.lam).log_density(h[:, None]) - gap**2 / 2
            total -= np.log(NOISE * np.sqrt(2 * np.pi))
        return total


def _grid(along: np.ndarray, length: float) -> tuple[np.ndarray, np.ndarray]:
    """Points h and their weights: the likelihood and the prior are smooth between two of them."""
    reach = (np.abs(along).max() + 12 * NOISE) / length
    far = np.linspace(-reach, reach, 4001)
    h = np.unique(np.concatenate([far, np.linspace(-12, 12, 4001)]))
    return h, np.gradient(h)
