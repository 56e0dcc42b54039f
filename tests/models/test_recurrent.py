"""The unrolled denoiser: its steps, its gradient through time, its manners."""

import copy
import pickle

import numpy as np
import pytest

from tinyae import (
    Adam,
    Autoencoder,
    BernoulliOutput,
    Chain,
    GaussianNoise,
    Identity,
    Linear,
    MaskingNoise,
    ReLU,
    Sigmoid,
    Softplus,
    Tanh,
    fit,
    gradcheck,
)
from tinyae.checks.streams import stream
from tinyae.criterion import DiagonalGaussianOutput
from tinyae.models import RecurrentDenoiser
from tinyae.training import Cosine

dense = RecurrentDenoiser.dense
X = np.random.default_rng(0).random((7, 5))


def test_the_steps_are_those_of_the_docstring(rng):
    model = dense((5, 4), activation=Tanh, steps=3, rng=rng)
    model.theta += 0.3 * rng.standard_normal(model.theta.size)  # biases too
    first, _, last = model.parts["step"].layers
    U, W, b = first.params["W"][:5], first.params["W"][5:], first.params["b"]
    V, c = last.params["W"], last.params["b"]
    before = X.copy()
    y, wanted = X, [X]
    for _ in range(3):
        y = np.tanh(X @ U + y @ W + b) @ V + c
        wanted.append(y)
    np.testing.assert_allclose(model.iterates(X), wanted, rtol=1e-13)
    np.testing.assert_array_equal(model.reconstruct(X), model.iterates(X)[-1])
    np.testing.assert_array_equal(model.iterates(X, 7)[:4], model.iterates(X))
    np.testing.assert_array_equal(X, before)
    target = X[::-1]
    p = model.forward(target, rng, X)
    errors = [0.5 * ((y - target) ** 2).sum(axis=1).mean() for y in wanted[1:]]
    assert model.backward(p) == pytest.approx(np.mean(errors), rel=1e-13)


@pytest.mark.one_in(18)
@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("activation", [Sigmoid, Tanh, Softplus, ReLU, Identity])
@pytest.mark.parametrize("output", [None, BernoulliOutput()])
def test_gradient_through_time(steps, activation, output, rng):
    options = {} if output is None else {"output": output}
    model = dense((5, 4), activation=activation, steps=steps, rng=rng,
                  corruption=GaussianNoise(0.3), **options)  # fmt: skip
    model.theta += 0.2 * rng.standard_normal(model.theta.size)
    report = gradcheck(model, X)
    assert report.method == "complex step" and report.max_relative_error < 1e-12


@pytest.mark.parametrize("weights", [(0, 0, 1), (1, 0, 0), (1, 2, 5)])
def test_weights_of_the_steps(weights, rng):
    model = dense((5, 4), steps=3, weights=weights, rng=rng, corruption=MaskingNoise(0.4))
    assert gradcheck(model, X).max_relative_error < 1e-12
    p = model.forward(X, stream(2, "evaluation"))
    costs = [0.5 * ((y - X) ** 2).sum(axis=1).mean() for y in p.y[1:]]
    assert model.loss(X, rng=2) == pytest.approx(np.average(costs, weights=weights), rel=1e-13)


def test_a_deeper_step(rng):
    step = Chain(
        Linear(10, 6, rng=rng), Tanh(), Linear(6, 4, rng=rng), Sigmoid(), Linear(4, 5, rng=rng)
    )
    model = RecurrentDenoiser(step, steps=3, corruption=MaskingNoise(0.4))
    assert gradcheck(model, X).max_relative_error < 1e-12


def test_one_step_without_feedback_is_the_denoising_autoencoder(rng):
    noise = MaskingNoise(0.3)
    autoencoder = Autoencoder.dense((5, 4), rng=rng, corruption=noise)
    model = dense((5, 4), steps=1, corruption=noise)
    first, _, last = model.parts["step"].layers
    first.params["W"][:5] = autoencoder.encoder.layers[0].params["W"]
    first.params["W"][5:] = 0.0
    last.params["W"][...] = autoencoder.decoder.layers[0].params["W"]
    assert model.loss_and_grad(X, 3) == pytest.approx(autoencoder.loss_and_grad(X, 3), rel=1e-14)
    np.testing.assert_allclose(
        first.grads["W"][:5], autoencoder.encoder.layers[0].grads["W"], rtol=1e-12
    )
    # With y_0 = x̃ both halves of the matrix see the same input.
    np.testing.assert_array_equal(first.grads["W"][:5], first.grads["W"][5:])


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_trains(dtype, rng):
    x = (rng.standard_normal((300, 2)) @ rng.standard_normal((2, 8))).astype(dtype)
    before = x.copy()
    model = dense((8, 12), activation=Tanh, steps=3, dtype=dtype, corruption=GaussianNoise(0.5))
    history = fit(model, x, epochs=30, optimizer=Adam(1e-2), batch_size=50)
    assert history.loss[-1] < 0.5 * history.loss[0]
    np.testing.assert_array_equal(x, before)
    assert model.reconstruct(x).dtype == dtype and model.grad.dtype == dtype
    twin = dense((8, 12), activation=Tanh, steps=3, dtype=dtype, corruption=GaussianNoise(0.5))
    fit(twin, x, epochs=30, optimizer=Adam(1e-2), batch_size=50)
    np.testing.assert_array_equal(twin.theta, model.theta)  # same seed, same bits


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m)),
                                  RecurrentDenoiser.copy])  # fmt: skip
def test_copies_are_whole_and_independent(twin, rng):
    model = dense((5, 4), steps=2, rng=rng, corruption=MaskingNoise(0.2))
    other = twin(model)
    assert other.loss_and_grad(X) == model.loss_and_grad(X)
    np.testing.assert_array_equal(other.grad, model.grad)
    kept = model.reconstruct(X)
    other.theta += 1.0
    assert not np.allclose(other.reconstruct(X), kept)
    np.testing.assert_array_equal(model.reconstruct(X), kept)


def test_noise_may_fall_while_training_goes_on():
    model = dense((5, 4), steps=2, corruption=GaussianNoise(Cosine(2.0)))
    np.testing.assert_array_equal(model.forward(X, np.random.default_rng(0)).y[0], X)
    model.progress = 0.0
    assert 1.0 < (model.forward(X, np.random.default_rng(0)).y[0] - X).std() < 3.0


def test_it_reads_like_its_criterion():
    text = repr(dense((5, 4), steps=2, corruption=MaskingNoise(0.25)))
    for part in (
        "2 steps",
        "MaskingNoise(fraction=0.25)",
        "Linear(10, 4)",
        "½‖x − r‖²",
        "w = 0.5 each",
    ):
        assert part in text


def two(weights):
    return dense((5, 4), steps=2, weights=weights)


BAD = {
    "sizes": (ValueError, r"sizes must be \(width of x", lambda m: dense((5, 4, 3))),
    "sizes: the mirror too": (ValueError, r"write \(5, 4\)", lambda m: dense((5, 4, 5))),
    "sizes: text": (ValueError, r"sizes must be", lambda m: dense("54")),
    "width 0": (ValueError, r"sizes\[1\] must be at least 1", lambda m: dense((5, 0))),
    "steps 0": (ValueError, "steps must be at least 1", lambda m: dense((5, 4), steps=0)),
    "steps 1.5": (TypeError, "steps must be a whole number", lambda m: dense((5, 4), steps=1.5)),
    "weights: count": (ValueError, "weights must be 2 numbers", lambda m: two((1,))),
    "weights: sign": (ValueError, "numbers >= 0", lambda m: two((1, -1))),
    "weights: zero": (ValueError, "not all zero", lambda m: two((0, 0))),
    "weights: text": (TypeError, "weights must be an array, got the string", lambda m: two("ab")),
    "activation": (TypeError, "Sigmoid, Tanh", lambda m: dense((5, 4), activation="tanh")),
    "corruption": (TypeError, "corruption must be None", lambda m: dense((5, 4), corruption=0.1)),
    "output": (TypeError, "output must be", lambda m: dense((5, 4), output=BernoulliOutput)),
    "output: more parameters": (ValueError, "which has 10 for 5 features", lambda m: dense(
        (5, 4), output=DiagonalGaussianOutput())),
    "seed": (TypeError, "must be a seed", lambda m: dense((5, 4), rng=None)),
    "dtype": (ValueError, "float32 or float64", lambda m: dense((5, 4), dtype=int)),
    "step: no layer": (TypeError, "step must be a layer", lambda m: RecurrentDenoiser(3)),
    "step: widths": (ValueError, "must map 2d numbers", lambda m: RecurrentDenoiser(
        Linear(5, 5, rng=0))),
    "step: no Linear": (ValueError, "needs at least one", lambda m: RecurrentDenoiser(Tanh())),
    "doubled sigmoid": (ValueError, "applies its sigmoid itself", lambda m: RecurrentDenoiser(
        Chain(Linear(10, 5, rng=0), Sigmoid()), output=BernoulliOutput())),
    "x: width": (ValueError, "but 5 were expected", lambda m: m.loss_and_grad(np.ones((2, 4)))),
    "x: NaN": (ValueError, "NaN", lambda m: m.loss_and_grad(np.full((2, 5), np.nan))),
    "x: range": (ValueError, r"targets in \[0, 1\]", lambda m: m.loss_and_grad(2 * X + 1)),
    "x: labels": (TypeError, "the clean x of pairs", lambda m: fit(m, (X, np.zeros(7)))),
    "x̃: width": (ValueError, "x_tilde has 4", lambda m: m.reconstruct(np.ones((2, 4)))),
    "iterates: steps": (ValueError, "steps must be", lambda m: m.iterates(X, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    error, message, action = BAD[name]
    model = dense((5, 4), output=BernoulliOutput())
    kept = model.theta.copy()
    with pytest.raises(error, match=message):
        action(model)
    np.testing.assert_array_equal(model.theta, kept)
