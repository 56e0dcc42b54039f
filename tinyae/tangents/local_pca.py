"""Tangent planes by PCA of the nearest neighbours (14.6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.tangents.directions import determined
from tinyae.tangents.singular import decompose, how_many, in_blocks, of_size_one


def local_pca_tangents(
    data: ArrayLike, x: ArrayLike, k: int, neighbors: int
) -> tuple[NDArray, NDArray]:
    """Return the k directions of largest variance among the data nearest to each point.

    Deviations are taken from the neighbours' own mean, not from x: a point that noise has pushed
    off the manifold would otherwise see the way back to it as a direction of the manifold. A point
    that is among the data is its own first neighbour.

    Parameters
    ----------
    data : array (N, d)
    x : array (n, d)
    k : number of tangents, at most min(neighbors − 1, d)
    neighbors : how many data count as near, from k + 1 to N

    Returns
    -------
    T : array (n, k, d), orthonormal rows by falling variance
    s : array (n, k), the standard deviations along them

    Raises
    ------
    ValueError
        If some neighbourhood has fewer than k dimensions, as one of equal data has, or spreads as
        far in the next direction as in the k-th.

    Notes
    -----
    The order of the data, a shift and constant columns of data and x change nothing; a common scale
    multiplies s. Repeating all data changes the neighbourhoods, and so the result.
    """
    data = table(data, "data", dtype=np.float64, squared=True)
    x = table(x, "x", width=data.shape[1], dtype=np.float64)
    neighbors = whole_number(neighbors, "neighbors", least=2)
    if neighbors > len(data):
        raise ValueError(f"neighbors = {neighbors}, but data has {len(data)} rows only")
    k = how_many(k, min(neighbors - 1, data.shape[1]), f"there are {neighbors} neighbours")
    found = []
    for part in in_blocks(x, neighbors * data.shape[1]):
        near = data[nearest_neighbors(data, neighbors, part)[0]]
        near -= near[:, :1].copy()  # so that equal data have a spread of exactly zero
        near, size = of_size_one(near, axis=(1, 2))
        V, s, after = decompose(near - near.mean(axis=1, keepdims=True), k)
        size = size[:, 0] / np.sqrt(neighbors)
        found.append((V, s * size, after * size))
    T, s, after = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return determined(T, s, after, x.dtype, "the neighbours spread in")
