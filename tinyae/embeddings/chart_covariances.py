"""Covariances of charts, each coupled with those of the charts around it (14.6, figure 14.9).

Brand (2003) puts a Gaussian of mean x_i at every point, and a prior asks that Gaussians of near
points are alike. A few points that happen to be dense across the manifold then cannot turn the
chart by themselves. The weight m_ij says how near point j is to point i. Each covariance minimises

    Σ_j m_ij [−log N(x_j; x_i, Σ_i) + H(N_j, N_i)],   H(N_j, N_i) = −E_{x ~ N_j} log N(x; x_i, Σ_i),

where the first term fits the points and the cross-entropy H fits the Gaussians around them. With
δ_ij = x_j − x_i and Σ_j m_ij = 1 the minimum lies at

    Σ_i = ½ Σ_j m_ij (2 δ_ij δ_ijᵀ + Σ_j).

The Σ_j are held fixed there: they are what the other charts have found. Together this is one linear
system for all covariances, (I − M/2) Σ = S, with S_i = Σ_j m_ij δ_ij δ_ijᵀ. It is solved exactly.
Without the factor ½ it would have no solution, since the rows of M sum to 1. Left out are the
paper's choice of the scale by how the number of points grows with the radius, and weights beyond
the nearest neighbours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.embeddings.graph import NeighborGraph
from tinyae.numerics.underflow import underflow_to_zero


@underflow_to_zero
def colocality(graph: NeighborGraph) -> NDArray[np.float64]:
    """Return m (n, n_neighbors): how near each neighbour is, rows that sum to 1.

    m_ij is proportional to exp(−‖x_i − x_j‖² / 2s²). One s serves all points: a third of the root
    mean square distance to the farthest of the neighbours, so that little weight is cut off.
    """
    unit = graph.lengths_.max()  # squares of lengths near 1 neither overflow nor vanish
    squares = (graph.lengths_ / unit) ** 2
    s2 = squares[:, -1].mean() / 9.0
    m = np.exp(-(squares - squares[:, :1]) / (2.0 * s2))
    return m / m.sum(axis=1, keepdims=True)


def influence(graph: NeighborGraph, m: NDArray, at: NDArray) -> NDArray:
    """Return the rows `at` of (I − M/2)⁻¹, shape (c, n): how much each S_j counts in Σ_i."""
    n = len(m)
    system = np.eye(n)
    # A row's neighbours are different points, so that no entry is written twice.
    system[np.arange(n)[:, None], graph.indices_] -= 0.5 * m
    return np.linalg.solve(system.T, np.eye(n)[:, at]).T


def coupled_covariances(
    X: NDArray, graph: NeighborGraph, at: NDArray, *, coupled: bool = True
) -> NDArray[np.float64]:
    """Return the covariances (c, d, d) of the charts at the points `at`.

    Parameters
    ----------
    X : array (n, d), in units near 1
    graph : `NeighborGraph` of these points
    at : array (c,), indices of the points with a chart
    coupled : False gives 2 S_i, on the scale of the coupled ones, without anything of other charts
    """
    m = colocality(graph)
    share = influence(graph, m, at) if coupled else 2.0 * np.eye(len(X))[at]
    edges = (X[graph.indices_] - X[:, None]).reshape(-1, X.shape[1])
    found = np.empty((len(at), X.shape[1], X.shape[1]))
    for i, row in enumerate(share):
        weighted = edges * (row[:, None] * m).reshape(-1, 1)
        found[i] = weighted.T @ edges
    return found
