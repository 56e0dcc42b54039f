"""The explorer's training is that of a plain script, whatever is changed on the way."""

import numpy as np
import pytest

from tinyae import (
    Adam,
    Autoencoder,
    Chain,
    Contractive,
    GaussianNoise,
    Linear,
    Tanh,
    fit,
)
from tinyae.checks.streams import stream
from tinyae.datasets import spiral, spiral_curve
from tinyae.exploring.data import data_of
from tinyae.exploring.learner import PATH, Learner
from tinyae.nn import Normal, Uniform
from tinyae.score import smoothed_score
from tinyae.training import DivergenceError


def learner(name="spiral", seed=0, **given):
    data = data_of(name, seed)
    return Learner(data, data.start.changed(given), seed)


def plain_network(units, scale, sigma, seed=0):
    """The network of the spiral, as a reader would write it."""
    first = Linear(2, units, rng=seed, init=Uniform(scale, 0.6 * scale), dtype=np.float32)
    second = Linear(units, 2, rng=seed + 1, init=Normal(0.01), dtype=np.float32)
    return Autoencoder(Chain(first, Tanh()), second, corruption=GaussianNoise(sigma))


def plain_cosine(model, sigma, seed=0):
    """The median cosine with the exact score at fresh noisy points, from the score itself."""
    rng = stream(seed, "evaluation")
    x = spiral(500, rng=rng)
    x = x + sigma * rng.standard_normal(x.shape)
    exact = smoothed_score(spiral_curve(np.linspace(3.0, 15.0, 301)), x, sigma)
    learned = model.reconstruct(x) - x
    norms = np.linalg.norm(learned, axis=1) * np.linalg.norm(exact, axis=1)
    return np.median((learned * exact).sum(axis=1) / norms)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("seed", [0, 3])
def test_epochs_one_by_one_are_one_call_of_fit(seed):
    explored = learner(seed=seed, units=30)
    for _ in range(5):
        assert explored.train()
    model = plain_network(30, 20.0, 0.1, seed)
    X = spiral(5120, rng=seed).astype(np.float32)
    history = fit(model, X, epochs=5, batch_size=256, optimizer=Adam(0.001), rng=seed, core="auto")
    assert explored.losses == history.loss and explored.epochs == 5
    np.testing.assert_array_equal(explored.model.theta, model.theta)
    assert explored.measures[-1] == pytest.approx(plain_cosine(model, 0.1, seed), abs=1e-6)


def test_a_change_goes_on_with_the_same_weights_and_averages():
    """σ, the rate and the kind are changed; the script changes the slots between calls of fit."""
    explored = learner(units=30)
    model, X = plain_network(30, 20.0, 0.1), spiral(5120, rng=0).astype(np.float32)
    losses, rate = [], 0.001

    def both(epochs=2):
        for _ in range(epochs):
            explored.train()
        losses.extend(fit(model, X, epochs=epochs, batch_size=256, optimizer=Adam(rate), rng=0,
                          core="auto").loss)  # fmt: skip

    def change(**given):
        assert explored.change(explored.settings.changed(given)) is False

    both()
    change(sigma=0.2)
    model.corruption = GaussianNoise(0.2)
    both()
    rate = 0.01
    change(learning_rate=rate)
    both()
    change(kind="contractive", strength=0.01)
    model.corruption, model.penalties = None, (Contractive(0.01),)
    both()
    assert explored.losses == losses
    np.testing.assert_array_equal(explored.model.theta, model.theta)
    assert explored.model.training.memory["t"] == 8 * 20
    assert explored.changes == [2, 4, 6]
    assert explored.measures[-1] == pytest.approx(plain_cosine(model, 0.2), abs=1e-6)


def test_another_size_starts_again():
    explored = learner(units=30)
    explored.train()
    assert explored.change(explored.settings.changed({"units": 40})) is True
    assert explored.epochs == 0 and explored.losses == [] and len(explored.measures) == 1
    np.testing.assert_array_equal(explored.model.theta, plain_network(40, 20.0, 0.1).theta)
    explored.train()
    assert explored.change(explored.settings.changed({"scale": 8.0})) is True
    np.testing.assert_array_equal(explored.model.theta, plain_network(40, 8.0, 0.1).theta)


def test_reset_gives_the_first_weights_and_the_same_training_again():
    explored = learner(units=30)
    explored.train()
    first = explored.losses[0]
    explored.reset()
    np.testing.assert_array_equal(explored.model.theta, plain_network(30, 20.0, 0.1).theta)
    explored.train()
    assert explored.losses == [first]


def test_the_path_is_the_reconstruction_again_and_again():
    explored = learner(units=30)
    explored.train()
    path = explored.path(np.array([0.2, 0.3]))
    assert path.shape == (PATH + 1, 2)
    x = np.array([[0.2, 0.3]], np.float32)
    for point in path:
        np.testing.assert_array_equal(point, x[0])
        x = explored.model.reconstruct(x)


@pytest.mark.slow
def test_on_a_line_and_for_pictures_the_measure_is_a_distance():
    line, digits = learner("three-points"), learner("digits")
    for explored in (line, digits):
        before = explored.measures[0]
        for _ in range(5):
            explored.train()
        assert 0 < explored.measures[-1] < 0.5 * before
    r = line.model.reconstruct(line.noisy)
    z = np.exp(-((line.noisy - [-0.5, 0.0, 0.5]) ** 2) / (2 * 0.1**2))
    best = (z * [-0.5, 0.0, 0.5]).sum(axis=1) / z.sum(axis=1)
    assert line.measures[-1] == pytest.approx(np.sqrt(((r[:, 0] - best) ** 2).mean()))
    error = (digits.model.reconstruct(digits.noisy) - digits.data.fresh) ** 2
    assert digits.measures[-1] == pytest.approx(error.mean())
    assert digits.optimum is None and digits.best(digits.noisy) is None


def test_without_denoising_the_noise_is_for_the_comparison_only():
    plain, other = learner(units=30, kind="plain"), learner(units=30, kind="plain", sigma=0.3)
    for explored in (plain, other):
        explored.train()
    assert plain.losses == other.losses and plain.measures != other.measures
    assert plain.model.corruption is None and plain.model.penalties == ()


def test_after_a_divergence_the_weights_are_those_before(monkeypatch):
    explored = learner(units=30)
    explored.train()
    before = explored.model.theta.copy()
    explored.data.X.flags.writeable = True
    monkeypatch.setattr("tinyae.exploring.learner.Adam", lambda rate: Adam(1e30))
    with pytest.raises(DivergenceError):
        for _ in range(5):
            explored.train()
            before = explored.model.theta.copy()
    np.testing.assert_array_equal(explored.model.theta, before)


def test_an_interruption_is_told(monkeypatch):
    explored = learner(units=30)
    explored.train()

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("tinyae.core.core.Core.epoch", interrupt)
    assert explored.train() is False
    assert explored.epochs == 1 and len(explored.measures) == 2
