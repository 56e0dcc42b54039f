"""Isomap: distances along the neighbour graph, then the plane in which they are straight (14.6).

A path of short steps stays on the manifold where a straight line would leave it. Classical scaling
turns such distances into coordinates (Tenenbaum, de Silva and Langford 2000).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.tables import table
from tinyae.embeddings.graph import NeighborGraph
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.embeddings.spectral import centred, checked_points
from tinyae.numerics.axes import ROUNDING, check_cut, settled_coordinates


@dataclass(frozen=True, eq=False)
class Isomap:
    """Coordinates whose distances are those along the graph, as nearly as k of them can be.

    Attributes
    ----------
    x : array (n, d), the points that were embedded
    graph : their nearest neighbours
    paths : array (n, n), lengths of the shortest paths
    values : array (k,), eigenvalues of −½ H D² H, where D² holds the squared paths and
        H = I − 11ᵀ/n; n times the variance of each coordinate
    embedding : array (n, k), in the units of x, by falling variance

    The order of the rows, a shift and constant columns change nothing; a common scale multiplies
    the embedding. Repeating every row changes the neighbourhoods, and so the result.
    """

    x: NDArray
    graph: NeighborGraph
    paths: NDArray
    values: NDArray
    embedding: NDArray

    @classmethod
    def fit(cls, x: ArrayLike, k: int = 2, *, neighbors: int = 8) -> Isomap:
        """Embed x (n, d) in k coordinates. ValueError where the graph is not in one piece."""
        x, k = checked_points(x, k, neighbors)
        graph = NeighborGraph.fit(x, neighbors)
        graph.check_connected()
        paths = graph.shortest_paths()
        values, V = np.linalg.eigh(-0.5 * centred(paths**2, (paths**2).mean(axis=0)))
        values, V = values[::-1], V[:, ::-1][:, :k]
        if values[k - 1] <= 1e-12 * values[0]:
            raise ValueError(
                f"only {int((values[:k] > 1e-12 * values[0]).sum())} of the {k} coordinates asked "
                "for have any extent: ask for fewer"
            )
        noise = ROUNDING * values[0]
        check_cut(values, k, noise, "the variances of coordinates", "ask for more or fewer of them")
        y = V * np.sqrt(values[:k])
        return cls(x, graph, paths, values[:k], y @ settled_coordinates(y, x, values[:k], noise))

    def transform(self, x: ArrayLike) -> NDArray:
        """Return the coordinates (m, k) of further points, by Nyström's formula.

        D(x, j) is the shortest way from x to a neighbour and on along the graph, and

            y_c(x) = (1/λ_c) Σ_j K(x, j) y_jc,   K = −½ (D(x, j)² − mean_j D(x, ·)² − mean_i D_ij²
                                                        + mean of all D²)

        At a point that was embedded this is its own coordinate (Bengio and others 2004).
        """
        x = table(x, "x", width=self.x.shape[1], dtype=np.float64)
        near, steps = nearest_neighbors(self.x, self.graph.indices.shape[1], x)
        paths = np.full((len(x), len(self.x)), np.inf)
        for first, step in zip(near.T, steps.T, strict=True):
            np.minimum(paths, self.paths[first] + step[:, None], out=paths)
        K = -0.5 * centred(paths**2, (self.paths**2).mean(axis=0))
        return K @ (self.embedding / self.values)  # in this order nothing underflows
