"""Tangent planes by PCA of the nearest neighbours (14.6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.numerics.blocks import BLOCK_BYTES, row_blocks
from tinyae.tangents.directions import determined
from tinyae.tangents.singular import decompose, how_many, of_size_one


def local_pca_tangents(
    data: ArrayLike, x: ArrayLike, n_components: int, n_neighbors: int
) -> tuple[NDArray, NDArray]:
    """Return the k directions of largest variance among the data nearest to each point.

    Deviations are taken from the neighbours' own mean, not from x: at a point that noise has pushed
    off the manifold, the way back to it would otherwise count as a direction of the manifold. A
    point that is among the data is its own first neighbour.

    Parameters
    ----------
    data : array (N, d)
    x : array (n, d), the points at which tangents are wanted
    n_components : k, the number of tangents, at most min(n_neighbors − 1, d)
    n_neighbors : how many data count as near, from k + 1 to N

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
    # Imported here, so that `import tinyae` loads no embeddings.
    from tinyae.embeddings.neighbors import nearest_neighbors

    data = table(data, "data", dtype=np.float64, squared=True)
    x = table(x, "x", width=data.shape[1], dtype=np.float64)
    m = whole_number(n_neighbors, "n_neighbors", least=2)
    if m > len(data):
        raise ValueError(f"n_neighbors = {m}, but data has {len(data)} rows only")
    most = min(m - 1, data.shape[1])
    k = how_many(n_components, "n_components", most, f"there are {m} neighbours of {data.shape[1]} "
                 "numbers")  # fmt: skip
    found = []
    for rows in row_blocks(len(x), m * data.shape[1], BLOCK_BYTES):
        near = data[nearest_neighbors(data, m, x[rows])[0]]
        near -= near[:, :1].copy()  # so that equal data have a spread of exactly zero
        near, size = of_size_one(near, axis=(1, 2))
        V, s, after = decompose(near - near.mean(axis=1, keepdims=True), k)
        size = size[:, 0] / np.sqrt(m)
        found.append((V, s * size, after * size))
    T, s, after = (np.concatenate(parts) for parts in zip(*found, strict=True))
    what = "the neighbours spread in"
    return determined(T, s, after, x.dtype, what=what, name="n_components")
