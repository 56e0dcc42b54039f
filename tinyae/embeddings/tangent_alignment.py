"""Coordinates that agree with the tangent planes of all neighbourhoods (14.6).

Local tangent-space alignment (Zhang and Zha 2004), and Hessian eigenmaps (Donoho and Grimes 2003),
which use second derivatives. Both take the principal plane of each neighbourhood, write down which
functions on it are no coordinates, and find the coordinates that have the least part in these.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number
from tinyae.checks.tables import table
from tinyae.embeddings.embedding import Embedding
from tinyae.embeddings.neighbors import nearest_neighbors, neighbor_count
from tinyae.embeddings.spectral import checked_points, embedded_rows, null_coordinates
from tinyae.embeddings.tangent_planes import TangentPlanes, connected_planes


class TangentAlignment(Embedding):
    """Coordinates that are, on each neighbourhood, an affine function of the tangent plane's θ.

    Parameters
    ----------
    n_components : number of coordinates, and of directions of each tangent plane
    n_neighbors : number of neighbours of each point, or their share in (0, 1) of the
        other points

    Attributes
    ----------
    X_ : array (n, d), the points that were embedded
    graph_ : `NeighborGraph` of these points
    planes_ : `TangentPlanes` of their neighbourhoods
    maps_ : array (n, n_components, n_components), L_i: y ≈ mean of the members' y + θ L_i
    eigenvalues_ : array (n_components,), the least eigenvalues above that of the constant vector
    embedding_ : array (n, n_components), of mean 0 and covariance I. These are the coordinates of
        the sheet up to a linear map.

    Notes
    -----
    The order of the rows, a shift, a common scale and constant columns do not change the embedding.
    Repeating every row changes the neighbourhoods, and so the result.
    """

    def __init__(self, n_components: int = 2, *, n_neighbors: int | float = 10):
        self.n_components, self.n_neighbors = n_components, n_neighbors

    def fit(self, X: ArrayLike, y: object = None) -> TangentAlignment:
        """Embed X (n, d). `y` is not used.

        Let Y_i be the coordinates of neighbourhood i, and Q_i the projection on the constant and on
        θ. Then Σ_i ‖(I − Q_i) Y_i‖² is least.

        Raises
        ------
        TypeError, ValueError
            If a setting is no whole number, or is too large for n points.
        ValueError
            If the graph is not in one piece, or if a neighbourhood does not determine its plane. If
            X does not determine the coordinates.
        """
        X, k = checked_points(X, self.n_components, self.n_neighbors)
        planes = connected_planes(X, k, self.n_neighbors)
        M = np.zeros((len(X), len(X)))
        for row, theta in zip(planes.members_, planes.coordinates_, strict=True):
            Q, _ = np.linalg.qr(np.column_stack([np.ones(len(row)), theta]))
            M[np.ix_(row, row)] += np.eye(len(row)) - Q @ Q.T
        maps, values, Y = _aligned(M, X, planes, k)
        self.X_, self.graph_, self.planes_ = X, planes.graph_, planes
        self.maps_, self.eigenvalues_, self.embedding_ = maps, values, Y
        return self

    def transform(self, X: ArrayLike) -> NDArray:
        """Return the coordinates (m, n_components) of further points X (m, d).

        y(x) = ȳ_i + V_i (x − x̄_i) L_i on the plane of the nearest embedded point i. V_i is the
        plane's basis, and x̄_i and ȳ_i are the means of its members (Zhang and Zha 2004). A point
        that was embedded gets its own coordinates.
        """
        self.check_fitted()
        return _on_nearest_plane(self, X)


class HessianEigenmaps(Embedding):
    """Coordinates with the least second derivatives, which are taken in the tangent planes.

    They also find sheets with holes, but second derivatives need more neighbours and less noise.

    Parameters
    ----------
    n_components : number k of coordinates, and of directions of each tangent plane
    n_neighbors : number of neighbours of each point, at least k (k + 3)/2, or their share in (0, 1)
    ridge : factor of the criterion of `TangentAlignment`, which is added. Where neighbourhoods hold
        the same points, many coordinates have no second derivatives, and 0 is refused. A small
        ridge such as 1e-3 then chooses those that are nearest to linear

    Attributes
    ----------
    X_, graph_, planes_, maps_, eigenvalues_, embedding_ : as those of `TangentAlignment`
    """

    def __init__(self, n_components: int = 2, *, n_neighbors: int | float = 12, ridge: float = 0.0):
        self.n_components, self.n_neighbors, self.ridge = n_components, n_neighbors, ridge

    def fit(self, X: ArrayLike, y: object = None) -> HessianEigenmaps:
        """Embed X (n, d). `y` is not used.

        On each plane 1, θ_a and θ_a θ_b are made orthonormal in this order. What remains of the
        products is H_i, of shape (members, k (k + 1)/2): second derivatives without the lower ones.
        Then Σ_i ‖H_iᵀ Y_i‖² is least, plus the ridge times the criterion of `TangentAlignment`.

        Raises
        ------
        TypeError, ValueError
            If a setting is no whole number, or is too large for n points, or if n_neighbors is too
            small for second derivatives.
        ValueError
            If the graph is not in one piece, or if a neighbourhood does not determine its plane. If
            X does not determine the coordinates.
        """
        X, k = checked_points(X, self.n_components, self.n_neighbors)
        neighbors = neighbor_count(self.n_neighbors, len(X))
        ridge = real_number(self.ridge, "ridge", low=0.0)
        products = k * (k + 1) // 2
        if neighbors < k + products:
            raise ValueError(
                f"second derivatives of {k} coordinates need n_neighbors of at least "
                f"{k + products}, got {neighbors}"
            )
        planes = connected_planes(X, k, neighbors)
        a, b = np.triu_indices(k)
        M = np.zeros((len(X), len(X)))
        for row, theta in zip(planes.members_, planes.coordinates_, strict=True):
            theta = theta / np.abs(theta).max()  # products of similar size: QR is more accurate
            terms = np.column_stack([np.ones(len(row)), theta, theta[:, a] * theta[:, b]])
            Q = np.linalg.qr(terms)[0]
            linear, H = Q[:, : 1 + k], Q[:, 1 + k :]
            M[np.ix_(row, row)] += H @ H.T
            if ridge > 0.0:
                M[np.ix_(row, row)] += ridge * (np.eye(len(row)) - linear @ linear.T)
        maps, values, Y = _aligned(M, X, planes, k)
        self.X_, self.graph_, self.planes_ = X, planes.graph_, planes
        self.maps_, self.eigenvalues_, self.embedding_ = maps, values, Y
        return self

    def transform(self, X: ArrayLike) -> NDArray:
        """Return the coordinates (m, n_components) of further points X (m, d).

        y(x) = ȳ_i + V_i (x − x̄_i) L_i, as in `TangentAlignment.transform`.
        """
        self.check_fitted()
        return _on_nearest_plane(self, X)


def _aligned(
    M: NDArray, X: NDArray, planes: TangentPlanes, k: int
) -> tuple[NDArray, NDArray, NDArray]:
    """Return the maps L_i by least squares, the eigenvalues, and the coordinates."""
    values, Y = null_coordinates(M, X, k)
    near = Y[planes.members_]
    near = near - near.mean(axis=1, keepdims=True)
    return np.linalg.pinv(planes.coordinates_) @ near, values, Y


def _on_nearest_plane(fitted: TangentAlignment | HessianEigenmaps, X: ArrayLike) -> NDArray:
    X = table(X, "X", width=fitted.X_.shape[1], dtype=np.float64)
    near, distances = nearest_neighbors(fitted.X_, 1, X)
    i = near[:, 0]
    planes = fitted.planes_
    theta = (planes.bases_[i] @ (X - planes.centres_[i])[:, :, None])[:, :, 0]
    means = fitted.embedding_[planes.members_[i]].mean(axis=1)
    Y = means + (theta[:, None, :] @ fitted.maps_[i])[:, 0]
    own = embedded_rows(i, distances[:, 0], fitted.graph_.lengths_)
    return np.where(own[:, None], fitted.embedding_[i], Y)
