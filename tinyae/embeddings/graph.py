"""The nearest-neighbour graph: who is joined to whom, in how many pieces, how far by way of edges.

One node for each training example, an edge to each of its k nearest (figure 14.8). The methods of
section 14.6 differ in what they take from this graph only: distances along it (Isomap), weights
that rebuild a point from its neighbours (locally linear embedding), a smoothness (Laplacian
eigenmaps), a tangent plane at every node (tangent-space alignment).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import whole_number
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.embeddings.spectral import check_size


@dataclass(frozen=True, eq=False)
class NeighborGraph:
    """Each point of x and its k nearest.

    Attributes
    ----------
    indices : array (n, k), the neighbours of each node, nearest first: the directed edges
    lengths : array (n, k), how long these edges are
    """

    indices: NDArray[np.int64]
    lengths: NDArray[np.float64]

    @classmethod
    def fit(cls, x: ArrayLike, k: int = 8) -> NeighborGraph:
        """Return the graph of x (n, d) with k neighbours to each point."""
        return cls(*nearest_neighbors(x, k))

    def edges(self) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Return (targets, lengths) for each node, without directions.

        Two nodes are joined if either is among the nearest of the other. Targets ascend.
        """
        n, k = self.indices.shape
        near, far = np.repeat(np.arange(n), k), self.indices.ravel()
        pair = np.concatenate([near * n + far, far * n + near])
        pair, first = np.unique(pair, return_index=True)
        lengths = np.tile(self.lengths.ravel(), 2)[first]
        ends = np.searchsorted(pair, n * np.arange(n + 1))
        return [(pair[a:b] % n, lengths[a:b]) for a, b in zip(ends[:-1], ends[1:], strict=True)]

    def components(self) -> NDArray[np.int64]:
        """Return the piece (n,) that each node lies in, edges taken in both directions.

        Pieces are numbered by size, 0 for the largest; equal ones by their first node.
        """
        edges, label = self.edges(), np.full(len(self.indices), -1)
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
        """Raise ValueError, naming the pieces' sizes, unless the graph is in one piece."""
        sizes = np.bincount(self.components())
        if len(sizes) > 1:
            shown = ", ".join(map(str, sizes[:5])) + (", …" if len(sizes) > 5 else "")
            raise ValueError(
                f"the graph of {self.indices.shape[1]} neighbours falls into {len(sizes)} pieces "
                f"of {shown} points, between which nothing is known: take more neighbours, or "
                "embed each piece by itself (NeighborGraph.fit(x, k).components() tells them apart)"
            )

    def shortest_path(self, source: int) -> NDArray[np.float64]:
        """Return the lengths (n,) of the shortest paths from one node, by Dijkstra (1959).

        Infinite where no path leads.
        """
        source, edges = whole_number(source, "source", least=0), self.edges()
        if source >= len(edges):
            raise ValueError(f"source must be below {len(edges)}, the number of nodes: {source}")
        return _dijkstra(edges, source)

    def shortest_paths(self) -> NDArray[np.float64]:
        """Return the lengths (n, n) of the shortest paths between all nodes.

        D_j = min over the neighbours i of j of D_i + ‖x_i − x_j‖, row by row for all targets at
        once, until nothing shortens any more (Bellman and Ford). Rows are taken in the order of
        their distance from one end of the graph, outwards and back in turn, so that a path is
        mostly found in one sweep.
        """
        check_size(len(self.indices))
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
        # Sums of the same edges in another order differ in their last digit.
        return np.minimum(D, D.T)


def _dijkstra(edges, source: int) -> NDArray[np.float64]:
    distance = np.full(len(edges), np.inf)
    distance[source], front = 0.0, [(0.0, source)]
    while front:
        travelled, node = heapq.heappop(front)
        if travelled > distance[node]:
            continue  # a shorter way had been found meanwhile
        targets, lengths = edges[node]
        for target, total in zip(targets.tolist(), (travelled + lengths).tolist(), strict=True):
            if total < distance[target]:
                distance[target] = total
                heapq.heappush(front, (total, target))
    return distance
