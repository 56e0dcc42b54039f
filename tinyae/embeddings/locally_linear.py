"""Locally linear embedding: the weights that rebuild a point from its neighbours are kept (14.6).

Roweis and Saul (2000). The weights do not change when a neighbourhood is moved, turned or scaled,
so the coordinates are asked to fulfil them too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number
from tinyae.checks.tables import table
from tinyae.embeddings.embedding import Embedding
from tinyae.embeddings.graph import NeighborGraph
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.embeddings.spectral import checked_points, null_coordinates
from tinyae.numerics.sparse import square


class LocallyLinear(Embedding):
    """Coordinates with Σ_i ‖y_i − Σ_j w_ij y_j‖² least, of mean 0 and covariance I.

    Parameters
    ----------
    n_components : number of coordinates
    n_neighbors : number of neighbours of each point, or their share in (0, 1) of the
        other points
    ridge : what is added to the diagonal of a neighbourhood's Gram matrix, in units of its trace;
        above 0. With more neighbours than dimensions many weights rebuild a point equally well, and
        the ridge decides among them.

    Attributes
    ----------
    X_ : array (n, d), the points that were embedded
    graph_ : `NeighborGraph` of these points
    ridge_ : the ridge that was used
    eigenvalues_ : array (n_components,), the least eigenvalues of (I − W)ᵀ(I − W) above that of the
        constant vector
    embedding_ : array (n, n_components), by rising eigenvalue

    Notes
    -----
    The order of the rows, a shift, a common scale and constant columns do not change the embedding.
    Repeating every row changes the neighbourhoods, and so the result.

    Where SciPy is installed, the matrix of the eigenvalue problem is sparse, and less time is
    needed. The result is the same up to rounding.
    """

    def __init__(
        self, n_components: int = 2, *, n_neighbors: int | float = 10, ridge: float = 1e-3
    ):
        self.n_components, self.n_neighbors, self.ridge = n_components, n_neighbors, ridge

    def fit(self, X: ArrayLike, y: object = None) -> LocallyLinear:
        """Embed X (n, d). `y` is not used.

        Raises
        ------
        TypeError, ValueError
            If a setting is no number of its kind, or is too large for n points.
        ValueError
            If the graph is not in one piece. If all neighbours of a point are equal to it, since
            then any weights rebuild it. If X does not determine the coordinates.
        """
        X, k = checked_points(X, self.n_components, self.n_neighbors)
        ridge = real_number(self.ridge, "ridge", low=0.0, open_low=True, squared=True)
        graph = NeighborGraph(self.n_neighbors).fit(X)
        graph.check_connected()
        alone = graph.lengths_[:, -1] == 0
        if alone.any():
            raise ValueError(
                f"all {graph.indices_.shape[1]} neighbours of row {alone.argmax()} are equal to "
                "it, so any weights rebuild it: remove duplicates, or take a larger n_neighbors"
            )
        n, near = graph.indices_.shape[0], graph.indices_
        weights = barycentric(X, X[near], ridge)
        rows = np.repeat(np.arange(n), 1 + near.shape[1])
        columns = np.column_stack([np.arange(n), near]).ravel()
        entries = np.column_stack([np.ones(n), -weights]).ravel()
        residual = square(rows, columns, entries, n)  # I − W
        values, Y = null_coordinates(residual.T @ residual, X, k)
        self.X_, self.graph_, self.ridge_ = X, graph, ridge
        self.eigenvalues_, self.embedding_ = values, Y
        return self

    def transform(self, X: ArrayLike) -> NDArray:
        """Return y(x) = Σ_j w_j(x) y_j, (m, n_components), for further points X (m, d).

        The weights of the nearest embedded points are found as in `fit` (Saul and Roweis 2003). For
        a point that was embedded, its own weight is 1 but for the ridge, so that it gets nearly its
        own coordinates.
        """
        self.check_fitted()
        X = table(X, "X", width=self.X_.shape[1], dtype=np.float64)
        near, _ = nearest_neighbors(self.X_, self.graph_.indices_.shape[1], X)
        weights = barycentric(X, self.X_[near], self.ridge_)
        return (weights[:, :, None] * self.embedding_[near]).sum(axis=1)


def barycentric(x: NDArray, near: NDArray, ridge: float) -> NDArray:
    """Return weights w (n, m), each row's sum 1, with ‖x_i − Σ_j w_ij near_ij‖² least.

    Where the sum is 1, that square is wᵀ C w with C_jl = (near_j − x)·(near_l − x). Hence w is
    C⁻¹ 1 up to its sum. A ridge of `ridge` times the trace is added to C.

    Parameters
    ----------
    x : array (n, d)
    near : array (n, m, d), the neighbours of each row of x
    ridge : above 0
    """
    gap = near - x[:, None]
    # In units of the longest step, since squares of very short or long ones would be 0 or infinite.
    gap = np.ldexp(gap, -np.frexp(np.abs(gap).max(axis=(1, 2), keepdims=True))[1])
    C = gap @ gap.transpose(0, 2, 1)
    trace = np.trace(C, axis1=1, axis2=2)
    # All neighbours may be equal to the point: then any weights rebuild it, and equal ones are as
    # good as others.
    C += (ridge * np.where(trace > 0, trace, 1.0))[:, None, None] * np.eye(near.shape[1])
    w = np.linalg.solve(C, np.ones((*near.shape[:2], 1)))[:, :, 0]
    return w / w.sum(axis=1, keepdims=True)
