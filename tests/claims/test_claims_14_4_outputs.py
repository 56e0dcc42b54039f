"""Section 14.4: output units, their likelihoods, and what a mixture density output can represent."""

from statistics import NormalDist

import numpy as np
import pytest

from figures.experiments import two_branches
from tests.complex_step import cost_gradient
from tinyae import (
    Adam,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    GaussianNoise,
    GaussianOutput,
    Identity,
    Tanh,
    fit,
)
from tinyae.criterion import DiagonalGaussianOutput, FixedGaussianOutput, MixtureDensityOutput
from tinyae.training import Cosine

pytestmark = pytest.mark.claim

N, D, K = 40, 6, 4
FAR, WIDE = 1e4, 60.0  # logits and errors of the means; log-variances


def arguments(name, rng, far):
    """Targets x (n, d), and the natural parameters by name, ordinary ones or at the ends.

    At the ends, logits and means are ±FAR and log-variances are uniform on [−WIDE, WIDE]. All are
    numbers of float32, so that both dtypes have the same values.
    """

    def draw(*shape):
        drawn = rng.normal(0.0, 2.0, (N, *shape))
        return (np.where(drawn < 0, -FAR, FAR) if far else drawn).astype(np.float32)

    def log_variances(*shape):
        drawn = rng.uniform(-WIDE, WIDE, (N, *shape)) if far else rng.normal(size=(N, *shape))
        return drawn.astype(np.float32)

    x = rng.normal(size=(N, D)).astype(np.float32)
    if name == "bernoulli":
        return (x > 0).astype(np.float32), [draw(D)]
    if name == "categorical":
        return np.eye(D, dtype=np.float32)[rng.integers(D, size=N)], [draw(D)]
    if name == "groups":
        pairs = [np.eye(k, dtype=np.float32)[rng.integers(k, size=N)] for k in (2, 4)]
        return np.concatenate(pairs, axis=1), [draw(2), draw(4)]
    if name == "diagonal":
        return x, [draw(D), log_variances(D)]
    if name == "mixture":
        return x, [draw(K), draw(K, D), log_variances(K)]
    if name == "diagonal mixture":
        return x, [draw(K), draw(K, D), log_variances(K, D)]
    return x, [draw(D)]


OUTPUTS = {
    "gaussian": GaussianOutput(),
    "fixed": FixedGaussianOutput(0.25),
    "diagonal": DiagonalGaussianOutput(),
    "bernoulli": BernoulliOutput(),
    "categorical": CategoricalOutput(),
    "groups": CategoricalOutput(groups=(2, 4)),
    "mixture": MixtureDensityOutput(K),
    "diagonal mixture": MixtureDensityOutput(K, diagonal=True),
}


def by_scipy(name, x, parts):
    """−log p(x | parts) by SciPy's distributions and special functions, in float64."""
    stats, special = pytest.importorskip("scipy.stats"), pytest.importorskip("scipy.special")
    x, parts = x.astype(float), [part.astype(float) for part in parts]
    if name in ("gaussian", "fixed"):
        return -stats.norm.logpdf(x, parts[0], 0.25 if name == "fixed" else 1.0).sum(axis=1)
    if name == "diagonal":
        return -stats.norm.logpdf(x, parts[0], np.exp(0.5 * parts[1])).sum(axis=1)
    if name == "bernoulli":
        return -special.log_expit(np.where(x == 1, parts[0], -parts[0])).sum(axis=1)
    if name in ("categorical", "groups"):
        log_p = np.concatenate([special.log_softmax(part, axis=1) for part in parts], axis=1)
        return -log_p[x == 1].reshape(N, -1).sum(axis=1)
    logits, means, s = parts
    deviations = np.exp(0.5 * (s if s.ndim == 3 else s[:, :, None]))
    each = stats.norm.logpdf(x[:, None], means, deviations).sum(axis=2)
    return -special.logsumexp(special.log_softmax(logits, axis=1) + each, axis=1)


def flat(parts):
    return np.concatenate([part.reshape(N, -1) for part in parts], axis=1)


def difference(found, wanted):
    """Largest difference, relative to the value, or absolute for values below 1."""
    return float((np.abs(found - wanted) / np.maximum(1.0, np.abs(wanted))).max())


def unnormalized(name, x, a):
    """The cost of a Gaussian, which leaves constants out; −log p without its normalizer else."""
    logits = name in ("bernoulli", "categorical", "groups")
    return -(x * a).sum(axis=1) if logits else OUTPUTS[name].cost(x, a)


def test_likelihoods_of_the_outputs_are_those_of_their_distributions(claim):
    pytest.importorskip("scipy")
    c = claim("S18", "14.4",
              "Each output has the negative log-likelihood of the distribution that it names, with "
              "all constants: at ordinary natural parameters, and where logits are ±1e4, means are "
              "wrong by about 1e4 and log-variances lie between −60 and 60.")  # fmt: skip
    rng = np.random.default_rng(c.seeds(1)[0])
    trained, squares = [], []
    for far, where in ((False, "ordinary"), (True, "at the ends")):
        found = {"double": [], "single": [], "without": [], "without, single": [], "log of p": []}
        lost = []
        for name, output in OUTPUTS.items():
            x, parts = arguments(name, rng, far)
            a, wanted = flat(parts), by_scipy(name, x, parts)
            own = output.nll(x, a)
            assert np.isfinite(own).all(), name
            with np.errstate(divide="ignore", under="ignore", over="ignore"):
                naive = -np.log(np.exp(-wanted))
            lost.append(np.isinf(naive).mean())
            if not far:
                exact = output.nll(x.astype(float), a.astype(float))
                for costs, values in (
                    (trained, output.cost(x.astype(float), a.astype(float))),
                    (squares, 0.5 * ((x - output.mean.forward(a)[0]) ** 2).sum(axis=1)),
                ):
                    costs.append(np.ptp(exact - values) / np.abs(exact).max())
            for key, values in (
                ("double", output.nll(x.astype(float), a.astype(float))),
                ("single", own),
                ("without", unnormalized(name, x.astype(float), a.astype(float))),
                ("without, single", unnormalized(name, x, a)),
                ("log of p", naive),
            ):
                found[key].append(difference(values, wanted))
        what = f"nll, {where}, float64: relative difference from SciPy"
        c.show(what, found["double"], at_most=1e-12)
        if far:
            c.control("log(p) after p", what, found["log of p"])
        else:
            c.control("without the constants or the normalizer", what, found["without"])
        what = f"nll, {where}, float32: relative difference from SciPy"
        c.show(what, found["single"], at_most=1e-5)
        if far:
            c.control("log(p) after p", what, found["log of p"])
            c.quote("share of the examples in which log(p) after p is infinite", lost)
        else:
            c.control("without the constants or the normalizer", what, found["without, single"])
    what = "nll − the cost that is trained: range over the examples / largest nll"
    c.show(what, trained, at_most=1e-12)
    c.control("half the squared error", what, squares[1:])  # the first is the nll of N(a, I)


def mixture_gradient(x, parts, shares):
    """The gradient of a mixture's cost where `shares` (n, K) are taken for the responsibilities."""
    logits, means, s = parts
    pi = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    e, v = means - x[:, None], np.exp(s if s.ndim == 3 else s[:, :, None])
    narrower = shares[:, :, None] * (0.5 - 0.5 * e**2 / v)
    return flat([pi - shares, shares[:, :, None] * e / v,
                 narrower if s.ndim == 3 else narrower.sum(axis=2)])  # fmt: skip


def wrong_gradients(name, output, x, parts):
    """Gradients with one mistake each, by what the mistake is."""
    found = {}
    gradient = output.gradient(x, flat(parts))
    if name in ("diagonal", "mixture", "diagonal mixture"):
        doubled = gradient.copy()
        doubled[:, -parts[-1][0].size :] *= 2.0
        found["without the ½ in log-variances"] = doubled
    if "mixture" in name:
        pi = np.exp(parts[0]) / np.exp(parts[0]).sum(axis=1, keepdims=True)
        right = mixture_gradient(x, parts, pi - gradient[:, :K])  # with the responsibilities
        np.testing.assert_allclose(right, gradient, rtol=1e-9, atol=1e-9)
        found["weights in place of responsibilities"] = mixture_gradient(x, parts, pi)
    if name == "fixed":
        found["σ in place of σ²"] = gradient * output.sigma
    if name in ("bernoulli", "categorical", "groups"):
        p = output.mean.forward(flat(parts))[0]
        found["in the mean in place of the logits"] = (p - x) / (p * (1.0 - p))
    return found


def test_gradients_of_the_outputs_are_exact(claim):
    c = claim("S18", "14.4",
              "The gradients of all costs in the natural parameters are those of the complex "
              "step.")  # fmt: skip
    rng, worst, mistakes = np.random.default_rng(c.seeds(1)[0]), [], {}
    for name, output in OUTPUTS.items():
        x, parts = arguments(name, rng, False)
        x, parts = x.astype(float), [part.astype(float) for part in parts]
        number = cost_gradient(lambda z, x=x, output=output: output.cost(x, z), flat(parts))

        def off(gradient, number=number):
            return np.abs(gradient - number).max() / np.abs(number).max()

        worst.append(off(output.gradient(x, flat(parts))))
        for mistake, gradient in wrong_gradients(name, output, x, parts).items():
            mistakes.setdefault(mistake, []).append(off(gradient))
    c.show("relative difference from the complex step", worst, at_most=1e-12)
    for mistake, values in mistakes.items():
        c.control(mistake, "relative difference from the complex step", values)
    ends, textbook = [], []
    for name, output in OUTPUTS.items():
        x, parts = arguments(name, rng, True)
        x, a = x.astype(float), flat(parts).astype(float)
        number = cost_gradient(lambda z, x=x, output=output: output.cost(x, z), a)
        ends.append(difference(output.gradient(x, a), number))
        if name == "bernoulli":
            with np.errstate(over="ignore", invalid="ignore"):
                wrong = difference(np.exp(a) / (1.0 + np.exp(a)) - x, number)
            textbook.append(np.nan_to_num(wrong, nan=np.inf))  # inf / inf where a is large
    what = "at the ends: relative difference from the complex step"
    c.show(what, ends, at_most=1e-12)
    c.control("a sigmoid by exp(a) / (1 + exp(a))", what, textbook)


def test_samples_of_the_outputs_have_their_moments(claim, full):
    c = claim("S19", "14.4",
              "Draws from the outputs with a variance, from groups and from mixtures have the mean "
              "and the covariance of the stated distribution.")  # fmt: skip
    n, rng = 400_000 if full else 100_000, np.random.default_rng(c.seeds(1)[0])
    logits = np.array([0.5, -1.0, 0.0])
    pi = np.exp(logits) / np.exp(logits).sum()
    means = np.array([[1.0, -2.0], [0.0, 2.0], [-1.5, 0.5]])
    s = np.array([[-1.0, 0.5], [0.0, -2.0], [1.0, -0.5]])
    mu = np.array([0.5, -1.0])

    def mixture(variances):
        mean = pi @ means
        second = np.einsum("k,ki,kj->ij", pi, means, means) + np.diag(pi @ variances)
        return mean, second - np.outer(mean, mean)

    p = np.concatenate([np.exp(g) / np.exp(g).sum() for g in ([0.3, -0.4], [0.1, 1.0, -1.0])])
    blocks = np.zeros((5, 5))
    blocks[:2, :2] = np.diag(p[:2]) - np.outer(p[:2], p[:2])
    blocks[2:, 2:] = np.diag(p[2:]) - np.outer(p[2:], p[2:])
    cases = {
        "fixed variance": (FixedGaussianOutput(0.5), mu, mu, 0.25 * np.eye(2)),
        "own variances": (DiagonalGaussianOutput(), np.array([0.5, -1.0, -1.0, 0.8]), mu,
                          np.diag(np.exp([-1.0, 0.8]))),
        "groups": (CategoricalOutput(groups=(2, 3)), np.array([0.3, -0.4, 0.1, 1.0, -1.0]), p,
                   blocks),
        "mixture": (MixtureDensityOutput(3), np.concatenate([logits, means.ravel(), s[:, 0]]),
                    *mixture(np.exp(s[:, :1]) * np.ones(2))),
        "diagonal mixture": (MixtureDensityOutput(3, diagonal=True),
                             np.concatenate([logits, means.ravel(), s.ravel()]),
                             *mixture(np.exp(s))),
    }  # fmt: skip
    for name, (output, a, mean, covariance) in cases.items():
        drawn = output.sample(np.broadcast_to(a, (n, len(a))), rng)
        deviations = np.sqrt(np.diag(covariance))
        off = (drawn.mean(axis=0) - mean) / (deviations / np.sqrt(n))
        what = f"{name}: mean, in standard errors"
        c.show(what, np.abs(off).max(), at_most=4)
        c.control("a mean 5 % of the deviation larger", what, np.abs(off - 0.05 * n**0.5).max())
        products = (drawn - mean)[:, :, None] * (drawn - mean)[:, None]
        error = products.std(axis=0) / np.sqrt(n) + 1e-9
        what = f"{name}: covariance, in standard errors"
        c.show(what, (np.abs(products.mean(axis=0) - covariance) / error).max(), at_most=4)
        wrong = np.abs(products.mean(axis=0) - 1.05 * covariance) / error
        c.control("a variance 5 % larger", what, wrong.max())
        if name == "diagonal mixture":
            within = np.abs(products.mean(axis=0) - np.diag(pi @ np.exp(s))) / error
            c.control("without the spread of the means", what, within.max())


@pytest.mark.slow
def test_a_mixture_density_output_learns_both_branches(claim, full):
    c = claim("S18", "14.4",
              "Where two values of x belong to one h, a mixture density output has a far lower "
              "negative log-likelihood than every Gaussian output, even than the best Gaussian "
              "that there is for each h, and lower than the best density with one mode. A mixture of "
              "one component is no better than a Gaussian.")  # fmt: skip
    c.on = ("h = x² + noise, x uniform on [−1, 1]; 20 tanh units, 1000 pairs, 5 components; fresh "
            "pairs, five seeds")  # fmt: skip
    entropy, gaussian = two_branches.limits(2000 if full else 1000)
    one_mode = two_branches.best_with_one_mode()
    outputs = {
        "fixed variance": FixedGaussianOutput(0.6),
        "one learned variance": DiagonalGaussianOutput(per_feature=True),
        "variance given by the decoder": DiagonalGaussianOutput(),
        "mixture of one": MixtureDensityOutput(1),
        "mixture": MixtureDensityOutput(5),
    }
    seeds = c.seeds(5 if full else 2)
    epochs = two_branches.EPOCHS if full else two_branches.FEW

    def trained(output, shuffled=False):
        return [two_branches.learn(output, s, epochs=epochs, shuffled=shuffled) for s in seeds]

    def nll(models):
        return np.array([two_branches.fresh_nll(m, s) for m, s in zip(models, seeds, strict=True)])

    models = {name: trained(output) for name, output in outputs.items()}
    found = {name: nll(some) for name, some in models.items()}
    mixture, one = found.pop("mixture"), found["mixture of one"]
    shuffled = nll(trained(outputs["mixture"], shuffled=True))
    several = np.array(
        [without_weights(*pair) for pair in zip(models["mixture"], seeds, strict=True)]
    )
    c.quote("conditional entropy of x given h, exact (nats)", entropy)
    c.quote("nll of the best Gaussian for each h, exact (nats)", gaussian)
    c.quote("nll of the best density with one mode for each h, exact (nats)", one_mode)
    for name, values in found.items():
        c.quote(f"nll on fresh pairs, {name} (nats)", values)
    c.quote("nll on fresh pairs, mixture of 5 (nats)", mixture)
    what = "nll of the mixture of 5 − conditional entropy (nats)"
    c.show(what, mixture - entropy, at_least=-0.02)
    c.control("components added without their weights", what, several - entropy)
    what = "best trained Gaussian output − mixture (nats)"
    trained_gaussian = np.min([v for name, v in found.items() if name != "mixture of one"], axis=0)
    c.show(what, trained_gaussian - mixture, at_least=0.5)
    c.control("mixture of one", what, trained_gaussian - one)
    what = "best Gaussian for each h − mixture (nats)"
    c.show(what, gaussian - mixture, at_least=0.5)
    c.control("mixture of one", what, gaussian - one)
    c.control("mixture trained on shuffled pairs", what, gaussian - shuffled)
    # The best density with one mode passes here: it is no Gaussian. So the next figure decides.
    what = "best density with one mode for each h − mixture (nats)"
    c.show(what, one_mode - mixture, at_least=0.2)
    c.control("mixture of one", what, one_mode - one)
    what = "best Gaussian for each h − mixture of one (nats)"
    c.show(what, gaussian - one, at_most=0.05)
    c.control("mixture of 5", what, gaussian - mixture)


def without_weights(model, seed):
    """The mean of −log Σ_k N_k(x) on fresh pairs, which forgets the components' weights."""
    h, x = two_branches.pairs(10_000, np.random.default_rng([seed, 1]))
    a, many = two_branches.natural(model, h), model.output.components
    a[:, :many] = 0.0  # weights of 1 / K
    return model.output.nll(x, a).mean() - np.log(many)


def small_digits(x, rng):
    """4 × 4 pixels: means over squares of the middle of a digit, with a little noise (no ties)."""
    middle = x.reshape(-1, 28, 28)[:, 6:22, 6:22].astype(float)
    small = middle.reshape(-1, 4, 4, 4, 4).mean(axis=(2, 4)).reshape(-1, 16)
    return small + 0.05 * rng.normal(size=small.shape)


def normal_scores(x, fresh):
    """Each pixel, by its rank among the training pixels, as a standard normal number.

    What a density gains over independent pixels can then only be due to their dependence.
    """
    n, order = len(x), np.sort(x, axis=0)
    table = np.array([NormalDist().inv_cdf((i + 0.5) / n) for i in range(n)])
    return [np.column_stack([table[np.minimum(np.searchsorted(order[:, j], part[:, j]), n - 1)]
                             for j in range(x.shape[1])]) for part in (x, fresh)]  # fmt: skip


def product_nll(mixture, x, a):
    """−log Π_j p(x_j | h), (n,), with the mixture's own density of each pixel by itself.

    It has the same parameters and the same densities of single pixels, and no dependence.
    """
    (n, d), K = x.shape, mixture.components
    logits, rest = a[:, :K], a[:, K:].reshape(n, 2, K, d)
    one = MixtureDensityOutput(K)
    return sum(one.nll(x[:, j : j + 1], np.hstack([logits, rest[:, 0, :, j], rest[:, 1, :, j]]))
               for j in range(d))  # fmt: skip


def neighbors_correlation(e):
    """Mean correlation of e at pixels side by side in a 4 × 4 picture."""
    C, at = np.corrcoef(e.T), np.arange(16).reshape(4, 4)
    return np.mean([C[at[:, 1:], at[:, :-1]].mean(), C[at[1:], at[:-1]].mean()])


@pytest.mark.slow
def test_a_mixture_density_output_has_correlated_pixels(claim, full, digits):
    c = claim("S52", "14.4",
              "Pixels are dependent given a small code, which an output with independent entries "
              "cannot represent. A mixture density output with the same code has a lower negative "
              "log-likelihood on fresh pictures, also than the product of its own densities of "
              "single pixels, which have the same form but no dependence. Neighbouring pixels of "
              "its samples are correlated given the code, but less than those of the data. With "
              "pixels shuffled over the pictures there is no gain.")  # fmt: skip
    c.on = ("4 × 4 pixels of the middle of MNIST digits, as normal scores; Gaussian noise of 1 on "
            "the input, a code of 2, 50 tanh units; three seeds")  # fmt: skip
    outputs = {"independent": DiagonalGaussianOutput(),
               "mixture": MixtureDensityOutput(8, diagonal=True)}  # fmt: skip
    gains: dict[str, list] = {"pictures": [], "shuffled": []}
    joint: dict[str, list] = {"pictures": [], "shuffled": []}
    correlations: dict[str, list] = {"data": [], "shuffled": [], "independent": [], "mixture": []}
    for seed in c.seeds(3 if full else 1):
        rng = np.random.default_rng(seed)
        x, fresh = normal_scores(*(small_digits(part, rng) for part in (digits[0], digits[2])))
        noisy = fresh + rng.normal(size=fresh.shape)
        for kind in gains:
            if kind == "shuffled":
                x, fresh = (rng.permuted(part, axis=0) for part in (x, fresh))
                noisy = fresh + rng.normal(size=fresh.shape)
            nll = {}
            for name, output in outputs.items():
                model = Autoencoder.dense((16, 50, 2), activation=Tanh, code_activation=Identity,
                                          output=output, corruption=GaussianNoise(1.0),
                                          rng=seed)  # fmt: skip
                fit(model, x, epochs=20, optimizer=Adam(Cosine(0.01)), rng=seed)
                a = model.decoder.forward(model.encode(noisy))[0]
                nll[name] = output.nll(fresh, a).mean()
                if name == "mixture":
                    joint[kind].append(product_nll(output, fresh, a).mean() - nll[name])
                if kind == "pictures":
                    r = model.reconstruct(noisy)
                    correlations[name].append(neighbors_correlation(output.sample(a, rng) - r))
                    if name == "independent":
                        e = fresh - r
                        correlations["data"].append(neighbors_correlation(e))
                        mixed = rng.permuted(e, axis=0)
                        correlations["shuffled"].append(neighbors_correlation(mixed))
            gains[kind].append(nll["independent"] - nll["mixture"])
    what = "nll of independent pixels − nll of the mixture, fresh (nats)"
    c.show(what, gains["pictures"], at_least=0.5)
    c.control("shuffled pixels", what, gains["shuffled"])
    what = "nll of the product of the mixture's own pixel densities − nll of the mixture (nats)"
    c.show(what, joint["pictures"], at_least=0.5)
    c.control("trained and measured on shuffled pixels", what, joint["shuffled"])
    what = "correlation of neighbouring pixels given the code, fresh pictures"
    c.show(what, correlations["data"], at_least=0.05)
    c.control("errors shuffled over the pictures", what, correlations["shuffled"])
    what = "correlation of neighbouring pixels given the code, samples of the mixture"
    c.show(what, correlations["mixture"], at_least=0.025)
    c.control("samples with independent pixels", what, correlations["independent"])
    what = "|correlation of neighbouring pixels|, samples with independent pixels"
    c.show(what, np.abs(correlations["independent"]), at_most=0.015)
    c.control("samples of the mixture", what, correlations["mixture"])
