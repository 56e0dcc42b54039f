"""The nearest-neighbour graph: its edges, its pieces, and distances along its edges (14.6).

Each training example is a node, with an edge to each of its nearest neighbours (figure 14.8). The
methods of section 14.6 differ only in what they take from this graph: distances along it (Isomap),
weights that rebuild a point from its neighbours (locally linear embedding), coordinates that change
little along the edges (Laplacian eigenmaps), or a tangent plane at every node (tangent-space
alignment).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.estimator import Estimator
from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.embeddings.neighbors import nearest_neighbors, neighbor_count, shared_dtype
from tinyae.embeddings.shortest_paths import all_shortest_paths, dijkstra
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

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return (nodes, targets, lengths), each (e,), of the edges without directions.

        Two nodes are joined if either one is among the nearest neighbours of the other. Each edge
        appears twice, from both ends. The nodes are in ascending order, and so are the targets of
        each node.
        """
        self.check_fitted()
        n, k = self.indices_.shape
        near, far = np.repeat(np.arange(n), k), self.indices_.ravel()
        pair = np.concatenate([near * n + far, far * n + near])
        # An edge from both ends has the same length twice, and any of the two may come first.
        order = np.argsort(pair)
        pair = pair[order]
        first = np.append(True, pair[1:] != pair[:-1])
        pair, order = pair[first], order[first]
        return pair // n, pair % n, np.tile(self.lengths_.ravel(), 2)[order]

    def edges(self) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Return (targets, lengths) for each node: the arrays of `pairs`, cut into nodes."""
        nodes, targets, lengths = self.pairs()
        ends = np.searchsorted(nodes, np.arange(len(self.indices_) + 1))
        return [(targets[a:b], lengths[a:b]) for a, b in zip(ends[:-1], ends[1:], strict=True)]

    def components(self) -> NDArray[np.int64]:
        """Return the connected component (n,) of each node, with edges taken in both directions.

        Components are numbered by their size: 0 is the largest. Of components of equal size, the
        one that has the first node comes first.
        """
        self.check_fitted()
        n, k = self.indices_.shape
        near, far = np.repeat(np.arange(n), k), self.indices_.ravel()
        # Each node has a label, the index of a node in its component that is not above its own.
        # Along each edge the lower label is given to the node that the other label names. Then
        # labels are followed to their ends.
        label, before = np.arange(n), None
        while before is None or (label != before).any():
            before, low = label.copy(), np.minimum(label[near], label[far])
            np.minimum.at(label, before[near], low)
            np.minimum.at(label, before[far], low)
            while (label[label] != label).any():
                label = label[label]
        _, label, size = np.unique(label, return_inverse=True, return_counts=True)
        order = np.argsort(-size, kind="stable")
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
        return dijkstra(edges, source)

    def shortest_paths(self) -> NDArray[np.float64]:
        """Return the lengths (n, n) of the shortest paths between all nodes, in the units of X.

        The method of `embeddings/shortest_paths.py` computes each path once for points on a sheet.
        In many dimensions, it computes some of them several times.
        """
        self.check_fitted()
        check_size(len(self.indices_))
        return all_shortest_paths(self.edges())
