"""The set-ups of the score and of its zeros: what they compute where the answer is known."""

import numpy as np
import pytest

from figures.experiments import architectures, spiral, three_points
from tinyae import BernoulliOutput, ReLU
from tinyae.score import smoothed_score


def test_a_zero_on_a_node_of_the_grid_counts_once():
    np.testing.assert_allclose(three_points.crossings(lambda x: 2.0 * x), [0.0], atol=1e-12)
    found = three_points.crossings(lambda x: x + np.sin(10.0 * x), -0.5, 0.5)
    np.testing.assert_allclose(found, [-np.pi / 10, 0.0, np.pi / 10], atol=1e-10)


def test_the_optimum_is_a_weighted_mean():
    x, copies = np.array([-0.3, 0.2]), np.array([1.0, 8.0, 1.0])
    weights = copies * np.exp(-((x[:, None] - three_points.DATA[:, 0]) ** 2) / (2 * 0.2**2))
    expected = weights @ three_points.DATA[:, 0] / weights.sum(axis=1)
    np.testing.assert_allclose(three_points.optimum(x, 0.2, (1, 8, 1)), expected)


def test_arrows_to_the_farther_datum():
    assert three_points.to_the_farther(lambda x: np.where(x > 0.25, 1.0, -1.0)) == 0.0
    half = three_points.to_the_farther(lambda x: np.where(x > 0.375, 1.0, -1.0))
    assert half == pytest.approx(0.25, abs=1e-3)


def test_copies_are_the_frequencies_of_the_points(monkeypatch):
    given = {}

    def train(model, X, **options):
        given["X"] = X
        return type("History", (), {"seconds": 0.0})

    monkeypatch.setattr(three_points, "train", train)
    three_points.learn(0, copies=(1, 8, 1))
    values, counts = np.unique(given["X"], return_counts=True)
    np.testing.assert_array_equal(values, [-0.5, 0.0, 0.5])
    np.testing.assert_array_equal(counts, [3000, 24000, 3000])


def test_the_exact_step_climbs():
    x = spiral.grid(-0.5, 0.5, -0.5, 0.5, 12)
    step = 0.05**2 * smoothed_score(spiral.CENTRES, x, 0.05)
    assert spiral.climb(x + step, x, 0.05)["higher"] == 1.0
    assert spiral.climb(x - step, x, 0.05)["higher"] < 0.2
    assert spiral.climb(x + step, x, 0.05)["rank_correlation"] < -0.5


def test_the_crest_of_the_arm():
    crest = spiral.arm_crest(0.05, 50)
    assert spiral.distance(crest).max() < 0.05
    score = 0.05 * np.linalg.norm(smoothed_score(spiral.CENTRES, crest, 0.05), axis=1)
    assert np.median(score) < 0.1


@pytest.mark.slow
def test_architectures():
    rng = np.random.default_rng(0)
    X = architectures.draw_data(500, rng)
    assert X.min() >= 0.0 and X.max() <= 1.0
    nets = {name: architectures.untrained(name, rng) for name in architectures.NAMES}
    assert isinstance(nets["cross-entropy"].output, BernoulliOutput)
    assert isinstance(nets["rectified"].encoder.layers[1], ReLU)
    assert len(nets["deep"].encoder.layers) == 4
    assert architectures.untrained("tanh", rng, sigma=0.0).corruption is None
    for net in nets.values():
        assert -1.0 <= architectures.agreement(net, rng)["mean_cosine"] <= 1.0
