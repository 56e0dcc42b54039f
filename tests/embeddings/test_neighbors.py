# ruff: noqa: E501 (a case is a line)
"""The nearest neighbours against all distances, and the graph against paths found otherwise."""

import numpy as np
import pytest

import tinyae.embeddings.spectral
from tinyae.datasets import swiss_roll
from tinyae.embeddings import NeighborGraph, nearest_neighbors, neighbors


def by_all_distances(x, k, q=None):
    """The same from a table of all distances; ties by the rows' lexicographic order."""
    gap = (x if q is None else q)[:, None].astype(float) - x.astype(float)
    D = np.sqrt((gap * gap).sum(axis=2))
    if q is None:
        np.fill_diagonal(D, np.inf)
    ranks = np.argsort(np.lexsort(x.T[::-1]))  # lexsort is stable: equal rows by where they stand
    order = np.array([np.lexsort((ranks, row)) for row in D])[:, :k]
    return order, np.take_along_axis(D, order, axis=1)


def duplicates(rng):
    """Every point several times, in no order."""
    return rng.permutation(np.repeat(rng.normal(size=(20, 4)), 9, axis=0))


SETS = {
    "normal": lambda rng: rng.normal(size=(150, 5)),
    "wide": lambda rng: rng.normal(size=(60, 300)),
    "far from the origin": lambda rng: rng.normal(size=(150, 3)) + 1e7,
    "on a lattice: ties": lambda rng: rng.integers(0, 4, (150, 3)).astype(float),
    "duplicates": duplicates,
    "one point many times": lambda rng: np.ones((70, 2)),
    "two scales": lambda rng: rng.normal(size=(150, 2)) * np.where(rng.random((150, 1)) < 0.5, 1e-9, 1e3),
    "few": lambda rng: rng.normal(size=(8, 2)),
}  # fmt: skip


@pytest.mark.one_in(8)
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_the_same_as_by_all_distances(name, dtype, rows, rng, monkeypatch):
    x = SETS[name](rng).astype(dtype)
    before = x.copy()
    monkeypatch.setattr(neighbors, "BLOCK_BYTES", rows * len(x) * x.itemsize)
    indices, distances = nearest_neighbors(x, 7)
    wanted, lengths = by_all_distances(x, 7)
    if name == "two scales":  # from afar some of the near ones are equally far up to rounding
        assert (indices != wanted).sum() <= 5
    else:
        np.testing.assert_array_equal(indices, wanted)
    np.testing.assert_allclose(distances, lengths, rtol=1e-14)
    assert distances.dtype == np.float64
    np.testing.assert_array_equal(x, before)


GRID = np.stack(np.meshgrid(np.arange(7.0), np.arange(6.0)), axis=-1).reshape(-1, 2)
ELLIPSE = np.stack([f(2 * np.pi * np.arange(42) / 42) for f in (np.cos, np.sin)], axis=1) * [3, 1]
ROUNDED = {
    "a tenth": lambda x: x / 10,
    "scaled and shifted": lambda x: 0.1 * x + 0.3,
    "shifted": lambda x: x + 0.1,
    "shifted until some are near 0": lambda x: 0.1 * x - 0.3,
    "far from the origin": lambda x: 0.1 * x + 1e6,
    "far, and small": lambda x: 1e-150 * (0.1 * x + 7.3),
    "constant columns": lambda x: np.insert(0.1 * x, [0, 1, 2], [4.0, -1e6, 0.1], axis=1),
}


@pytest.mark.one_in(16)
@pytest.mark.parametrize("name", ROUNDED)
@pytest.mark.parametrize("x", [GRID, GRID[::-1], ELLIPSE, np.repeat(GRID[:21], 2, axis=0)])
@pytest.mark.parametrize("rows", [5, 1000])
def test_rounding_does_not_break_ties(x, name, rows, monkeypatch):
    """A shift and a scale leave the neighbours as they are, on a grid too."""
    monkeypatch.setattr(neighbors, "BLOCK_BYTES", rows * len(x) * x.itemsize)
    changed = ROUNDED[name](x)
    for k in (3, 6, 20):
        wanted = nearest_neighbors(x, k)[0]
        np.testing.assert_array_equal(nearest_neighbors(changed, k)[0], wanted)
        wanted = nearest_neighbors(x, k, x + 0.5)[0]
        np.testing.assert_array_equal(
            nearest_neighbors(changed, k, ROUNDED[name](x + 0.5))[0], wanted
        )


def test_what_differs_by_more_than_rounding_is_no_tie():
    x = np.array([[0.0], [1.0], [-1.0 + 1e-13], [2.0], [-2.0 - 1e-13]])
    for rows in (x, x[::-1]):
        indices, distances = nearest_neighbors(rows, 4, [[0.0]])
        np.testing.assert_array_equal(rows[indices[0], 0], [0.0, -1.0 + 1e-13, 1.0, 2.0])
        np.testing.assert_array_equal(distances[0], [0.0, 1.0 - 1e-13, 1.0, 2.0])
    tiny = np.array([[0.0], [1e-9], [2e-9], [-1e-9 - 1e-16], [1e3]])  # though 1e3 is rounded more
    np.testing.assert_array_equal(nearest_neighbors(tiny, 3)[0][0], [3, 1, 2])
    tiny[3] -= 1e-14
    np.testing.assert_array_equal(nearest_neighbors(tiny, 3)[0][0], [1, 3, 2])


def test_no_point_is_its_own_neighbour_where_distances_overflow():
    x = np.full((12, 1), 1.7e308)
    x[::2] *= -1
    with pytest.raises(ValueError, match="goes beyond float64"):
        nearest_neighbors(x, 6)
    assert (nearest_neighbors(x, 5)[1] == 0).all()


def test_a_block_is_all_that_is_held(rng, monkeypatch):
    sizes, settled = [], neighbors._settled
    monkeypatch.setattr(neighbors, "BLOCK_BYTES", 8 * 200 * 30)
    monkeypatch.setattr(neighbors, "_settled", lambda points, q, *rest: (
        sizes.append(len(q)), settled(points, q, *rest))[1])  # fmt: skip
    nearest_neighbors(rng.normal(size=(200, 3)), 4)
    assert sizes == [30] * 6 + [20]


def test_far_from_the_origin_hardly_a_row_takes_a_second_look(rng, monkeypatch):
    looks, squares = [], neighbors._Points.squares
    monkeypatch.setattr(neighbors._Points, "squares", lambda *a: (looks.append(1), squares(*a))[1])
    nearest_neighbors(rng.normal(size=(200, 4)) + 3e7, 5)
    assert len(looks) <= 3  # all rows together, and at most two of them alone


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_queries_may_be_their_own_neighbours(dtype, rng):
    x = rng.normal(size=(50, 4)).astype(dtype)
    q = np.concatenate([x[:10], rng.normal(size=(20, 4)).astype(dtype)])
    indices, distances = nearest_neighbors(x, 5, q)
    wanted, lengths = by_all_distances(x, 5, q)
    np.testing.assert_array_equal(indices, wanted)
    np.testing.assert_allclose(distances, lengths, rtol=1e-14)
    np.testing.assert_array_equal(indices[:10, 0], np.arange(10))
    assert (distances[:10, 0] == 0).all()
    assert nearest_neighbors(x, 50, q)[0].shape == (30, 50)
    mixed = q.astype(np.float64) + 1e-9  # more digits than x has, none of them lost
    np.testing.assert_allclose(
        nearest_neighbors(x, 5, mixed)[1], by_all_distances(x, 5, mixed)[1], rtol=1e-14
    )


@pytest.mark.parametrize(
    ("dtype", "exponents"),
    [(np.float64, (-1000, -560, 560, 1015)), (np.float32, (-110, -75, 75, 120))],
)
def test_the_unit_of_length_does_not_matter(dtype, exponents, rng):
    """Even where the squares of the distances are beyond what a number can be."""
    x, q = (np.round(rng.normal(size=(m, 4)), 3).astype(dtype) for m in (60, 9))
    x[10:20] = x[:10]
    given = [nearest_neighbors(x, 5), nearest_neighbors(x, 5, q)]
    for e in exponents:
        large, kept = np.ldexp(x, e), np.ldexp(x, e)
        found = [nearest_neighbors(large, 5), nearest_neighbors(large, 5, np.ldexp(q, e))]
        for (indices, distances), (wanted, lengths) in zip(found, given, strict=True):
            np.testing.assert_array_equal(indices, wanted)
            np.testing.assert_allclose(np.ldexp(distances, -e), lengths, rtol=1e-6)
        np.testing.assert_array_equal(large, kept)


def test_edges_join_whoever_is_near_either_way(rng):
    x = rng.normal(size=(40, 3))
    graph = NeighborGraph(4).fit(x)
    joined = np.zeros((40, 40), bool)
    np.put_along_axis(joined, graph.indices_, True, axis=1)
    joined |= joined.T
    for i, (targets, lengths) in enumerate(graph.edges()):
        np.testing.assert_array_equal(targets, np.flatnonzero(joined[i]))
        np.testing.assert_allclose(lengths, np.linalg.norm(x[targets] - x[i], axis=1), rtol=1e-14)


def test_pieces_are_numbered_by_size(rng):
    x = np.concatenate([rng.normal(size=(m, 2)) + 100 * i for i, m in enumerate((6, 20, 9))])
    graph = NeighborGraph(5).fit(x)
    np.testing.assert_array_equal(graph.components(), np.repeat([2, 0, 1], (6, 20, 9)))
    with pytest.raises(ValueError, match="graph of 5 neighbours falls into 3 pieces of 20, 9, 6 p"):
        graph.check_connected()
    assert np.isinf(graph.shortest_paths()).sum() == 35**2 - 6**2 - 20**2 - 9**2
    NeighborGraph(25).fit(x).check_connected()


def test_shortest_paths_are_those_of_dijkstra_and_of_floyd():
    x, _ = swiss_roll(120, rng=3)
    graph = NeighborGraph(5).fit(x)
    D = np.full((120, 120), np.inf)
    np.fill_diagonal(D, 0.0)
    for i, (targets, lengths) in enumerate(graph.edges()):
        D[i, targets] = lengths
    for j in range(120):
        D = np.minimum(D, D[:, j, None] + D[j])
    paths = graph.shortest_paths()
    assert np.isfinite(D).all()
    np.testing.assert_allclose(paths, D, rtol=1e-12)
    np.testing.assert_array_equal(paths, paths.T)
    for source in (0, 77):
        np.testing.assert_allclose(graph.shortest_path(source), D[source], rtol=1e-12)


def test_a_path_back_and_forth_is_followed_to_its_end():
    """A chain whose nodes are numbered at random takes many sweeps in a bad order, and arrives."""
    order = np.random.default_rng(0).permutation(60)
    x = np.zeros((60, 1))
    x[order, 0] = np.arange(60) ** 1.01
    paths = NeighborGraph(2).fit(x).shortest_paths()
    np.testing.assert_allclose(paths, np.abs(x - x.T), rtol=1e-12)


BAD = {
    "too many": (ValueError, "has 4 others to choose from, asked for n_neighbors = 5", lambda x: nearest_neighbors(x, 5)),
    "none": (ValueError, "n_neighbors must be at least 1", lambda x: nearest_neighbors(x, 0)),
    "2.0": (TypeError, "n_neighbors must be a whole number", lambda x: nearest_neighbors(x, 2.0)),
    "one point": (ValueError, "has 0 others", lambda x: nearest_neighbors(x[:1], 1)),
    "NaN": (ValueError, "NaN or infinite", lambda x: nearest_neighbors(x * np.nan, 1)),
    "width": (ValueError, "queries has 2 features", lambda x: nearest_neighbors(x, 1, x[:, :2])),
    "flat": (ValueError, "two axes", lambda x: nearest_neighbors(x[0], 1)),
    "far query": (ValueError, "row 2 of queries is too far from data", lambda x: nearest_neighbors(x, 1, [[0.0] * 3, [1e150] * 3, [1e160] * 3])),
    "far query, float32": (ValueError, "beyond float32", lambda x: nearest_neighbors(x.astype("f"), 1, np.full((1, 3), 1e30, "f"))),
    "from end to end": (ValueError, "distance from row 1 goes beyond float64", lambda x: nearest_neighbors([[0.0], [-1.7e308]], 2, [[0.0], [1.7e308]])),
    "all but duplicates": (ValueError, "row 0 of data and row 1 of data are not equal, but", lambda x: nearest_neighbors([[1e-170, 0.0], [2e-170, 0.0], [0.0, 1.0]], 1)),
    "a query all but equal": (ValueError, "row 0 of queries and row 1 of data are not equal", lambda x: nearest_neighbors([[1.0, 1.0], [0.0, 1.0]], 1, [[1e-170, 1.0]])),
    "source": (ValueError, "source must be below 5", lambda x: NeighborGraph(2).fit(x).shortest_path(5)),
    "source -1": (ValueError, "source must be at least 0", lambda x: NeighborGraph(2).fit(x).shortest_path(-1)),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name, rng):
    error, message, action = BAD[name]
    with pytest.raises(error, match=message):
        action(rng.normal(size=(5, 3)))


def test_too_many_points_for_a_table_are_refused(rng, monkeypatch):
    monkeypatch.setattr(tinyae.embeddings.spectral, "MOST_POINTS", 30)
    graph = NeighborGraph(3).fit(rng.normal(size=(31, 2)))
    with pytest.raises(ValueError, match="matrix of 31 x 31.* at most 30 are taken"):
        graph.shortest_paths()
