"""Spectral hashing: bits from the eigenfunctions of a Laplacian on a box (14.9).

Weiss, Torralba and Fergus (2008) ask for codes in which neighbours differ in few bits, each bit is
balanced, and the bits are uncorrelated. Without the demand that they are bits, the solutions are
eigenvectors of the graph Laplacian, as in Laplacian eigenmaps (14.6). These are known for training
points only. If the data were uniform in a box, the eigenfunctions would be cosines along its
sides, and these can be evaluated anywhere:

    Φ_k(x) = cos(k π (x − a)/(b − a)),   eigenvalue 1 − exp(−½ (ε k π/(b − a))²),   k = 1, 2, …

for a side from a to b and a neighbourhood of width ε. The sides are the principal components, a and
b their extremes on the data. The functions with the smallest eigenvalues of the Laplacian are the
slowest ones. Their signs are the bits. A long side gives several bits: one for its halves, one for
its quarters, and so on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.estimator import Transformer
from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.embeddings.pca import PCA

DIGITS = 9  # of frequencies relative to the first side's; what differs less counts as equal
ROUNDING = 1e-9  # a smaller cosine counts as 0, and its bit is 0


class SpectralHashing(Transformer):
    """Signs of the slowest cosines along the principal components.

    Parameters
    ----------
    n_bits : number of bits
    n_components : number of principal components that are the sides of the box; None for n_bits, or
        for as many as X has, if these are fewer

    Attributes
    ----------
    pca_ : PCA, fitted with so many components
    low_, length_ : arrays (n_components,), the start a and the length b − a of each side
    axes_ : array (n_bits,), the component along which each bit's function runs
    modes_ : array (n_bits,), its number k of half waves, at least 1

    Notes
    -----
    Products of functions along different sides are eigenfunctions, too. As in the paper they are
    left out, because their bits are determined by the bits of their factors. Among equal
    frequencies the component with the larger variance comes first. The order of the rows, a shift,
    a common scale, constant columns and repeating every row do not change the codes.
    """

    _least_rows = 2

    def __init__(self, n_bits: int, *, n_components: int | None = None):
        self.n_bits, self.n_components = n_bits, n_components

    def fit(self, X: ArrayLike, y: object = None) -> SpectralHashing:
        """Learn the box of X (n, d) and choose the functions. `y` is not used.

        Raises
        ------
        TypeError, ValueError
            If n_bits or n_components is no whole number, or X has fewer than n_components
            directions.
        ValueError
            If all rows of X are equal.
        """
        X = table(X, "X", dtype=np.float64)
        bits = whole_number(self.n_bits, "n_bits")
        self.pca_ = _sides(X, bits, self.n_components)
        y = self.pca_._code(X)
        self.low_ = y.min(axis=0)
        self.length_ = y.max(axis=0) - self.low_
        # A function with k half waves on a side of length l has the frequency k/l. The n_bits
        # slowest are among the first n_bits of every side.
        modes = np.tile(np.arange(1, bits + 1), (len(self.length_), 1))
        frequencies = modes * (self.length_[0] / self.length_[:, None])
        chosen = np.argsort(np.round(frequencies, DIGITS), axis=None, kind="stable")[:bits]
        self.axes_, places = np.unravel_index(chosen, frequencies.shape)
        self.modes_ = places + 1
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Return the codes of X (m, d), booleans (m, n_bits): cos(k π (y − a)/(b − a)) > 0."""
        self.check_fitted()
        X = table(X, "X", width=len(self.pca_.mean_), dtype=np.float64)
        y = (self.pca_._code(X) - self.low_) / self.length_
        return np.cos(np.pi * self.modes_ * y[:, self.axes_]) > ROUNDING

    def _n_outputs(self) -> int:
        return len(self.modes_)


def _sides(X: NDArray, bits: int, n_components: int | None) -> PCA:
    """Return the PCA with n_components, or for None with up to `bits`, as many as X has."""
    if n_components is not None:
        return PCA(whole_number(n_components, "n_components")).fit(X)
    for k in range(min(bits, X.shape[1], len(X) - 1), 0, -1):
        try:
            return PCA(k).fit(X)
        except ValueError:  # k components are not determined; fewer may be
            continue
    raise ValueError("X has no direction of largest variance: its rows are equal, or vary equally")
