"""Codes that are drawn: their moments, and estimates of a gradient through zeros and ones (14.4)."""

import numpy as np
import pytest

from figures.experiments.binary_code import (
    OwnCostInBaseline,
    WithoutBaseline,
    enumerated,
    quality,
    small_model,
)
from tinyae import GaussianCode
from tinyae.criterion import BernoulliCode

pytestmark = pytest.mark.claim


class BaselineAdded(BernoulliCode):
    """A mistake: the baseline is added. The estimate stays unbiased."""

    def backward(self, gz, cache, costs, weights):
        """gu = (c + baseline) (z − p)."""
        z, p = cache
        n = len(costs)
        others = (costs.sum() - costs) / (n - 1)
        return (costs + others)[:, None] * (z - p)


def test_the_enumerated_gradient_is_that_of_the_expected_cost():
    """The reference of the estimates of a gradient, by central differences."""
    model, x = small_model(BernoulliCode(beta=0.0), 3)
    _, g = enumerated(model, x)
    for i in range(len(g)):
        ends = []
        for step in (1e-5, -1e-5):
            twin = model.copy()
            twin.theta[i] += step
            ends.append(enumerated(twin, x)[0])
        assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(g[i], rel=1e-7, abs=1e-9)


def off(values, stated):
    """Largest error of the column means of `values`, in their standard errors."""
    error = values.std(axis=0) / len(values) ** 0.5 + 1e-9
    return (np.abs(values.mean(axis=0) - stated) / error).max()


def test_samples_of_codes_and_priors_have_the_stated_moments(claim, full):
    c = claim("S19", "14.4",
              "The samples of a Gaussian and of a Bernoulli code, and those of their priors, have "
              "the means and covariances that their definitions state. A mean that is wrong by 5 % "
              "of the standard deviation is noticed, and so is a scale that is wrong by 5 %.")  # fmt: skip
    n, k = 400_000 if full else 60_000, 3
    rng = np.random.default_rng(c.seeds(1)[0])
    mu, s, logit = rng.standard_normal((3, k))
    p, on = 1 / (1 + np.exp(-logit)), 0.3
    gaussian, binary = GaussianCode(), BernoulliCode(on=on)

    def drawn(code, *u):
        return code.forward(np.broadcast_to(np.concatenate(u), (n, code.units(k))), rng)[0]

    cases = {
        "Gaussian code": (drawn(gaussian, mu, s), mu, np.exp(s)),
        "its prior": (gaussian.sample_prior(n, k, rng, np.float64), np.zeros(k), np.ones(k)),
        "Bernoulli code": (drawn(binary, logit), p, p * (1 - p)),
        "its prior, 0.3": (binary.sample_prior(n, k, rng, np.float64), np.full(k, on),
                           np.full(k, on * (1 - on))),
    }  # fmt: skip
    for name, (z, mean, variance) in cases.items():
        what = f"{name}: mean, in standard errors"
        c.show(what, off(z, mean), at_most=4)
        c.control("a mean 5 % of the deviation larger", what, off(z, mean + 0.05 * variance**0.5))
        products = np.einsum("ni,nj->nij", z - mean, z - mean)
        what = f"{name}: covariance, in standard errors"
        c.show(what, off(products, np.diag(variance)), at_most=4)
        c.control("a scale 5 % larger", what, off(products, np.diag(1.05**2 * variance)))
        if name == "Gaussian code":
            c.control("s read as log σ", what, off(products, np.diag(np.exp(2 * s))))


@pytest.mark.slow
def test_estimates_of_the_gradient_through_a_binary_code(claim, full):
    c = claim("S19", "14.4",
              "The score-function estimate of the gradient through a Bernoulli code is unbiased, "
              "and a baseline of the other examples' costs reduces its variance. The "
              "straight-through estimate has a smaller variance and is biased.",
              on="4-3-4, Bernoulli output, five rows, the gradient by enumeration of all codes; "
              "31 parameters; bias and deviation are those of the encoder's gradient, in units of "
              "its norm")  # fmt: skip
    draws = 10_000 if full else 3000
    kinds = {
        "score": BernoulliCode(beta=0.0),
        "through": BernoulliCode(straight_through=True, beta=0.0),
        "bare": WithoutBaseline(beta=0.0),
        "own": OwnCostInBaseline(beta=0.0),
        "added": BaselineAdded(beta=0.0),
    }
    found = {name: [] for name in kinds}
    for seed in c.seeds(5 if full else 1):
        for name, code in kinds.items():
            found[name].append(quality(code, draws, seed))

    def errors(name):
        return [np.abs(q.errors).max() for q in found[name]]

    def all_of(name, what):
        return np.array([getattr(q, what) for q in found[name]])

    def deviation(name):
        return all_of(name, "deviation") / all_of("score", "deviation")

    def biased(name):
        return all_of(name, "bias") / all_of(name, "noise")

    what = "score function: largest error of 31 entries, in standard errors"
    c.show(what, errors("score"), at_most=4.5)
    c.control("straight-through", what, errors("through"))
    what = "straight-through: largest error of 31 entries, in standard errors"
    c.show(what, errors("through"), at_least=20)
    c.control("score function", what, errors("score"))
    what = "straight-through: bias / what its standard errors allow"
    c.show(what, biased("through"), at_least=3,
           moved="≥ 5 at first, near the smallest of three fresh seeds")  # fmt: skip
    c.control("score function", what, biased("score"))
    what = "score function: bias / what its standard errors allow"
    c.show(what, biased("score"), at_most=1.5)
    c.control("own cost in the baseline", what, biased("own"))
    what = "straight-through / score function: standard deviation of a draw"
    c.show(what, deviation("through"), at_most=0.5)
    c.control("score function without a baseline", what, deviation("bare"))
    what = "no baseline / with baseline: standard deviation of a draw"
    c.show(what, deviation("bare"), at_least=1.5)
    c.control("baseline added", what, deviation("bare") / deviation("added"))
    c.quote("straight-through: bias", all_of("through", "bias"))
    c.quote("own cost in the baseline: bias, expected 1/5", all_of("own", "bias"))
    c.quote("score function: standard deviation of a draw", all_of("score", "deviation"))
    c.quote("straight-through: standard deviation of a draw", all_of("through", "deviation"))
