"""Denoising with small noise contracts r, but a term is added for a fixed r (section 14.7).

For a fixed r, noise adds σ² (‖∂r/∂x‖² + E[(r − x)·∇²r]) to the squared error, to first order in σ².
The second term has the factor r − x, which is of order σ² at the minimum over all functions r. The
minimisers of the denoising error and of the clean error plus σ² times the contraction of r then
agree to first order in σ² (Bishop 1995; Alain and Bengio 2013). They do not if r is restricted.
"""

import numpy as np
import pytest

from figures.experiments.networks import tanh_denoiser
from figures.experiments.small_noise import added, laplacian, random_net, two_terms
from tinyae import Adam, Identity, Tanh, fit
from tinyae.datasets import curve
from tinyae.score import mixture_log_density, optimal_reconstruction
from tinyae.training import Cosine

pytestmark = pytest.mark.claim

SIGMAS = np.array([0.1, 0.03, 0.01])


def test_small_noise_on_a_fixed_net(claim, full):
    c = claim("Erratum 2", "14.7",
              "For a fixed non-linear r, small noise adds σ² (‖J‖² + E[(r − x)·∇²r]) to the "
              "squared error. The contractive penalty σ² ‖J‖² alone is therefore not the limit.",
              "3-6-3 nets, tanh units, random parameters; the noise by Gauss quadrature")  # fmt: skip
    exact, without, half, worst = [], [], [], []
    seeds = c.seeds(20 if full else 10)
    for seed in seeds:
        model, x = random_net(Tanh, seed)
        contraction, cross = two_terms(model, x)
        values = np.array([added(model, x, sigma) for sigma in SIGMAS])
        for part, errors in ((1.0, exact), (0.5, half), (0.0, without)):
            errors.append(np.abs(values - contraction - part * cross) / contraction)
        worst.append(laplacian_gap(model, x))
    exact, half, without = np.array(exact), np.array(half), np.array(without)
    c.show("∇²r against central differences, relative", worst, at_most=1e-5)
    what = "with the cross term, error at σ = .01 over ‖J‖²"
    c.show(what, exact[:, -1], at_most=2e-3)
    c.control("half of the cross term", what, half[:, -1])
    what = "order of that error as a power of σ, from σ = .03 to .01, median of the nets"
    c.show(what, np.median(order(exact)), at_least=1.8, at_most=2.2)
    c.control("half of the cross term", what, np.median(order(half)))
    what = "without the cross term, error at σ = .01 over ‖J‖², median of the nets"
    c.show(what, np.median(without[:, -1]), at_least=0.3)
    c.control("linear nets", what,
              np.median([linear_gap(*random_net(Identity, seed), 0.01) for seed in seeds]))  # fmt: skip
    c.quote("without the cross term, error at σ = .01 over ‖J‖², each net", without[:, -1])
    for i, sigma in enumerate(SIGMAS):
        c.quote(f"with it, error at σ = {sigma:g} over ‖J‖²", exact[:, i])


def order(errors):
    """The power of σ by which errors (nets, SIGMAS) fall from σ = .03 to .01."""
    return np.log(errors[:, 1] / errors[:, 2]) / np.log(SIGMAS[1] / SIGMAS[2])


def linear_gap(model, x, sigma):
    """|added error / (σ² ‖J‖²) − 1|."""
    return abs(added(model, x, sigma) / two_terms(model, x)[0] - 1.0)


def laplacian_gap(model, x, h=3e-4):
    """Largest deviation of the formula for ∇²r from second differences of r, over the largest ∇²r."""
    steps, r = h * np.eye(x.shape[1]), model.reconstruct
    number = sum(r(x + s) - 2.0 * r(x) + r(x - s) for s in steps) / h**2
    exact = laplacian(model, x)
    return np.abs(exact - number).max() / np.abs(exact).max()


def test_noise_of_any_size_on_a_linear_net(claim, full):
    c = claim("Erratum 2", "14.7",
              "For a linear r the cross term E[(r − x)·∇²r] is zero, and noise of any strength "
              "adds exactly σ² ‖J‖².")  # fmt: skip
    seeds, sigmas = c.seeds(20 if full else 10), (0.1, 1.0, 5.0)
    nets = [random_net(Identity, seed) for seed in seeds]
    curved = [random_net(Tanh, seed) for seed in seeds]
    what = "|added error / (σ² ‖J‖²) − 1|, σ = .1, 1, 5"
    c.show(what, [linear_gap(*net, sigma) for net in nets for sigma in sigmas], at_most=1e-10)
    c.control("tanh units", what, [linear_gap(*net, sigma) for net in curved for sigma in sigmas])
    c.quote("cross term (exactly 0, because ∇²r = 0)", [abs(two_terms(*net)[1]) for net in nets])


@pytest.mark.slow
def test_small_noise_on_a_trained_net(claim, full):
    c = claim("Erratum 2", "14.7",
              "In a trained net the cross term becomes smaller as r(x) approaches x on the "
              "data. It is about a tenth of ‖J‖² after training with much noise, and negligible "
              "after training with little or no noise.")  # fmt: skip
    noises = (0.4, 0.05, 0.0)
    shares, exact, without, distances = ({s: [] for s in noises} for _ in range(4))
    for seed in c.seeds(5 if full else 1):
        for sigma in noises:
            rng = np.random.default_rng(seed)
            x = curve(2000, rng=rng)
            model = tanh_denoiser(2, 40, sigma, rng, weight=4, bias=2, dtype=np.float64)
            fit(model, x, epochs=400, batch_size=250, optimizer=Adam(Cosine(0.01)), rng=rng,
                core="auto")  # fmt: skip
            some = x[:200]
            contraction, cross = two_terms(model, some)
            shares[sigma].append(abs(cross) / contraction)
            limit = added(model, some, SIGMAS[-1])
            exact[sigma].append(abs(limit - contraction - cross) / contraction)
            without[sigma].append(abs(limit - contraction) / contraction)
            distances[sigma].append(np.sqrt(((model.reconstruct(x) - x) ** 2).sum(axis=1).mean()))
    for sigma in noises:
        what = f"trained at σ = {sigma}: with the cross term, error at σ = .01 over ‖J‖²"
        c.show(what, exact[sigma], at_most=2e-3)
        if sigma == 0.4:
            c.control("without the cross term", what, without[sigma])
        c.quote(f"trained at σ = {sigma}: root mean square of r − x on the data", distances[sigma])
    what = "trained at σ = 0.4: |cross term| over ‖J‖²"
    c.show(what, shares[0.4], at_least=0.05)
    c.control("trained without noise", what, shares[0.0])
    what = "trained at σ = 0.05: |cross term| over ‖J‖²"
    c.show(what, shares[0.05], at_most=0.03)
    c.control("trained at σ = 0.4", what, shares[0.4])
    what = "trained without noise: |cross term| over ‖J‖²"
    c.show(what, shares[0.0], at_most=0.005)
    c.control("trained at σ = 0.4", what, shares[0.4])


# -- The minimisers: over all functions of a line, and over r(x) = tanh(a x) -----------------------

LINE = np.linspace(-9.0, 9.0, 1201)[:, None]
MIXTURE = (np.array([[-1.5], [0.0], [0.8]]), np.array([[[0.2]], [[0.1]], [[0.4]]]),
           np.array([0.3, 0.3, 0.4]))  # fmt: skip


def contracted(sigma, part=1.0):
    """The minimiser of ∫ p [(r − x)² + part · σ² r′²] dx on LINE, by finite differences.

    Its equation is p (r − x) = part · σ² (p r′)′.
    """
    h = LINE[1, 0] - LINE[0, 0]
    p = np.exp(mixture_log_density(LINE, *MIXTURE))
    k = part * sigma**2 * np.exp(mixture_log_density(LINE[:-1] + 0.5 * h, *MIXTURE)) / h**2
    A = np.diag(p) - np.diag(k, 1) - np.diag(k, -1)
    A += np.diag(np.append(k, 0.0)) + np.diag(np.append(0.0, k))
    return np.linalg.solve(A / p[:, None], LINE[:, 0])  # row by row, for p is tiny at the ends


def test_the_minimisers_over_all_functions(claim):
    c = claim("Erratum 2", "14.7",
              "Over all functions r, the minimiser of the denoising error and that of the clean "
              "error plus σ² ‖∂r/∂x‖² differ by a term of order σ⁴, while both differ from x by "
              "one of order σ²: they agree to first order in σ², as the chapter says. The cross "
              "term has the factor r − x, which is small there.",
              "three Gaussians on a line; the first minimiser by an integral, the second by its "
              "differential equation")  # fmt: skip
    p = np.exp(mixture_log_density(LINE, *MIXTURE))
    sigmas = np.array([0.2, 0.1, 0.05, 0.025])
    best = [optimal_reconstruction(LINE, LINE, sigma, p)[:, 0] for sigma in sigmas]

    def apart(others):
        """The root mean square distance of the minimisers from others, for each σ."""
        return np.array([np.sqrt(p @ (r - other) ** 2 / p.sum())
                         for r, other in zip(best, others, strict=True)])  # fmt: skip

    distance = apart([contracted(sigma) for sigma in sigmas])
    half = apart([contracted(sigma, 0.5) for sigma in sigmas])
    step = apart([LINE[:, 0]] * len(sigmas))
    what = "all functions: order of the minimisers' distance as a power of σ, σ = .05 to .025"
    c.show(what, np.log2(distance[-2] / distance[-1]), at_least=3.5, at_most=4.3)
    c.control("half of the contraction", what, np.log2(half[-2] / half[-1]))
    what = "all functions: the minimisers' distance over ‖r − x‖ at σ = .025"
    c.show(what, (distance / step)[-1], at_most=0.01)
    c.control("half of the contraction", what, (half / step)[-1])
    for sigma, ratio in zip(sigmas, distance / step, strict=True):
        c.quote(f"all functions: the minimisers' distance over ‖r − x‖ at σ = {sigma:g}", ratio)


def best_slope(loss):
    """The a in [.3, 4] where dloss/da, taken by a complex step, changes its sign."""
    low, high = 0.3, 4.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        rises = loss(middle + 1e-20j).imag > 0
        low, high = (low, middle) if rises else (middle, high)
    return middle


def test_the_minimisers_over_a_restricted_family(claim):
    c = claim("Erratum 2", "14.7",
              "If r is restricted and cannot copy its input, the two minimisers differ to first "
              "order in σ². For r = tanh(a x) on x ~ N(0, 1), the contraction alone moves a to the "
              "wrong side. With the cross term the minimisers agree to order σ⁴.",
              "integrals by Gauss quadrature")  # fmt: skip
    x, weight = np.polynomial.hermite_e.hermegauss(60)
    weight = weight / weight.sum()

    def denoising(a, sigma):
        r = np.tanh(a * (x[:, None] + sigma * x))
        return weight @ (r - x[:, None]) ** 2 @ weight

    def contraction(a, sigma, part=0.0):
        """The clean error + σ² E[r′² + part · (r − x) r″]."""
        r = np.tanh(a * x)
        slope, bend = a * (1.0 - r * r), -2.0 * a * a * r * (1.0 - r * r)
        return weight @ ((r - x) ** 2 + sigma**2 * (slope**2 + part * (r - x) * bend))

    sigma = 0.025
    clean = best_slope(lambda a: contraction(a, 0.0))
    by_noise = best_slope(lambda a: denoising(a, sigma)) - clean
    alone = best_slope(lambda a: contraction(a, sigma)) - clean
    with_it = best_slope(lambda a: contraction(a, sigma, 1.0)) - clean
    what = "tanh(a x): |shift of a by the contraction − shift by noise| over the latter, σ = .025"
    c.show(what, abs(alone - by_noise) / abs(by_noise), at_least=0.5)
    c.control("with the cross term", what, abs(with_it - by_noise) / abs(by_noise))
    c.quote("tanh(a x): shift of a by noise over σ²", by_noise / sigma**2)
    c.quote("tanh(a x): shift of a by the contraction alone over σ²", alone / sigma**2)
    c.quote("tanh(a x): shift of a with the cross term over σ²", with_it / sigma**2)
