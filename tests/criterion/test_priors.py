"""Priors against the penalties they stand for, and the sum over codes against a sum by hand."""

import numpy as np
import pytest

from tinyae import Autoencoder, BernoulliOutput, Tanh
from tinyae.criterion import LaplacePrior, StudentTPrior
from tinyae.criterion.enumeration import binary_codes
from tinyae.models import log_likelihood, point_estimate


@pytest.mark.parametrize("prior", [LaplacePrior(1.3), StudentTPrior(1.7)], ids=repr)
def test_densities_integrate_to_one(prior):
    h = np.tan(np.linspace(-np.pi / 2, np.pi / 2, 400_003)[1:-1])
    p = np.exp(prior.log_density(h[:, None]))
    assert ((p[1:] + p[:-1]) / 2 * np.diff(h)).sum() == pytest.approx(1, abs=1e-5)
    two = prior.log_density(np.array([[0.3, -2.0]]))
    assert two == pytest.approx(prior.log_density(np.array([[0.3], [-2.0]])).sum())


def test_student_t_against_scipy(rng):
    stats = pytest.importorskip("scipy.stats")
    lam, h = 1.7, rng.normal(0, 3, (20, 1))
    scale = 1 / np.sqrt(2 * lam - 1)
    expected = stats.t.logpdf(h[:, 0], 2 * lam - 1, scale=scale)
    np.testing.assert_allclose(StudentTPrior(lam).log_density(h), expected, rtol=1e-12)


def test_likelihood_by_hand(rng):
    model = Autoencoder.dense((4, 3), output=BernoulliOutput())
    x, on = (rng.random((6, 4)) < 0.5) * 1.0, np.array([0.2, 0.5, 0.9])
    total = np.zeros(6)
    for code in binary_codes(3):
        r = model.decode(code[None])
        prior = np.prod(np.where(code == 1, on, 1 - on))
        total += prior * np.where(x == 1, r, 1 - r).prod(axis=1)
    np.testing.assert_allclose(log_likelihood(model, x, on), np.log(total), rtol=1e-12)
    h = (model.encode(x) >= 0.5) * 1.0
    r = model.decode(h)
    term = np.where(h == 1, on, 1 - on).prod(axis=1) * np.where(x == 1, r, 1 - r).prod(axis=1)
    np.testing.assert_allclose(point_estimate(model, x, on), np.log(term), rtol=1e-12)
    assert (point_estimate(model, x, on) < log_likelihood(model, x, on)).all()


def test_likelihood_of_real_values_is_a_density():
    """One real x: the mixture of Gaussians that the codes make integrates to one."""
    model = Autoencoder.dense((1, 3))
    x, on = np.linspace(-12, 12, 4001)[:, None], np.array([0.2, 0.5, 0.9])
    assert np.exp(log_likelihood(model, x, on)).sum() * (x[1, 0] - x[0, 0]) == pytest.approx(1)
    r = model.decode((model.encode(x) >= 0.5) * 1.0)
    h = (model.encode(x) >= 0.5) * 1.0
    expected = np.log(np.where(h == 1, on, 1 - on)).sum(axis=1) - 0.5 * (x - r)[:, 0] ** 2
    found = point_estimate(model, x, on)
    np.testing.assert_allclose(found, expected - 0.5 * np.log(2 * np.pi), rtol=1e-12)


def test_refusals(rng):
    model = Autoencoder.dense((4, 3), output=BernoulliOutput())
    x = np.ones((2, 4))
    with pytest.raises(ValueError, match="3 probabilities inside"):
        log_likelihood(model, x, np.array([0.5, 1.0, 0.5]))
    with pytest.raises(ValueError, match="between 1 and 16 bits"):
        log_likelihood(Autoencoder.dense((4, 20)), x, np.full(20, 0.5))
    half = np.full(3, 0.5)
    for function in (log_likelihood, point_estimate):
        with pytest.raises(ValueError, match="targets in"):
            function(model, 2 * x, half)
        with pytest.raises(ValueError, match="x of zeros and ones"):
            function(model, 0.5 * x, half)
    with pytest.raises(ValueError, match="can be rounded"):
        point_estimate(Autoencoder.dense((4, 3), activation=Tanh), x, half)
    for prior, least in ((LaplacePrior, 0.0), (StudentTPrior, 0.5)):
        for lam, message in ((least, "lam must be"), (1e200, "lam = 1e.200 is too far from 1")):
            with pytest.raises(ValueError, match=message):
                prior(lam)
