"""Kernel PCA: principal components of features that are known by their inner products only (14.6).

Schölkopf, Smola and Müller (1998). The method has no neighbour graph. Whether it unrolls a manifold
depends on the kernel alone, and a Gaussian kernel mostly does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_number, settle, whole_number
from tinyae.checks.tables import table, values_of
from tinyae.embeddings.embedding import Embedding
from tinyae.embeddings.spectral import centre, checked_points
from tinyae.numerics.axes import EPS, ROUNDING, check_cut, settled_coordinates
from tinyae.numerics.blocks import row_blocks
from tinyae.numerics.eigenpairs import largest_eigenpairs
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.numerics.units import CACHE_BYTES, in_units, squared_distances, table_of_pairs

Kernel = Callable[[NDArray, NDArray], NDArray]


@dataclass(frozen=True)
class GaussianKernel:
    """exp(−‖a − b‖² / 2w²), with the width w in the units of the data."""

    width: float = 1.0

    def __post_init__(self) -> None:
        settle(
            self, "width", real_number(self.width, "width", low=0.0, open_low=True, squared=True)
        )

    @underflow_to_zero
    def __call__(self, a: NDArray, b: NDArray) -> NDArray:
        """Return the kernel between the rows of a and those of b.

        Where b is the same object as a, one half of the table is computed and copied to the other.
        """
        _, both, exponent = in_units(a if a is b else np.concatenate([a, b]))
        with np.errstate(over="ignore", under="ignore"):  # infinitely far: the kernel is 0
            unit = min(np.ldexp(1.0, exponent) / self.width, 1e150)  # its square is finite

            def weigh(squares: NDArray) -> None:
                squares *= -0.5 * unit * unit
                np.exp(squares, out=squares)

            if a is b:
                return table_of_pairs(both, weigh)
            K = squared_distances(both[: len(a)], both[len(a) :])
            for rows in row_blocks(len(a), len(b), CACHE_BYTES):
                weigh(K[rows])
        return K


@dataclass(frozen=True)
class PolynomialKernel:
    """(a·b + offset)^degree; degree 1 is ordinary PCA."""

    degree: int = 2
    offset: float = 1.0

    def __post_init__(self) -> None:
        settle(self, "degree", whole_number(self.degree, "degree"))
        settle(self, "offset", real_number(self.offset, "offset", low=0.0, squared=True))

    def __call__(self, a: NDArray, b: NDArray) -> NDArray:
        """Return the kernel between the rows of a and those of b."""
        return (a @ b.T + self.offset) ** self.degree


class KernelPCA(Embedding):
    """The directions of largest variance among the features.

    Parameters
    ----------
    n_components : number of coordinates
    kernel : K(a, b) -> array (len(a), len(b)), the inner products of the features of the rows of a
        and of b, such as `GaussianKernel` or `PolynomialKernel`; None for a Gaussian of width 1

    Attributes
    ----------
    X_ : array (n, d), the points that were embedded
    kernel_ : the kernel that was used
    means_ : array (n,), the means of the columns of K(X, X); further points are centred by them too
    eigenvalues_ : array (n_components,), the largest eigenvalues of the centred kernel matrix
    embedding_ : array (n, n_components), by falling variance

    Notes
    -----
    The order of the rows, constant columns and repeating every row do not change the embedding.
    With a Gaussian kernel neither does a shift, nor a common scale if the width is scaled too. A
    polynomial kernel depends on the origin: a shift changes the embedding unless the degree is 1,
    and a scale does unless the offset is 0 or is multiplied by the square of the scale.
    """

    def __init__(self, n_components: int = 2, *, kernel: Kernel | None = None):
        self.n_components, self.kernel = n_components, kernel

    def fit(self, X: ArrayLike, y: object = None) -> KernelPCA:
        """Embed X (n, d). `y` is not used.

        Raises
        ------
        TypeError, ValueError
            If n_components is no whole number below n, or kernel is no function of two tables that
            returns a symmetric matrix.
        ValueError
            If the kernel does not determine the coordinates. A very narrow kernel makes K the
            identity, with equal eigenvalues. A very wide one makes all points alike, and nothing
            varies.
        """
        X, k = checked_points(X, self.n_components)
        kernel = GaussianKernel() if self.kernel is None else self.kernel
        if isinstance(kernel, type) or not callable(kernel):
            raise TypeError(f"kernel must be such as GaussianKernel(1.0), got {kernel!r:.60}")
        K = _table_of(kernel, X, X)
        largest = max(K.max(), -K.min())
        if not np.isfinite(largest) or 0 < largest < 1e3 * np.finfo(np.float64).tiny:
            raise ValueError(f"the kernel's values, up to {largest:g}, leave float64: rescale X")
        # A random vector tells K and its transpose apart in a fraction of the time of K − Kᵀ.
        z = generator(0, "directions").standard_normal(len(X))
        if np.abs(K @ z - z @ K).max() > 1e-12 * len(X) * largest and not np.allclose(
            K, K.T, rtol=1e-8, atol=1e-10 * largest
        ):
            raise ValueError("kernel(X, X) must be symmetric, K(a, b) = K(b, a)")
        means = K.mean(axis=0)
        values, V = largest_eigenpairs(centre(K, means), k)
        distance = f"the root mean square distance of two points is {_rms_distance(X):.3g}"
        if values[k - 1] <= max(1e-12 * values[0], 16 * EPS * len(X) * largest):
            raise ValueError(
                f"the features of this kernel vary in fewer directions than n_components = {k}: "
                "ask for fewer, or take a Gaussian kernel whose width is nearer to the distances "
                f"({distance})"
            )
        noise = ROUNDING * max(values[0], largest)
        if k < len(values) and values[k - 1] - values[k] <= noise:
            K = _table_of(kernel, X, X)
            off = np.abs(K - np.diag(K.diagonal())).max() / largest
            check_cut(
                values, k, noise, "the eigenvalues of the kernel matrix",
                f"its entries off the diagonal are at most {off:.2g} of the largest entry. If that "
                "is about 0, the kernel finds no two points alike: take a wider kernel, such as a "
                f"Gaussian one whose width is nearer to the distances ({distance}). Otherwise ask "
                "for more or fewer coordinates",
            )  # fmt: skip
        Y = V[:, :k] * np.sqrt(values[:k])
        Y = Y @ settled_coordinates(Y, X, values[:k], noise)
        self.X_, self.kernel_, self.means_ = X, kernel, means
        self.eigenvalues_, self.embedding_ = values[:k], Y
        return self

    def transform(self, X: ArrayLike) -> NDArray:
        """Return the coordinates (m, n_components) of further points X (m, d).

        y_c(x) = (1/λ_c) Σ_j K̃(x, x_j) y_jc, where K̃ is centred by the means of `fit`.
        """
        self.check_fitted()
        X = table(X, "X", width=self.X_.shape[1], dtype=np.float64, squared=True)
        K = centre(_table_of(self.kernel_, X, self.X_), self.means_)
        return K @ (self.embedding_ / self.eigenvalues_)


def _table_of(kernel: Kernel, a: NDArray, b: NDArray) -> NDArray:
    """Return K(a, b), checked; an array that may be changed, which a user's function may keep."""
    K = values_of(lambda rows: kernel(rows, b), a, (len(a), len(b)), "kernel")
    return K if type(kernel) in (GaussianKernel, PolynomialKernel) else K.copy()


def _rms_distance(X: NDArray) -> float:
    _, c, exponent = in_units(X)
    return float(np.ldexp(np.sqrt(2.0 * (c * c).sum() / len(X)), exponent))
