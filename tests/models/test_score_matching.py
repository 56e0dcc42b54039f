"""Score matching: its three criteria against closed forms, and their gradients."""

import numpy as np
import pytest

from tinyae import (
    Autoencoder,
    Chain,
    GaussianNoise,
    Linear,
    Residual,
    Sigmoid,
    Softplus,
    Tanh,
    fit,
    gradcheck,
    load,
    save,
    tied,
)
from tinyae.models import DenoisingScoreMatching, ScoreMatching, ScoreModel, SlicedScoreMatching
from tinyae.nn.jacobian import jacobian


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


def test_residual_sends_tangents_back(rng):
    """u = J v is linear in v, so gv = Jᵀ gu; below it, a layer must receive all of that."""
    layer, x = Residual(tied_net(rng), 2.5), rng.standard_normal((3, 4))
    cache = layer.forward(x)[1]
    J, v, gu = jacobian(layer, x), *rng.standard_normal((2, 2, 3, 4))
    u, tape = layer.jvp(v, cache)
    np.testing.assert_allclose(u, np.einsum("nij,knj->kni", J, v), atol=1e-14)
    gv = layer.jvp_backward(gu, tape, cache)[1]
    np.testing.assert_allclose(gv, np.einsum("nij,kni->knj", J, gu), atol=1e-14)
    net = Chain(Linear(4, 4, rng=rng), Tanh(), Residual(tied_net(rng), 0.7))
    assert gradcheck(ScoreModel(net), x).max_relative_error < 1e-12


@pytest.mark.one_in(12)
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
    monkeypatch.setattr("tinyae.nn.jacobian.BLOCK_BYTES", 1)
    np.testing.assert_allclose(model.loss_and_grad(x), expected, rtol=1e-13)
    np.testing.assert_allclose(model.grad, grad, rtol=1e-12)


@pytest.mark.parametrize("probes", [1, 3])
def test_sliced_is_exact_where_the_jacobian_is_diagonal(probes, rng):
    """There vᵀJv = tr J for any signs v, so loss and gradient are those of the exact trace."""
    first, last = Linear(4, 4, rng=rng), Linear(4, 4, rng=rng)
    for layer in (first, last):
        layer.params["W"][...] = np.diag(rng.standard_normal(4))
    exact = ScoreModel(Chain(first, Tanh(), last))
    x = rng.standard_normal((6, 4))
    sliced = ScoreModel(exact.copy().net, SlicedScoreMatching(probes))
    np.testing.assert_allclose(sliced.loss_and_grad(x, rng=1), exact.loss_and_grad(x), rtol=1e-13)
    on = ~np.isclose(exact.theta, 0.0)  # off the diagonal the probes scatter
    np.testing.assert_allclose(sliced.grad[on], exact.grad[on], rtol=1e-12, atol=1e-14)


def test_sliced_is_exact_in_the_mean(rng):
    """Over many probes, also off the diagonal: each entry of a probe has a sign of its own."""
    net, x = Linear(4, 4, rng=rng), rng.standard_normal((5, 4))
    exact = ScoreModel(net).loss(x)
    sliced = ScoreModel(Linear(4, 4, rng=0), SlicedScoreMatching(20_000))
    sliced.theta[...] = ScoreModel(net).theta
    # The variance of vᵀWv is the sum of (W_ij + W_ji)² over pairs.
    assert sliced.loss(x, rng=2) == pytest.approx(exact, abs=4 * np.sqrt(12 / 20_000 / 5))


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


def test_an_autoencoder_with_a_residual_inside(tmp_path, rng):
    """Printed, described, saved and checked as what it is."""
    inner = Chain(Linear(6, 6, rng=rng), Tanh())
    encoder = Chain(Linear(4, 6, rng=rng), Tanh(), Residual(inner, 0.5))
    model, x = Autoencoder(encoder, Linear(6, 4, rng=rng)), rng.random((5, 4))
    assert gradcheck(model, x).max_relative_error < 1e-12
    assert "residual(tanh(x W1 + b1))" in repr(model)
    assert f"loss on this batch of 5: {model.loss(x):.6g}" in model.describe(x)
    assert load(save(model, tmp_path / "m")).loss(x) == model.loss(x)
    with pytest.raises(TypeError, match="scale must be a number"):
        Residual(inner, "1")


@pytest.mark.parametrize(
    ("build", "error", "says"),
    [
        (lambda: ScoreModel(Linear(3, 2, rng=0)), ValueError, "takes 3 numbers and gives 2"),
        (lambda: ScoreModel(Linear(3, 3, rng=0), ScoreMatching), TypeError, "criterion must be"),
        (lambda: SlicedScoreMatching(0), ValueError, "probes must be at least 1"),
        (lambda: DenoisingScoreMatching(0.0), ValueError, "sigma must be"),
        (lambda: ScoreModel(Linear(3, 3, rng=0)).score(np.zeros((2, 4))), ValueError, "4 features"),
        (lambda: ScoreModel(Tanh()), ValueError, "at least one Linear layer"),
        (lambda: ScoreModel(Chain(Linear(3, 4, rng=0), Linear(3, 3, rng=0))), ValueError,
         "is given 4"),
        (lambda: fit(ScoreModel(Linear(3, 3, rng=0)), (np.ones((2, 3)), np.ones(2))), TypeError,
         "got 2 arrays"),
    ],
)  # fmt: skip
def test_bad_input(build, error, says):
    with pytest.raises(error, match=says):
        build()
