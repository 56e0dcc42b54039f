"""Score matching finds densities without their normalizing constants (section 14.5.1)."""

import numpy as np
import pytest

from tinyae import Adam, Chain, Linear, Tanh, fit, minimize
from tinyae.models import DenoisingScoreMatching, ScoreMatching, ScoreModel, SlicedScoreMatching
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


def gaussian(rng, d=4):
    """A random mean (d,) and covariance (d, d) with eigenvalues of at least ½."""
    A = rng.standard_normal((d, d))
    return rng.standard_normal(d), A @ A.T / d + 0.5 * np.eye(d)


def relative_error(precision, covariance):
    """‖P − C⁻¹‖ / ‖C⁻¹‖."""
    true = np.linalg.inv(covariance)
    return np.linalg.norm(precision - true) / np.linalg.norm(true)


def off_in_directions(model, x, rng, step=1e-5):
    """‖slopes of the gradient − central differences‖ / ‖the latter‖; the same without the trace."""
    directions = rng.standard_normal((10, model.theta.size))
    start, numbers = model.theta.copy(), []
    for v in directions:
        values = []
        for sign in (1.0, -1.0):
            model.theta[...] = start + sign * step * v
            values.append(model.loss(x, rng=0))
        numbers.append((values[0] - values[1]) / (2 * step))
    model.theta[...] = start
    model.loss_and_grad(x, rng=0)
    found = [model.grad.copy()]
    model.grad[...] = 0.0
    psi, cache = model.net.forward(x)
    model.net.backward(psi / len(x), cache)
    found.append(model.grad.copy())
    return [np.linalg.norm(directions @ g - numbers) / np.linalg.norm(numbers) for g in found]


def test_score_matching_recovers_a_precision(claim, full):
    c = claim("S24", "14.5.1",
              "Score matching needs no normalizing constant. A linear model of the score finds "
              "the precision matrix of a Gaussian. The mean of the sliced criterion equals the "
              "exact criterion.")  # fmt: skip
    errors, sliced, alone = [], [], []
    agreement, without = [], []
    slopes = ([], []), ([], [])  # right and wrong ones, by criterion
    for seed in c.seeds(5 if full else 1):
        rng = np.random.default_rng(seed)
        mean, covariance = gaussian(rng)
        x = rng.multivariate_normal(mean, covariance, 50_000)
        for criterion, found in ((ScoreMatching(), errors), (SlicedScoreMatching(), sliced)):
            model = ScoreModel(Linear(4, 4, rng=seed), criterion)
            fit(model, x, epochs=15, batch_size=500, optimizer=Adam(Cosine(0.03)), rng=seed,
                core="auto")  # fmt: skip
            found.append(relative_error(-model.net.params["W"], covariance))
        alone.append(relative_error(np.diag(1.0 / x.var(axis=0)), covariance))
        net = Chain(Linear(4, 6, rng=rng), Tanh(), Linear(6, 4, rng=rng))
        estimates = [
            ScoreModel(net, SlicedScoreMatching()).loss(x[:200], rng=i) for i in range(400)
        ]
        for i, criterion in enumerate((ScoreMatching(), SlicedScoreMatching())):
            right, wrong = off_in_directions(ScoreModel(net, criterion), x[:200], rng)
            slopes[0][i].append(right)
            slopes[1][i].append(wrong)
        error = np.std(estimates) / 20
        exact = ScoreModel(net).loss(x[:200])
        norm = 0.5 * (net.forward(x[:200])[0] ** 2).sum(axis=1).mean()
        agreement.append(abs(np.mean(estimates) - exact) / error)
        without.append(abs(np.mean(estimates) - norm) / error)
    what = "precision of a 4-D Gaussian, 50 000 samples: relative error"
    c.show(what, errors, at_most=0.02)
    c.control("the inverse variances, without correlations", what, alone)
    what = "the same by the sliced criterion"
    c.show(what, sliced, at_most=0.03)
    c.control("the inverse variances, without correlations", what, alone)
    what = "gradient along ten directions, tanh net: relative difference from central differences"
    for name, right, wrong in zip(("exact", "sliced"), *slopes, strict=True):
        c.show(f"{what}, {name}", right, at_most=1e-6)
        c.control("without the trace", f"{what}, {name}", wrong)
    what = "exact − mean of 400 sliced values, in standard errors"
    c.show(what, agreement, at_most=3.0)
    c.control("the exact criterion without its trace", what, without)


def test_score_matching_is_consistent(claim, full):
    pytest.importorskip("scipy")
    c = claim("S59", "14.5.1",
              "Score matching is consistent: the error of a Gaussian's precision decreases as "
              "n^(−½). Denoising score matching with a fixed σ is not: its error stays.",
              "4-D Gaussians, n = 100 to 30 000; the minimum over all linear scores")  # fmt: skip
    sizes = np.array([100, 300, 1000, 3000, 10_000, 30_000])
    criteria = {"exact": ScoreMatching(), "denoising": DenoisingScoreMatching(0.5)}
    errors = {name: [] for name in criteria}
    for seed in c.seeds(10 if full else 4):
        mean, covariance = gaussian(np.random.default_rng(seed))
        x = np.random.default_rng(seed).multivariate_normal(mean, covariance, sizes[-1])
        for name, criterion in criteria.items():
            errors[name].append([])
            for n in sizes:
                model = ScoreModel(Linear(4, 4, rng=seed), criterion)
                minimize(model, x[:n], rng=seed)
                errors[name][-1].append(relative_error(-model.net.params["W"], covariance))
    slopes = {}
    for name in errors:
        typical = np.sqrt((np.array(errors[name]) ** 2).mean(axis=0))  # over the seeds
        slopes[name] = np.polyfit(np.log(sizes), np.log(typical), 1)[0]
    what = "slope of the log of the root mean square error on log n"
    c.show(what, slopes["exact"], at_least=-0.7, at_most=-0.35)
    c.control("denoising, σ = .5 fixed", what, slopes["denoising"])
    what = "relative error of the precision at n = 30 000"
    c.show(what, [e[-1] for e in errors["exact"]], at_most=0.03)
    c.control("denoising, σ = .5 fixed", what, [e[-1] for e in errors["denoising"]])
    c.quote("relative error of the precision at n = 100", [e[0] for e in errors["exact"]])


# -- A mixture w N(−a, 1) + (1 − w) N(a, 1): what the score says of w ------------------------------


def log_density(x, a, w):
    """log p without the constant of the normal density."""
    return np.logaddexp(np.log(w) - 0.5 * (x + a) ** 2, np.log1p(-w) - 0.5 * (x - a) ** 2)


def score(x, a, w):
    """The score −x + a (1 − 2q) and its derivative −1 + 4a² q (1 − q), q = p(first | x)."""
    q = np.exp(np.log(w) - 0.5 * (x + a) ** 2 - log_density(x, a, w))
    return -x + a * (1.0 - 2.0 * q), -1.0 + 4.0 * a * a * q * (1.0 - q)


def divergences(a, w, other):
    """½E‖difference of the scores‖² and the Kullback-Leibler divergence, by the trapezoid rule."""
    x = np.linspace(-16.0, 16.0, 6401)
    p = np.exp(log_density(x, a, w))
    p /= p.sum()
    fisher = 0.5 * p @ (score(x, a, w)[0] - score(x, a, other)[0]) ** 2
    return fisher, p @ (log_density(x, a, w) - log_density(x, a, other))


def estimated_weights(x, a):
    """The w with the least criterion of score matching, and the one with the highest likelihood."""
    grid = np.linspace(0.005, 0.995, 199)
    criterion = [(0.5 * s**2 + slope).mean() for s, slope in (score(x, a, w) for w in grid)]
    likelihood = [log_density(x, a, w).mean() for w in grid]
    return grid[np.argmin(criterion)], grid[np.argmax(likelihood)]


def test_score_matching_is_blind_to_the_weights_of_distant_components(claim, full):
    c = claim("S59", "14.5.1",
              "Score matching hardly sees the weights of components that lie far apart: two "
              "mixtures with different weights have almost the same score where there are data. "
              "With 10 000 samples and components ten standard deviations apart its weight is "
              "wrong by more than a tenth (root mean square), while that of maximum likelihood is "
              "exact to 1 %.",
              "w N(−a, 1) + (1 − w) N(a, 1), w = .8")  # fmt: skip
    near, far = (divergences(a, 0.8, 0.2) for a in (1.0, 5.0))
    what = "half of E‖difference of the scores‖², w = .8 and .2: 10 apart over 2 apart"
    c.show(what, far[0] / near[0], at_most=1e-3)
    c.control("Kullback-Leibler divergence", what, far[1] / near[1])
    errors = {}
    for a in (1.0, 3.0, 5.0):
        found = []
        for seed in c.seeds(20 if full else 10):
            rng = np.random.default_rng(seed)
            x = np.where(rng.random(10_000) < 0.8, -a, a) + rng.standard_normal(10_000)
            found.append((*estimated_weights(x, a), (x < 0).mean()))
        errors[a] = np.sqrt(((np.array(found) - 0.8) ** 2).mean(axis=0))
    what = "2 apart: root mean square error of the weight, n = 10 000"
    c.show(what, errors[1.0][0], at_most=0.02)
    c.control("the share of samples nearer to the first component", what, errors[1.0][2])
    what = "10 apart: root mean square error of the weight, n = 10 000"
    c.show(what, errors[5.0][0], at_least=0.1)
    c.control("maximum likelihood", what, errors[5.0][1])
    c.quote("6 apart: root mean square error of the weight, n = 10 000", errors[3.0][0])
