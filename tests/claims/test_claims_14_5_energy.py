"""Denoising autoencoders, score matching and Gaussian machines: one mathematics (section 14.5.1)."""

import numpy as np
import pytest

from tinyae import (
    RBM,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Chain,
    GaussianOutput,
    Identity,
    Linear,
    ReLU,
    Residual,
    Sigmoid,
    Softplus,
    Tanh,
    fit,
)
from tinyae.models import ScoreMatching, ScoreModel, SlicedScoreMatching
from tinyae.nn.jacobian import unit_tangents
from tinyae.score import asymmetry, circulation, potential
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


def random_net(seed, **options):
    """A tied sigmoid net with linear output, of random widths, every parameter random."""
    rng = np.random.default_rng(seed)
    d, k = rng.integers(1, 9, 2)
    model = Autoencoder.dense((d, k), tied=True, rng=rng, **options)
    model.theta[...] = rng.standard_normal(model.theta.shape)
    return model, rng


def energy_matching(model, x, x_tilde, sigma):
    """½‖−∂E/∂x̃ − (x − x̃)/σ²‖² per example, and its mean gradient, differentiating E itself.

    E = −(c·x − ½‖x‖² + Σ_j softplus(W_j·x + b_j))/σ². Its score comes from tangents through the
    softplus units; no reconstruction is computed anywhere.
    """
    linear, n = model.encoder.layers[0], len(x)
    ones = Linear(linear.d_out, 1, rng=0)
    ones.params["W"][...] = 1.0
    net = Chain(linear, Softplus(), ones)
    c = model.decoder.layers[0]
    model.grad[...] = 0.0
    _, cache = net.forward(x_tilde)
    ((_, u, pull),) = unit_tangents(net, cache, x_tilde)
    e = (c.params["b"] - x_tilde + u[:, :, 0].T) / sigma**2 - (x - x_tilde) / sigma**2
    pull((e / (n * sigma**2)).T[:, :, None])
    c.grads["b"] += e.sum(axis=0) / (n * sigma**2)
    return 0.5 * (e * e).sum(axis=1), model.grad.copy()


def gap(a, b):
    """Largest difference over the largest entry."""
    return np.abs(a - b).max() / max(np.abs(b).max(), 1e-300)


def test_denoising_is_score_matching_of_an_energy(claim):
    c = claim("S25", "14.5.1",
              "Denoising training of a tied sigmoid net with linear output is the same as "
              "denoising score matching of the energy −(c·x − ½‖x‖² + Σ softplus(W_j·x + "
              "b_j))/σ². The two are equal for every example and for the gradient in every "
              "parameter. At σ = 1 this energy is the free energy of a restricted Boltzmann "
              "machine with Gaussian visible units (50 random nets).")  # fmt: skip
    losses, grads, machines = [], [], []
    for seed in range(50):
        model, rng = random_net(seed)
        sigma = rng.uniform(0.1, 2.0)
        x, noise = rng.standard_normal((2, 6, model.d_in))
        x_tilde = x + sigma * noise
        p = model.forward(x, rng, x_tilde)
        squared = ((p.a - x) ** 2).sum(axis=1)
        model.grad[...] = 0.0
        model.backward(p)
        by_denoising = model.grad / sigma**4
        by_energy, grad = energy_matching(model, x, x_tilde, sigma)
        losses.append(gap(by_energy, squared / (2 * sigma**4)))
        grads.append(gap(grad, by_denoising))
        rbm = RBM(model.d_in, model.d_code, visible=GaussianOutput())
        rbm.theta[...] = model.theta
        at_one = energy_matching(model, x, x_tilde, 1.0)[0]
        machines.append(gap(0.5 * ((rbm.score(x_tilde) + x_tilde - x) ** 2).sum(axis=1), at_one))
        machines.append(gap(-rbm.free_energy(x), potential(model, x)))
    c.show("loss = ‖r(x̃) − x‖²/(2σ⁴), relative", max(losses), at_most=1e-10)
    c.show("their gradients, relative", max(grads), at_most=1e-10)
    c.show("σ = 1: the machine's free energy and its score, relative", max(machines), at_most=1e-10)


def test_score_matching_of_a_machine_is_a_regularized_autoencoder(claim):
    c = claim("S26", "14.5.1",
              "Score matching of a restricted Boltzmann machine with Gaussian visible units "
              "minimises the squared error plus Σ h(1−h)‖W_j‖². This term resembles the "
              "contractive penalty, which has the square of h(1−h) as its factor (50 random "
              "nets).")  # fmt: skip
    losses, grads, machines, ratios = [], [], [], []
    for seed in range(50):
        model, rng = random_net(seed)
        x = rng.standard_normal((6, model.d_in))
        h, W = model.encode(x), model.encoder.layers[0].params["W"]
        slope, squares = h * (1 - h), (W * W).sum(axis=0)
        error = 0.5 * ((model.reconstruct(x) - x) ** 2).sum(axis=1)
        closed = error + slope @ squares - model.d_in
        twin = model.copy()
        score = ScoreModel(Residual(Chain(twin.encoder, twin.decoder)))
        trace_form = np.array([score.loss(row[None]) for row in x])
        losses.append(gap(trace_form, closed))
        rbm, step = RBM(model.d_in, model.d_code, visible=GaussianOutput()), 1e-4
        rbm.theta[...] = model.theta
        trace = sum((rbm.score(x + step * e) - rbm.score(x - step * e))[:, i] / (2 * step)
                    for i, e in enumerate(np.eye(model.d_in)))  # fmt: skip
        of_machine = 0.5 * (rbm.score(x) ** 2).sum(axis=1) + trace  # ½‖s‖² + tr ∂s/∂x, row by row
        machines.append(gap(of_machine, closed))
        score.loss_and_grad(x)
        grads.append(gap(score.grad, closed_gradient(model, x)))
        penalty = (trace_form - error + model.d_in).mean()
        ratios.append(penalty / (model.jacobian(x) ** 2).sum(axis=(1, 2)).mean())
    c.show(
        "closed form = the net's, the trace by exact tangents, relative", max(losses), at_most=1e-10
    )
    c.show("closed form = ½‖s‖² + tr ∂s/∂x of the machine's score s, the trace by central differences, "
           "relative", max(machines), at_most=1e-7)  # fmt: skip
    c.show("their gradients, relative", max(grads), at_most=1e-10)
    c.quote("this penalty over ‖∂h/∂x‖²: at least 4, as h(1−h) ≤ ¼", ratios)


def closed_gradient(model, x):
    """Gradient of ½‖r − x‖² + Σ h(1−h)‖W_j‖², the mean over the rows, by the chain rule.

    With s = h(1−h):  gW_j = 2 W_j Σ s_j + xᵀ ga_j and ga_j = s_j (1 − 2h_j) ‖W_j‖², beside the
    autoencoder's own.
    """
    model = model.copy()
    model.loss_and_grad(x)
    linear = model.encoder.layers[0]
    W, h, n = linear.params["W"], model.encode(x), len(x)
    s = h * (1 - h)
    linear.grads["W"] += 2 * W * s.mean(axis=0)
    linear.backward(s * (1 - 2 * h) * (W * W).sum(axis=0) / n, x)
    return model.grad


def test_score_matching_recovers_a_precision(claim, full):
    c = claim("S24", "14.5.1",
              "Score matching needs no normalizing constant. A linear model of the score finds "
              "the precision matrix of a Gaussian. The mean of the sliced criterion equals the "
              "exact criterion.")  # fmt: skip
    errors, sliced, agreement = [], [], []
    for seed in range(5 if full else 1):
        rng = np.random.default_rng(seed)
        A = rng.standard_normal((4, 4))
        covariance = A @ A.T / 4 + 0.5 * np.eye(4)
        x = rng.multivariate_normal(rng.standard_normal(4), covariance, 50_000)
        precision = np.linalg.inv(covariance)
        for criterion, found in ((ScoreMatching(), errors), (SlicedScoreMatching(), sliced)):
            model = ScoreModel(Linear(4, 4, rng=seed), criterion)
            fit(
                model,
                x,
                epochs=15,
                batch_size=500,
                optimizer=Adam(Cosine(0.03)),
                rng=seed,
                core="auto",
            )
            P = -model.net.params["W"]
            found.append(np.linalg.norm(P - precision) / np.linalg.norm(precision))
        net = Chain(Linear(4, 6, rng=rng), Tanh(), Linear(6, 4, rng=rng))
        exact = ScoreModel(net).loss(x[:200])
        estimates = [
            ScoreModel(net, SlicedScoreMatching()).loss(x[:200], rng=i) for i in range(400)
        ]
        error = np.std(estimates) / 20
        agreement.append(abs(np.mean(estimates) - exact) / error)
    c.show("precision of a 4-D Gaussian, 50 000 samples: relative error", errors, at_most=0.02)
    c.quote("the same by the sliced criterion", sliced)
    c.show("exact − mean of 400 sliced values, in standard errors", agreement, at_most=3.0)


def test_the_potential_of_an_autoencoder(claim):
    c = claim("S29", "14.5.1",
              "With tied weights and linear output, r(x) − x is the gradient of a potential F. "
              "This holds for sigmoid, tanh, rectified and linear units. Exactly tied weights "
              "are not necessary: a decoder that scales the encoder's columns is sufficient. "
              "With general untied weights, or with tied weights and a sigmoid output, r(x) − x "
              "is not a gradient field.")  # fmt: skip
    slopes, symmetric, scaled, untied, sigmoid, loops = [], [], [], [], [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((10, 4))
        for unit in (Sigmoid, Tanh, ReLU, Identity):
            model = Autoencoder.dense((4, 6), activation=unit, tied=True, rng=rng)
            model.theta += 0.5 * rng.standard_normal(model.theta.shape)
            field, step = model.reconstruct(x) - x, 1e-5
            slope = np.stack([(potential(model, x + step * e) - potential(model, x - step * e))
                              / (2 * step) for e in np.eye(4)], axis=1)  # fmt: skip
            slopes.append(np.abs(slope - field).max())
            symmetric.append(asymmetry(model, x).max())
            logistic = Autoencoder(model.encoder, model.decoder, output=BernoulliOutput())
            sigmoid.append(asymmetry(logistic, x).mean())
            other = Autoencoder.dense((4, 6), activation=unit, rng=rng)
            other.theta += 0.5 * rng.standard_normal(other.theta.shape)
            untied.append(asymmetry(other, x).mean())
            loops.append(np.abs(circulation(lambda z: other.reconstruct(z) - z, x, 0.3)).mean())
            a = rng.uniform(-2, 2, (6, 1))
            other.decoder.layers[0].params["W"][...] = a * other.encoder.layers[0].params["W"].T
            scaled.append(asymmetry(other, x).max())
    c.show("∇F − (r − x) by central differences, largest", max(slopes), at_most=1e-8)
    c.show("asymmetry of ∂r/∂x, tied", max(symmetric), at_most=1e-12)
    c.show("asymmetry, decoder = diag(a) · encoderᵀ", max(scaled), at_most=1e-12)
    c.show("asymmetry, untied", untied, at_least=1e-3)
    c.show("asymmetry, tied with sigmoid output, each kind of unit", sigmoid, at_least=1e-3)
    c.quote("untied: ∮ (r − x)·dx around squares of side .3, mean size", loops)
