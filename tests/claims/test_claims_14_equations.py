"""Equations of the chapter that are identities: each object against its formula, written out again.

Other files of claims have 14.3 to 14.7 (priors), 14.14, 14.16 and 14.17 (denoising), 14.18
(contraction) and 14.19 (predictive sparse decomposition).
"""

import numpy as np
import pytest

from tests.complex_step import cost_gradient
from tinyae import (
    L1,
    RBM,
    Autoencoder,
    BernoulliOutput,
    Contractive,
    GaussianNoise,
    MaskingNoise,
    Sigmoid,
    StudentT,
    Tanh,
)
from tinyae.criterion import KLSparsity
from tinyae.criterion.enumeration import binary_codes
from tinyae.score import mixture_score

pytestmark = pytest.mark.claim

N, D, K = 20, 7, 4


def net(seed, **slots):
    """A sigmoid autoencoder 7-4-7 with random weights and biases, and rows between 0 and 1."""
    rng = np.random.default_rng(seed)
    model = Autoencoder.dense((D, K), activation=Sigmoid, rng=seed, **slots)
    model.theta += 0.5 * rng.standard_normal(model.theta.size)
    return model, rng.random((N, D))


def code(model, x, *, bias=1.0):
    """h = sigmoid(x W + b), written out; the control leaves the bias out."""
    p = model.encoder.layers[0].params
    return 1.0 / (1.0 + np.exp(-(x @ p["W"] + bias * p["b"])))


def decoded(model, h):
    """The decoder's natural parameters, written out."""
    p = model.decoder.layers[0].params
    return h @ p["W"] + p["b"]


def apart(found, wanted):
    """Relative difference."""
    return abs(found - wanted) / abs(wanted)


def half_square(x, r):
    """½ ‖x − r‖², the mean over the examples."""
    return 0.5 * ((x - r) ** 2).sum() / len(x)


def entropy(x, a):
    """−Σ_j [x_j log p_j + (1 − x_j) log(1 − p_j)] with p = sigmoid(a), the mean over examples."""
    p = 1.0 / (1.0 + np.exp(-a))
    return -(x * np.log(p) + (1.0 - x) * np.log1p(-p)).sum() / len(x)


def test_the_criterion_of_an_undercomplete_autoencoder(claim):
    c = claim("14.1", "14.1",
              "The criterion of an autoencoder without corruption and penalty is a loss between x "
              "and g(f(x)): half the squared error for the Gaussian output, the cross entropy for "
              "the Bernoulli output.")  # fmt: skip
    found = {name: [] for name in ("own", "of h without bias", "other rows")}
    for seed in c.seeds(5):
        for output, loss in ((None, half_square), (BernoulliOutput(), entropy)):
            model, x = net(seed, **({} if output is None else {"output": output}))
            wanted = model.loss(x)
            r = decoded(model, code(model, x))
            found["own"].append(apart(loss(x, r), wanted))
            wrong = decoded(model, code(model, x, bias=0.0))
            found["of h without bias"].append(apart(loss(x, wrong), wanted))
            found["other rows"].append(apart(loss(x, np.roll(r, 1, axis=0)), wanted))
    what = "relative difference from the formula"
    c.show(what, found["own"], at_most=1e-12)
    c.control("f without its bias", what, found["of h without bias"])
    c.control("reconstructions of other rows", what, found["other rows"])


def test_the_criterion_of_a_sparse_autoencoder(claim):
    c = claim("14.2", "14.2.1",
              "A sparse autoencoder adds a penalty on the code, Ω(h), to the loss: λ Σ |h_i|, "
              "λ Σ log(1 + h_i²), or λ times the divergence of the mean activations from a "
              "target.")  # fmt: skip

    def divergence(h, rho=0.1):
        q = 1e-7 + (1 - 2e-7) * h.mean(axis=0)
        return (rho * np.log(rho / q) + (1 - rho) * np.log((1 - rho) / (1 - q))).sum()

    lam = 0.3
    penalties = {
        "L1": (L1(lam), lambda h: np.abs(h).sum() / len(h)),
        "Student-t": (StudentT(lam), lambda h: np.log1p(h**2).sum() / len(h)),
        "KL": (KLSparsity(0.1, lam), divergence),
    }
    own, of_r, without = [], [], []
    for seed in c.seeds(5):
        for penalty, omega in penalties.values():
            model, x = net(seed, penalties=[penalty])
            wanted = model.loss(x)
            h = code(model, x)
            r = decoded(model, h)
            loss = half_square(x, r)
            own.append(apart(loss + lam * omega(h), wanted))
            of_r.append(apart(loss + lam * omega(1.0 / (1.0 + np.exp(-r))), wanted))
            without.append(apart(loss + omega(h), wanted))
    what = "relative difference from the formula"
    c.show(what, own, at_most=1e-12)
    c.control("penalty on the reconstruction", what, of_r)
    c.control("without λ", what, without)


def test_the_criterion_of_a_denoising_autoencoder(claim):
    c = claim("14.8–14.9", "14.2.2",
              "A denoising autoencoder reads a corrupted x̃ and is compared with the clean x.",
              on="Gaussian and masking noise, which is drawn again from the same seed")  # fmt: skip
    own, target, clean = [], [], []
    for seed in c.seeds(5):
        for corruption in (GaussianNoise(0.3), MaskingNoise(0.3)):
            model, x = net(seed, corruption=corruption)
            wanted = model.loss(x, rng=np.random.default_rng(seed))
            noisy = corruption.corrupt(x, np.random.default_rng(seed))
            r = decoded(model, code(model, noisy))
            own.append(apart(half_square(x, r), wanted))
            target.append(apart(half_square(noisy, r), wanted))
            clean.append(apart(half_square(x, decoded(model, code(model, x))), wanted))
    what = "relative difference from L(x, g(f(x̃)))"
    c.show(what, own, at_most=1e-12)
    c.control("the target is x̃", what, target)
    c.control("f reads the clean x", what, clean)


def test_the_contractive_penalty_is_a_sum_of_gradients(claim):
    c = claim("14.10–14.11", "14.2.3",
              "A contractive autoencoder adds λ times the sum over the units of ‖∇_x h_i‖² to the "
              "loss. That is λ times the squared Frobenius norm of the Jacobian (14.18), for one "
              "layer and for more.",
              on="7-4 and 7-6-4 with sigmoid codes; each ∇_x h_i by the complex step")  # fmt: skip
    lam, own, unsquared, factor, shallow = 0.7, [], [], [], []
    for seed in c.seeds(5):
        for sizes in ((D, K), (D, 6, K)):
            rng = np.random.default_rng(seed)
            models = [
                Autoencoder.dense(sizes, activation=Tanh, code_activation=Sigmoid, rng=seed,
                                  penalties=some)
                for some in ([], [Contractive(lam)])
            ]  # fmt: skip
            models[0].theta += 0.5 * rng.standard_normal(models[0].theta.size)
            models[1].theta[...] = models[0].theta
            x = rng.random((N, D))
            found = models[1].loss(x) - models[0].loss(x)
            gradients = [
                cost_gradient(lambda z, i=i, model=models[0]: forward(model, z)[:, i], x)
                for i in range(K)
            ]
            squares = sum((g**2).sum() for g in gradients) / N
            own.append(apart(found, lam * squares))
            norms = sum(np.sqrt((g**2).sum(axis=1)).sum() for g in gradients) / N
            unsquared.append(apart(lam * norms, lam * squares))
            if len(sizes) == 2:
                h, W = code(models[0], x), models[0].encoder.layers[0].params["W"]
                swersky = (h * (1 - h) * (W**2).sum(axis=0)).sum() / N
                factor.append(apart(lam * swersky, lam * squares))
            else:
                last = models[0].encoder.layers[2].params["W"]
                h = forward(models[0], x)
                top = ((h * (1 - h)) ** 2 * (last**2).sum(axis=0)).sum() / N
                shallow.append(apart(lam * top, lam * squares))
    what = "relative difference from λ Σ ‖∇_x h_i‖²"
    c.show(what, own, at_most=1e-12)
    c.control("norms that are not squared", what, unsquared)
    c.control("h (1 − h) that is not squared", what, factor)
    c.control("the last of two layers alone", what, shallow)


def forward(model, x):
    """h = f(x) layer by layer, for complex x too."""
    return model.encoder.forward(x)[0]


def test_a_machine_gives_an_encoder_and_a_decoder(claim):
    c = claim("14.12–14.13", "14.4",
              "A model with a joint p(h, x) defines a stochastic encoder p(h | x) and a stochastic "
              "decoder p(x | h). Those of a restricted Boltzmann machine are products of sigmoids, "
              "equal to its joint distribution over p(x) and over p(h).",
              on="machines 6-4 with random weights; all 64 × 16 probabilities")  # fmt: skip
    x, h = binary_codes(6), binary_codes(4)
    own, marginal, bare, free, without_sum = [], [], [], [], []
    for seed in c.seeds(5):
        rng, machine = np.random.default_rng(seed), RBM(6, 4)
        machine.theta[...] = rng.standard_normal(machine.theta.shape)
        W, to_h = (machine.parts["hidden"].params[name] for name in ("W", "b"))
        to_x = machine.parts["visible"].params["b"]
        joint = np.exp((x @ to_x)[:, None] + h @ to_h + x @ W @ h.T)
        joint /= joint.sum()
        encoder, decoder = joint / joint.sum(axis=1, keepdims=True), (joint / joint.sum(axis=0)).T
        found = product(machine.encode(x), h), product(machine.decode(h), x)
        own.append(max(np.abs(found[0] - encoder).max(), np.abs(found[1] - decoder).max()))
        marginal.append(np.abs(np.exp(machine.log_likelihood(x)) - joint.sum(axis=1)).max())
        sigmoid = 1.0 / (1.0 + np.exp(-x @ W))
        bare.append(np.abs(product(sigmoid, h) - encoder).max())
        free.append(np.abs(joint.sum(axis=0) - encoder).max())
        without_sum.append(np.abs(found[1][0] - joint.sum(axis=1)).max())
    what = "largest difference of a conditional probability"
    c.show(what, own, at_most=1e-12)
    c.control("encoder without its biases", what, bare)
    c.control("p(h) in place of p(h | x)", what, free)
    what = "largest difference of p(x)"
    c.show(what, marginal, at_most=1e-12)
    c.control("p(x | h = 0)", what, without_sum)


def product(p, values):
    """Π_j p_j^v_j (1 − p_j)^(1 − v_j): a row for each row of p, a column for each of the values."""
    on, off = np.log(p), np.log1p(-p)
    return np.exp(on @ values.T + off @ (1.0 - values.T))


def test_the_score_is_the_gradient_of_log_p(claim):
    c = claim("14.15", "14.5.1",
              "The score is the gradient of log p(x) in x. For a mixture of Gaussians it is exact in "
              "closed form, the mean of the components' scores by their responsibilities.",
              on="four Gaussians with full covariances in three dimensions; the gradient of log p by "
              "the complex step")  # fmt: skip
    own, sign, prior = [], [], []
    for seed in c.seeds(5):
        rng = np.random.default_rng(seed)
        means, weights = rng.standard_normal((4, 3)), rng.dirichlet(np.ones(4))
        factors = rng.standard_normal((4, 3, 3))
        covariances = factors @ factors.transpose(0, 2, 1) + 0.3 * np.eye(3)
        x = rng.standard_normal((N, 3))
        inverses = np.linalg.inv(covariances)
        logs = np.log(weights) - 0.5 * np.linalg.slogdet(covariances)[1]

        def log_p(z, means=means, inverses=inverses, logs=logs):
            """log p(z) up to a constant, for complex z."""
            e = z[:, None] - means
            return np.log(np.exp(logs - 0.5 * np.einsum("nki,kij,nkj->nk", e, inverses, e)).sum(1))

        wanted = cost_gradient(log_p, x)
        size = np.abs(wanted).max()
        found = mixture_score(x, means, covariances, weights)
        own.append(np.abs(found - wanted).max() / size)
        sign.append(np.abs(-found - wanted).max() / size)
        each = -np.einsum("kij,nkj->nki", inverses, x[:, None] - means)
        prior.append(np.abs(np.einsum("k,nki->ni", weights, each) - wanted).max() / size)
    what = "relative difference from the gradient of log p"
    c.show(what, own, at_most=1e-12)
    c.control("wrong sign", what, sign)
    c.control("weights in place of responsibilities", what, prior)
