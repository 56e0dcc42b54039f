"""Principal component analysis by SVD, its logistic kin, and angles between subspaces (14.1).

They are what a linear autoencoder is measured against: it finds the same subspace, though not the
same axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.numerics.axes import EPS, ROUNDING, check_cut, settled
from tinyae.numerics.units import check_squares, in_units

SAFE_RATIO = 1e-8  # a variance this small beside the largest has lost half its digits


@dataclass(frozen=True, eq=False)
class PCA:
    """The k directions of largest variance.

    mean (d,); components (k, d), orthonormal rows, by falling variance; variances (min(n, d),), the
    eigenvalues of the centred XᵀX / n, of which the first k belong to the components.

    The largest entry of each component is positive (of entries that are equally large, the first).
    The order of the rows, a shift, constant columns and repeating every row leave the components as
    they are. A common scale multiplies the mean and the code; its square multiplies the variances.
    """

    mean: NDArray
    components: NDArray
    variances: NDArray

    @classmethod
    def fit(cls, x: ArrayLike, k: int) -> PCA:
        """Return the PCA of x (n, d) with k components, computed in float64.

        Where examples are many, the d × d covariance is decomposed instead of x, in a thousandth
        of the time for images. Squaring loses directions whose variance is below 1e-16 of the
        largest, so where the k-th comes near that, x itself is decomposed all the same.
        Centred data span n − 1 directions at the most: k is at most min(n − 1, d).

        Raises
        ------
        ValueError
            If x varies in fewer than k directions. If the k-th variance equals the next one, since
            any direction in the plane of the two is then as good. If a variance is beyond float64.
        """
        x = table(x, "x", dtype=np.float64)
        n, d = x.shape
        k = whole_number(k, "k")
        most = min(n - 1, d)
        if k > most:
            raise ValueError(f"x of shape {x.shape} has at most {most} components, asked {k}")
        mean, centred, exponent = in_units(x)
        components, lengths, decided = _principal(centred, k)
        rank = int((lengths > _rounding(x, exponent) + max(n, d) * EPS * lengths[0]).sum())
        if k > rank:
            raise ValueError(
                f"x varies in {rank} directions only, asked k = {k}: rows or columns depend on "
                "each other; ask for fewer components"
            )
        noise = ROUNDING * decided[0]
        check_cut(decided, k, noise, "the variances", "ask for fewer or more components")
        with np.errstate(over="ignore", under="ignore"):
            variances = np.ldexp(lengths**2 / n, 2 * exponent)
        check_squares(variances[:k], "the variances")
        return cls(mean, settled(components, decided[:k], noise), variances)

    def encode(self, x: ArrayLike) -> NDArray:
        """h = (x − mean) Vᵀ, of shape (n, k)."""
        return (
            table(x, "x", width=len(self.mean), dtype=np.float64) - self.mean
        ) @ self.components.T

    def decode(self, h: ArrayLike) -> NDArray:
        """r = h V + mean, of shape (n, d)."""
        return (
            table(h, "h", width=len(self.components), dtype=np.float64) @ self.components
            + self.mean
        )

    def reconstruct(self, x: ArrayLike) -> NDArray:
        """The nearest point of the principal plane, of shape (n, d)."""
        return self.decode(self.encode(x))


def _principal(centred: NDArray, k: int) -> tuple[NDArray, NDArray, NDArray]:
    """Return k components, all singular values, and those numbers whose gaps decide: falling."""
    n, d = centred.shape
    if n > 4 * d:
        values, vectors = np.linalg.eigh(centred.T @ centred / n)
        if values[-k] > SAFE_RATIO * values[-1]:
            values = np.maximum(values[::-1], 0.0)
            return vectors[:, ::-1][:, :k].T, np.sqrt(n * values), values
    _, s, Vt = np.linalg.svd(centred, full_matrices=False)
    return Vt[:k], s, s


def _rounding(x: NDArray, exponent: int) -> float:
    """A singular value that the last digits of x alone can cause, in units of 2^exponent."""
    varies = x.min(axis=0) < x.max(axis=0)
    largest = np.ldexp(np.abs(x).max(axis=0), -exponent)
    return float(EPS * np.sqrt(len(x)) * np.linalg.norm(largest[varies]))


def principal_coordinates(x: NDArray, most: int) -> NDArray:
    """Return the code of the PCA of x (n, d) with as many components, up to `most`, as it has."""
    for k in range(min(most, x.shape[1], len(x) - 1), 0, -1):
        try:
            return PCA.fit(x, k).encode(x)
        except ValueError:  # not determined: with fewer it may be
            continue
    return np.zeros((len(x), 0))
