"""Kernel PCA: principal components of features that are known by their inner products only (14.6).

Schölkopf, Smola and Müller (1998). It knows of no graph: whether it unrolls a manifold depends on
the kernel alone, and a Gaussian one mostly does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.analysis.graph import checked_points, signed
from tinyae.nn.checks import real_number, settle, table, values_of, whole_number

Kernel = Callable[[NDArray, NDArray], NDArray]


@dataclass(frozen=True)
class GaussianKernel:
    """exp(−‖a − b‖² / 2w²), with the width w in the units of x."""

    width: float = 1.0

    def __post_init__(self):
        settle(
            self, "width", real_number(self.width, "width", low=0.0, open_low=True, squared=True)
        )

    def __call__(self, a: NDArray, b: NDArray) -> NDArray:
        """Return the kernel between the rows of a and those of b."""
        a, b = a - b.mean(axis=0), b - b.mean(axis=0)  # far from the origin, squares would cancel
        squares = (a * a).sum(axis=1)[:, None] - 2.0 * a @ b.T + (b * b).sum(axis=1)
        return np.exp(-np.maximum(squares, 0.0) / (2.0 * self.width**2))


@dataclass(frozen=True)
class PolynomialKernel:
    """(a·b + offset)^degree; degree 1 is ordinary PCA."""

    degree: int = 2
    offset: float = 1.0

    def __post_init__(self):
        settle(self, "degree", whole_number(self.degree, "degree"))
        settle(self, "offset", real_number(self.offset, "offset", low=0.0, squared=True))

    def __call__(self, a: NDArray, b: NDArray) -> NDArray:
        """Return the kernel between the rows of a and those of b."""
        return (a @ b.T + self.offset) ** self.degree


@dataclass(frozen=True, eq=False)
class KernelPCA:
    """The k directions of largest variance among the features.

    Attributes
    ----------
    x : array (n, d), the points that were embedded
    kernel : K(a, b) -> (len(a), len(b)), the features' inner products
    means : array (n,), of the columns of K(x, x), by which new points too are centred
    values : array (k,), eigenvalues of the centred kernel matrix
    embedding : array (n, k), by falling variance
    """

    x: NDArray
    kernel: Kernel
    means: NDArray
    values: NDArray
    embedding: NDArray

    @classmethod
    def fit(cls, x: ArrayLike, k: int = 2, *, kernel: Kernel | None = None) -> KernelPCA:
        """Embed x (n, d) in k coordinates; by default under a Gaussian kernel of width 1."""
        x, k = checked_points(x, k)
        kernel = GaussianKernel() if kernel is None else kernel
        if isinstance(kernel, type) or not callable(kernel):
            raise TypeError(f"kernel must be such as GaussianKernel(1.0), got {kernel!r:.60}")
        K = values_of(lambda a: kernel(a, a), x, (len(x), len(x)), "kernel")
        if not np.allclose(K, K.T, rtol=1e-8, atol=1e-10 * np.abs(K).max()):
            raise ValueError("kernel(x, x) must be symmetric, K(a, b) = K(b, a)")
        means = K.mean(axis=0)
        values, V = np.linalg.eigh(centred(K, means))
        values, V = values[::-1][:k], signed(V[:, ::-1][:, :k])
        if values[-1] <= 1e-12 * max(values[0], np.abs(K).max()):
            raise ValueError(
                f"the features of this kernel vary in fewer than the {k} directions asked for"
            )
        return cls(x, kernel, means, values, V * np.sqrt(values))

    def transform(self, x: ArrayLike) -> NDArray:
        """Return y_c(x) = (1/λ_c) Σ_j K̃(x, x_j) y_jc, (m, k), with K̃ centred as in training."""
        x = table(x, "x", width=self.x.shape[1], dtype=np.float64, squared=True)
        shape = (len(x), len(self.x))
        K = values_of(lambda a: self.kernel(a, self.x), x, shape, "kernel")
        return centred(K, self.means) @ (self.embedding / self.values)


def centred(K: NDArray, means: NDArray) -> NDArray:
    """Inner products of the features less their mean over the points embedded."""
    return K - K.mean(axis=1, keepdims=True) - means + means.mean()
