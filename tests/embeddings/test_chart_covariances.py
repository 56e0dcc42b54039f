"""Covariances of charts: the equation they solve, their limits, and what the coupling is for."""

import numpy as np
import pytest

from tinyae.datasets import swiss_roll
from tinyae.embeddings import NeighborGraph
from tinyae.embeddings.chart_covariances import colocality, coupled_covariances, influence


@pytest.fixture
def points(rng):
    return rng.normal(size=(30, 3)) * [1.0, 0.7, 0.1]


def test_weights_fall_with_the_distance(points):
    graph = NeighborGraph(6).fit(points)
    m = colocality(graph)
    np.testing.assert_allclose(m.sum(axis=1), 1.0, rtol=1e-12)
    s2 = (graph.lengths_[:, -1] ** 2).mean() / 9
    for i in range(30):
        wanted = np.exp(-(graph.lengths_[i] ** 2) / (2 * s2))
        np.testing.assert_allclose(m[i], wanted / wanted.sum(), rtol=1e-10)


def test_far_points_have_weights_too(rng):
    """Where every weight would underflow, the nearest neighbours still share them."""
    points = rng.normal(size=(400, 3))
    points[0] += 1e4
    m = colocality(NeighborGraph(6).fit(points))
    assert np.isfinite(m).all() and m[0].sum() == pytest.approx(1.0)


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_weights_do_not_depend_on_units(points, scale):
    one, other = (colocality(NeighborGraph(6).fit(part)) for part in (points, scale * points))
    np.testing.assert_allclose(other, one, rtol=1e-9)


def test_they_solve_their_equation(points):
    """Σ_i = ½ Σ_j m_ij (2 δδᵀ + Σ_j) for every point, written out."""
    graph = NeighborGraph(6).fit(points)
    m, C = colocality(graph), coupled_covariances(points, graph, np.arange(30))
    for i in range(30):
        wanted = np.zeros((3, 3))
        for j, weight in zip(graph.indices_[i], m[i], strict=True):
            delta = points[j] - points[i]
            wanted += 0.5 * weight * (2 * np.outer(delta, delta) + C[j])
        np.testing.assert_allclose(C[i], wanted, atol=1e-12)
    np.testing.assert_allclose(coupled_covariances(points, graph, np.array([7, 3])), C[[7, 3]])


def test_coupled_ones_are_averages_of_those_without(points):
    graph = NeighborGraph(6).fit(points)
    share = influence(graph, colocality(graph), np.arange(30))
    assert (share >= 0).all()
    np.testing.assert_allclose(share.sum(axis=1), 2.0, rtol=1e-12)
    alone = coupled_covariances(points, graph, np.arange(30), coupled=False)
    C = coupled_covariances(points, graph, np.arange(30))
    np.testing.assert_allclose(C, 0.5 * np.einsum("ij,jab->iab", share, alone), atol=1e-12)


def test_the_coupling_holds_charts_along_a_noisy_sheet():
    """The normal of a chart is nearer the sheet's where the charts are coupled."""
    x, flat = swiss_roll(400, noise=0.5, rng=4)
    even = swiss_roll(400, rng=4)[0]
    t = np.hypot(even[:, 0], even[:, 2])
    along = np.stack([np.cos(t) - t * np.sin(t), 0 * t, np.sin(t) + t * np.cos(t)], axis=1)
    normal = np.cross(along, [0.0, 1.0, 0.0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    graph, off = NeighborGraph(8).fit(x), {}
    for coupled in (True, False):
        C = coupled_covariances(x, graph, np.arange(400), coupled=coupled)
        thin = np.linalg.eigh(C)[1][:, :, 0]
        off[coupled] = np.degrees(np.arccos(np.minimum(np.abs((thin * normal).sum(axis=1)), 1)))
    assert np.median(off[True]) < 0.85 * np.median(off[False])
