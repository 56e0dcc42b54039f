"""Kernel PCA: principal components of features that are known by their inner products only (14.6).

Schölkopf, Smola and Müller (1998). It knows of no graph: whether it unrolls a manifold depends on
the kernel alone, and a Gaussian one mostly does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number, settle, whole_number
from tinyae.checks.tables import table, values_of
from tinyae.embeddings.spectral import centred, checked_points
from tinyae.numerics.axes import EPS, ROUNDING, check_cut, settled_coordinates
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.numerics.units import in_units, squared_distances

Kernel = Callable[[NDArray, NDArray], NDArray]


@dataclass(frozen=True)
class GaussianKernel:
    """exp(−‖a − b‖² / 2w²), with the width w in the units of x."""

    width: float = 1.0

    def __post_init__(self):
        settle(
            self, "width", real_number(self.width, "width", low=0.0, open_low=True, squared=True)
        )

    @underflow_to_zero
    def __call__(self, a: NDArray, b: NDArray) -> NDArray:
        """Return the kernel between the rows of a and those of b."""
        _, both, exponent = in_units(np.concatenate([a, b]))
        with np.errstate(over="ignore", under="ignore"):  # infinitely far: the kernel is 0
            unit = min(np.ldexp(1.0, exponent) / self.width, 1e300)
            steps = np.sqrt(squared_distances(both[: len(a)], both[len(a) :])) * unit
            return np.exp(-0.5 * steps * steps)


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

    The order of the rows, constant columns and repeating every row change nothing; with a Gaussian
    kernel a shift changes nothing either, nor does a common scale, if the width is scaled too. A
    polynomial kernel looks from the origin: there a scale counts, unless the offset is 0 or scaled
    by its square, and so does a shift, if the degree is not 1.
    """

    x: NDArray
    kernel: Kernel
    means: NDArray
    values: NDArray
    embedding: NDArray

    @classmethod
    def fit(cls, x: ArrayLike, k: int = 2, *, kernel: Kernel | None = None) -> KernelPCA:
        """Embed x (n, d) in k coordinates; by default under a Gaussian kernel of width 1.

        ValueError where the kernel does not determine them. One so narrow that each point is like
        itself alone makes K the identity, of equal eigenvalues; one so wide that all points are
        alike leaves nothing that varies.
        """
        x, k = checked_points(x, k)
        kernel = GaussianKernel() if kernel is None else kernel
        if isinstance(kernel, type) or not callable(kernel):
            raise TypeError(f"kernel must be such as GaussianKernel(1.0), got {kernel!r:.60}")
        K = values_of(lambda a: kernel(a, a), x, (len(x), len(x)), "kernel")
        largest = np.abs(K).max()
        if not np.isfinite(largest) or 0 < largest < 1e3 * np.finfo(np.float64).tiny:
            raise ValueError(f"the kernel's values, up to {largest:g}, leave float64: rescale x")
        if not np.allclose(K, K.T, rtol=1e-8, atol=1e-10 * largest):
            raise ValueError("kernel(x, x) must be symmetric, K(a, b) = K(b, a)")
        means = K.mean(axis=0)
        values, V = np.linalg.eigh(centred(K, means))
        values, V = values[::-1], V[:, ::-1][:, :k]
        distance = f"the root mean square distance of two points is {_rms_distance(x):.3g}"
        if values[k - 1] <= max(1e-12 * values[0], 16 * EPS * len(x) * largest):
            raise ValueError(
                f"the features of this kernel vary in fewer than the {k} directions asked for: ask "
                f"for fewer, or take a Gaussian kernel's width nearer to the distances ({distance})"
            )
        noise = ROUNDING * max(values[0], largest)
        off = np.abs(K - np.diag(K.diagonal())).max() / largest
        check_cut(
            values, k, noise, "the eigenvalues of the kernel matrix",
            f"its entries off the diagonal are at most {off:.2g} of the largest. Where that is "
            "about 0 each point is like itself alone: take a wider kernel, such as a Gaussian one "
            f"whose width is nearer to the distances ({distance}). Else ask for more or fewer "
            "coordinates",
        )  # fmt: skip
        y = V * np.sqrt(values[:k])
        turn = settled_coordinates(y, x, values[:k], noise)
        return cls(x, kernel, means, values[:k], y @ turn)

    def transform(self, x: ArrayLike) -> NDArray:
        """Return y_c(x) = (1/λ_c) Σ_j K̃(x, x_j) y_jc, (m, k), with K̃ centred as in training."""
        x = table(x, "x", width=self.x.shape[1], dtype=np.float64, squared=True)
        shape = (len(x), len(self.x))
        K = values_of(lambda a: self.kernel(a, self.x), x, shape, "kernel")
        return centred(K, self.means) @ (self.embedding / self.values)


def _rms_distance(x: NDArray) -> float:
    _, c, exponent = in_units(x)
    return float(np.ldexp(np.sqrt(2.0 * (c * c).sum() / len(x)), exponent))
