"""Score matching: its three criteria against closed forms, and their gradients."""

import numpy as np
import pytest

from tinyae import (
    Autoencoder,
    Chain,
    DenoisingScoreMatching,
    GaussianNoise,
    Linear,
    Residual,
    ScoreMatching,
    ScoreModel,
    Sigmoid,
    SlicedScoreMatching,
    Softplus,
    Tanh,
    fit,
    gradcheck,
    tied,
)
from tinyae.nn.tangents import jacobian


def tied_net(rng, d=4, k=5, unit=Sigmoid):
    first = Linear(d, k, rng=rng)
    first.params["b"][...] = rng.standard_normal(k)
    return Chain(first, unit(), tied(first))


def test_residual_is_a_layer(rng):
    """Its Jacobian is c (J_net − I), and forward and reverse rules are adjoint."""
    layer, x = Residual(tied_net(rng), 2.5), rng.standard_normal((3, 4))
    y, cache = layer.forward(x)
    np.testing.assert_allclose(y, 2.5 * (layer.layers[0].forward(x)[0] - x), rtol=1e-15)
    J = jacobian(layer, x)
    np.testing.assert_allclose(J, 2.5 * (jacobian(layer.layers[0], x) - np.eye(4)), atol=1e-14)
    gy = rng.standard_normal(y.shape)
    np.testing.assert_allclose(layer.backward(gy, cache), np.einsum("nij,ni->nj", J, gy))
    with pytest.raises(ValueError, match="keeps the shape"):
        Residual(Linear(4, 3, rng=0)).forward(x)
    with pytest.raises(TypeError, match="Residual takes a layer"):
        Residual(Linear)


@pytest.mark.parametrize("criterion", [ScoreMatching(), SlicedScoreMatching(3),
                                       DenoisingScoreMatching(0.4)], ids=repr)  # fmt: skip
@pytest.mark.parametrize("unit", [Sigmoid, Tanh, Softplus])
@pytest.mark.parametrize("scale", [None, 3.0])
def test_gradient(criterion, unit, scale, rng):
    d = 3
    net = Chain(Linear(d, 5, rng=rng), unit(), Linear(5, 4, rng=rng), unit(), Linear(4, d, rng=rng))
    model = ScoreModel(net if scale is None else Residual(net, scale), criterion)
    report = gradcheck(model, rng.standard_normal((6, d)))
    assert report.method == "complex step" and report.max_relative_error < 1e-12


def test_gradient_of_a_tied_residual_inside_a_chain(rng):
    net = Chain(Residual(tied_net(rng, unit=Tanh), 0.7), Linear(4, 4, rng=rng))
    report = gradcheck(ScoreModel(net), rng.standard_normal((6, 4)))
    assert report.max_relative_error < 1e-12


def test_trace_in_blocks_is_the_trace(rng, monkeypatch):
    model, x = ScoreModel(Residual(tied_net(rng))), rng.standard_normal((6, 4))
    psi = model.score(x)
    trace = np.trace(jacobian(model.net, x), axis1=1, axis2=2)
    expected = (0.5 * (psi * psi).sum(axis=1) + trace).mean()
    np.testing.assert_allclose(model.loss_and_grad(x), expected, rtol=1e-13)
    grad = model.grad.copy()
    monkeypatch.setattr("tinyae.nn.tangents.BLOCK_BYTES", 1)
    np.testing.assert_allclose(model.loss_and_grad(x), expected, rtol=1e-13)
    np.testing.assert_allclose(model.grad, grad, rtol=1e-12)


def test_denoising_score_matching_is_an_autoencoders_loss(rng):
    """With ψ = (r − x)/σ²: the loss and gradient of the DAE over σ⁴, from the same noise."""
    sigma, x = 0.3, rng.standard_normal((7, 4))
    net = tied_net(rng)
    encoder, decoder = Chain(*net.layers[:2]), net.layers[2]
    autoencoder = Autoencoder(encoder, decoder, corruption=GaussianNoise(sigma)).copy()
    model = ScoreModel(Residual(net, sigma**-2), DenoisingScoreMatching(sigma))
    loss = autoencoder.loss_and_grad(x, rng=5)
    np.testing.assert_allclose(model.loss_and_grad(x, rng=5), loss / sigma**4, rtol=1e-12)
    np.testing.assert_allclose(model.grad, autoencoder.grad / sigma**4, rtol=1e-10, atol=1e-12)


def test_float32_stays_float32(rng):
    x = rng.standard_normal((50, 3)).astype(np.float32)
    for criterion in (ScoreMatching(), SlicedScoreMatching(), DenoisingScoreMatching(0.5)):
        model = ScoreModel(Linear(3, 3, rng=0, dtype=np.float32), criterion)
        fit(model, x, epochs=2, batch_size=10)
        assert model.score(x).dtype == np.float32


@pytest.mark.parametrize(
    ("build", "error", "says"),
    [
        (lambda: ScoreModel(Linear(3, 2, rng=0)), ValueError, "takes 3 numbers and gives 2"),
        (lambda: ScoreModel(Linear(3, 3, rng=0), ScoreMatching), TypeError, "criterion must be"),
        (lambda: SlicedScoreMatching(0), ValueError, "probes must be at least 1"),
        (lambda: DenoisingScoreMatching(0.0), ValueError, "sigma must be"),
        (lambda: ScoreModel(Linear(3, 3, rng=0)).score(np.zeros((2, 4))), ValueError, "4 features"),
        (lambda: ScoreModel(Tanh()), ValueError, "no parameters"),
    ],
)  # fmt: skip
def test_bad_input(build, error, says):
    with pytest.raises(error, match=says):
        build()
