"""What the spectral embeddings share: checks of the points, centring, and null vectors (14.6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.embeddings.neighbors import neighbor_count
from tinyae.numerics.axes import ROUNDING, check_cut, settled_coordinates
from tinyae.numerics.blocks import row_blocks
from tinyae.numerics.eigenpairs import least_eigenpairs
from tinyae.numerics.order import row_groups
from tinyae.numerics.sparse import Square, without_zeros
from tinyae.numerics.units import CACHE_BYTES, in_units

MOST_POINTS = 6000  # of an n × n matrix: it has 288 MB in float64, and eigenvectors take minutes
LARGEST_EXPONENT = 508  # rows may differ by up to 2 to this power, so that squares stay in float64
SAME = 1e-9  # of the distance to its farthest neighbour: a point that is nearer is an embedded one


def check_size(n: int) -> None:
    """Raise ValueError where n × n numbers, and their eigenvectors, are too many."""
    if n > MOST_POINTS:
        raise ValueError(
            f"{n} points ask for a matrix of {n} x {n}, {8 * n * n / 1e9:.1f} GB; at most "
            f"{MOST_POINTS} are taken: fit a random sample, then transform the others"
        )


def checked_points(
    X: ArrayLike, n_components: int, n_neighbors: int | float = 1
) -> tuple[NDArray, int]:
    """Return X (n, d) in float64 and n_components as an int, after checking both.

    Raises
    ------
    TypeError, ValueError
        If n_components is no whole number from 1 to n − 1, or n_neighbors neither that nor a share.
    ValueError
        If X has no more than n_components different rows. If the squares of the rows' differences
        are beyond float64, or n is above `MOST_POINTS`.
    """
    X = table(X, "X", dtype=np.float64).copy(order="K")  # an embedding keeps its points
    k = whole_number(n_components, "n_components")
    check_size(len(X))
    if k >= len(X):
        raise ValueError(
            f"{len(X)} points have at most {len(X) - 1} coordinates, asked for n_components = {k}"
        )
    if neighbor_count(n_neighbors, len(X)) >= len(X):
        raise ValueError(
            f"each point has {len(X) - 1} others to choose from, asked for n_neighbors = "
            f"{n_neighbors}"
        )
    different = len(np.unique(row_groups(X)))
    if different == 1:
        raise ValueError("all rows of X are one and the same point: there is nothing to embed")
    if k >= different:
        raise ValueError(
            f"X has {different} different rows, which have at most {different - 1} coordinates, "
            f"asked for n_components = {k}: ask for fewer"
        )
    exponent = in_units(X)[2]
    if abs(exponent) > LARGEST_EXPONENT:
        raise ValueError(
            f"the rows of X differ by numbers of the size of 2^{exponent}, whose squares are "
            "beyond float64: rescale X"
        )
    return X, k


def embedded_rows(nearest: NDArray, distances: NDArray, lengths: NDArray) -> NDArray[np.bool_]:
    """Return for each point (m,) whether it is one that was embedded, up to rounding.

    Parameters
    ----------
    nearest, distances : arrays (m,), the nearest embedded point and its distance
    lengths : array (n, n_neighbors), lengths of the edges of the graph
    """
    return distances <= SAME * lengths[nearest, -1]


def check_determined(values: NDArray, k: int, top: float) -> None:
    """Raise ValueError if more than k eigenvalues are 0 up to rounding.

    Any k combinations of their eigenvectors are then equally good, and chance would choose among
    them. The same holds if the k-th value equals the next one.

    Parameters
    ----------
    values : array (n,), rising
    k : how many coordinates are taken
    top : a bound on the eigenvalues
    """
    count = int((values < 16 * np.finfo(np.float64).eps * top).sum())
    if count > k:
        raise ValueError(
            f"{count} coordinates, not {k}, fit the neighbourhoods exactly, and chance would "
            f"choose {k} of them: too many neighbourhoods hold the same points, or they are joined "
            "too weakly; change n_neighbors or the width"
        )
    check_cut(
        values, k, ROUNDING * top, "the eigenvalues of coordinates", "ask for more or fewer of them"
    )


def centre(K: NDArray, means: NDArray) -> NDArray:
    """Make K (m, n) the inner products of features minus their mean over n points; return it."""
    means = means - means.mean()
    for rows in row_blocks(len(K), K.shape[1], CACHE_BYTES):
        K[rows] -= K[rows].mean(axis=1, keepdims=True)
        K[rows] -= means
    return K


def null_coordinates(M: Square, X: NDArray, k: int) -> tuple[NDArray, NDArray]:
    """Return the k least eigenvalues of M above that of the constant vector, and coordinates.

    M (n, n), dense or sparse, is positive semidefinite and M1 = 0. The coordinates (n, k) of the
    points X (n, d) are √n times the eigenvectors. They have mean 0 and covariance I.
    Where SciPy is installed, a dense M is made sparse.
    """
    n, M = len(X), without_zeros(M) if isinstance(M, np.ndarray) else M
    top = abs(M).sum(axis=1).max()  # no eigenvalue is larger
    values, V = least_eigenpairs(M, np.full(n, 1.0 / np.sqrt(n)), k, top)
    check_determined(values, k, top)
    V, values = V[:, :k], values[:k]
    return values, np.sqrt(n) * V @ settled_coordinates(V, X, values, ROUNDING * top)
