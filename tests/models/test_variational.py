"""Samples and bounds on log p(x) of an autoencoder with a prior on its code (S20)."""

import numpy as np
import pytest

from tinyae import Autoencoder, BernoulliOutput, GaussianCode, GaussianNoise, Linear, Tanh
from tinyae.criterion import BernoulliCode
from tinyae.criterion.enumeration import binary_codes
from tinyae.models import log_likelihood


def linear_gaussian(rng, d=5, k=2):
    """A linear model, x = z V + c + ε, with exact log p(x) and exact posterior."""
    model = Autoencoder(Linear(d, 2 * k, rng=rng), Linear(k, d, rng=rng), code=GaussianCode())
    model.theta += 0.3 * rng.standard_normal(model.theta.shape)
    V, c = model.decoder.params["W"], model.decoder.params["b"]
    covariance = V.T @ V + np.eye(d)
    x = rng.multivariate_normal(c, covariance, 7)
    e = x - c
    exact = -0.5 * ((e @ np.linalg.inv(covariance) * e).sum(axis=1)
                    + np.linalg.slogdet(2 * np.pi * covariance)[1])  # fmt: skip
    return model, V, c, x, exact


def exact_elbo(model, V, c, x):
    """The ELBO of a linear decoder with unit noise, without sampling."""
    u = model.encoder.forward(x)[0]
    k = model.d_code
    mu, variance = u[:, :k], np.exp(u[:, k:])
    e = x - mu @ V - c
    nll = 0.5 * ((e * e).sum(axis=1) + variance @ (V * V).sum(axis=1)
                 + x.shape[1] * np.log(2 * np.pi))  # fmt: skip
    return -nll - GaussianCode().kl(u)


@pytest.mark.slow
def test_elbo_is_the_closed_form_of_a_linear_decoder(rng):
    model, V, c, x, exact = linear_gaussian(rng)
    expected = exact_elbo(model, V, c, x)
    draws = np.array([model.elbo(x, rng=rng) for _ in range(4000)])
    error = draws.std(axis=0) / 4000**0.5
    assert (np.abs(draws.mean(axis=0) - expected) / error).max() < 4.5
    assert (expected < exact).all()


def test_bounds_meet_log_p_where_the_encoder_is_the_posterior(rng):
    """A diagonal posterior needs orthogonal rows of V. Then every sample gives log p(x)."""
    model, _, c, x, _ = linear_gaussian(rng)
    V = model.decoder.params["W"]
    V[...] = np.linalg.qr(V.T)[0].T * np.array([[1.5], [0.7]])
    lengths = (V * V).sum(axis=1)
    W, b = model.encoder.params["W"], model.encoder.params["b"]
    W[:, :2], W[:, 2:] = V.T / (1 + lengths), 0.0
    b[:2], b[2:] = -(c @ V.T) / (1 + lengths), -np.log(1 + lengths)
    covariance = V.T @ V + np.eye(5)
    e = x - c
    exact = -0.5 * ((e @ np.linalg.inv(covariance) * e).sum(axis=1)
                    + np.linalg.slogdet(2 * np.pi * covariance)[1])  # fmt: skip
    np.testing.assert_allclose(exact_elbo(model, V, c, x), exact, rtol=1e-12)
    np.testing.assert_allclose(model.importance_weighted(x, samples=3), exact, rtol=1e-12)
    W[:, :2] *= -1.0  # the wrong sign is far below
    assert (exact_elbo(model, V, c, x) < exact - 0.01).any()


@pytest.mark.slow
def test_more_samples_bring_the_bound_nearer_to_log_p(rng):
    model, V, c, x, exact = linear_gaussian(rng)
    gaps = [exact.mean() - exact_elbo(model, V, c, x).mean()]
    for samples in (10, 1000):
        draws = [model.importance_weighted(x, samples=samples, rng=rng).mean() for _ in range(10)]
        gaps.append(exact.mean() - np.mean(draws))
    assert gaps[0] > 2 * gaps[1] > 4 * gaps[2] > -0.02


@pytest.mark.slow
def test_a_binary_code_against_enumeration(rng):
    model = Autoencoder.dense((6, 4), output=BernoulliOutput(), code=BernoulliCode(on=0.3),
                              rng=rng)  # fmt: skip
    model.theta += 0.5 * rng.standard_normal(model.theta.shape)
    x = (rng.random((5, 6)) < 0.5).astype(float)
    exact = log_likelihood(model, x, np.full(4, 0.3))
    found = model.importance_weighted(x, samples=8000)
    np.testing.assert_allclose(found, exact, atol=0.03)
    z, u = binary_codes(4), model.encoder.forward(x)[0]
    q = np.exp([model.code.log_density(z, np.broadcast_to(v, z.shape)) for v in u])
    a = model.decoder.forward(z)[0]
    nll = np.array([model.output.nll(np.broadcast_to(row, a.shape), a) for row in x])
    expected = -(q * nll).sum(axis=1) - model.code.kl(u)
    np.testing.assert_allclose(model.elbo(x, samples=8000), expected, atol=0.04)
    assert (expected <= exact).all()


def test_samples_are_those_of_prior_and_decoder(rng):
    model, V, c, *_ = linear_gaussian(rng)
    x = model.sample(200_000, rng=3)
    np.testing.assert_allclose(x.mean(axis=0), c, atol=0.03)
    np.testing.assert_allclose(np.cov(x.T), V.T @ V + np.eye(5), atol=0.06)
    means = model.sample(200_000, rng=3, mean=True)
    np.testing.assert_allclose(np.cov(means.T), V.T @ V, atol=0.06)
    np.testing.assert_array_equal(model.sample(4, rng=1), model.sample(4, rng=1))


def test_bounds_do_not_touch_the_model_and_ignore_corruption_and_beta(rng):
    plain = Autoencoder.dense((5, 4, 2), activation=Tanh, code=GaussianCode(), rng=1)
    x = rng.random((6, 5))
    plain.loss_and_grad(x)
    theta, grad = plain.theta.copy(), plain.grad.copy()
    expected = plain.elbo(x, samples=3), plain.importance_weighted(x, samples=3)
    np.testing.assert_array_equal(plain.theta, theta)
    np.testing.assert_array_equal(plain.grad, grad)
    other = Autoencoder.dense((5, 4, 2), activation=Tanh, code=GaussianCode(beta=0.1), rng=1,
                              corruption=GaussianNoise(2.0))  # fmt: skip
    np.testing.assert_array_equal(other.elbo(x, samples=3), expected[0])
    np.testing.assert_array_equal(other.importance_weighted(x, samples=3), expected[1])


@pytest.mark.parametrize("samples", [1, 7])
def test_log_mean_exp_does_not_overflow(samples):
    model = Autoencoder.dense((3, 2), code=GaussianCode(), rng=0)
    model.encoder.layers[0].params["W"][:, 2:] = 0.0  # the log-variances stay moderate
    found = model.importance_weighted(np.full((1, 3), 1e4), samples=samples)
    assert np.isfinite(found).all() and (found < -1e7).all()


def test_rows_far_from_the_training_rows_are_named():
    model = Autoencoder.dense((3, 2), code=GaussianCode())
    x = np.random.default_rng(0).random((5, 3))
    assert np.isfinite(model.elbo(x)).all()
    x[2] = 1e9
    for estimate in (model.elbo, model.importance_weighted):
        with pytest.raises(ValueError, match="1 rows of x, the first row 2"):
            estimate(x)


def test_rows_whose_squares_are_infinite_are_refused():
    model = Autoencoder.dense((2, 3), code=GaussianCode())
    for estimate in (model.elbo, model.importance_weighted):
        with pytest.raises(ValueError, match="x has entries up to 1e.200, whose squares"):
            estimate(np.full((1, 2), 1e200))
