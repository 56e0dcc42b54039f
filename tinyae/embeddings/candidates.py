"""Candidates for the nearest neighbours of each query, by matrix products or by a tree (14.6).

Products serve any number of columns. A tree needs few columns, and SciPy, an optional extra. It
looks at a few points for each query instead of all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics import installed_scipy
from tinyae.numerics.axes import EPS

SPARE = 6  # candidates beyond those asked for: with more, fewer rows need the second look
TREE_SPARE = 2  # the same for a tree, whose distances have all their digits
TREE_COLUMNS = 8  # with more, a tree looks at most of the points
TREE_POINTS = 300  # with fewer, products take no longer


class Candidates(NamedTuple):
    """Candidates for the nearest neighbours of m queries.

    Attributes
    ----------
    chosen : array (m, c), their indices
    least : array (m,), a squared distance: no point has less, unless it is a candidate
    unsure : array (m,), a bound on the rounding of `least`
    within : (i, square) -> the indices of all points with at most this squared distance to query i
    """

    chosen: NDArray
    least: NDArray
    unsure: NDArray
    within: Callable[[int, float], NDArray]

    def __repr__(self) -> str:
        return f"Candidates({self.chosen.shape[1]} for each of {len(self.chosen)} queries)"


def by_products(
    data: NDArray, half: NDArray, queries: NDArray, k: int, itself: NDArray | None
) -> Candidates:
    """Return candidates by ‖q − x‖² = ‖q‖² − 2 q·x + ‖x‖².

    Parameters
    ----------
    data, queries : arrays (n, d) and (m, d), around 0
    half : array (n,), half of the squares of the data
    k : how many neighbours are asked for
    itself : array (m,), the place of each query among the data, or None
    """
    score = queries @ data.T
    np.subtract(half, score, out=score)  # half of ‖q − x‖², minus ‖q‖²/2: the same order
    if itself is not None:
        score[np.arange(len(queries)), itself] = np.inf
    size = (queries * queries).sum(axis=1, dtype=np.float64)
    eps = np.finfo(data.dtype).eps
    unsure = 2.0 * (data.shape[1] + 8) * eps * (size + 2.0 * half.max())
    last = min(k + SPARE, score.shape[1]) - 1
    chosen = np.argpartition(score, last, axis=1)[:, : last + 1]
    least = np.full(len(queries), np.inf)
    if last + 1 < score.shape[1]:
        # Every point that is no candidate has at least the last candidate's product.
        least = size + 2.0 * np.take_along_axis(score, chosen[:, -1:], axis=1)[:, 0]

    def within(i: int, square: float) -> NDArray:
        return np.flatnonzero(size[i] + 2.0 * score[i] <= square)

    return Candidates(chosen, least, unsure, within)


def tree_of(data: NDArray, exponent: int, k: int) -> Any:
    """Return SciPy's tree of data (n, d), in units of 2^exponent; None if products are better."""
    n, d = data.shape
    if d > TREE_COLUMNS or n < max(TREE_POINTS, 10 * k):
        return None
    tree = installed_scipy.kd_tree()
    return None if tree is None else tree(np.ldexp(data.astype(np.float64), -exponent))


def by_tree(tree: Any, queries: NDArray, k: int) -> Candidates:
    """Return k candidates and some more for each of the queries (m, d), in the tree's units."""
    length, chosen = tree.query(queries, k + TREE_SPARE)
    least = length[:, -1] ** 2
    unsure = 4.0 * (queries.shape[1] + 4) * EPS * least

    def within(i: int, square: float) -> NDArray:
        return np.sort(tree.query_ball_point(queries[i], np.sqrt(square)))

    return Candidates(chosen, least, unsure, within)
