"""The nearest-neighbour graph: its edges, its pieces, and distances along its edges (14.6).

Each training example is a node, with an edge to each of its nearest neighbours (figure 14.8). The
methods of section 14.6 differ only in what they take from this graph: distances along it (Isomap),
weights that rebuild a point from its neighbours (locally linear embedding), coordinates that change
little along the edges (Laplacian eigenmaps), or a tangent plane at every node (tangent-space
alignment).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.estimator import Estimator
from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.embeddings.neighbors import nearest_neighbors, neighbor_count, shared_dtype
from tinyae.embeddings.spectral import check_size


class NeighborGraph(Estimator):
    """Each point and its nearest neighbours.

    Parameters
    ----------
    n_neighbors : how many neighbours each point has, at most n − 1, or their share in (0, 1) of the
        other points

    Attributes
    ----------
    indices_ : array (n, n_neighbors), the neighbours of each node, nearest first. They are the
        directed edges.
    lengths_ : array (n, n_neighbors), the lengths of these edges, in the units of X
    """

    _least_rows = 2

    def __init__(self, n_neighbors: int | float = 8):
        self.n_neighbors = n_neighbors

    def fit(self, X: ArrayLike, y: object = None) -> NeighborGraph:
        """Find the neighbours of each row of X (n, d). `y` is not used.

        Raises
        ------
        TypeError, ValueError
            If n_neighbors is no whole number from 1 to n − 1; see also `nearest_neighbors`.
        """
        X = table(X, "X", dtype=shared_dtype(X))
        count = neighbor_count(self.n_neighbors, len(X))
        self.indices_, self.lengths_ = nearest_neighbors(X, count)
        return self

    def edges(self) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Return (targets, lengths) for each node, without directions.

        Two nodes are joined if either one is among the nearest neighbours of the other. The targets
        are in ascending order.
        """
        self.check_fitted()
        n, k = self.indices_.shape
        near, far = np.repeat(np.arange(n), k), self.indices_.ravel()
        pair = np.concatenate([near * n + far, far * n + near])
        pair, first = np.unique(pair, return_index=True)
        lengths = np.tile(self.lengths_.ravel(), 2)[first]
        ends = np.searchsorted(pair, n * np.arange(n + 1))
        return [(pair[a:b] % n, lengths[a:b]) for a, b in zip(ends[:-1], ends[1:], strict=True)]

    def components(self) -> NDArray[np.int64]:
        """Return the connected component (n,) of each node, with edges taken in both directions.

        Components are numbered by their size: 0 is the largest. Of components of equal size, the
        one that has the first node comes first.
        """
        edges = self.edges()
        label = np.full(len(edges), -1)
        pieces = 0
        for start in range(len(edges)):
            if label[start] >= 0:
                continue
            label[start], front = pieces, [start]
            while front:
                for node in edges[front.pop()][0]:
                    if label[node] < 0:
                        label[node] = pieces
                        front.append(node)
            pieces += 1
        order = np.argsort(-np.bincount(label), kind="stable")
        return np.argsort(order)[label]

    def check_connected(self) -> None:
        """Raise ValueError, with the sizes of the pieces, unless the graph is in one piece."""
        sizes = np.bincount(self.components())
        if len(sizes) > 1:
            m = self.indices_.shape[1]
            shown = ", ".join(map(str, sizes[:5])) + (", ..." if len(sizes) > 5 else "")
            raise ValueError(
                f"the graph of {m} neighbours falls into {len(sizes)} pieces of {shown} points, "
                "and how they lie to each other is not known: take a larger n_neighbors, or embed "
                f"each piece by itself (NeighborGraph({m}).fit(X).components() tells them apart)"
            )

    def shortest_path(self, source: int) -> NDArray[np.float64]:
        """Return the lengths (n,) of the shortest paths from one node (Dijkstra 1959).

        A length is infinite where there is no path.

        Parameters
        ----------
        source : the node's index, from 0 to n − 1
        """
        source, edges = whole_number(source, "source", least=0), self.edges()
        if source >= len(edges):
            raise ValueError(f"source must be below {len(edges)}, the number of nodes: {source}")
        return _dijkstra(edges, source)

    def shortest_paths(self) -> NDArray[np.float64]:
        """Return the lengths (n, n) of the shortest paths between all nodes (Bellman and Ford).

        D_j = min over the neighbours i of j of D_i + ‖x_i − x_j‖ is applied to one row after the
        other, for all targets at once, until no path becomes shorter. The rows are taken in the
        order of their distance from one end of the graph, forwards and backwards in turn. Most
        paths are then found in one sweep.
        """
        self.check_fitted()
        check_size(len(self.indices_))
        edges = self.edges()
        D = np.full((len(edges), len(edges)), np.inf)
        np.fill_diagonal(D, 0.0)
        first = _dijkstra(edges, 0)
        end = int(np.argmax(np.where(np.isfinite(first), first, -1.0)))
        order = np.argsort(_dijkstra(edges, end), kind="stable")
        shortened = True
        while shortened:
            shortened = False
            for j in order:
                targets, lengths = edges[j]
                through = (D[targets] + lengths[:, None]).min(axis=0)
                if (through < D[j]).any():
                    np.minimum(D[j], through, out=D[j])
                    shortened = True
            order = order[::-1]
        # A path and its reverse are sums in different orders: they differ by rounding.
        return np.minimum(D, D.T)


def _dijkstra(edges: Sequence[tuple[NDArray, NDArray]], source: int) -> NDArray[np.float64]:
    distance = np.full(len(edges), np.inf)
    distance[source], front = 0.0, [(0.0, source)]
    while front:
        travelled, node = heapq.heappop(front)
        if travelled > distance[node]:
            continue  # a shorter path to this node was found before
        targets, lengths = edges[node]
        for target, total in zip(targets.tolist(), (travelled + lengths).tolist(), strict=True):
            if total < distance[target]:
                distance[target] = total
                heapq.heappush(front, (total, target))
    return distance
