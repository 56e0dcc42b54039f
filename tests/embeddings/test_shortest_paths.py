"""Shortest paths by elimination and by sweeps are those of Dijkstra, whichever is chosen."""

import numpy as np
import pytest

from tinyae.datasets import swiss_roll
from tinyae.embeddings import NeighborGraph, shortest_paths
from tinyae.embeddings.shortest_paths import (
    all_shortest_paths,
    by_elimination,
    by_sweeps,
    dijkstra,
)

POINTS = {
    "a roll": lambda rng: swiss_roll(150, rng=3)[0],
    "many dimensions": lambda rng: rng.normal(size=(120, 20)),
    "two pieces": lambda rng: np.concatenate([rng.normal(size=(40, 2)),
                                              99.0 + rng.normal(size=(30, 2))]),
    "duplicates": lambda rng: np.repeat(rng.normal(size=(30, 2)), 2, axis=0),
    "two points": lambda rng: rng.normal(size=(2, 2)),
}  # fmt: skip


@pytest.mark.one_in(9)
@pytest.mark.parametrize("name", POINTS)
@pytest.mark.parametrize("way", [by_elimination, by_sweeps])
def test_every_way_finds_the_shortest_paths(name, way, rng, monkeypatch):
    monkeypatch.setattr(shortest_paths, "MOST_FILL", np.inf)
    x = POINTS[name](rng)
    edges = NeighborGraph(min(5, len(x) - 1)).fit(x).edges()
    D = way(edges, rng.permutation(len(x)))  # a good order is quick, and any order is right
    one_by_one = np.array([dijkstra(edges, source) for source in range(len(x))])
    np.testing.assert_allclose(D, one_by_one, rtol=1e-13)
    np.testing.assert_array_equal(D, D.T)
    assert (D.diagonal() == 0).all()


@pytest.mark.slow
def test_elimination_is_given_up_where_it_joins_too_many(rng, monkeypatch):
    roll = NeighborGraph(8).fit(swiss_roll(400, rng=1)[0]).edges()
    crowd = NeighborGraph(8).fit(rng.normal(size=(400, 30))).edges()
    chosen, sweeps = [], by_sweeps
    monkeypatch.setattr(
        shortest_paths, "by_sweeps", lambda *a: (chosen.append("sweeps"), sweeps(*a))[1]
    )
    all_shortest_paths(roll)
    assert chosen == []
    D = all_shortest_paths(crowd)
    assert chosen == ["sweeps"]
    np.testing.assert_allclose(D[7], dijkstra(crowd, 7), rtol=1e-13)


def test_a_node_waits_until_a_neighbour_has_changed(monkeypatch):
    """A line followed from its end takes one sweep, and one that finds nothing new."""
    edges = NeighborGraph(1).fit(2.0 ** np.arange(12)[:, None]).edges()
    looked = []

    class Edges(list):
        def __getitem__(self, k):
            looked.append(k)
            return super().__getitem__(k)

    D = by_sweeps(Edges(edges), np.arange(12))
    np.testing.assert_array_equal(D, np.abs(np.subtract.outer(2.0 ** np.arange(12),
                                                              2.0 ** np.arange(12))))  # fmt: skip
    assert len(looked) <= 4 * 12
