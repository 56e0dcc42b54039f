"""What the spectral embeddings share: checks of the points, centring, null vectors (14.6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.numerics.axes import ROUNDING, check_cut, settled_coordinates
from tinyae.numerics.order import row_groups
from tinyae.numerics.units import in_units

MOST_POINTS = 6000  # of an n × n matrix: 288 MB in float64, and its eigenvectors take minutes


LARGEST_EXPONENT = 508  # of differences between rows, as powers of 2: squares stay in float64


def check_size(n: int) -> None:
    """Raise ValueError where n × n numbers, and their eigenvectors, are too many."""
    if n > MOST_POINTS:
        raise ValueError(
            f"{n} points ask for a matrix of {n} x {n}, {8 * n * n / 1e9:.1f} GB; at most "
            f"{MOST_POINTS} are taken: fit a random sample, then transform the others"
        )


def checked_points(x: ArrayLike, k: int, neighbors: int = 1) -> tuple[NDArray, int]:
    """Return x in float64 and k: 1 ≤ k < n coordinates are asked of n points.

    Equal rows count as one point. The squares of the rows' differences must fit float64.
    """
    x = table(x, "x", dtype=np.float64)
    k = whole_number(k, "k")
    check_size(len(x))
    if k >= len(x):
        raise ValueError(f"{len(x)} points have at most {len(x) - 1} coordinates, asked k = {k}")
    if whole_number(neighbors, "neighbors") >= len(x):
        raise ValueError(
            f"each point has {len(x) - 1} others to choose from, asked for neighbors = {neighbors}"
        )
    different = len(np.unique(row_groups(x)))
    if different == 1:
        raise ValueError("all rows of x are one and the same point: there is nothing to embed")
    if k >= different:
        raise ValueError(
            f"x has {different} different rows, which have at most {different - 1} coordinates, "
            f"asked k = {k}: ask for fewer"
        )
    exponent = in_units(x)[2]
    if abs(exponent) > LARGEST_EXPONENT:
        raise ValueError(
            f"the rows of x differ by numbers of the size of 2^{exponent}, whose squares are "
            "beyond float64: rescale x"
        )
    return x, k


def check_determined(values: NDArray, k: int, top: float) -> None:
    """Raise ValueError where more than k eigenvalues are 0 up to rounding.

    Then any k combinations of their vectors do equally well, and what came out would be chance. The
    same holds where the k-th value equals the next one.

    Parameters
    ----------
    values : array (n,), rising
    k : how many coordinates are taken
    top : a bound on the eigenvalues
    """
    count = int((values < 16 * np.finfo(np.float64).eps * top).sum())
    if count > k:
        raise ValueError(
            f"{count} coordinates, not {k}, fit the neighbourhoods exactly, and which {k} of them "
            "came out would be chance: too many neighbourhoods hold the same points, or are "
            "joined too weakly; change the number of neighbors or the width"
        )
    check_cut(
        values, k, ROUNDING * top, "the eigenvalues of coordinates", "ask for more or fewer of them"
    )


def centred(K: NDArray, means: NDArray) -> NDArray:
    """Inner products of the features less their mean over the points embedded."""
    return K - K.mean(axis=1, keepdims=True) - means + means.mean()


def null_coordinates(M: NDArray, x: NDArray, k: int) -> tuple[NDArray, NDArray]:
    """Return the k least eigenvalues of M above that of the constant vector, and coordinates.

    M (n, n) is positive and M1 = 0. The coordinates (n, k) of the points x (n, d) are √n times the
    eigenvectors, of mean 0 and covariance I.
    """
    n = len(M)
    top = np.abs(M).sum(axis=1).max()  # no eigenvalue is larger
    # Other vectors may come near 0 too: the constant is lifted out of the way, not counted off.
    values, V = np.linalg.eigh(M + top / n)
    check_determined(values, k, top)
    V, values = V[:, :k], values[:k]
    return values, np.sqrt(n) * V @ settled_coordinates(V, x, values, ROUNDING * top)
