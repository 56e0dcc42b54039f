"""Tangent planes of the data: the principal plane of every neighbourhood (14.6, figure 14.8)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.estimator import Estimator
from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.embeddings.graph import NeighborGraph
from tinyae.numerics.axes import ROUNDING, check_cut, settled

WEAKEST = 1e-12  # of a plane's directions, in units of its strongest; less is rounding


class TangentPlanes(Estimator):
    """The principal plane of every neighbourhood, which is a point and its nearest neighbours.

    The point itself is a member of its neighbourhood. Otherwise a point that is no other point's
    neighbour would lie on no plane, and nothing would determine its coordinates.

    Parameters
    ----------
    n_components : number of directions of each plane, at most min(n_neighbors, d)
    n_neighbors : number of neighbours of each point, or their share in (0, 1) of the
        other points

    Attributes
    ----------
    graph_ : `NeighborGraph` of the points
    members_ : array (n, n_neighbors + 1), the point and its nearest neighbours
    centres_ : array (n, d), the mean of the members
    bases_ : array (n, n_components, d), orthonormal rows: the directions of largest variance. Of
        directions with equal variance, the columns of X decide.
    coordinates_ : array (n, n_neighbors + 1, n_components), θ = bases (x_j − centre) of each member

    Notes
    -----
    The order of the rows, a shift and constant columns do not change the planes. A common scale
    multiplies centres and coordinates.
    """

    _least_rows = 2

    def __init__(self, n_components: int = 2, *, n_neighbors: int | float = 8):
        self.n_components, self.n_neighbors = n_components, n_neighbors

    def fit(self, X: ArrayLike, y: object = None) -> TangentPlanes:
        """Find the plane at each row of X (n, d). `y` is not used.

        Raises
        ------
        TypeError, ValueError
            If n_neighbors is no whole number from 1 to n − 1, or n_components is none from 1 to
            min(n_neighbors, d).
        ValueError
            If a neighbourhood spans fewer than n_components directions, or if its extent in the
            last of them equals that in the next one.
        """
        X = table(X, "X", dtype=np.float64)
        return self._learn(X, NeighborGraph(self.n_neighbors).fit(X))

    def _learn(self, X: NDArray, graph: NeighborGraph) -> TangentPlanes:
        """Find the planes of the neighbourhoods in the graph of X."""
        k = whole_number(self.n_components, "n_components")
        members = np.concatenate([np.arange(len(X))[:, None], graph.indices_], axis=1)
        most = min(graph.indices_.shape[1], X.shape[1])
        if k > most:
            raise ValueError(
                f"{members.shape[1]} points of {X.shape[1]} dimensions span a plane of at most "
                f"{most}, asked for n_components = {k}"
            )
        centres = X[members].mean(axis=1)
        bases = np.empty((len(X), k, X.shape[1]))
        coordinates = np.empty((*members.shape, k))
        for i, row in enumerate(members):
            _, s, Vt = np.linalg.svd(X[row] - centres[i], full_matrices=False)
            if s[k - 1] <= WEAKEST * s[0]:
                raise ValueError(
                    f"the neighbourhood of row {i}, {len(row)} points, spans fewer than "
                    f"n_components = {k} directions (are there duplicates, or points on a line?): "
                    "take a smaller or larger n_neighbors"
                )
            check_cut(
                s,
                k,
                ROUNDING * s[0],
                f"in the neighbourhood of row {i} the extents",
                "take another n_neighbors or n_components",
            )
            bases[i] = settled(Vt[:k], s[:k], ROUNDING * s[0])
            coordinates[i] = (X[row] - centres[i]) @ bases[i].T
        self.graph_, self.members_, self.centres_ = graph, members, centres
        self.bases_, self.coordinates_ = bases, coordinates
        return self


def connected_planes(X: NDArray, n_components: int, n_neighbors: int | float) -> TangentPlanes:
    """Return the planes of X (n, d), after checking that its graph is in one piece."""
    graph = NeighborGraph(n_neighbors).fit(X)
    graph.check_connected()
    return TangentPlanes(n_components, n_neighbors=n_neighbors)._learn(X, graph)
