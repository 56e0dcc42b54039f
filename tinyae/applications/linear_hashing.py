"""Binary codes by hyperplanes that no training chose: random ones, and principal components (14.9).

Each bit says on which side of a hyperplane x lies: h_k = 1 if (x − mean)·w_k > 0. The planes go
through the mean of the data, so that no bit is 1 for all of them. A point on a plane has the bit 0,
also if it is beside the plane by rounding only. These are the simplest codes, and learned codes are
compared with them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.estimator import Transformer
from tinyae.checks.generators import check_rng, generator
from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.embeddings.pca import PCA
from tinyae.numerics.units import in_units

ROUNDING = 1e-12  # of the farthest point's distance from a plane; what is nearer lies on the plane


class RandomHyperplanes(Transformer):
    """Signs of random projections: locality-sensitive hashing for angles (Charikar 2002).

    Two points at an angle θ, seen from the mean, differ in a bit with probability θ/π. So the
    Hamming distance estimates the angle, and the estimate improves with the number of bits.

    Parameters
    ----------
    n_bits : number of bits; more than the number of columns are allowed
    rng : seed or generator for the directions

    Attributes
    ----------
    mean_ : array (d,), the mean of the rows
    components_ : array (n_bits, d), the normals of the hyperplanes, independent N(0, 1) entries
    rounding_ : array (n_bits,), what counts as zero in (x − mean)·w

    Notes
    -----
    The order of the rows, a shift and a common scale do not change the codes. Another number of
    columns does, since other directions are drawn.
    """

    def __init__(self, n_bits: int, *, rng: np.random.Generator | int = 0):
        self.n_bits, self.rng = n_bits, rng

    def fit(self, X: ArrayLike, y: object = None) -> RandomHyperplanes:
        """Learn the mean of X (n, d) and draw the directions. `y` is not used."""
        X = table(X, "X", dtype=np.float64)
        bits = whole_number(self.n_bits, "n_bits")
        check_rng(self.rng)
        self.mean_ = in_units(X)[0]
        self.components_ = generator(self.rng, "hashing").standard_normal((bits, X.shape[1]))
        self.rounding_ = ROUNDING * np.abs((X - self.mean_) @ self.components_.T).max(axis=0)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Return the codes of X (m, d), booleans of shape (m, n_bits)."""
        self.check_fitted()
        X = table(X, "X", width=len(self.mean_), dtype=np.float64)
        return (X - self.mean_) @ self.components_.T > self.rounding_

    def _n_outputs(self) -> int:
        return len(self.components_)


class PCAHashing(Transformer):
    """Signs of the principal components: each is one bit, whatever its variance.

    The later bits belong to directions of little variance, yet they count as much as the first.
    This is why such codes become worse for search when they become long.

    Parameters
    ----------
    n_bits : number of bits, at most min(n − 1, d)

    Attributes
    ----------
    pca_ : PCA, fitted with n_bits components
    rounding_ : array (n_bits,), what counts as zero in a component

    Notes
    -----
    The order of the rows, a shift, a common scale, constant columns and repeating every row do not
    change the codes.
    """

    _least_rows = 2

    def __init__(self, n_bits: int):
        self.n_bits = n_bits

    def fit(self, X: ArrayLike, y: object = None) -> PCAHashing:
        """Learn the components of X (n, d). `y` is not used.

        Raises
        ------
        TypeError, ValueError
            If n_bits is no whole number, or larger than the number of directions in which X varies.
        """
        X = table(X, "X", dtype=np.float64)
        bits = whole_number(self.n_bits, "n_bits")
        most = min(len(X) - 1, X.shape[1])
        if bits > most:
            raise ValueError(
                f"X of shape {X.shape} has at most {most} components, one for each bit, asked for "
                f"n_bits = {bits}; RandomHyperplanes has no such limit"
            )
        self.pca_ = PCA(bits).fit(X)
        self.rounding_ = ROUNDING * np.abs(self.pca_._code(X)).max(axis=0)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Return the codes of X (m, d), booleans of shape (m, n_bits)."""
        self.check_fitted()
        X = table(X, "X", width=len(self.pca_.mean_), dtype=np.float64)
        return self.pca_._code(X) > self.rounding_

    def _n_outputs(self) -> int:
        return len(self.rounding_)
