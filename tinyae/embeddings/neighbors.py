"""The k nearest neighbours of every point, exactly, and without a table of all distances (14.6).

Sums find the candidates, differences settle them. ‖q − x‖² = ‖q‖² − 2 q·x + ‖x‖² is one product of
matrices for a whole block of points, but cancels where points lie close together. So a few more
candidates than k are kept, their distances are taken again from the differences q − x, and a bound
on the rounding of the sums says whether a point that was left out could have come before the k-th.
Where it could (duplicates, ties, distances far apart in size) that row is looked at in full.

Distances that differ by rounding only count as equal, as on a grid whose step is 0.1. A place
of size M is known up to eps M, and so a square s up to about eps (s + √s M).

Squares of 1e-170 or 1e170 would be 0 or infinite, so lengths are in units of a power of 2 next to
the largest entry of x. Such a unit costs no digit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.numerics.order import MOST_ROUNDING, ROUNDING, row_ranks
from tinyae.numerics.underflow import underflow_to_zero

BLOCK_BYTES = 32_000_000  # what one block of distances may occupy; three such are held
NEAREST = 1e-150  # in that unit; what is nearer, but not equal, has a square without all its digits
SPARE = 6  # candidates beyond k: the more, the fewer rows must be looked at in full

Neighbors = tuple[NDArray[np.int64], NDArray[np.float64]]


@underflow_to_zero
def nearest_neighbors(x: ArrayLike, k: int, queries: ArrayLike | None = None) -> Neighbors:
    """Return (indices, distances), both (m, k), of the k points of x nearest to each query.

    Parameters
    ----------
    x : array (n, d). float32 (and queries too, if any) halves the time; the distances are float64
        in either case, and exact for the numbers that were given
    k : how many, at most n, or n − 1 without queries
    queries : array (m, d). By default the points of x themselves: then no point is its own
        neighbour, though a duplicate of it, at distance 0, is

    Returns
    -------
    Nearest first. Of points at equal distance the one whose row is first in lexicographic order
    comes first, and of equal rows the one that stands first in x: so the order of the rows does not
    matter. A common scale multiplies the distances; a shift and constant columns change nothing.
    For this, distances count as equal where they differ by float64 rounding only; each is returned
    as it is.

    Raises
    ------
    ValueError
        If k is larger than the number of points to choose from, the tables do not fit, or what is
        near and what is far are 150 powers of ten apart.
    """
    own = queries is None
    x = table(x, "x", dtype=_dtype(x, x if own else queries))
    q = x if own else table(queries, "queries", width=x.shape[1], dtype=x.dtype)
    k, most = whole_number(k, "k"), len(x) - own
    if k > most:
        raise ValueError(f"each point has {most} others to choose from, asked for k = {k}")
    exponent = int(np.frexp(np.abs(x).max())[1])  # in units of 2^exponent no entry is above 1
    centred = np.ldexp(x, -exponent)
    middle = centred.mean(axis=0, dtype=np.float64).astype(x.dtype)
    centred -= middle  # far from the origin the sums would have no digit left
    half = 0.5 * (centred * centred).sum(axis=1)
    with np.errstate(over="ignore"):
        far = half if own else 0.5 * ((np.ldexp(q, -exponent) - middle) ** 2).sum(axis=1)
    if not np.isfinite(4.0 * (half.max() + far.max())):
        raise ValueError(
            f"row {far.argmax()} of queries is too far from x: squared distances, in units of the "
            f"largest entry of x, go beyond {x.dtype}; leave it out"
        )
    indices, distances = np.empty((len(q), k), np.int64), np.empty((len(q), k))
    ranks, length = row_ranks(x), _length(x, exponent)
    step = max(1, BLOCK_BYTES // (len(x) * x.dtype.itemsize))
    for start in range(0, len(q), step):
        rows = slice(start, min(start + step, len(q)))
        block = np.ldexp(q[rows], -exponent) - middle
        score = block @ centred.T
        np.subtract(half, score, out=score)  # half of ‖q − x‖², less ‖q‖²/2: the same order
        if own:
            score[np.arange(len(block)), np.arange(rows.start, rows.stop)] = np.inf
        size = (block * block).sum(axis=1, dtype=np.float64)
        unsure = 2.0 * (x.shape[1] + 8) * np.finfo(x.dtype).eps * (size + 2.0 * half.max())
        found = indices[rows], distances[rows]
        _settle(x, q[rows], ranks, score, size, unsure, length, exponent, *found)
    for i, j in np.argwhere(distances < NEAREST):
        if (x[indices[i, j]] != q[i]).any():
            raise ValueError(
                f"row {i} of {'x' if own else 'queries'} and row {indices[i, j]} of x are not "
                f"equal, but nearer than {NEAREST:g} of the largest entry of x: make them equal, "
                "or leave one out"
            )
    with np.errstate(over="ignore"):
        distances = np.ldexp(distances, exponent)
    if not np.isfinite(distances).all():
        raise ValueError(
            f"a distance from row {np.argwhere(np.isinf(distances))[0][0]} goes beyond float64: "
            "halve all entries"
        )
    return indices, distances


def _settle(x, q, ranks, score, size, unsure, length, exponent, indices, distances) -> None:
    """Fill in indices and distances (m, k) of one block, nearest first, in units of 2^exponent.

    `size` (m,) is ‖q‖² and `unsure` (m,) bounds the error of size + 2 score as a squared distance;
    `length` is that of the rows of x.
    """
    k = indices.shape[1]
    last = min(k + SPARE, score.shape[1]) - 1
    chosen = np.argpartition(score, last, axis=1)[:, : last + 1]
    itself = np.isinf(np.take_along_axis(score, chosen, axis=1))
    squares = np.array([_squares(x, *pair, exponent) for pair in zip(q, chosen, strict=True)])
    squares[itself] = np.inf
    best = _nearest_first(squares, ranks[chosen], length)[:, :k]
    indices[...] = np.take_along_axis(chosen, best, axis=1)
    nearest = np.take_along_axis(squares, best, axis=1)
    if last + 1 < score.shape[1]:
        # Whatever was left out has at least the last candidate's sum.
        least = size + 2.0 * np.take_along_axis(score, chosen[:, -1:], axis=1)[:, 0]
        most = nearest.max(axis=1)
        most = most + 2.0 * _rounding(most, length) + unsure
        for i in np.flatnonzero(~(most < least)):
            near = np.flatnonzero(size[i] + 2.0 * score[i] <= most[i])
            exact = _squares(x, q[i], near, exponent)
            exact[np.isinf(score[i, near])] = np.inf
            order = _nearest_first(exact[None], ranks[near][None], length)[0, :k]
            indices[i], nearest[i] = near[order], exact[order]
    distances[...] = np.sqrt(nearest)


def _nearest_first(squares: NDArray, ranks: NDArray, length: float) -> NDArray[np.int64]:
    """Return the indices that sort each row of squares (m, c); ranks sort those that are equal."""
    order = np.lexsort((ranks, squares))
    rising = np.take_along_axis(squares, order, axis=1)
    with np.errstate(invalid="ignore"):
        gap = rising[:, 1:] - rising[:, :-1]
    apart = gap > _rounding(rising[:, :-1], length)
    for i in np.flatnonzero(((gap > 0) & ~apart).any(axis=1)):
        group = np.concatenate([[0], np.cumsum(apart[i])])
        order[i] = order[i, np.lexsort((ranks[i, order[i]], group))]
    return order


def _rounding(squares: NDArray, length: float) -> NDArray:
    """By how much squared distances may differ that count as equal."""
    rounding = ROUNDING * (squares + length * np.sqrt(squares))
    return np.minimum(rounding, MOST_ROUNDING * squares)


def _length(x: NDArray, exponent: int) -> float:
    """Bound the length of the rows of x, constant columns left out, in units of 2^exponent."""
    low, high = x.min(axis=0), x.max(axis=0)
    largest = np.where(low < high, np.maximum(np.abs(low), np.abs(high)), 0.0)
    return float(np.linalg.norm(np.ldexp(largest, -exponent)))


def _squares(x: NDArray, point: NDArray, near: NDArray, exponent: int) -> NDArray:
    """‖x_j − point‖² for the indices j in `near`, in float64 and in units of 2^exponent."""
    with np.errstate(over="ignore"):
        gap = np.ldexp(x[near].astype(np.float64) - point, -exponent)
    return np.einsum("ij,ij->i", gap, gap)


def _dtype(*given: ArrayLike) -> type:
    """float32 where all are that; else queries in float64 would be rounded."""
    single = all(getattr(part, "dtype", None) == np.float32 for part in given)
    return np.float32 if single else np.float64
