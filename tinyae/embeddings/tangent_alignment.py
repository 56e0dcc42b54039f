"""A tangent plane at every node, and the coordinates that agree with all of them (14.6, fig. 14.8).

Local tangent-space alignment (Zhang and Zha 2004) and its kin by second derivatives, Hessian
eigenmaps (Donoho and Grimes 2003). Both take the principal plane of each neighbourhood, write down
which functions on it are no coordinates, and look for what has as little of these as may be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.embeddings.graph import NeighborGraph
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.embeddings.spectral import checked_points, null_coordinates
from tinyae.numerics.axes import ROUNDING, check_cut, settled

WEAKEST = 1e-12  # of a plane's directions, in units of its strongest; less is rounding


@dataclass(frozen=True, eq=False)
class TangentPlanes:
    """The principal plane of every neighbourhood, the point itself counted in.

    Without it, a point that is nobody's neighbour would lie on no plane, and anywhere in the map.

    Attributes
    ----------
    members : array (n, m + 1), the point and its m nearest
    centres : array (n, d), their mean
    bases : array (n, k, d), orthonormal rows: the k directions of largest variance; of directions
        with equal variance, the columns of x decide
    coordinates : array (n, m + 1, k), θ = bases (x_j − centre) of each member

    The order of the rows, a shift and constant columns leave the planes as they are; a common scale
    multiplies centres and coordinates.
    """

    members: NDArray[np.int64]
    centres: NDArray
    bases: NDArray
    coordinates: NDArray

    @classmethod
    def fit(cls, x: NDArray, graph: NeighborGraph, k: int) -> TangentPlanes:
        """Return the planes of x (n, d), one for each node of its graph."""
        if not isinstance(graph, NeighborGraph):
            raise TypeError(f"graph must be a NeighborGraph of x, got {graph!r:.60}")
        x, k = table(x, "x", dtype=np.float64), whole_number(k, "k")
        if len(x) != len(graph.indices):
            raise ValueError(f"x has {len(x)} points, but the graph {len(graph.indices)}")
        members = np.concatenate([np.arange(len(x))[:, None], graph.indices], axis=1)
        most = min(graph.indices.shape[1], x.shape[1])
        if k > most:
            raise ValueError(
                f"{members.shape[1]} points of {x.shape[1]} dimensions span a plane of at most "
                f"{most}, asked k = {k}"
            )
        centres = x[members].mean(axis=1)
        bases = np.empty((len(x), k, x.shape[1]))
        coordinates = np.empty((*members.shape, k))
        for i, row in enumerate(members):
            _, s, Vt = np.linalg.svd(x[row] - centres[i], full_matrices=False)
            if s[k - 1] <= WEAKEST * s[0]:
                raise ValueError(
                    f"the neighbourhood of row {i}, {len(row)} points, spans fewer than k = {k} "
                    "directions (duplicates, points on a line?): take fewer or more neighbors"
                )
            check_cut(
                s,
                k,
                ROUNDING * s[0],
                f"in the neighbourhood of row {i} the extents",
                "take another number of neighbors or of coordinates",
            )
            bases[i] = settled(Vt[:k], s[:k], ROUNDING * s[0])
            coordinates[i] = (x[row] - centres[i]) @ bases[i].T
        return cls(members, centres, bases, coordinates)


@dataclass(frozen=True, eq=False)
class TangentAlignment:
    """Coordinates that are, on each neighbourhood, an affine function of the tangent plane's θ.

    Attributes
    ----------
    x : array (n, d), the points that were embedded
    graph, planes : their nearest neighbours and the planes through these
    maps : array (n, k, k), L_i: y ≈ mean of the members' y + θ L_i
    values : array (k,), the least eigenvalues above that of the constant
    embedding : array (n, k), of mean 0 and covariance I: the sheet's coordinates up to a linear map

    The order of the rows, a shift, a common scale and constant columns do not change the embedding.
    Repeating every row changes the neighbourhoods, and so the result.
    """

    x: NDArray
    graph: NeighborGraph
    planes: TangentPlanes
    maps: NDArray
    values: NDArray
    embedding: NDArray

    @classmethod
    def fit(cls, x: ArrayLike, k: int = 2, *, neighbors: int = 10) -> TangentAlignment:
        """Embed x (n, d) in k coordinates, with tangent planes of k dimensions.

        With Q_i the projection on the constant and on θ, what is least is Σ_i ‖(I − Q_i) Y_i‖²,
        Y_i the coordinates of neighbourhood i. ValueError where the graph is not in one piece.
        """
        x, k = checked_points(x, k, neighbors)
        graph, planes = _graph_and_planes(x, k, neighbors)
        M = np.zeros((len(x), len(x)))
        for row, theta in zip(planes.members, planes.coordinates, strict=True):
            Q, _ = np.linalg.qr(np.column_stack([np.ones(len(row)), theta]))
            M[np.ix_(row, row)] += np.eye(len(row)) - Q @ Q.T
        return cls(x, graph, planes, *_aligned(M, x, planes, k))

    def transform(self, x: ArrayLike) -> NDArray:
        """Return y(x) = ȳ_i + V_i (x − x̄_i) L_i, (m, k), on the plane of the nearest point i.

        V_i is the plane's basis, x̄_i and ȳ_i are the means of its members (Zhang and Zha 2004).
        """
        return _on_nearest_plane(self, x)


@dataclass(frozen=True, eq=False)
class HessianEigenmaps:
    """Coordinates whose second derivatives, taken in the tangent planes, are as small as may be.

    Attributes as those of `TangentAlignment`. They find sheets with holes too, but estimate second
    derivatives, which takes at least k (k + 3)/2 neighbours and little noise.
    """

    x: NDArray
    graph: NeighborGraph
    planes: TangentPlanes
    maps: NDArray
    values: NDArray
    embedding: NDArray

    @classmethod
    def fit(cls, x: ArrayLike, k: int = 2, *, neighbors: int = 12) -> HessianEigenmaps:
        """Embed x (n, d) in k coordinates.

        On each plane 1, θ_a and θ_a θ_b are made orthonormal in this order. What is left of the
        products is a second derivative without the lower ones: H_i, (members, k (k + 1)/2); what is
        least is Σ_i ‖H_iᵀ Y_i‖².
        """
        x, k = checked_points(x, k, whole_number(neighbors, "neighbors"))
        products = k * (k + 1) // 2
        if neighbors < k + products:
            raise ValueError(
                f"second derivatives of {k} coordinates take at least {k + products} neighbors, "
                f"got {neighbors}"
            )
        graph, planes = _graph_and_planes(x, k, neighbors)
        a, b = np.triu_indices(k)
        M = np.zeros((len(x), len(x)))
        for row, theta in zip(planes.members, planes.coordinates, strict=True):
            theta = theta / np.abs(theta).max()  # products of like size: better QR
            terms = np.column_stack([np.ones(len(row)), theta, theta[:, a] * theta[:, b]])
            H = np.linalg.qr(terms)[0][:, 1 + k :]
            M[np.ix_(row, row)] += H @ H.T
        return cls(x, graph, planes, *_aligned(M, x, planes, k))

    def transform(self, x: ArrayLike) -> NDArray:
        """Return y(x) = ȳ_i + V_i (x − x̄_i) L_i, (m, k), on the plane of the nearest point i."""
        return _on_nearest_plane(self, x)


def _graph_and_planes(x, k, neighbors):
    graph = NeighborGraph.fit(x, neighbors)
    graph.check_connected()
    return graph, TangentPlanes.fit(x, graph, k)


def _aligned(M, x, planes, k):
    """Return the maps L_i by least squares, the eigenvalues, and the coordinates."""
    values, Y = null_coordinates(M, x, k)
    near = Y[planes.members]
    near = near - near.mean(axis=1, keepdims=True)
    return np.linalg.pinv(planes.coordinates) @ near, values, Y


def _on_nearest_plane(model, x):
    x = table(x, "x", width=model.x.shape[1], dtype=np.float64)
    i = nearest_neighbors(model.x, 1, x)[0][:, 0]
    planes = model.planes
    theta = (planes.bases[i] @ (x - planes.centres[i])[:, :, None])[:, :, 0]
    means = model.embedding[planes.members[i]].mean(axis=1)
    return means + (theta[:, None, :] @ model.maps[i])[:, 0]
