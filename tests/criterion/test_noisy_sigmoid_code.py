"""Noise before the sigmoids of a code: its samples, its gradient, and that codes become binary."""

import numpy as np
import pytest

from tinyae import (
    L1,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Classifier,
    Contractive,
    GaussianOutput,
    NoisySigmoidCode,
    Tanh,
    fit,
    gradcheck,
    load,
    save,
)
from tinyae.training import WarmUp


def sigmoid(u):
    """1 / (1 + exp(−u))."""
    return 1.0 / (1.0 + np.exp(-u))


def test_the_noise_lies_before_the_sigmoid(rng):
    """The logit of z is normal around u, and h = sigmoid(u) is the median of z."""
    code, n = NoisySigmoidCode(1.5), 200_000
    u = np.array([0.4, -2.0, 3.0])
    z, _ = code.forward(np.broadcast_to(u, (n, 3)), rng)
    logits = np.log(z) - np.log1p(-z)
    np.testing.assert_allclose(logits.mean(axis=0), u, atol=4.5 * 1.5 / n**0.5)
    np.testing.assert_allclose(np.cov(logits.T), 2.25 * np.eye(3), atol=0.04)
    np.testing.assert_allclose((z < sigmoid(u)).mean(axis=0), 0.5, atol=4.5 * 0.5 / n**0.5)
    assert (np.abs(z.mean(axis=0) - 0.5) < np.abs(sigmoid(u) - 0.5)).all()


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"tied": True, "penalties": [L1(0.2), Contractive(0.3)]},
        {"output": BernoulliOutput(), "head": Classifier(3, weight=2.0)},
    ],
)
def test_gradient(options, rng):
    options = {"code": NoisySigmoidCode(0.7), "activation": Tanh, **options}
    model = Autoencoder.dense((4, 5, 3), rng=rng, **options)
    rows = (rng.random((6, 4)),)
    if "head" in options:
        model.theta += 0.1 * rng.standard_normal(model.theta.shape)
        rows += (rng.integers(0, 3, 6),)
    assert gradcheck(model, rows if len(rows) > 1 else rows[0]).max_relative_error < 1e-12


def test_without_noise_it_is_a_code_of_sigmoids(rng):
    x = rng.random((6, 4))
    noisy = Autoencoder.dense((4, 3), code=NoisySigmoidCode(0.0))
    plain = Autoencoder.dense((4, 3))
    plain.theta[...] = noisy.theta
    assert noisy.loss_and_grad(x) == pytest.approx(plain.loss_and_grad(x), rel=1e-15)
    np.testing.assert_allclose(noisy.grad, plain.grad, rtol=1e-13)
    np.testing.assert_allclose(noisy.encode(x), plain.encode(x), rtol=1e-15)


def test_encode_and_jacobian_have_no_noise(rng):
    model = Autoencoder.dense((4, 3), code=NoisySigmoidCode(9.0), rng=rng)
    x = rng.random((6, 4))
    u = model.encoder.forward(x)[0]
    h = model.encode(x)
    np.testing.assert_allclose(h, sigmoid(u), rtol=1e-14)
    W = model.encoder.layers[0].params["W"]
    expected = (h * (1 - h))[:, :, None] * W.T
    np.testing.assert_allclose(model.jacobian(x), expected, rtol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("core", ["layers", "vectorized"])
def test_growing_noise_saturates_the_units(core, rng):
    """Without noise the code of the same training stays closer to ½."""
    patterns = (rng.random((64, 20)) < 0.5).astype(float)
    X = patterns[rng.integers(64, size=800)]
    distances = {}
    for sigma in (0.0, WarmUp(4.0, until=1.0)):
        model = Autoencoder.dense((20, 8), output=BernoulliOutput(), code=NoisySigmoidCode(sigma),
                                  rng=1)  # fmt: skip
        fit(model, X, optimizer=Adam(0.02), epochs=40, core=core)
        distances[sigma] = np.abs(model.encode(X) - 0.5).mean()
    assert distances[0.0] < 0.4 < 0.44 < distances[WarmUp(4.0, until=1.0)]


def test_saved_with_its_schedule(tmp_path):
    code = NoisySigmoidCode(WarmUp(4.0, until=1.0))
    model = Autoencoder.dense((4, 3), code=code)
    assert load(save(model, tmp_path / "m")).code == code
    assert "NoisySigmoidCode" in repr(model)


def test_float32_is_kept(rng):
    code, u = NoisySigmoidCode(2.0), rng.standard_normal((5, 3)).astype(np.float32)
    z, cache = code.forward(u, rng)
    assert z.dtype == code.backward(z, cache, None, None).dtype == np.float32


def test_the_encoder_must_end_in_a_linear_layer():
    """A second sigmoid would leave no room for saturation: its values lie in [0, 1]."""
    with pytest.raises(ValueError, match="NoisySigmoidCode may be any real numbers"):
        Autoencoder.dense((4, 3), code_activation=Tanh, code=NoisySigmoidCode(1.0),
                          output=GaussianOutput())  # fmt: skip
    with pytest.raises(ValueError, match="sigma must be"):
        NoisySigmoidCode(-1.0)
