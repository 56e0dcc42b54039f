"""Neighbours as a share of the points, and own coordinates of the points that were embedded."""

import numpy as np
import pytest

from tests.every_estimator import EVERY
from tinyae.embeddings import (
    HessianEigenmaps,
    Isomap,
    LaplacianEigenmaps,
    NeighborGraph,
    TangentAlignment,
)
from tinyae.embeddings.neighbors import neighbor_count

RNG = np.random.default_rng(2)
SHEET = RNG.uniform(size=(60, 2)) * [2.0, 1.0]
X = np.column_stack([SHEET, 0.2 * SHEET[:, 0] ** 2])
CLUSTERS = np.concatenate([RNG.normal(size=(15, 3)), RNG.normal(size=(15, 3)) + 20.0])


def test_a_share_is_that_of_the_other_points():
    assert [neighbor_count(s, 11) for s in (0.5, 0.26, 0.01, np.float32(0.75))] == [5, 3, 1, 8]
    assert neighbor_count(4, 11) == neighbor_count(np.int64(4), 3) == 4
    for wrong in (1.0, 0.0, -0.5, 1.5, np.nan):
        with pytest.raises(TypeError, match="n_neighbors must be a whole number"):
            neighbor_count(wrong, 11)
    graph = NeighborGraph(0.2).fit(X)
    np.testing.assert_array_equal(graph.indices_, NeighborGraph(12).fit(X).indices_)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", [n for n in EVERY if "n_neighbors" in EVERY[n]().get_params()])
def test_every_graph_takes_a_share(name):
    if name in ("ManifoldParzen", "MaximumVarianceUnfolding"):
        return  # windows need few neighbours, and rods need SciPy
    made = EVERY[name]()
    fitted = [made.set_params(n_neighbors=count).fit(X) for count in (0.3, 18)]
    results = [vars(f).get("embedding_", vars(f).get("indices_")) for f in fitted]
    if results[0] is not None:
        np.testing.assert_array_equal(*results)


def test_two_clusters_are_joined_by_a_share():
    with pytest.raises(ValueError, match="falls into 2 pieces"):
        Isomap(2, n_neighbors=8).fit(CLUSTERS)
    assert Isomap(2, n_neighbors=0.6).fit(CLUSTERS).embedding_.shape == (30, 2)


@pytest.mark.parametrize("method", [TangentAlignment, HessianEigenmaps, LaplacianEigenmaps])
def test_a_point_that_was_embedded_gets_its_own_coordinates(method):
    """Up to rounding; a point beside it is placed by the rule for further points."""
    fitted = method(2, n_neighbors=12).fit(X)
    np.testing.assert_array_equal(fitted.transform(X), fitted.embedding_)
    shifted = method(2, n_neighbors=12).fit(X + 1000.0)
    np.testing.assert_allclose(
        shifted.transform(X + 1000.0 * (1.0 + 2.0**-52)), shifted.embedding_, atol=1e-12
    )
    beside = fitted.transform(X + 1e-6)
    assert np.abs(beside - fitted.embedding_).max() > 1e-5  # the control: the rule is another


def test_alternating_coordinates_of_embedded_points_are_known():
    fitted = LaplacianEigenmaps(20, n_neighbors=20).fit(X)
    assert fitted.eigenvalues_[-1] > 0.9
    np.testing.assert_array_equal(fitted.transform(X), fitted.embedding_)
    with pytest.raises(ValueError, match="alternate between neighbours"):
        fitted.transform(X + 0.1)


def test_a_ridge_decides_what_second_derivatives_leave_open():
    with pytest.raises(ValueError, match="fit the neighbourhoods exactly"):
        HessianEigenmaps(1, n_neighbors=0.95).fit(CLUSTERS)
    fitted = HessianEigenmaps(1, n_neighbors=0.95, ridge=1e-3).fit(CLUSTERS)
    sides = fitted.embedding_[:, 0] > 0
    assert sides[:15].all() != sides[15:].all() and sides.sum() == 15
    plain = HessianEigenmaps(2, n_neighbors=12).fit(X).embedding_
    small = HessianEigenmaps(2, n_neighbors=12, ridge=1e-9).fit(X).embedding_
    large = HessianEigenmaps(2, n_neighbors=12, ridge=10.0).fit(X).embedding_
    np.testing.assert_allclose(small, plain, atol=1e-4)
    assert np.abs(large - plain).max() > 1e-2
    with pytest.raises(ValueError, match="ridge must be"):
        HessianEigenmaps(2, ridge=-1.0).fit(X)
