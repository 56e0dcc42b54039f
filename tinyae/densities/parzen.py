"""Parzen windows, round and flat: a density from a point set, with widths by cross-validation.

Parzen (1962) puts the same round Gaussian on every point. If the points lie near a manifold, most
of its mass is off the manifold, where no data are. Manifold Parzen windows (Vincent and Bengio
2003; section 14.6, figure 14.9) shape each Gaussian after the k nearest neighbours of its point:

    C_i = 1/k Σ_j (x_j − x_i)(x_j − x_i)ᵀ + σ² I,   centred on x_i, not on the neighbours' mean,

of which the r leading directions are kept; in all others the variance is σ². That is the tangent
plane which the neighbours span, tiled into a density. Both are settings whose `fit` returns the
density, so that `cross_validate` can choose among a grid of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number, settle, whole_number
from tinyae.checks.tables import table
from tinyae.densities.pancakes import Pancakes
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.nn.softmax import log_sum_exp
from tinyae.numerics.axes import EPS, ROUNDING, oriented

BLOCK_ENTRIES = 4_000_000  # what one block of distances, or of neighbours' differences, may hold


@dataclass(frozen=True)
class Parzen:
    """1/n Σ_i N(x; x_i, σ² I): the same round window on every point.

    sigma is in the units of x, and at least 1e-7 of the points' spread (`Pancakes` says why). The
    order of the rows, repeating every row, and a shift of x and of the points that are asked for
    change nothing. A scale c of all of these and of sigma adds −d log c to each log density.
    """

    sigma: float

    def __post_init__(self):
        settle(self, "sigma", real_number(self.sigma, "sigma", low=0.0, open_low=True))

    def fit(self, x: ArrayLike) -> Pancakes:
        """Return the density of the points x (n, d)."""
        x = table(x, "x", dtype=np.float64)
        n, d = x.shape
        round_ones = np.zeros((n, 0, d)), np.zeros((n, 0))
        return Pancakes(x, *round_ones, np.full(n, _square(self.sigma)))

    def leave_one_out(self, x: ArrayLike) -> NDArray:
        """log density of each x_i under the windows of all other points, of shape (n,).

        Exact without n fits, since the windows do not depend on each other. (A manifold window has
        its neighbours' positions in it, so there leaving one out means fitting anew.)
        """
        density, start, found = self.fit(x), 0, []
        n = len(density)
        if n < 2:
            raise ValueError("leaving one out needs at least two points, got 1")
        for terms in density.log_terms(x):
            rows = np.arange(len(terms))
            terms[rows, start + rows] = -np.inf
            found.append(log_sum_exp(terms) - np.log(n - 1))
            start += len(terms)
        return np.concatenate(found)


@dataclass(frozen=True)
class ManifoldParzen:
    """1/n Σ_i N(x; x_i, C_i), with C_i after the neighbours of x_i (Vincent and Bengio 2003).

    The order of the rows and a shift change nothing, a scale what it changes in `Parzen`. Repeating
    every row changes the neighbourhoods, and so the result.

    Parameters
    ----------
    sigma : σ, the width added to every direction, in the units of x
    neighbors : k, how many neighbours shape each window
    directions : r, how many leading directions are kept, at most min(k, d)
    """

    sigma: float
    neighbors: int
    directions: int = 1

    def __post_init__(self):
        settle(self, "sigma", real_number(self.sigma, "sigma", low=0.0, open_low=True))
        settle(self, "neighbors", whole_number(self.neighbors, "neighbors"))
        settle(self, "directions", whole_number(self.directions, "directions"))
        if self.directions > self.neighbors:
            raise ValueError(
                f"{self.neighbors} neighbours span at most {self.neighbors} directions, asked for "
                f"{self.directions}"
            )

    def fit(self, x: ArrayLike) -> Pancakes:
        """Return the density of the points x (n, d).

        The directions are the leading right singular vectors of the k differences x_j − x_i, and
        the variances their squared singular values over k, plus σ²: no d × d matrix is formed.

        Raises
        ------
        ValueError
            If there are fewer than k + 1 points, or fewer than r dimensions, or σ is less than 1e-7
            of the points' spread. If neighbours spread equally far in the r-th direction and the
            next one, so that they do not say which of the two is kept.
        """
        x = table(x, "x", dtype=np.float64)
        (n, d), k, r = x.shape, self.neighbors, self.directions
        if r > d:
            raise ValueError(f"x has {d} dimensions, so no window has {r} directions")
        near, _ = nearest_neighbors(x, k)
        directions, variances = np.empty((n, r, d)), np.empty((n, r))
        step = max(1, BLOCK_ENTRIES // (k * d))
        for start in range(0, n, step):
            rows = slice(start, min(start + step, n))
            gaps = x[near[rows]] - x[rows, None]
            _, s, V = np.linalg.svd(gaps, full_matrices=False)
            _check_cuts(s, r, self.sigma, start)
            with np.errstate(over="ignore", under="ignore"):  # `Pancakes` refuses the infinite
                directions[rows], variances[rows] = oriented(V[:, :r]), s[:, :r] ** 2 / k
        noise = _square(self.sigma)
        return Pancakes(x, directions, variances + noise, np.full(n, noise))


def _square(sigma: float) -> np.float64:
    """σ², infinite where float64 ends: `Pancakes` refuses that."""
    with np.errstate(over="ignore", under="ignore"):
        return np.square(np.float64(sigma))


def _check_cuts(s: NDArray, r: int, sigma: float, start: int) -> None:
    """Raise ValueError where the r-th of the singular values s (m, min(k, d)) equals the next one.

    Where both are nothing beside σ, any direction gives the same window.
    """
    if r < s.shape[1]:
        equal = s[:, r - 1] - s[:, r] <= ROUNDING * s[:, 0]
        equal &= s[:, r - 1] > np.sqrt(EPS) * sigma
        if equal.any():
            raise ValueError(
                f"the neighbours of row {start + equal.argmax()} spread equally far in directions "
                f"{r} and {r + 1}: which one is kept would be chance; take another number of "
                "neighbors or of directions"
            )
