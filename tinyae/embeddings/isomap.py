"""Isomap: coordinates whose distances are the lengths of paths along the neighbour graph (14.6).

A path of short steps stays near the manifold, where a straight line would leave it. Classical
scaling turns the lengths of such paths into coordinates (Tenenbaum, de Silva and Langford 2000).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.tables import table
from tinyae.embeddings.embedding import Embedding
from tinyae.embeddings.graph import NeighborGraph
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.embeddings.spectral import centre, checked_points
from tinyae.numerics.axes import ROUNDING, check_cut, settled_coordinates
from tinyae.numerics.eigenpairs import largest_eigenpairs


class Isomap(Embedding):
    """Coordinates whose distances come as near as possible to those along the graph.

    Parameters
    ----------
    n_components : number of coordinates
    n_neighbors : number of neighbours of each point in the graph, or their share in (0, 1) of the
        other points

    Attributes
    ----------
    X_ : array (n, d), the points that were embedded
    graph_ : `NeighborGraph` of these points
    paths_ : array (n, n), lengths of the shortest paths, in the units of X
    eigenvalues_ : array (n_components,), the largest eigenvalues of −½ H D² H, where D² holds the
        squared paths and H = I − 11ᵀ/n. Each is n times the variance of its coordinate.
    embedding_ : array (n, n_components), in the units of X, by falling variance

    Notes
    -----
    The order of the rows, a shift and constant columns do not change the embedding. A common scale
    multiplies it. Repeating every row changes the neighbourhoods, and so the result.
    """

    def __init__(self, n_components: int = 2, *, n_neighbors: int | float = 8):
        self.n_components, self.n_neighbors = n_components, n_neighbors

    def fit(self, X: ArrayLike, y: object = None) -> Isomap:
        """Embed X (n, d). `y` is not used.

        Raises
        ------
        TypeError, ValueError
            If a setting is no whole number, or is too large for n points.
        ValueError
            If the graph is not in one piece. If X has fewer than n_components dimensions, or does
            not determine them.
        """
        X, k = checked_points(X, self.n_components, self.n_neighbors)
        graph = NeighborGraph(self.n_neighbors).fit(X)
        graph.check_connected()
        paths = graph.shortest_paths()
        K = paths * paths
        K = centre(K, K.mean(axis=0))
        K *= -0.5
        values, V = largest_eigenpairs(K, k)
        if values[k - 1] <= 1e-12 * values[0]:
            raise ValueError(
                f"only {int((values[:k] > 1e-12 * values[0]).sum())} of n_components = {k} "
                "coordinates have any extent: ask for fewer"
            )
        noise = ROUNDING * values[0]
        check_cut(values, k, noise, "the variances of coordinates", "ask for more or fewer of them")
        Y = V[:, :k] * np.sqrt(values[:k])
        Y = Y @ settled_coordinates(Y, X, values[:k], noise)
        self.X_, self.graph_, self.paths_ = X, graph, paths
        self.eigenvalues_, self.embedding_ = values[:k], Y
        return self

    def transform(self, X: ArrayLike) -> NDArray:
        """Return the coordinates (m, n_components) of further points X (m, d).

        Nyström's formula (Bengio and others 2004): D(x, j) is the length of the shortest path from
        x to a neighbour and then along the graph to point j, and

            y_c(x) = (1/λ_c) Σ_j K(x, j) y_jc,   K = −½ (D(x, j)² − mean_j D(x, ·)² − mean_i D_ij²
                                                        + mean of all D²)

        A point that was embedded gets its own coordinates.
        """
        self.check_fitted()
        X = table(X, "X", width=self.X_.shape[1], dtype=np.float64)
        near, steps = nearest_neighbors(self.X_, self.graph_.indices_.shape[1], X)
        paths = np.full((len(X), len(self.X_)), np.inf)
        for first, step in zip(near.T, steps.T, strict=True):
            np.minimum(paths, self.paths_[first] + step[:, None], out=paths)
        K = -0.5 * centre(paths**2, (self.paths_**2).mean(axis=0))
        return K @ (self.embedding_ / self.eigenvalues_)  # in this order nothing underflows
