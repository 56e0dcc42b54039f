"""The nearest neighbours of every point, exactly, and without a table of all distances (14.6).

‖q − x‖² = ‖q‖² − 2 q·x + ‖x‖² is one product of matrices for a whole block of points, but it loses
digits where points lie close together. So the products only find candidates, a few more than are
asked for, and the distances of these are computed again from the differences q − x. A bound on the
rounding of the products says whether a point that is no candidate could be nearer than the last
neighbour. If it could, as with duplicates, equal distances, or distances of very different size,
all points that could are looked at.

Distances count as equal where they differ by rounding only, as on a grid whose step is 0.1. A
coordinate of size M is known up to eps M, and so a squared distance s up to about eps (s + √s M).

With few columns, and where SciPy is installed, its tree finds the candidates
(`embeddings/candidates.py`). The result is the same.

Squares of 1e-170 or 1e170 would be 0 or infinite, so lengths are in units of a power of 2 next to
the largest entry of the data. Such a unit costs no digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.embeddings.candidates import Candidates, by_products, by_tree, tree_of
from tinyae.numerics.blocks import row_blocks
from tinyae.numerics.order import MOST_ROUNDING, ROUNDING, row_ranks
from tinyae.numerics.underflow import underflow_to_zero

BLOCK_BYTES = 32_000_000  # what one block of distances may occupy; three such are held
GAP_BYTES = 1_000_000  # of the differences held at a time, which then stay in the cache
NEAREST = 1e-150  # in that unit; what is nearer, but not equal, has a square without all its digits

Neighbors = tuple[NDArray[np.int64], NDArray[np.float64]]


@underflow_to_zero
def nearest_neighbors(
    data: ArrayLike, n_neighbors: int, queries: ArrayLike | None = None
) -> Neighbors:
    """Return (indices, distances), both (m, n_neighbors), of the points nearest to each query.

    Parameters
    ----------
    data : array (n, d). With float32 data (and queries, if any) the search takes half the time. The
        distances are float64 in either case, and exact for the numbers that were given.
    n_neighbors : at most n, or n − 1 without queries
    queries : array (m, d). By default the data themselves: then no point is its own neighbour, but
        a duplicate of it, at distance 0, is one

    Returns
    -------
    Nearest first. Of points at equal distance, the one whose row is first in lexicographic order
    comes first, and of equal rows the one that stands first in the data. So the order of the rows
    does not matter. A common scale multiplies the distances. A shift and constant columns do not
    change the result. Distances count as equal here if they differ by float64 rounding only.

    Raises
    ------
    TypeError, ValueError
        If n_neighbors is no whole number, or larger than the number of points to choose from.
    ValueError
        If the tables have different widths, or if distances differ by a factor of more than 1e150.
    """
    own = queries is None
    dtype = shared_dtype(data, data if queries is None else queries)
    data = table(data, "data", dtype=dtype, summed=False)  # the units below keep all sums finite
    q = (
        data
        if queries is None
        else table(queries, "queries", width=data.shape[1], dtype=data.dtype, summed=False)
    )
    k, most = whole_number(n_neighbors, "n_neighbors"), len(data) - own
    if k > most:
        raise ValueError(
            f"each point has {most} others to choose from, asked for n_neighbors = {k}"
        )
    exponent = int(np.frexp(np.abs(data).max())[1])  # in units of 2^exponent no entry is above 1
    centred = np.ldexp(data, -exponent)
    middle = centred.mean(axis=0, dtype=np.float64).astype(data.dtype)
    centred -= middle  # far from the origin the products would have no digit left
    half = 0.5 * (centred * centred).sum(axis=1)
    with np.errstate(over="ignore"):
        far = half if own else 0.5 * ((np.ldexp(q, -exponent) - middle) ** 2).sum(axis=1)
    if not np.isfinite(4.0 * (half.max() + far.max())):
        raise ValueError(
            f"row {far.argmax()} of queries is too far from data: squared distances, in units of "
            f"the largest entry of data, go beyond {data.dtype}; leave it out"
        )
    indices, distances = np.empty((len(q), k), np.int64), np.empty((len(q), k))
    points = _Points(data, exponent, row_ranks(data), _length(data, exponent))
    tree = tree_of(data, exponent, k)
    floats = k if tree is not None else len(data)
    for rows in row_blocks(len(q), floats, BLOCK_BYTES, itemsize=data.dtype.itemsize):
        itself = np.arange(len(q))[rows] if own else None
        if tree is not None:
            found = by_tree(tree, np.ldexp(q[rows].astype(np.float64), -exponent), k + own)
        else:
            block = np.ldexp(q[rows], -exponent) - middle
            found = by_products(centred, half, block, k, itself)
        indices[rows], squares = _settled(points, q[rows], k, found, itself)
        distances[rows] = np.sqrt(squares)
    for i, j in np.argwhere(distances < NEAREST):
        if (data[indices[i, j]] != q[i]).any():
            raise ValueError(
                f"row {i} of {'data' if own else 'queries'} and row {indices[i, j]} of data are "
                f"not equal, but nearer than {NEAREST:g} of the largest entry of data: make them "
                "equal, or leave one out"
            )
    with np.errstate(over="ignore"):
        distances = np.ldexp(distances, exponent)
    if not np.isfinite(distances).all():
        raise ValueError(
            f"a distance from row {np.argwhere(np.isinf(distances))[0][0]} goes beyond float64: "
            "halve all entries"
        )
    return indices, distances


@dataclass(frozen=True, eq=False, repr=False)
class _Points:
    """The data (n, d), with what decides among equal distances. Lengths are in units of 2^exponent.

    ranks : array (n,), the place of each row in lexicographic order
    length : a bound on the length of the rows, without constant columns
    """

    data: NDArray
    exponent: int
    ranks: NDArray[np.int64]
    length: float

    def squares(self, q: NDArray, near: NDArray) -> NDArray:
        """Return ‖x_j − q_i‖² (m, c) in float64, for q (m, d) and the indices j in near (m, c)."""
        found = np.empty(near.shape)
        for rows in row_blocks(len(q), near.shape[1] * q.shape[1], GAP_BYTES):
            gap = self.data[near[rows]].astype(np.float64)
            with np.errstate(over="ignore"):
                gap -= q[rows, None]
                np.ldexp(gap, -self.exponent, out=gap)
            np.einsum("ijk,ijk->ij", gap, gap, out=found[rows])
        return found

    def rounding(self, squares: NDArray) -> NDArray:
        """Return by how much squared distances may differ that count as equal."""
        rounding = ROUNDING * (squares + self.length * np.sqrt(squares))
        return np.minimum(rounding, MOST_ROUNDING * squares)

    def nearest_first(self, squares: NDArray, near: NDArray) -> NDArray[np.int64]:
        """Return the indices that sort each row of squares (m, c), those of the points near."""
        ranks = self.ranks[near]
        order = np.lexsort((ranks, squares))
        rising = np.take_along_axis(squares, order, axis=1)
        with np.errstate(invalid="ignore"):
            gap = rising[:, 1:] - rising[:, :-1]
        apart = gap > self.rounding(rising[:, :-1])
        for i in np.flatnonzero(((gap > 0) & ~apart).any(axis=1)):
            group = np.concatenate([[0], np.cumsum(apart[i])])
            order[i] = order[i, np.lexsort((ranks[i, order[i]], group))]
        return order


def _settled(
    points: _Points, q: NDArray, k: int, found: Candidates, itself: NDArray | None
) -> Neighbors:
    """Return (indices, squared distances), both (m, k), of the points nearest to each row of q.

    `itself` (m,) is the place of each query among the data, or None. It is no neighbour.
    """
    squares = points.squares(q, found.chosen)
    if itself is not None:
        squares[found.chosen == itself[:, None]] = np.inf
    best = points.nearest_first(squares, found.chosen)[:, :k]
    indices = np.take_along_axis(found.chosen, best, axis=1)
    nearest = np.take_along_axis(squares, best, axis=1)
    most = nearest.max(axis=1)
    most = most + 2.0 * points.rounding(most) + found.unsure
    for i in np.flatnonzero(~(most < found.least)).tolist():
        near = found.within(i, most[i])
        exact = points.squares(q[i : i + 1], near[None])[0]
        if itself is not None:
            exact[near == itself[i]] = np.inf
        order = points.nearest_first(exact[None], near[None])[0, :k]
        indices[i], nearest[i] = near[order], exact[order]
    return indices, nearest


def _length(data: NDArray, exponent: int) -> float:
    """Bound the length of the rows, without constant columns, in units of 2^exponent."""
    low, high = data.min(axis=0), data.max(axis=0)
    largest = np.where(low < high, np.maximum(np.abs(low), np.abs(high)), 0.0)
    return float(np.linalg.norm(np.ldexp(largest, -exponent)))


def neighbor_count(n_neighbors: int | float, n: int) -> int:
    """Return the number of neighbours: a whole number as it is, a share in (0, 1) of n − 1 points.

    Raises
    ------
    TypeError, ValueError
        If n_neighbors is neither.
    """
    if isinstance(n_neighbors, float | np.floating) and 0.0 < n_neighbors < 1.0:
        return max(1, round(float(n_neighbors) * (n - 1)))
    return whole_number(n_neighbors, "n_neighbors")


def shared_dtype(*given: ArrayLike) -> type:
    """Return float32 if all arrays have it, and float64 otherwise, so that none is rounded."""
    single = all(getattr(part, "dtype", None) == np.float32 for part in given)
    return np.float32 if single else np.float64
