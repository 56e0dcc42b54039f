"""Costs and likelihoods of the outputs against their definitions, and at the ends of the range."""

import numpy as np
import pytest

from tinyae import BernoulliOutput, GaussianOutput

BOTH = [GaussianOutput(), BernoulliOutput()]


def test_gaussian_is_the_log_density(rng):
    x, a = rng.normal(size=(7, 3)), rng.normal(size=(7, 3))
    density = np.exp(-0.5 * (x - a) ** 2) / np.sqrt(2 * np.pi)
    np.testing.assert_allclose(GaussianOutput().nll(x, a), -np.log(density).sum(axis=1), rtol=1e-13)
    constant = 1.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(GaussianOutput().cost(x, a), GaussianOutput().nll(x, a) - constant)


def test_bernoulli_is_the_log_mass(rng):
    a = rng.normal(0, 3, (7, 5))
    x = (rng.random((7, 5)) < 0.5) * 1.0
    r = BernoulliOutput().mean.f(a)
    mass = np.where(x == 1, r, 1 - r).prod(axis=1)
    np.testing.assert_allclose(BernoulliOutput().nll(x, a), -np.log(mass), rtol=1e-12)


def test_bernoulli_sums_to_one(rng):
    a = rng.normal(size=(1, 4))
    words = np.array([[i >> k & 1 for k in range(4)] for i in range(16)], float)
    total = np.exp(-BernoulliOutput().nll(words, np.repeat(a, 16, axis=0))).sum()
    assert total == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("output", BOTH, ids=repr)
def test_gradient_by_complex_step(output, rng):
    x, a = rng.random((6, 4)), rng.normal(0, 3, (6, 4))
    number = np.zeros_like(a)
    for i in np.ndindex(a.shape):
        z = a.astype(complex)
        z[i] += 1e-30j
        number[i] = np.imag(output.cost(x, z).sum()) / 1e-30
    np.testing.assert_allclose(output.gradient(x, a), number, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bernoulli_is_stable_from_logits(dtype):
    a = np.array([[1e4, -1e4, 1e4, -1e4]], dtype)
    x = np.array([[1, 0, 0, 1]], dtype)
    output = BernoulliOutput()
    assert output.cost(x, a).item() == 2e4
    assert output.cost(x, a).dtype == dtype
    np.testing.assert_array_equal(output.gradient(x, a), [[0, 0, 1, -1]])


def test_a_nearly_certain_bernoulli_still_costs_something():
    a, x = np.full((1, 1), 20, np.float32), np.ones((1, 1), np.float32)
    assert BernoulliOutput().cost(x, a).item() == pytest.approx(np.exp(-20), rel=1e-6)


def test_the_mean_is_where_the_expected_cost_is_least(rng):
    """For both, cost averaged over targets is least at mean(a) = E[x]: what makes r = E[x | x̃]."""
    x = rng.random((2000, 1))
    for output, logit in (
        (GaussianOutput(), x.mean()),
        (BernoulliOutput(), np.log(x.mean() / (1 - x.mean()))),
    ):
        a = np.full_like(x, logit)
        assert abs(output.gradient(x, a).mean()) < 1e-12


def test_check_of_the_domain():
    BernoulliOutput().check(np.array([[0.0, 1.0]]))
    GaussianOutput().check(np.array([[-5.0, 300.0]]))
    with pytest.raises(ValueError, match="divide bytes by 255"):
        BernoulliOutput().check(np.array([[0.0, 200.0]]))
    with pytest.raises(ValueError, match="rescale"):
        BernoulliOutput().check(np.array([[-0.1, 0.5]]))
