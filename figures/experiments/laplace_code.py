"""A model with a continuous Laplace code: its log p(x) by quadrature, and its point estimate.

Equations 14.3 to 14.7 with an integral in place of the sum: p(h) is a product of Laplace densities,
and x given h is normal with mean h V. The rows of V are orthogonal, so that the likelihood is a
product of one-dimensional integrals, and the largest log p(h, x) a sum of one-dimensional maxima.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion import LaplacePrior
from tinyae.nn.softmax import log_sum_exp

SCALES = (0.1, 1.0, 10.0, 100.0, 1000.0)


def orthogonal_atoms(k: int, d: int, length: float, rng: np.random.Generator) -> NDArray:
    """Return k orthogonal rows (k, d) of this length in random directions."""
    return length * np.linalg.qr(rng.standard_normal((d, k)))[0].T


@dataclass(frozen=True)
class LaplaceCode:
    """h has a Laplace prior of strength `lam`, and x given h is N(h V, noise² I).

    Shapes: V (k, d) with orthogonal rows, x (n, d), h (n, k).
    """

    V: NDArray
    lam: float = 2.0
    noise: float = 0.3

    @property
    def lengths(self) -> NDArray:
        """The norms of the rows of V: (k,)."""
        return np.linalg.norm(self.V, axis=1)

    def draw(self, n: int, rng: np.random.Generator) -> NDArray:
        """Return n rows x (n, d)."""
        h = rng.laplace(0.0, 1.0 / self.lam, (n, len(self.V)))
        return h @ self.V + self.noise * rng.standard_normal((n, self.V.shape[1]))

    def log_likelihood(self, x: NDArray) -> NDArray:
        """Return log p(x) = log ∫ p(h) p(x | h) dh of each row (n,), in nats, by quadrature."""
        along, total = self._along_and_rest(x)
        for column, length in zip(along.T, self.lengths, strict=True):
            reach = (np.abs(column).max() + 12.0 * self.noise) / length
            # Near 0 and over the reach of the data: the prior and the likelihood may have very
            # different widths.
            h = np.union1d(np.linspace(-reach, reach, 4001), np.linspace(-12.0, 12.0, 4001))
            log = self._joint(column[:, None], h, length) + np.log(np.gradient(h))
            total = total + np.array([log_sum_exp(row) for row in log])
        return total

    def point_estimate(self, x: NDArray) -> NDArray:
        """Return max_h log p(h, x) of each row (n,), in nats: equation 14.4 at the best code.

        The maximum of −λ|h| − (a − l h)² / 2σ² is at the soft threshold of a / l by λ σ² / l².
        """
        along, total = self._along_and_rest(x)
        for column, length in zip(along.T, self.lengths, strict=True):
            least = self.lam * self.noise**2 / length**2
            h = np.maximum(np.abs(column) / length - least, 0.0)
            total = total + self._joint(np.abs(column), h, length)
        return total

    def _along_and_rest(self, x):
        """Coordinates of x along the rows of V, and log N of what is orthogonal to all of them."""
        U = self.V / self.lengths[:, None]
        along = x @ U.T
        rest = ((x - along @ U) ** 2).sum(axis=1) / (2.0 * self.noise**2)
        return along, -rest - (x.shape[1] - len(U)) * np.log(self.noise * np.sqrt(2.0 * np.pi))

    def _joint(self, along, h, length):
        """log p(h) + log p(a | h) for one unit; the arguments are broadcast."""
        prior = LaplacePrior(self.lam).log_density(h[:, None])
        gap = (along - length * h) / self.noise
        return prior - gap**2 / 2.0 - np.log(self.noise * np.sqrt(2.0 * np.pi))


def by_scale(V: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
    """Return the point estimate and log p(x), each (5, n), with V multiplied by each of SCALES."""
    models = [LaplaceCode(V * scale) for scale in SCALES]
    return (np.array([model.point_estimate(x) for model in models]),
            np.array([model.log_likelihood(x) for model in models]))  # fmt: skip
