"""Locally linear embedding: each point is what its neighbours make of it, up there and down here.

Section 14.6; Roweis and Saul (2000). The weights that rebuild a point from its neighbours do not
change when the neighbourhood is moved, turned or scaled, so they hold in the coordinates too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number
from tinyae.checks.tables import table
from tinyae.embeddings.graph import NeighborGraph
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.embeddings.spectral import checked_points, null_coordinates


@dataclass(frozen=True, eq=False)
class LocallyLinear:
    """Coordinates with Σ_i ‖y_i − Σ_j w_ij y_j‖² least, of mean 0 and covariance I.

    Attributes
    ----------
    x : array (n, d), the points that were embedded
    graph : their nearest neighbours
    ridge : what is added to a neighbourhood's Gram matrix, in units of its trace
    values : array (k,), the least eigenvalues of (I − W)ᵀ(I − W) above that of the constant
    embedding : array (n, k), by rising eigenvalue

    The order of the rows, a shift, a common scale and constant columns change nothing. Repeating
    every row changes the neighbourhoods, and so the result.
    """

    x: NDArray
    graph: NeighborGraph
    ridge: float
    values: NDArray
    embedding: NDArray

    @classmethod
    def fit(
        cls, x: ArrayLike, k: int = 2, *, neighbors: int = 10, ridge: float = 1e-3
    ) -> LocallyLinear:
        """Embed x (n, d) in k coordinates.

        With more neighbours than dimensions many weights rebuild a point equally well; `ridge` > 0
        settles which. ValueError where the graph is not in one piece, and where all neighbours of a
        point are equal to it, since then any weights rebuild it.
        """
        x, k = checked_points(x, k, neighbors)
        ridge = real_number(ridge, "ridge", low=0.0, open_low=True, squared=True)
        graph = NeighborGraph.fit(x, neighbors)
        graph.check_connected()
        alone = graph.lengths[:, -1] == 0
        if alone.any():
            raise ValueError(
                f"all {neighbors} neighbours of row {alone.argmax()} are equal to it, so any "
                "weights rebuild it: remove doubles, or take more neighbors"
            )
        residual = np.eye(len(x))
        weights = barycentric(x, x[graph.indices], ridge)
        np.put_along_axis(residual, graph.indices, -weights, axis=1)  # I − W
        values, embedding = null_coordinates(residual.T @ residual, x, k)
        return cls(x, graph, ridge, values, embedding)

    def transform(self, x: ArrayLike) -> NDArray:
        """Return y(x) = Σ_j w_j(x) y_j, (m, k), with weights as in training (Saul and Roweis 2003).

        At a point that was embedded the weight of itself is 1 but for the ridge, and y nearly its
        own coordinate.
        """
        x = table(x, "x", width=self.x.shape[1], dtype=np.float64)
        near, _ = nearest_neighbors(self.x, self.graph.indices.shape[1], x)
        weights = barycentric(x, self.x[near], self.ridge)
        return (weights[:, :, None] * self.embedding[near]).sum(axis=1)


def barycentric(x: NDArray, near: NDArray, ridge: float) -> NDArray:
    """Return weights w (n, m), each row's sum 1, with ‖x_i − Σ_j w_ij near_ij‖² least.

    Where the sum is 1, that square is wᵀ C w with C_jl = (near_j − x)·(near_l − x). Hence w is
    C⁻¹ 1 up to its sum; C is given a ridge of `ridge` times its trace.

    Parameters
    ----------
    x : array (n, d);  near : array (n, m, d), the neighbours of each
    """
    gap = near - x[:, None]
    # In units of its longest step, since squares of very short or long ones would be 0 or infinite.
    gap = np.ldexp(gap, -np.frexp(np.abs(gap).max(axis=(1, 2), keepdims=True))[1])
    C = gap @ gap.transpose(0, 2, 1)
    trace = np.trace(C, axis1=1, axis2=2)
    # All neighbours may lie on the point itself: any weights do then, equal ones are as good.
    C += (ridge * np.where(trace > 0, trace, 1.0))[:, None, None] * np.eye(near.shape[1])
    w = np.linalg.solve(C, np.ones((*near.shape[:2], 1)))[:, :, 0]
    return w / w.sum(axis=1, keepdims=True)
