"""Training on given pairs (x_noisy, x): what a corruption would have drawn, given by hand."""

import numpy as np
import pytest

from tinyae import (
    L1,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Classifier,
    Contractive,
    GaussianNoise,
    GaussianOutput,
    MaskingNoise,
    NoisyCode,
    SaltAndPepperNoise,
    Tanh,
    fit,
    gradcheck,
    minimize,
)
from tinyae.core import core as core_module
from tinyae.models import RecurrentDenoiser

NOISES = [GaussianNoise(0.3), MaskingNoise(0.4), SaltAndPepperNoise(0.3)]
SLOTS = {
    "plain": {},
    "penalties": {"penalties": [L1(0.1), Contractive(0.2, probes=2)]},
    "noisy code": {"code": NoisyCode(0.2)},
    "Bernoulli, tied": {"output": BernoulliOutput(), "tied": True},
    "head": {"head": Classifier(3), "code": NoisyCode(0.1)},
}


@pytest.fixture
def x():
    return np.random.default_rng(0).random((23, 6))


@pytest.fixture
def labels():
    return np.arange(23) % 3


@pytest.mark.one_in(6)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("slots", SLOTS)
def test_a_pair_drawn_by_hand_is_what_the_slot_draws(x, labels, noise, slots, dtype):
    """Bit for bit: x̃ from the same generator, and from then on the same generator."""
    x = x.astype(dtype)
    rest = (labels,) if slots == "head" else ()
    drawing = Autoencoder.dense((6, 4), corruption=noise, dtype=dtype, **SLOTS[slots])
    given = Autoencoder.dense((6, 4), dtype=dtype, **SLOTS[slots])
    expected = drawing.loss_and_grad(x, *rest, rng=np.random.default_rng(7))
    rng = np.random.default_rng(7)
    loss = given.loss_and_grad(noise.corrupt(x, rng), x, *rest, rng=rng)
    assert loss == expected
    np.testing.assert_array_equal(given.grad, drawing.grad)


@pytest.mark.parametrize("noise", NOISES)
def test_the_recurrent_denoiser_takes_pairs_too(x, noise):
    models = [RecurrentDenoiser.dense((6, 4), steps=3, corruption=c) for c in (noise, None)]
    expected = models[0].loss_and_grad(x, rng=np.random.default_rng(7))
    assert models[1].loss_and_grad(noise.corrupt(x, np.random.default_rng(7)), x) == expected
    np.testing.assert_array_equal(models[1].grad, models[0].grad)
    assert fit(models[1], (x, x), epochs=1).stopped == "epochs"
    with pytest.raises(ValueError, match="corruption=None"):
        models[0].loss(x, x)
    with pytest.raises(TypeError, match="got 3 arrays"):
        models[1].loss(x, x, x)


def test_x_is_the_target_and_only_that_is_asked_of_the_output(x):
    model = Autoencoder.dense((6, 4), output=BernoulliOutput())
    noisy = x + np.random.default_rng(1).normal(size=x.shape)  # beyond [0, 1]
    a = model.decoder.forward(model.encoder.forward(noisy)[0])[0]
    assert model.loss(noisy, x) == pytest.approx(BernoulliOutput().cost(x, a).mean(), rel=1e-14)
    with pytest.raises(ValueError, match="needs targets in"):
        model.loss(x, noisy)


def test_gradient_of_pairs(x, labels):
    noisy = x + np.random.default_rng(1).normal(size=x.shape)
    plain = Autoencoder.dense((6, 4), activation=Tanh, penalties=Contractive(0.3))
    assert gradcheck(plain, (noisy, x)).max_relative_error < 1e-12
    head = Autoencoder.dense((6, 4), activation=Tanh, head=Classifier(3))
    assert gradcheck(head, (noisy, x, labels)).max_relative_error < 1e-12


@pytest.mark.one_in(9)
@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize("optimizer", [SGD(0.05, 0.9), Adam(1e-2)])
@pytest.mark.parametrize("columns", [True, False])
def test_the_core_trains_pairs_as_the_layers_do(x, optimizer, share, columns, monkeypatch):
    monkeypatch.setattr(core_module, "SLOTS", 3)
    if not columns:
        monkeypatch.setattr(core_module, "COLUMNS", 0)
    noisy = x + np.random.default_rng(1).normal(size=x.shape)
    kept = noisy.copy(), x.copy()
    models = [Autoencoder.dense((6, 4), tied=share, penalties=Contractive(0.1)) for _ in range(2)]
    found = [
        fit(m, (noisy, x), optimizer=optimizer, epochs=3, batch_size=5, core=core,
            validation=(noisy, x))
        for m, core in zip(models, ("layers", "vectorized"), strict=True)
    ]  # fmt: skip
    assert found[1].core == "vectorized"
    np.testing.assert_allclose(models[1].theta, models[0].theta, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found[1].loss, found[0].loss, rtol=1e-12)
    np.testing.assert_allclose(found[1].validation, found[0].validation, rtol=1e-12)
    alone = Autoencoder.dense((6, 4), tied=share, penalties=Contractive(0.1))
    fit(alone, x, optimizer=optimizer, epochs=3, batch_size=5, core="vectorized")
    assert np.abs(alone.theta - models[1].theta).max() > 1e-4
    for before, after in zip(kept, (noisy, x), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_share_held_out_keeps_pairs_together(x):
    model = Autoencoder.dense((6, 4))
    history = fit(model, (x, x), optimizer=SGD(0.0), epochs=1, validation=0.3)
    assert np.isfinite(history.validation).all()
    # With the target in the place of the input the map from 2x to x is learned, row by row.
    twice = fit(Autoencoder.dense((6, 6), rng=3), (2 * x, x), epochs=2, validation=0.3)
    assert twice.loss[1] < twice.loss[0]


def test_minimize_learns_the_map_of_the_pairs(x):
    pytest.importorskip("scipy")
    from tinyae import Identity

    # Far from singular, so that the end does not depend on the rounding errors of a processor.
    mixing = np.eye(6) + 0.2 * np.random.default_rng(3).normal(size=(6, 6))
    model = Autoencoder.dense((6, 6), activation=Identity)
    minimize(model, (x @ mixing, x), options={"maxiter": 5000, "ftol": 1e-16, "gtol": 1e-12})
    np.testing.assert_allclose(model.reconstruct(x @ mixing), x, atol=1e-5)


def test_other_outputs_and_heads_keep_their_forms(x, labels):
    rows = x / x.sum(axis=1, keepdims=True)
    model = Autoencoder.dense((6, 4), output=CategoricalOutput(), head=Classifier(3))
    assert model.loss(rows, rows, labels) == model.loss(rows, labels)
    with pytest.raises(TypeError, match="labels must be whole numbers"):
        model.loss(rows, rows)
    assert Autoencoder.dense((6, 4), output=GaussianOutput()).loss(x, x) > 0
