"""Laplacian eigenmaps: coordinates that change as little as possible along the edges (14.6).

Belkin and Niyogi (2003). They are the slowest vibrations of the neighbour graph.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number
from tinyae.checks.tables import table
from tinyae.embeddings.embedding import Embedding
from tinyae.embeddings.graph import NeighborGraph
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.embeddings.spectral import check_determined, checked_points, embedded_rows
from tinyae.numerics.axes import ROUNDING, settled_coordinates
from tinyae.numerics.eigenpairs import least_eigenpairs
from tinyae.numerics.sparse import square
from tinyae.numerics.underflow import underflow_to_zero

LEAST_DEGREE = 1e-18  # of the largest; y = D^(−½) z multiplies rounding of z by the root of it
MOST_VALUE = 0.9  # of an eigenvalue λ whose coordinate new points can have: 1/(1 − λ) grows


class LaplacianEigenmaps(Embedding):
    """Coordinates with Σ_ij W_ij ‖y_i − y_j‖² least; weighted by degree, of mean 0, covariance I.

    Parameters
    ----------
    n_components : number of coordinates
    n_neighbors : number of neighbours of each point in the graph, or their share in (0, 1) of the
        other points
    width : W_ij = exp(−‖x_i − x_j‖² / 2 width²) on an edge, in the units of X; None for W_ij = 1

    Attributes
    ----------
    X_ : array (n, d), the points that were embedded
    graph_ : `NeighborGraph` of these points
    width_ : the width that was used
    eigenvalues_ : array (n_components,), the least eigenvalues λ above 0 of L y = λ D y, in [0, 2].
        D holds the degrees D_ii = Σ_j W_ij, and L = D − W.
    embedding_ : array (n, n_components), by rising eigenvalue

    Notes
    -----
    The order of the rows, a shift and constant columns do not change the embedding, and a common
    scale does not if the width is scaled too. Repeating every row changes the neighbourhoods.

    Where SciPy is installed, the matrix of the eigenvalue problem is sparse, and less time is
    needed. The result is the same up to rounding.
    """

    def __init__(
        self, n_components: int = 2, *, n_neighbors: int | float = 8, width: float | None = None
    ):
        self.n_components, self.n_neighbors, self.width = n_components, n_neighbors, width

    def fit(self, X: ArrayLike, y: object = None) -> LaplacianEigenmaps:
        """Embed X (n, d). `y` is not used.

        Raises
        ------
        TypeError, ValueError
            If a setting is no number of its kind, or is too large for n points.
        ValueError
            If the graph is not in one piece. If the width is so narrow that a point has less than
            1e-18 of the weight of another, since rounding would decide on its coordinates. If X
            does not determine the coordinates.
        """
        X, k = checked_points(X, self.n_components, self.n_neighbors)
        width = self.width
        if width is not None:
            width = real_number(width, "width", low=0.0, open_low=True, squared=True)
        graph = NeighborGraph(self.n_neighbors).fit(X)
        graph.check_connected()
        n, (nodes, targets, lengths) = len(X), graph.pairs()
        W = _weights(lengths, width)
        degree = np.bincount(nodes, W, minlength=n)
        if degree.min() <= LEAST_DEGREE * degree.max():
            raise ValueError(
                f"width = {width:g} gives some point too little weight beside others: take a "
                "larger width"
            )
        root = np.sqrt(degree)
        # L y = λ D y is the ordinary eigenvalue problem of I − D^(−½) W D^(−½) for z = D^½ y. The
        # constant y, of eigenvalue 0, is z = root.
        rows, columns = np.append(nodes, np.arange(n)), np.append(targets, np.arange(n))
        entries = np.append(-W / (root[nodes] * root[targets]), np.ones(n))
        M = square(rows, columns, entries, n)
        values, Z = least_eigenpairs(M, root / np.sqrt(degree.sum()), k, 2.0)
        check_determined(values, k, 2.0)
        Y, values = Z[:, :k] / root[:, None] * np.sqrt(degree.sum()), values[:k]
        Y = Y @ settled_coordinates(Y, X, values, 2.0 * ROUNDING)
        self.X_, self.graph_, self.width_ = X, graph, width
        self.eigenvalues_, self.embedding_ = values, Y
        return self

    def transform(self, X: ArrayLike) -> NDArray:
        """Return the coordinates (m, n_components) of further points X (m, d).

        Nyström's formula (Bengio and others 2004):

            y_c(x) = 1/(1 − λ_c) Σ_j W(x, x_j) y_jc / Σ_j W(x, x_j)

        D⁻¹ W y = (1 − λ) y holds at every point that was embedded, and says what y must be at a
        point x from the coordinates of its neighbours. A point that was embedded gets its own
        coordinates.

        Raises
        ------
        ValueError
            If some λ_c is near 1 or above, and not all points were embedded. Such a coordinate
            alternates from point to point.
        """
        self.check_fitted()
        X = table(X, "X", width=self.X_.shape[1], dtype=np.float64)
        near, lengths = nearest_neighbors(self.X_, self.graph_.indices_.shape[1], X)
        own = embedded_rows(near[:, 0], lengths[:, 0], self.graph_.lengths_)
        if self.eigenvalues_[-1] > MOST_VALUE and not own.all():
            raise ValueError(
                f"coordinates with eigenvalues up to {self.eigenvalues_[-1]:.2g} alternate between "
                f"neighbours and cannot be interpolated; those up to {MOST_VALUE} can: fit with a "
                "smaller n_components or n_neighbors"
            )
        # Weights relative to that of the nearest point: far from all points they would all be 0.
        nearest = lengths[:, :1] if self.width_ is not None else 0.0
        W = _weights(np.sqrt(np.maximum(lengths**2 - nearest**2, 0.0)), self.width_)
        mean = (W[:, :, None] * self.embedding_[near]).sum(axis=1) / W.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):  # λ = 1 is used for no other point
            Y = mean / (1.0 - self.eigenvalues_)
        return np.where(own[:, None], self.embedding_[near[:, 0]], Y)


@underflow_to_zero
def _weights(lengths: NDArray, width: float | None) -> NDArray:
    return np.ones_like(lengths) if width is None else np.exp(-0.5 * (lengths / width) ** 2)
