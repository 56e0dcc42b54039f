"""Parzen windows, round and flat: a density from a point set (14.6, figure 14.9).

Parzen (1962) puts the same round Gaussian on every point. If the points lie near a manifold, most
of its mass is off the manifold, where no data are. Manifold Parzen windows (Vincent and Bengio
2003) shape each Gaussian after the k nearest neighbours of its point:

    C_i = 1/k Σ_j (x_j − x_i)(x_j − x_i)ᵀ + σ² I,   centred on x_i, not on the neighbours' mean,

of which the r leading directions are kept. In all other directions the variance is σ². So the
tangent planes that neighbours span are made into a density. `cross_validate` chooses σ, k and r.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.estimator import Estimator
from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import table
from tinyae.densities.pancakes import Pancakes
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.nn.softmax import log_sum_exp
from tinyae.numerics.axes import EPS, ROUNDING, oriented
from tinyae.numerics.blocks import BLOCK_BYTES, row_blocks


class Windows(Estimator):
    """Base of densities that are a mean of Gaussian windows: `fit` keeps them as `mixture_`."""

    mixture_: Pancakes

    def score_samples(self, X: ArrayLike) -> NDArray:
        """Return log p(x) in nats for each row of X (m, d), of shape (m,)."""
        self.check_fitted()
        return self.mixture_.score_samples(X)

    def sample(self, n: int, *, rng: np.random.Generator | int = 0) -> NDArray:
        """Draw n points, of shape (n, d)."""
        self.check_fitted()
        return self.mixture_.sample(n, rng=rng)


class Parzen(Windows):
    """1/n Σ_i N(x; x_i, σ² I): the same round window on every point.

    The order of the rows, repeating every row, and a shift of all points change nothing. If x and
    sigma are multiplied by c, each log density changes by −d log c.

    Parameters
    ----------
    sigma : σ > 0, in the units of x, and at least 1e-7 of the points' spread (`Pancakes` says why)

    Attributes
    ----------
    mixture_ : `Pancakes` without long directions, centred on the points

    Examples
    --------
    >>> log_p = Parzen(0.1).fit(X).score_samples(fresh)
    """

    def __init__(self, sigma: float):
        self.sigma = sigma

    def fit(self, X: ArrayLike, y: object = None) -> Parzen:
        """Put a window on each row of X (n, d) and return the object itself. `y` is not used.

        Raises
        ------
        ValueError
            If σ is less than 1e-7 of the points' spread, or σ² is beyond float64.
        """
        self.mixture_ = self._windows(X)
        return self

    def _windows(self, X: ArrayLike) -> Pancakes:
        """Return the windows on the rows of X."""
        sigma = real_number(self.sigma, "sigma", low=0.0, open_low=True)
        X = table(X, "X", dtype=np.float64)
        n, d = X.shape
        no_directions = np.zeros((n, 0, d)), np.zeros((n, 0))
        return Pancakes(X, *no_directions, np.full(n, _square(sigma)))

    def leave_one_out(self, X: ArrayLike) -> NDArray:
        """Return the log density of each row of X under the windows of all other rows, shape (n,).

        This is what n fits would give, and needs none of them, since round windows do not depend
        on each other. (The shape of a manifold window depends on its neighbours, so there leaving
        one out takes another fit.) Nothing is kept: `mixture_` stays as it was.
        """
        windows, found, first = self._windows(X), [], 0
        n = len(windows)
        if n < 2:
            raise ValueError("leaving one out needs at least two points, got 1")
        for terms in windows.log_terms(X):
            rows = np.arange(len(terms))
            terms[rows, first + rows] = -np.inf
            found.append(log_sum_exp(terms) - np.log(n - 1))
            first += len(terms)
        return np.concatenate(found)


class ManifoldParzen(Windows):
    """1/n Σ_i N(x; x_i, C_i), with C_i after the neighbours of x_i (Vincent and Bengio 2003).

    The directions are the leading right-singular vectors of the k differences x_j − x_i, and the
    variances their squared singular values over k, plus σ²: no d × d matrix is formed.

    The order of the rows and a shift change nothing, and a scale changes what it changes in
    `Parzen`. Repeating every row changes the neighbourhoods, and so the result.

    Parameters
    ----------
    sigma : σ > 0, the width added to every direction, in the units of x
    n_neighbors : k, how many neighbours shape each window
    n_components : r, how many leading directions are kept, at most min(k, d)

    Attributes
    ----------
    mixture_ : `Pancakes` with r directions each, centred on the points
    """

    _least_rows = 2

    def __init__(self, sigma: float, *, n_neighbors: int, n_components: int = 1):
        self.sigma = sigma
        self.n_neighbors = n_neighbors
        self.n_components = n_components

    def fit(self, X: ArrayLike, y: object = None) -> ManifoldParzen:
        """Put a window on each row of X (n, d) and return the object itself. `y` is not used.

        Raises
        ------
        ValueError
            If there are fewer than k + 1 points or fewer than r dimensions, or σ is less than 1e-7
            of the points' spread. Also if neighbours spread equally far in the r-th direction and
            the next one, so that they do not say which of the two is kept.
        """
        sigma = real_number(self.sigma, "sigma", low=0.0, open_low=True)
        k = whole_number(self.n_neighbors, "n_neighbors")
        r = whole_number(self.n_components, "n_components")
        if r > k:
            raise ValueError(f"{k} neighbours span at most {k} directions, got n_components = {r}")
        X = table(X, "X", dtype=np.float64)
        n, d = X.shape
        if r > d:
            raise ValueError(f"X has {d} dimensions, so no window has n_components = {r}")
        near, _ = nearest_neighbors(X, k)
        directions, variances = np.empty((n, r, d)), np.empty((n, r))
        for rows in row_blocks(n, k * d, BLOCK_BYTES):
            gaps = X[near[rows]] - X[rows, None]
            _, s, V = np.linalg.svd(gaps, full_matrices=False)
            _check_cuts(s, r, sigma, rows.start)
            with np.errstate(over="ignore", under="ignore"):  # `Pancakes` refuses the infinite
                directions[rows], variances[rows] = oriented(V[:, :r]), s[:, :r] ** 2 / k
        noise = _square(sigma)
        self.mixture_ = Pancakes(X, directions, variances + noise, np.full(n, noise))
        return self


def _square(sigma: float) -> np.float64:
    """σ², infinite where it is beyond float64: `Pancakes` refuses that."""
    with np.errstate(over="ignore", under="ignore"):
        return np.square(np.float64(sigma))


def _check_cuts(s: NDArray, r: int, sigma: float, first: int) -> None:
    """Raise ValueError where the r-th of the singular values s (m, min(k, d)) equals the next one.

    The rows of s belong to the points from `first` on. Where both values are negligible beside σ,
    any direction gives the same window.
    """
    if r < s.shape[1]:
        equal = s[:, r - 1] - s[:, r] <= ROUNDING * s[:, 0]
        equal &= s[:, r - 1] > np.sqrt(EPS) * sigma
        if equal.any():
            raise ValueError(
                f"the neighbours of row {first + equal.argmax()} spread equally far in directions "
                f"{r} and {r + 1}: which one is kept would be chance; take another n_neighbors or "
                "n_components"
            )
