"""Laplacian eigenmaps: coordinates that change as little as may be along the edges (14.6).

Belkin and Niyogi (2003). They are the slowest vibrations of the neighbour graph.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number
from tinyae.checks.tables import table
from tinyae.embeddings.graph import NeighborGraph
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.embeddings.spectral import check_determined, checked_points
from tinyae.numerics.axes import ROUNDING, settled_coordinates
from tinyae.numerics.underflow import underflow_to_zero

LEAST_DEGREE = 1e-18  # of the largest; y = D^(−½) z makes rounding of z larger by the root of it
MOST_VALUE = 0.9  # of an eigenvalue λ for a coordinate of new points: 1/(1 − λ) blows up


@dataclass(frozen=True, eq=False)
class LaplacianEigenmaps:
    """Coordinates with Σ_ij W_ij ‖y_i − y_j‖² least; weighted by degree, of mean 0, covariance I.

    Attributes
    ----------
    x : array (n, d), the points that were embedded
    graph : their nearest neighbours
    width : W_ij = exp(−‖x_i − x_j‖² / 2 width²) on an edge; None for W_ij = 1
    values : array (k,), the least eigenvalues λ above 0 of L y = λ D y, in [0, 2]; D holds the
        degrees D_ii = Σ_j W_ij, and L = D − W
    embedding : array (n, k), by rising eigenvalue

    The order of the rows, a shift and constant columns change nothing, and neither does a common
    scale, if the width is scaled too. Repeating every row changes the neighbourhoods.
    """

    x: NDArray
    graph: NeighborGraph
    width: float | None
    values: NDArray
    embedding: NDArray

    @classmethod
    def fit(
        cls, x: ArrayLike, k: int = 2, *, neighbors: int = 8, width: float | None = None
    ) -> LaplacianEigenmaps:
        """Embed x (n, d) in k coordinates.

        ValueError where the graph is not in one piece, or where the width is so narrow that a point
        has less than 1e-18 of the weight of another: its coordinates would be rounding.
        """
        x, k = checked_points(x, k, neighbors)
        if width is not None:
            width = real_number(width, "width", low=0.0, open_low=True, squared=True)
        graph = NeighborGraph.fit(x, neighbors)
        graph.check_connected()
        W = np.zeros((len(x), len(x)))
        for i, (targets, lengths) in enumerate(graph.edges()):
            W[i, targets] = _weights(lengths, width)
        degree = W.sum(axis=1)
        if degree.min() <= LEAST_DEGREE * degree.max():
            raise ValueError(
                f"width = {width:g} gives some point too little weight beside others: widen it"
            )
        root = np.sqrt(degree)
        # L y = λ D y is the ordinary problem of I − D^(−½) W D^(−½) for z = D^½ y; its constant
        # y, of λ = 0, is lifted out of the way.
        lifted = np.eye(len(x)) - W / np.outer(root, root)
        lifted += 3.0 * np.outer(root, root) / degree.sum()
        values, Z = np.linalg.eigh(lifted)
        check_determined(values, k, 2.0)
        Y, values = Z[:, :k] / root[:, None] * np.sqrt(degree.sum()), values[:k]
        return cls(x, graph, width, values, Y @ settled_coordinates(Y, x, values, 2.0 * ROUNDING))

    def transform(self, x: ArrayLike) -> NDArray:
        """Return y_c(x) = 1/(1 − λ_c) Σ_j W(x, x_j) y_jc / Σ_j W(x, x_j), of shape (m, k).

        Nyström's formula: D⁻¹ W y = (1 − λ) y holds at every point embedded, and says what y must
        be at a point with the neighbours of x (Bengio and others 2004). A point that was embedded
        is among its own neighbours here, which in the graph it is not, and moves a little.
        ValueError if some λ_c is near 1 or beyond: such a y alternates from point to point.
        """
        if self.values[-1] > MOST_VALUE:
            raise ValueError(
                f"coordinates with eigenvalues up to {self.values[-1]:.2g} alternate between "
                f"neighbours and cannot be interpolated; those up to {MOST_VALUE} can: ask fit for "
                "fewer coordinates or neighbors"
            )
        x = table(x, "x", width=self.x.shape[1], dtype=np.float64)
        near, lengths = nearest_neighbors(self.x, self.graph.indices.shape[1], x)
        # The nearest counts 1, so that far from all points the weights do not vanish together.
        nearest = lengths[:, :1] if self.width is not None else 0.0
        W = _weights(np.sqrt(np.maximum(lengths**2 - nearest**2, 0.0)), self.width)
        mean = (W[:, :, None] * self.embedding[near]).sum(axis=1) / W.sum(axis=1, keepdims=True)
        return mean / (1.0 - self.values)


@underflow_to_zero
def _weights(lengths: NDArray, width: float | None) -> NDArray:
    return np.ones_like(lengths) if width is None else np.exp(-0.5 * (lengths / width) ** 2)
