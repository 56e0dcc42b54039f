"""The lengths of the shortest paths between all nodes of a graph (14.6, figure 14.8).

Nodes are eliminated one after the other: where a node k goes, any two of its neighbours i, j that
stay are joined by an edge of length d_ik + d_kj, unless a shorter one joins them. So distances
among those that stay do not change. In the opposite order each node k comes back, and its paths to
the nodes that are there already go through the neighbours that it had when it went:

    D_ki = min over these j of d_kj + D_ji

(Planken, de Weerdt and van der Krogt 2012). Each entry is computed once. It is fast where a node
has few neighbours when it goes, as on a sheet that is swept from one end to the other. Points in
many dimensions soon have too many. There the equation D_ki = min_j d_kj + D_ji, with all neighbours
j in the graph, is applied until nothing becomes shorter (Bellman and Ford).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_FILL = 8.0  # edges after the elimination, in units of those before; then sweeps are faster

Edges = Sequence[tuple[NDArray, NDArray]]  # (targets, lengths) of each node, in both directions


def all_shortest_paths(edges: Edges) -> NDArray[np.float64]:
    """Return the lengths (n, n) of the shortest paths between all nodes, infinite without a path.

    The matrix is symmetric. Nodes are taken in the order of their distance from one end.
    """
    first = dijkstra(edges, 0)
    end = int(np.argmax(np.where(np.isfinite(first), first, -1.0)))
    order = np.argsort(dijkstra(edges, end), kind="stable")
    D = by_elimination(edges, order)
    return by_sweeps(edges, order) if D is None else D


def by_elimination(edges: Edges, order: NDArray) -> NDArray[np.float64] | None:
    """Return the lengths (n, n), or None if the elimination joins too many nodes.

    The last node of the order (n,) is eliminated first.
    """
    n, place = len(edges), np.argsort(order)
    D = np.full((n, n), np.inf)
    for node, (targets, lengths) in enumerate(edges):
        D[place[node], place[targets]] = lengths
    before, left = [], MOST_FILL * 0.5 * sum(len(targets) for targets, _ in edges)
    for k in range(n - 1, -1, -1):
        near = np.flatnonzero(D[k, :k] < np.inf)
        lengths = D[k, near]
        before.append((near, lengths))
        left -= len(near)
        if left < 0:
            return None
        among = np.ix_(near, near)
        D[among] = np.minimum(D[among], lengths[:, None] + lengths)
    for k, (near, lengths) in enumerate(reversed(before)):
        D[k, k] = 0.0
        if len(near):
            through = D[near, :k]
            through += lengths[:, None]
            D[k, :k] = D[:k, k] = through.min(axis=0)
    return D[np.ix_(place, place)]


def by_sweeps(edges: Edges, order: NDArray) -> NDArray[np.float64]:
    """Return the lengths (n, n): the equation is applied to one node after the other.

    The order (n,) is followed forwards and backwards in turn, so that most paths are found in one
    sweep. A node is left out while none of its neighbours has changed.
    """
    n = len(edges)
    D = np.full((n, n), np.inf)
    np.fill_diagonal(D, 0.0)
    changed = np.ones(n, bool)  # whether a neighbour changed since the node's last turn
    while changed.any():
        for k in order[changed[order]]:
            changed[k] = False
            targets, lengths = edges[k]
            through = D[targets]
            through += lengths[:, None]
            shortest = through.min(axis=0)
            if (shortest < D[k]).any():
                np.minimum(D[k], shortest, out=D[k])
                changed[targets] = True
        order = order[::-1]
    # A path and its reverse are sums in different orders: they differ by rounding.
    return np.minimum(D, D.T)


def dijkstra(edges: Edges, source: int) -> NDArray[np.float64]:
    """Return the lengths (n,) of the shortest paths from one node (Dijkstra 1959)."""
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
