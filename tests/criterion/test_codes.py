"""The slot between encoder and decoder: what it draws, and that its gradient comes back (S19)."""

import copy

import numpy as np
import pytest

from tinyae import (
    L1,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Classifier,
    Contractive,
    GaussianNoise,
    GaussianOutput,
    NoisyCode,
    ReconstructionContractive,
    Tanh,
    gradcheck,
    load,
    save,
)
from tinyae.checks.streams import stream


@pytest.mark.slow
def test_the_code_is_drawn_around_f_of_x(rng):
    model = Autoencoder.dense((5, 3), activation=Tanh, rng=rng, code=NoisyCode(0.7))
    x = np.repeat(rng.standard_normal((1, 5)), 200_000, axis=0)
    p = model.forward(x, rng)
    np.testing.assert_array_equal(p.h, model.encode(x))
    noise = p.z - p.h
    np.testing.assert_allclose(noise.mean(axis=0), 0.0, atol=4 * 0.7 / 200_000**0.5)
    np.testing.assert_allclose(np.cov(noise.T), 0.49 * np.eye(3), atol=0.01)
    np.testing.assert_array_equal(p.a, model.decoder.forward(p.z)[0])


@pytest.mark.one_in(6)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"tied": True, "corruption": GaussianNoise(0.3), "penalties": [L1(0.2), Contractive(0.3)]},
        {"output": BernoulliOutput(), "penalties": ReconstructionContractive(0.5)},
        {"head": Classifier(3, weight=2.0)},
    ],
)
def test_gradient_with_a_noisy_code(options, rng):
    model = Autoencoder.dense((4, 5, 3), activation=Tanh, rng=rng, code=NoisyCode(0.5), **options)
    rows = (rng.random((6, 4)),)
    if "head" in options:
        model.theta += 0.1 * rng.standard_normal(model.theta.shape)
        rows += (rng.integers(0, 3, 6),)
    assert gradcheck(model, rows if len(rows) > 1 else rows[0]).max_relative_error < 1e-12


def test_the_head_reads_the_noisy_code(rng):
    """Noise in the hidden layer of a classifier is there for the classifier."""
    model = Autoencoder.dense((4, 3), code=NoisyCode(2.0), head=Classifier(3), rng=rng)
    model.theta += rng.standard_normal(model.theta.shape)
    x, y = rng.random((6, 4)), rng.integers(0, 3, 6)
    z = model.forward(x, stream(8, "evaluation")).z
    logits = model.parts["head"].forward(z)[0]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    r = model.decode(z)
    expected = 0.5 * ((x - r) ** 2).sum(axis=1) - np.log(p[np.arange(6), y])
    np.testing.assert_allclose(model.loss(x, y, rng=8), expected.mean(), rtol=1e-12)


def test_noise_off_is_no_code_at_all(rng):
    x = rng.standard_normal((6, 4))
    noisy, plain = (Autoencoder.dense((4, 3), code=code) for code in (NoisyCode(0.0), None))
    assert noisy.loss_and_grad(x) == plain.loss_and_grad(x)
    np.testing.assert_array_equal(noisy.grad, plain.grad)
    assert "NoisyCode(sigma=0.0)" in repr(noisy) and "Noisy" not in repr(plain)
    assert "NoisyCode" in noisy.describe(x)


def test_the_table_of_layers_follows_the_noisy_code(rng):
    """|y| of the decoder is that of the pass, which read z and not h."""
    model = Autoencoder.dense((4, 3), code=NoisyCode(50.0), rng=rng)
    x = rng.random((9, 4))
    a = model.forward(x, stream(0, "evaluation")).a
    size = float(np.sqrt(np.mean(a * a)))
    assert f"{size:.3g}" in model.describe(x, rng=0).splitlines()[-4]


def test_the_noise_is_the_callers_and_follows_its_schedule(rng):
    """z = h + σ(progress) ε with ε the next numbers of the generator."""
    model = Autoencoder.dense((4, 3), code=NoisyCode(lambda progress: 2.0 - progress), rng=rng)
    x, draws = rng.random((6, 4)), np.random.default_rng(5)
    for progress, sigma in ((0.0, 2.0), (0.5, 1.5), (1.0, 1.0)):
        model.progress = progress
        expected = copy.deepcopy(draws).standard_normal((6, 3))
        p = model.forward(x, draws)
        np.testing.assert_allclose(p.z - p.h, sigma * expected, rtol=1e-12)


def test_saved_and_loaded(tmp_path, rng):
    model = Autoencoder.dense((4, 3), code=NoisyCode(0.25), rng=rng)
    assert load(save(model, tmp_path / "m")).code == NoisyCode(0.25)


@pytest.mark.parametrize("code", [NoisyCode, 0.1, Tanh()])
def test_what_is_no_code_is_refused(code):
    with pytest.raises(TypeError, match="code must be None, an object such as GaussianCode"):
        Autoencoder.dense((4, 3), code=code)


def test_outputs_draw_what_they_say(rng):
    n, a = 100_000, rng.standard_normal(4)
    natural = np.broadcast_to(a, (n, 4))
    drawn = GaussianOutput().sample(natural, rng)
    np.testing.assert_allclose(drawn.mean(axis=0), a, atol=0.02)
    np.testing.assert_allclose(np.cov(drawn.T), np.eye(4), atol=0.03)
    drawn = BernoulliOutput().sample(natural, rng)
    assert set(np.unique(drawn)) == {0.0, 1.0}
    np.testing.assert_allclose(drawn.mean(axis=0), 1 / (1 + np.exp(-a)), atol=0.01)
    np.testing.assert_allclose(np.cov(drawn.T) - np.diag(drawn.var(axis=0)), 0.0, atol=0.01)
    drawn = CategoricalOutput().sample(natural, rng)
    assert (drawn.sum(axis=1) == 1).all() and (drawn.max(axis=1) == 1).all()
    np.testing.assert_allclose(drawn.mean(axis=0), np.exp(a) / np.exp(a).sum(), atol=0.01)
    assert BernoulliOutput().sample(natural[:2].astype(np.float32), rng).dtype == np.float32
