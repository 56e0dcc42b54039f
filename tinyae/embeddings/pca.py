"""Principal component analysis by singular value decomposition (14.1).

A linear autoencoder is measured against it: with the squared error it finds the same subspace, but
not the same axes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.estimator import Transformer
from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.numerics.axes import EPS, ROUNDING, check_cut, settled
from tinyae.numerics.spectrum import leading_eigenpairs
from tinyae.numerics.units import check_squares, in_units

SAFE_RATIO = 1e-8  # a variance this small beside the largest has lost half its digits
SAFER_RATIO = 1e-4  # the same where decomposing X itself takes only a few times as long


class PCA(Transformer):
    """The directions of largest variance.

    Parameters
    ----------
    n_components : how many directions, at most min(n − 1, d): n centred rows span n − 1 directions

    Attributes
    ----------
    mean_ : array (d,), the mean of the rows
    components_ : array (n_components, d), orthonormal rows by falling variance
    explained_variance_ : array (n_components,), the variance along each component, in the squared
        units of X. It is a mean over n rows, where scikit-learn divides by n − 1.
    spectrum_ : array (min(n, d),), all eigenvalues of the centred XᵀX / n, from the largest down.
        It begins with `explained_variance_`.

    Notes
    -----
    The largest entry of each component is positive. Of entries that are equally large, the first
    one is taken. The order of the rows, a shift, constant columns and repeating every row do not
    change the components. A common scale multiplies the mean and the code, and its square
    multiplies the variances.
    """

    _least_rows = 2

    def __init__(self, n_components: int):
        self.n_components = n_components

    def fit(self, X: ArrayLike, y: object = None) -> PCA:
        """Learn the mean and the components of X (n, d), in float64. `y` is not used.

        Where n is at least d, the d × d covariance is decomposed instead of X. For many images this
        takes a thousandth of the time. The covariance loses directions whose variance is below
        1e-16 of the largest. So X itself is decomposed where the variance of the last component is
        below 1e-8 of the largest, or below 1e-4 if n is at most 4 d. Constant columns are left out.
        Where SciPy is installed, the covariance's eigenvectors beyond n_components are not
        computed, and less time is needed. The result is the same up to rounding.

        Raises
        ------
        TypeError, ValueError
            If n_components is no whole number from 1 to min(n − 1, d).
        ValueError
            If X varies in fewer than n_components directions. If the variance of the last component
            equals the next one, since any direction in the plane of the two is then as good. If a
            variance is beyond float64.
        """
        X = table(X, "X", dtype=np.float64)
        k = self._asked_of(X)
        mean, centred, exponent = in_units(X)
        components, lengths, decided = _principal(centred, k)
        _check_rank(X, lengths, k, exponent)
        noise = ROUNDING * decided[0]
        check_cut(decided, k, noise, "the variances", "ask for fewer or more components")
        with np.errstate(over="ignore", under="ignore"):
            variances = np.ldexp(lengths**2 / len(X), 2 * exponent)
        check_squares(variances[:k], "the variances")
        self.mean_, self.components_ = mean, settled(components, decided[:k], noise)
        self.explained_variance_, self.spectrum_ = variances[:k].copy(), variances
        return self

    def _asked_of(self, X: NDArray) -> int:
        """Return n_components, or say why X (n, d) cannot have so many."""
        k, most = whole_number(self.n_components, "n_components"), min(len(X) - 1, X.shape[1])
        if k > most:
            raise ValueError(
                f"X of shape {X.shape} has at most {most} components, asked for n_components = {k}"
            )
        return k

    def transform(self, X: ArrayLike) -> NDArray:
        """Return the code h = (X − mean) Vᵀ, of shape (m, n_components), of X (m, d)."""
        self.check_fitted()
        return self._code(table(X, "X", width=len(self.mean_), dtype=np.float64))

    def _code(self, X: NDArray) -> NDArray:
        """Return the code of a checked table, always as an array: for what uses PCA inside."""
        return (X - self.mean_) @ self.components_.T

    def inverse_transform(self, X: ArrayLike) -> NDArray:
        """Return r = X V + mean, of shape (m, d), for a code X (m, n_components)."""
        self.check_fitted()
        return (
            table(X, "X", width=len(self.components_), dtype=np.float64) @ self.components_
            + self.mean_
        )

    def _n_outputs(self) -> int:
        return len(self.components_)

    def reconstruct(self, X: ArrayLike) -> NDArray:
        """Return the point of the principal plane that is nearest to each row of X (m, d)."""
        return self.inverse_transform(self.transform(X))


def _principal(centred: NDArray, k: int) -> tuple[NDArray, NDArray, NDArray]:
    """Return k components, all singular values, and the falling numbers whose gaps decide."""
    n, d = centred.shape
    varies = centred.any(axis=0)
    if k <= varies.sum() < d:  # constant columns have no part in any component
        found, s, decided = _principal(centred[:, varies], k)
        components, lengths = np.zeros((k, d)), np.zeros(min(n, d))
        components[:, varies], lengths[: len(s)] = found, s
        return components, lengths, decided
    if n >= d:
        values, vectors = leading_eigenpairs(centred.T @ centred / n, k)
        if values[k - 1] > (SAFE_RATIO if n > 4 * d else SAFER_RATIO) * values[0]:
            values = np.maximum(values, 0.0)
            return vectors.T, np.sqrt(n * values), values
    _, s, Vt = np.linalg.svd(centred, full_matrices=False)
    return Vt[:k], s, s


def _check_rank(X: NDArray, lengths: NDArray, k: int, exponent: int) -> None:
    """Raise ValueError if X (n, d) varies in fewer than k directions, up to rounding.

    `lengths` are the singular values of the centred X, in units of 2^exponent.
    """
    rank = int((lengths > _rounding(X, exponent) + max(X.shape) * EPS * lengths[0]).sum())
    if k > rank:
        raise ValueError(
            f"X varies in {rank} directions only, asked for n_components = {k}: rows or "
            "columns depend on each other; ask for fewer components"
        )


def _rounding(X: NDArray, exponent: int) -> float:
    """Return a singular value that rounding of X alone can cause, in units of 2^exponent."""
    low, high = X.min(axis=0), X.max(axis=0)
    largest = np.ldexp(np.maximum(high, -low), -exponent)
    return float(EPS * np.sqrt(len(X)) * np.linalg.norm(largest[low < high]))


def principal_coordinates(X: NDArray, most: int) -> NDArray:
    """Return the code of X (n, d) under the PCA with as many components, up to `most`, as it has.

    The shape is (n, 0) where X varies in no direction.
    """
    for k in range(min(most, X.shape[1], len(X) - 1), 0, -1):
        try:
            return PCA(k).fit(X)._code(X)
        except ValueError:  # k components are not determined; fewer may be
            continue
    return np.zeros((len(X), 0))
