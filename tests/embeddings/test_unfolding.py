"""Maximum variance unfolding: its gradient, its rods, and sheets whose unfolding is known."""

import numpy as np
import pytest

from tinyae import gradcheck
from tinyae.embeddings import MaximumVarianceUnfolding, NeighborGraph
from tinyae.embeddings.unfolding import Rods, neighborhood_pairs


def test_pairs_share_a_neighbourhood(rng):
    x = rng.normal(size=(15, 2))
    graph = NeighborGraph(3).fit(x)
    wanted = set()
    for i, row in enumerate(graph.indices_):
        members = [i, *row]
        wanted |= {(min(a, b), max(a, b)) for a in members for b in members if a != b}
    assert [tuple(pair) for pair in neighborhood_pairs(graph)] == sorted(wanted)


def test_gradient(rng):
    x = rng.normal(size=(15, 3))
    ends = neighborhood_pairs(NeighborGraph(3).fit(x))
    squares, tension = rng.random(len(ends)), rng.normal(size=len(ends))
    model = Rods(rng.normal(size=(15, 4)) + 3.0, 2.0)
    report = gradcheck(model, (ends, squares, tension))
    assert report.method == "complex step" and report.max_relative_error < 1e-12
    y, total = model.embedding, 0.0
    for (i, j), square, pull in zip(ends, squares, tension, strict=True):
        c = sum((y[i] - y[j]) ** 2) - square
        total += pull * c + 0.5 * 2.0 * c * c
    total -= 100 / 15 * ((y - y.mean(axis=0)) ** 2).sum()
    assert model.loss_and_grad(ends, squares, tension) == pytest.approx(total, rel=1e-12)


def test_a_bent_strip_is_straightened():
    """A half circle of 40 points, neighbours joined: straight, as long as its chords together."""
    pytest.importorskip("scipy")
    t = np.linspace(0, np.pi, 40)
    x = np.stack([np.cos(t), np.sin(t)], axis=1)
    before = x.copy()
    model = MaximumVarianceUnfolding(1, n_neighbors=2).fit(x)
    chord = 2 * np.sin(np.pi / 78)
    straight = chord * (np.arange(40) - 19.5)
    sign = np.sign(model.embedding_[-1, 0])
    # A rod over one point holds the bend of its own three points, so a little of it is left.
    np.testing.assert_allclose(sign * model.embedding_[:, 0], straight, atol=0.01)
    assert model.converged_ and np.abs(model.excess_).max() <= model.tol
    assert model.spectrum_[1] < 1e-3 * model.spectrum_[0]
    np.testing.assert_array_equal(x, before)
    same = MaximumVarianceUnfolding(1, n_neighbors=2).fit(x)
    np.testing.assert_array_equal(same.embedding_, model.embedding_)


def test_rounds_end_at_the_tolerance():
    pytest.importorskip("scipy")
    t = np.linspace(0, 1.5 * np.pi, 30)
    x = np.stack([np.cos(t), np.sin(t)], axis=1)
    found = [MaximumVarianceUnfolding(1, n_neighbors=2, tol=tol).fit(x) for tol in (0.03, 0.003)]
    for model in found:
        assert model.converged_ and np.abs(model.excess_).max() <= model.tol
        less = MaximumVarianceUnfolding(1, n_neighbors=2, tol=model.tol, rounds=model.rounds_ - 1)
        less = less.fit(x)
        assert not less.converged_ and less.rounds_ == model.rounds_ - 1
        assert np.abs(less.excess_).max() > model.tol
    assert found[0].rounds_ < found[1].rounds_
    assert found[0].spectrum_.sum() > found[1].spectrum_.sum()


def test_bad_input(rng):
    x = rng.normal(size=(30, 3))
    two = np.concatenate([x, x + 100.0])
    for error, message, action in (
        (ValueError, "falls into 2 pieces of 30, 30", lambda: MaximumVarianceUnfolding().fit(two)),
        (TypeError, "rng must be a seed", lambda: MaximumVarianceUnfolding(rng=None).fit(x)),
        (ValueError, "one and the same", lambda: MaximumVarianceUnfolding().fit(0 * x)),
        (ValueError, "tol must be", lambda: MaximumVarianceUnfolding(tol=0.0).fit(x)),
        (ValueError, "rounds must be", lambda: MaximumVarianceUnfolding(rounds=0).fit(x)),
        (TypeError, "steps must be", lambda: MaximumVarianceUnfolding(steps=1.5).fit(x)),
        (ValueError, "NaN", lambda: MaximumVarianceUnfolding().fit(x * np.nan)),
        (ValueError, "stiffness must be", lambda: Rods(x, 0.0)),
    ):
        with pytest.raises(error, match=message):
            action()
