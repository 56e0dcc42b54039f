"""Codes with a prior: bounds on log p(x), codes without a penalty, estimated gradients (14.2, 14.4)."""

import numpy as np
import pytest

from figures.experiments.binary_code import (
    OwnCostInBaseline,
    WithoutBaseline,
    enumerated,
    quality,
    small_model,
)
from figures.experiments.binary_digits import bits
from figures.experiments.linear_gaussian import (
    D,
    ExpectedVAE,
    K,
    UnitVarianceVAE,
    against,
    elbo,
    gaussian_rows,
    linear_vae,
    log_likelihood,
    maximum_likelihood,
)
from figures.experiments.variational import active_units, digits_vae, independent_pixels
from tinyae import Adam, Autoencoder, GaussianCode, Identity, fit, gradcheck, minimize
from tinyae.criterion import BernoulliCode
from tinyae.datasets import mnist
from tinyae.training import Cosine

pytestmark = pytest.mark.claim

TO_ROUNDING = {"maxiter": 20_000, "maxfun": 40_000, "maxcor": 20, "ftol": 1e-16, "gtol": 1e-9}


def gap(model, x):
    """log p(x) − ELBO of each row: the KL divergence of the encoder from the posterior."""
    return log_likelihood(model, x) - elbo(model, x)


def minimised(kind, x, seed, steps=20_000, **options):
    """A linear autoencoder of class `kind` whose expected criterion on x is minimised."""
    model = linear_vae(kind, seed, **options)
    minimize(model, x, options=TO_ROUNDING | {"maxiter": steps})
    return model


def test_the_expected_criterion_has_its_gradient(rng):
    """The closed form of the claims below, by the complex step."""
    for kind in (ExpectedVAE, UnitVarianceVAE):
        model = kind.dense((D, K), activation=Identity, code=GaussianCode(beta=0.7), rng=rng)
        x, _ = gaussian_rows(20, rng)
        if kind is ExpectedVAE:
            assert gradcheck(model, x).max_relative_error < 1e-12
            constant = 0.5 * D * np.log(2 * np.pi)
            assert model.loss(x) == pytest.approx(-elbo(model, x, 0.7).mean() - constant, rel=1e-12)
        else:
            model.loss_and_grad(x)
            grads = model.encoder.layers[0].grads
            assert grads["W"][:, :K].all()
            assert not grads["W"][:, K:].any() and not grads["b"][K:].any()


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


@pytest.mark.slow
def test_the_bound_holds_everywhere(claim, full):
    """Trained by `fit` with sampled noise, which a reader would do; measured in closed form."""
    c = claim("S20", "14.2",
              "The evidence lower bound of a variational autoencoder is below log p(x) for every "
              "example: before, during and after training. Importance weighting with more samples "
              "comes closer to log p(x).",
              on="a linear autoencoder 8-2-8 with unit output variance on 2000 Gaussian rows; "
              "ELBO and log p(x) in closed form; Adam with a falling step, sampled noise")  # fmt: skip
    least, wrong, at_end, angles, lengths, off, steps, last = [], [], [], [], [], [], [], []
    epochs = 600 if full else 200
    for seed in range(5 if full else 2):
        x, fresh = gaussian_rows(2000, np.random.default_rng(seed))
        both, model, gaps = np.concatenate([x, fresh]), linear_vae(Autoencoder, seed), []
        model.theta += 0.1 * np.random.default_rng(seed).standard_normal(model.theta.size)
        estimate = model.elbo(fresh[:500], samples=400) - elbo(model, fresh[:500])
        off.append(abs(estimate.mean()) / (estimate.std() / 500**0.5))
        early = model.copy()
        fit(early, x, epochs=10, batch_size=500, rng=seed, optimizer=Adam(0.02), core="auto")
        rises = [early.importance_weighted(fresh[:500], samples=s, rng=s) for s in (1, 10, 1000)]
        steps.append(np.diff([r.mean() for r in rises]))
        last.append((log_likelihood(early, fresh[:500]) - rises[-1]).mean())

        def measure(epoch, model, history, both=both, gaps=gaps):
            gaps.append(gap(model, both).min())

        measure(0, model, None)
        fit(model, x, epochs=epochs, batch_size=500, rng=seed, optimizer=Adam(Cosine(0.02)),
            core="auto", callback=measure)  # fmt: skip
        least.append(min(gaps))
        wrong.append((elbo(model, both, 0.5) - log_likelihood(model, both)).max())
        at_end.append(gap(model, fresh).mean())
        angle, length = against(model, maximum_likelihood(x))
        angles.append(angle)
        lengths.append(length)
    c.show("smallest log p(x) − ELBO of all rows and epochs (nats)", least, at_least=-1e-12)
    c.show("control, half the KL divergence: largest excess over log p(x)", wrong, at_least=0.1)
    c.show("after training: mean log p(x) − ELBO on fresh rows (nats)", at_end, at_most=0.01)
    c.show("sampled − closed-form ELBO, in standard errors", off, at_most=5)
    c.show("importance weighted, after 10 epochs: 10 − 1 and 1000 − 10 samples (nats)", steps,
           at_least=1e-3)  # fmt: skip
    c.show("|log p(x) − importance weighted|, 1000 samples (nats)", np.abs(last), at_most=0.02)
    c.quote("largest angle to the subspace of probabilistic PCA (rad)", angles)
    c.quote("worst |length of an axis / maximum likelihood − 1|", lengths)


@pytest.mark.slow
def test_the_optimum_is_probabilistic_pca(claim, full):
    """The noise of the code is integrated out, so that L-BFGS reaches the optimum."""
    pytest.importorskip("scipy")
    c = claim("S20", "14.2",
              "At its optimum, a linear variational autoencoder is probabilistic PCA: the bound is "
              "equal to log p(x), log p(x) is at its maximum, and the decoder spans the principal "
              "subspace.",
              on="8-2-8, unit output variance, 2000 Gaussian rows with variances 6, 3 and 0.5; the "
              "expected criterion in closed form is minimised by L-BFGS on all rows")  # fmt: skip
    names = "gap", "fresh", "angle", "length", "below"
    found = {name: [] for name in names}
    sign, unit, beta, shuffled = [], [], [], []
    for seed in range(5 if full else 2):
        rng = np.random.default_rng(seed)
        x, fresh = gaussian_rows(2000, rng)
        best = maximum_likelihood(x)
        model = minimised(ExpectedVAE, x, seed)
        here = (gap(model, x).mean(), gap(model, fresh).mean(), *against(model, best),
                best.log_likelihood(x).mean() - log_likelihood(model, x).mean())  # fmt: skip
        for name, value in zip(names, here, strict=True):
            found[name].append(value)
        other = minimised(ExpectedVAE, rng.permuted(x, axis=0), seed)
        shuffled.append(against(other, best)[0])
        unit.append(gap(minimised(UnitVarianceVAE, x, seed), fresh).mean())
        strong = minimised(ExpectedVAE, x, seed, beta=4.0)
        beta.append((against(strong, best)[1],
                     (best.log_likelihood(x) - log_likelihood(strong, x)).mean()))  # fmt: skip
        model.encoder.layers[0].params["W"][:, :K] *= -1.0
        sign.append(gap(model, fresh).mean())
    beta = np.array(beta)
    c.show("mean log p(x) − ELBO (nats)", found["gap"], at_most=0.01)
    c.show("mean log p(x) − ELBO on fresh rows (nats)", found["fresh"], at_most=0.01)
    c.show("largest log-likelihood − that of the model (nats)", found["below"], at_most=1e-6)
    c.show("largest angle to the principal subspace (rad)", found["angle"], at_most=1e-3)
    c.show("worst |length of an axis / maximum likelihood − 1|", found["length"], at_most=1e-3)
    c.show("control, mean code of wrong sign: log p(x) − ELBO", sign, at_least=0.1)
    c.show("control, σ = 1 not learned: log p(x) − ELBO", unit, at_least=0.1)
    c.show("control, β = 4: worst |length ratio − 1|", beta[:, 0], at_least=0.1)
    c.show("control, β = 4: below the largest log-likelihood (nats)", beta[:, 1], at_least=0.1)
    c.show("control, columns shuffled: largest angle (rad)", shuffled, at_least=0.1)


@pytest.mark.slow
def test_an_overcomplete_linear_code_needs_no_penalty(claim, full):
    """Twice as many units as features; the plain autoencoder of the same shape copies."""
    pytest.importorskip("scipy")
    c = claim("S20", "14.2",
              "A variational autoencoder with more code units than features learns the distribution "
              "without a penalty: the KL divergence switches off the units that are not needed. A "
              "plain autoencoder of the same size copies its input.",
              on="linear, 8-16-8, 2000 Gaussian rows with two variances above that of the output; "
              "L-BFGS")  # fmt: skip
    active, below, plain, error, tiny = [], [], [], [], []
    for seed in range(5 if full else 2):
        x, fresh = gaussian_rows(2000, np.random.default_rng(seed))
        model = minimised(ExpectedVAE, x, seed, k=2 * D)
        active.append(active_units(model, fresh))
        reached = log_likelihood(model, fresh).mean()
        below.append(maximum_likelihood(x).log_likelihood(fresh).mean() - reached)
        copier = Autoencoder.dense((D, 2 * D), activation=Identity, rng=seed)
        minimize(copier, x, options=TO_ROUNDING | {"maxiter": 300})
        plain.append(active_units(copier, fresh))
        error.append(((copier.reconstruct(fresh) - fresh) ** 2).sum(axis=1).mean())
        weak = minimised(ExpectedVAE, x, seed, k=2 * D, beta=0.1, steps=300)
        tiny.append(active_units(weak, fresh))
    c.show("active units of 16 (variance of the mean code > 0.01)", active, at_least=K, at_most=K)
    c.show("|log p(x) of probabilistic PCA − log p(x)|, fresh (nats)", np.abs(below), at_most=1e-3)
    c.show("control, no code slot: active units", plain, at_least=2 * D)
    c.show("control, no code slot: squared error on fresh rows", error, at_most=1e-6)
    c.show("control, β = 0.1: active units", tiny, at_least=D)


@pytest.mark.slow
def test_twice_the_code_is_as_good_on_digits(claim, full, digits):
    """784-200-k; the counts of units depend on long training, so the reduced form quotes one."""
    c = claim("S20", "14.2",
              "On binary digits, a variational autoencoder with twice as many code units as "
              "another one is as good on fresh digits, without a penalty: it does not use the "
              "additional units.",
              on="MNIST, 12 000 rows and 2000 fresh ones, 784-200-40 and 784-200-80, 40 epochs of "
              "Adam, new zeros and ones in every epoch; log p(x) by importance weighting with 100 "
              "samples, on 500 fresh digits")  # fmt: skip
    x, _, fresh, _ = digits
    fresh = bits(fresh[:2000], np.random.default_rng(99))
    some = fresh[:500]
    settings = {
        "epochs": 40 if full else 6,
        "hidden": (200,) if full else (100,),
        "rate": 2e-3 if full else 4e-3,
        "batch_size": 50 if full else 25,
    }
    pixels = independent_pixels(x, some)
    active, strong, half, logs, tiny, plain = [], [], [], [], [], []
    for seed in range(2 if full else 1):
        narrow, wide = (digits_vae(x, k, seed=seed, **settings) for k in (40, 80))
        logs.append([m.importance_weighted(some, samples=100).mean() for m in (narrow, wide)])
        active.append(active_units(wide, fresh))
        half.append(active_units(narrow, fresh))
        strong.append(active_units(wide, fresh, 0.5))
        weak = digits_vae(x, 80, seed=seed, code=GaussianCode(beta=1e-3), **settings)
        tiny.append(weak.importance_weighted(some, samples=100).mean() - pixels)
        plain.append(active_units(digits_vae(x, 80, seed=seed, code=None, **settings), fresh, 0.5))
    logs = np.array(logs)
    c.show("log p(x) above independent pixels, 80 units / 40 units",
           (logs[:, 1] - pixels) / (logs[:, 0] - pixels), at_least=0.9)  # fmt: skip
    c.show("of 80 units: variance of the mean code > 0.5", strong, at_most=40)
    c.show("of 80 units: active (variance > 0.01)", active, at_most=50, full_only=True)
    c.show("control, 80 units without a code slot: variance > 0.5", plain, at_least=70)
    c.show("control, β = 0.001: log p(x) above independent pixels (nats)", tiny, at_most=0)
    c.quote("of 40 units: active (variance > 0.01)", half)
    c.quote("log p(x), 40 units (nats)", logs[:, 0])
    c.quote("log p(x), 80 units (nats)", logs[:, 1])
    c.quote("log p(x), independent pixels (nats)", pixels)


@pytest.mark.slow
@pytest.mark.real_data
def test_bounds_on_published_digits(claim, full, data_folder):
    """Reduced: 3000 training rows, 500 test rows, few epochs, and bounds that fit such a training."""
    c = claim("S20, MNIST", "14.4",
              "On binary digits, the evidence lower bound of 784-500-20 reaches the published "
              "figures of like nets (about −100 nats for 500 tanh units and 20 numbers).",
              on="MNIST, 60 000 rows, 60 epochs of Adam with batches of 100, a new drawing of zeros "
              "and ones from the grey values in every epoch; the 10 000 test digits drawn once; "
              "importance weighting with 200 samples on 1000 of them; 500 tanh units on both "
              "sides, or none (a linear code: logistic factor analysis)")  # fmt: skip
    x, _ = mnist(data_folder / "mnist", "train", dtype=np.float32)
    test, _ = mnist(data_folder / "mnist", "test", dtype=np.float32)
    x, test = (x, test) if full else (x[:3000], test[:500])
    test = bits(test, np.random.default_rng(99))
    settings = {"epochs": 60, "seed": 0} if full else {"epochs": 5, "seed": 0, "rate": 3e-3}
    some, found = test[:1000] if full else test[:200], {}
    cases = {"500, 20": (20, (500,)), "500, 2": (2, (500,)), "linear, 20": (20, ())}
    for name, (k, hidden) in cases.items():
        model = digits_vae(x, k, hidden=hidden, **settings)
        found[name] = model.elbo(test, samples=5).mean()
        c.quote(f"{name} numbers: importance weighted log p(x) of test digits (nats)",
                model.importance_weighted(some, samples=200 if full else 20).mean())  # fmt: skip
        c.quote(f"{name} numbers: active units", active_units(model, test))
    pixels = independent_pixels(x, test)
    untrained = digits_vae(x, 20, 0, 0).elbo(test, samples=5).mean()
    c.show("784-500-20: ELBO of test digits (nats)", found["500, 20"],
           at_least=-100, full_only=True)  # fmt: skip
    c.show("784-500-2: ELBO of test digits (nats)", found["500, 2"],
           at_least=-165, full_only=True)  # fmt: skip
    assert found["500, 20"] >= -150 and found["500, 2"] >= -200  # after the reduced training
    c.show("20 numbers: ELBO of 500 tanh units − linear (nats)",
           found["500, 20"] - found["linear, 20"], at_least=5, full_only=True)  # fmt: skip
    assert found["500, 20"] >= found["linear, 20"]
    c.show("20 numbers − 2 numbers: ELBO (nats)", found["500, 20"] - found["500, 2"], at_least=10)
    c.show("control, independent pixels: below 784-500-2 (nats)", found["500, 2"] - pixels,
           at_least=5)  # fmt: skip
    c.show("control, untrained: ELBO below independent pixels (nats)", pixels - untrained,
           at_least=0)  # fmt: skip
    c.quote("linear code of 20 numbers: ELBO of test digits (nats)", found["linear, 20"])
    c.quote("independent pixels: log p(x) of test digits (nats)", pixels)


def test_samples_of_codes_and_priors_have_the_stated_moments(claim, full):
    c = claim("S19", "14.4",
              "The samples of a Gaussian and of a Bernoulli code, and those of their priors, have "
              "the means and covariances that their definitions state.")  # fmt: skip
    n, k, rng = 400_000 if full else 60_000, 3, np.random.default_rng(0)
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
        off = np.abs(z.mean(axis=0) - mean) / (z.std(axis=0) / n**0.5)
        c.show(f"{name}: mean, in standard errors", off.max(), at_most=4)
        products = np.einsum("ni,nj->nij", z - mean, z - mean)
        off = np.abs(products.mean(axis=0) - np.diag(variance))
        off /= products.std(axis=0) / n**0.5 + 1e-9
        c.show(f"{name}: covariance, in standard errors", off.max(), at_most=4)
    z = cases["Gaussian code"][0]
    wrong = np.abs(z.var(axis=0) - np.exp(2 * s)) / (2**0.5 * np.exp(s) / n**0.5)
    c.show("control, s read as log σ: variance, in standard errors", wrong.max(), at_least=20)


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
    }
    found = {name: [] for name in kinds}
    for seed in range(5 if full else 1):
        for name, code in kinds.items():
            found[name].append(quality(code, draws, seed))

    def errors(name):
        return [np.abs(q.errors).max() for q in found[name]]

    def all_of(name, what):
        return np.array([getattr(q, what) for q in found[name]])

    c.show("score function: largest error of 31 entries, in standard errors", errors("score"),
           at_most=4.5)  # fmt: skip
    c.show("straight-through: largest error of 31 entries, in standard errors", errors("through"),
           at_least=20)  # fmt: skip
    c.show("straight-through: bias", all_of("through", "bias"), at_least=0.03)
    c.show("score function: bias / what its standard errors allow",
           all_of("score", "bias") / all_of("score", "noise"), at_most=2)  # fmt: skip
    c.show("straight-through / score function: standard deviation of a draw",
           all_of("through", "deviation") / all_of("score", "deviation"), at_most=0.5)  # fmt: skip
    c.show("control, no baseline / with baseline: standard deviation of a draw",
           all_of("bare", "deviation") / all_of("score", "deviation"), at_least=1.5)  # fmt: skip
    c.show("control, own cost in the baseline: bias / what its standard errors allow",
           all_of("own", "bias") / all_of("own", "noise"), at_least=3)  # fmt: skip
    c.quote("control, own cost in the baseline: bias, expected 1/5", all_of("own", "bias"))
    c.quote("score function: standard deviation of a draw", all_of("score", "deviation"))
    c.quote("straight-through: standard deviation of a draw", all_of("through", "deviation"))
