"""Greedy layer-wise training: each level by itself, on the mean codes of the level below."""

import numpy as np
import pytest

from tinyae import (
    L1,
    PSD,
    RBM,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Chain,
    Classifier,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    Identity,
    Linear,
    NoisyCode,
    ReLU,
    Sigmoid,
    Tanh,
    fit,
    stack,
)
from tinyae.models import Recirculation, ScoreModel, stacking, unfold
from tinyae.nn import Normal
from tinyae.sparse_coding import Dictionary

BERNOULLI = {"output": BernoulliOutput()}


def levels(seed=0):
    """One level of every kind: machine, denoiser, random code, sparse coder, plain autoencoder."""
    return [
        RBM(8, 7, init=Normal(1.5), rng=seed),
        Autoencoder.dense((7, 6), corruption=GaussianNoise(0.02), penalties=L1(0.01), rng=seed,
                          **BERNOULLI),
        Autoencoder.dense((6, 5), code=GaussianCode(), rng=seed),
        PSD.dense((5, 6), lam=0.05, gamma=1.0, rng=seed),
        Recirculation.dense((6, 3), rng=seed),
    ]  # fmt: skip


OPTIMIZERS = [SGD(0.1, momentum=0.5), Adam(0.01), Adam(0.02), Adam(0.01), SGD(0.05)]
EPOCHS = [4, 3, 2, 3, 1]


def test_each_level_is_trained_on_the_mean_codes_of_the_one_below(rng):
    x, models, by_hand = rng.random((40, 8)), levels(), levels()
    kept = x.copy()
    stack(models, x, optimizer=OPTIMIZERS, epochs=EPOCHS, batch_size=10,
          rng=np.random.default_rng(5))  # fmt: skip
    draws, h = np.random.default_rng(5), x
    for model, optimizer, epochs in zip(by_hand, OPTIMIZERS, EPOCHS, strict=True):
        history = fit(model, h, optimizer=optimizer, epochs=epochs, batch_size=10, rng=draws)
        assert len(history.loss) == epochs
        h = model.encode(h)
    np.testing.assert_array_equal(x, kept)
    for i, (one, other) in enumerate(zip(models, by_hand, strict=True)):
        np.testing.assert_array_equal(one.theta, other.theta, err_msg=f"level {i}")


def test_the_encoders_in_series_are_copies(rng):
    x, models = rng.random((40, 8)), levels()
    encoder = stack(models, x, epochs=2)
    h = x
    for model in models:
        h = model.encode(h)
    np.testing.assert_array_equal(encoder.forward(x)[0], h)
    kept = h
    deep = Autoencoder(encoder, Linear(3, 8, rng=0))
    fit(deep, x, epochs=2)
    assert np.abs(deep.encode(x) - kept).max() > 1e-4
    h = x
    for model in models:  # a model whose layers were packed into `deep` would raise an error
        h = model.encode(h)
    np.testing.assert_array_equal(h, kept)


def test_binary_codes_are_handed_on_as_probabilities(rng, monkeypatch):
    seen = []

    def watching(model, X, **options):
        seen.append(X)
        return fit(model, X, **options)

    monkeypatch.setattr(stacking, "fit", watching)
    x, below = rng.random((30, 6)), RBM(6, 5)
    stack([below, RBM(5, 4)], x, epochs=3)
    np.testing.assert_array_equal(seen[1], below.encode(x))
    assert ((seen[1] > 0) & (seen[1] < 1)).all()


def test_the_levels_have_different_seeds(rng):
    """Levels of equal shape that start equal: their order of rows and noise must differ."""
    x = rng.random((30, 4))
    models = [Autoencoder.dense((4, 4), code=NoisyCode(0.1), activation=Identity) for _ in "ab"]
    for model in models:  # the codes of the first level are the data, so both train on the same
        model.encoder.layers[0].params["W"][...] = np.eye(4)
    stack(models, x, optimizer=SGD(1e-12), epochs=1, rng=3)
    one, two = (model.theta - models[0].theta for model in models)
    assert not one.any() and two.any()
    first, second = (Autoencoder.dense((4, 4), rng=1) for _ in "ab")
    seeds = stacking._seeds(3, 2)
    assert seeds[0] != seeds[1] and stacking._seeds(3, 2) == seeds
    for model, seed in zip((first, second), seeds, strict=True):  # batches, not one of all rows
        fit(model, x, rng=seed, epochs=1, batch_size=10)
    assert np.abs(first.theta - second.theta).max() > 0


def test_the_core_trains_what_it_supports(rng):
    x = rng.random((40, 8)).astype(np.float32)

    def two():
        return [RBM(8, 6, dtype=np.float32), Autoencoder.dense((6, 4), dtype=np.float32)]

    models, slow = two(), two()
    encoder = stack(models, x, core="auto", epochs=3, batch_size=10)
    stack(slow, x, epochs=3, batch_size=10)
    assert encoder.forward(x)[0].dtype == np.float32
    for model, other in zip(models, slow, strict=True):
        np.testing.assert_allclose(model.theta, other.theta, atol=1e-4)
    real = RBM(8, 6, visible=GaussianOutput(), dtype=np.float32)
    with pytest.raises(ValueError, match="visible units GaussianOutput"):
        stack([real, models[1]], x, core="vectorized", epochs=1)


def test_an_interrupted_stack_says_so(rng, monkeypatch):
    def interrupted(model, X, **options):
        history = fit(model, X, **options)
        history.stopped = "interrupted"
        return history

    monkeypatch.setattr(stacking, "fit", interrupted)
    above = RBM(5, 4)
    theta = above.theta.copy()
    with pytest.raises(KeyboardInterrupt):
        stack([RBM(6, 5), above], rng.random((20, 6)), epochs=1)
    np.testing.assert_array_equal(above.theta, theta)


def test_a_stack_learns(rng):
    """The codes of a trained stack keep more of the data than those of an untrained one."""
    z = rng.random((400, 2))
    x = 1 / (1 + np.exp(-4 * np.tanh(z @ rng.normal(size=(2, 12)) * 2)))
    errors = {}
    for name, epochs in (("trained", 60), ("hardly", 1)):
        models = [
            Autoencoder.dense((12, 8), rng=0, **BERNOULLI),
            Autoencoder.dense((8, 3), code_activation=Identity, rng=1, **BERNOULLI),
        ]
        stack(models, x, optimizer=Adam(0.01), epochs=epochs)
        errors[name] = ((unfold(models).reconstruct(x) - x) ** 2).sum(axis=1).mean()
    mean = ((x - x.mean(axis=0)) ** 2).sum(axis=1).mean()
    assert errors["trained"] < 0.3 * mean < errors["hardly"]


X = np.random.default_rng(0).random((20, 4))
BAD = {
    "none": (TypeError, "at least one model", lambda: stack([], X)),
    "sparse coding": (TypeError, "no encoder", lambda: stack(
        [PSD(None, Dictionary(4, 7, rng=0), lam=1.0, gamma=0.0)], X)),
    "twice": (ValueError, "occurs twice", lambda: stack(
        [PSD.dense((4, 4), lam=1.0, gamma=1.0)] * 2, X)),
    "dtypes": (ValueError, "share one dtype", lambda: stack(
        [RBM(4, 3), RBM(3, 2, dtype=np.float32)], X)),
    "widths": (ValueError, "takes 4 features, but the one below gives a code of 3",
               lambda: stack([RBM(4, 3), RBM(4, 3)], X)),
    "widths above": (ValueError, "model 2 takes 4", lambda: stack(
        [RBM(4, 3), RBM(3, 2), RBM(4, 3)], X)),
    "optimizers": (ValueError, "optimizer must be one for all 2 models.*got 1", lambda: stack(
        [RBM(4, 3), RBM(3, 2)], X, optimizer=[SGD(0.1)])),
    "epochs": (ValueError, "epochs must be one for all 2 models.*got 3", lambda: stack(
        [RBM(4, 3), RBM(3, 2)], X, epochs=[1, 2, 3])),
    "an epoch": (ValueError, "epochs", lambda: stack([RBM(4, 3), RBM(3, 2)], X, epochs=[1, 0])),
    "an optimizer": (TypeError, "optimizer must be SGD", lambda: stack(
        [RBM(4, 3), RBM(3, 2)], X, optimizer=[SGD(0.1), SGD])),
    "core": (ValueError, "core must be", lambda: stack([RBM(4, 3)], X, core="fast")),
    "codes below zero": (
        ValueError, r"model 1 cannot learn the codes of the one below: BernoulliOutput needs",
        lambda: stack([Autoencoder.dense((4, 3), activation=Tanh), RBM(3, 2)], X)),
    "a head": (TypeError, "model 1 cannot learn the codes", lambda: stack(
        [RBM(4, 3), Autoencoder.dense((3, 2), head=Classifier(2))], X)),
    "a net": (TypeError, "model 1 has no encoder", lambda: stack(
        [RBM(4, 4), ScoreModel(Chain(Linear(4, 4, rng=0), Sigmoid()))], X)),
    "width of X": (ValueError, "5 columns|5 features|4 were expected", lambda: stack(
        [RBM(4, 3)], np.ones((6, 5)))),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    error, message, action = BAD[name]
    with pytest.raises(error, match=message):
        action()


def test_nothing_is_trained_if_a_setting_of_a_level_is_wrong():
    below = Autoencoder.dense((4, 3), activation=ReLU)
    theta = below.theta.copy()
    for wrong in ({"epochs": [1, -1]}, {"optimizer": [SGD(0.1), None]}):
        with pytest.raises((ValueError, TypeError)):
            stack([below, Autoencoder.dense((3, 2))], X, **wrong)
    with pytest.raises(ValueError, match="model 1"):
        stack([Autoencoder.dense((4, 3), activation=Tanh), RBM(3, 2)], X)
    np.testing.assert_array_equal(below.theta, theta)


def test_every_level_is_trained_by_the_core_that_was_asked_for(rng, monkeypatch):
    seen, fit = [], stacking.fit

    def noted(model, x, **options):
        seen.append(options.get("core"))
        return fit(model, x, **options)

    monkeypatch.setattr(stacking, "fit", noted)
    models = [Autoencoder.dense((5, 4)), Autoencoder.dense((4, 3))]
    stacking.stack(models, rng.random((20, 5)), epochs=1, core="vectorized")
    assert seen == ["vectorized"] * 2
