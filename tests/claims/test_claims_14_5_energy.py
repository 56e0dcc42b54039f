"""Denoising autoencoders, score matching and Gaussian machines: one mathematics (section 14.5.1)."""

import numpy as np
import pytest

from figures.experiments.machine_copies import machine
from tinyae import (
    RBM,
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
)
from tinyae.models import ScoreModel
from tinyae.nn.jacobian import unit_tangents
from tinyae.score import asymmetry, circulation, potential

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
    wrong_power, decoder_only, other_noise = [], [], []
    for seed in c.seeds(50):
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
        wrong_power.append(gap(by_energy, squared / (2 * sigma**2)))
        grads.append(gap(grad, by_denoising))
        decoder_only.append(gap(grad, gradient_of_the_decoder(model, x, x_tilde) / sigma**4))
        rbm = RBM(model.d_in, model.d_code, visible=GaussianOutput())
        rbm.theta[...] = model.theta
        at_one = energy_matching(model, x, x_tilde, 1.0)[0]
        of_machine = 0.5 * ((rbm.score(x_tilde) + x_tilde - x) ** 2).sum(axis=1)
        machines.append(max(gap(of_machine, at_one), gap(-rbm.free_energy(x), potential(model, x))))
        other_noise.append(gap(of_machine, by_energy))
    what = "loss = ‖r(x̃) − x‖²/(2σ⁴), relative"
    c.show(what, losses, at_most=1e-10)
    c.control("σ² in place of σ⁴", what, wrong_power)
    what = "their gradients, relative"
    c.show(what, grads, at_most=1e-10)
    c.control("the path through the decoder's weights alone", what, decoder_only)
    what = "σ = 1: the machine's free energy and its score, relative"
    c.show(what, machines, at_most=1e-10)
    c.control("the energy at another σ", what, other_noise)


def gradient_of_the_decoder(model, x, x_tilde):
    """The gradient of the mean of ½‖r − x‖² with the code h held fixed: gW = (r − x)ᵀ h / n."""
    twin = model.copy()
    twin.grad[...] = 0.0
    error = twin.reconstruct(x_tilde) - x
    twin.decoder.layers[0].backward(error / len(x), twin.encode(x_tilde))
    return twin.grad.copy()


def energies(model, sigma, x, copies):
    """The machine with `copies` of each hidden unit in x/σ: −free energy at x (n, d), and the net's.

    Both without the constant: differences from the first row. The net's is F/σ² with ∇F = r − x.
    """
    of_machine = -machine(model, sigma, copies).free_energy(x / sigma)
    of_net = potential(model, x) / sigma**2
    return of_machine - of_machine[0], of_net - of_net[0]


def test_which_machine_a_denoiser_is(claim):
    c = claim("S25, copies", "14.5.1",
              "The equivalence needs tied weights, and the textbook machine with one unit of each "
              "kind needs σ = 1. At σ = 1/√N, the denoiser with tied weights is a machine with N "
              "copies of each hidden unit, which share their weights. A machine without copies is "
              "the denoiser whose decoder is σ² times the transposed encoder.",
              "random sigmoid nets; N = 2, 4, 9")  # fmt: skip
    copied, single, scaled, tied, untied, asymmetric = ([] for _ in range(6))
    for seed in c.seeds(10):
        model, rng = random_net(seed)
        x = rng.standard_normal((6, model.d_in))
        other = Autoencoder.dense((3, 5), rng=rng)
        other.theta += rng.standard_normal(other.theta.shape)
        untied.append(asymmetry(other, rng.standard_normal((6, 3))).mean())
        asymmetric.append(asymmetry(model, x).max())
        for copies in (2, 4, 9):
            sigma = 1.0 / np.sqrt(copies)
            copied.append(gap(*energies(model, sigma, x, copies)))
            single.append(gap(*energies(model, sigma, x, 1)))
            twin = Autoencoder.dense((model.d_in, model.d_code), rng=rng)
            for mine, its in zip(layers(twin), layers(model), strict=True):
                mine.params["b"][...] = its.params["b"]
            W = model.encoder.layers[0].params["W"]
            layers(twin)[0].params["W"][...] = W
            layers(twin)[1].params["W"][...] = sigma**2 * W.T
            scaled.append(gap(*energies(twin, sigma, x, 1)))
            tied.append(gap(*energies(model, sigma, x, 1)))
    what = "energy of the tied denoiser = that of a machine with 1/σ² copies, relative"
    c.show(what, copied, at_most=1e-10)
    c.control("one copy of each unit", what, single)
    what = "decoder = σ² · encoderᵀ: its energy = that of a machine without copies, relative"
    c.show(what, scaled, at_most=1e-10)
    c.control("decoder = encoderᵀ", what, tied)
    what = "tied weights: asymmetry of ∂r/∂x, which is 0 if there is an energy"
    c.show(what, asymmetric, at_most=1e-12)
    c.control("untied weights", what, untied)


def layers(model):
    """The two linear layers of a net with one hidden layer."""
    return model.encoder.layers[0], model.decoder.layers[0]


def test_score_matching_of_a_machine_is_a_regularized_autoencoder(claim):
    c = claim("S26", "14.5.1",
              "Score matching of a restricted Boltzmann machine with Gaussian visible units "
              "minimises the squared error plus Σ h(1−h)‖W_j‖². This term resembles the "
              "contractive penalty, which has the square of h(1−h) as its factor (50 random "
              "nets).")  # fmt: skip
    losses, grads, machines, ratios = [], [], [], []
    contractive, no_trace, constant_slope = [], [], []
    for seed in c.seeds(50):
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
        contractive.append(gap(trace_form, error + slope**2 @ squares - model.d_in))
        rbm, step = RBM(model.d_in, model.d_code, visible=GaussianOutput()), 1e-4
        rbm.theta[...] = model.theta
        trace = sum((rbm.score(x + step * e) - rbm.score(x - step * e))[:, i] / (2 * step)
                    for i, e in enumerate(np.eye(model.d_in)))  # fmt: skip
        of_machine = 0.5 * (rbm.score(x) ** 2).sum(axis=1) + trace  # ½‖s‖² + tr ∂s/∂x, row by row
        machines.append(gap(of_machine, closed))
        no_trace.append(gap(0.5 * (rbm.score(x) ** 2).sum(axis=1), closed))
        score.loss_and_grad(x)
        grads.append(gap(score.grad, closed_gradient(model, x)))
        constant_slope.append(gap(score.grad, closed_gradient(model, x, bends=False)))
        penalty = (trace_form - error + model.d_in).mean()
        ratios.append(penalty / (model.jacobian(x) ** 2).sum(axis=(1, 2)).mean())
    what = "closed form = the net's, the trace by exact tangents, relative"
    c.show(what, losses, at_most=1e-10)
    c.control("the contractive penalty, (h(1−h))²", what, contractive)
    what = ("closed form = ½‖s‖² + tr ∂s/∂x of the machine's score s, the trace by central differences, "
            "relative")  # fmt: skip
    c.show(what, machines, at_most=1e-7)
    c.control("without the trace", what, no_trace)
    what = "their gradients, relative"
    c.show(what, grads, at_most=1e-10)
    c.control("h(1−h) held fixed", what, constant_slope)
    c.quote("this penalty over ‖∂h/∂x‖²: at least 4, as h(1−h) ≤ ¼", ratios)


def closed_gradient(model, x, bends=True):
    """Gradient of ½‖r − x‖² + Σ h(1−h)‖W_j‖², the mean over the rows, by the chain rule.

    With s = h(1−h):  gW_j = 2 W_j Σ s_j + xᵀ ga_j and ga_j = s_j (1 − 2h_j) ‖W_j‖², beside the
    autoencoder's own. Without `bends` the second term is left out.
    """
    model = model.copy()
    model.loss_and_grad(x)
    linear = model.encoder.layers[0]
    W, h, n = linear.params["W"], model.encode(x), len(x)
    s = h * (1 - h)
    linear.grads["W"] += 2 * W * s.mean(axis=0)
    if bends:
        linear.backward(s * (1 - 2 * h) * (W * W).sum(axis=0) / n, x)
    return model.grad


def test_the_potential_of_an_autoencoder(claim):
    c = claim("S29", "14.5.1",
              "With tied weights and linear output, r(x) − x is the gradient of a potential F. "
              "This holds for sigmoid, tanh, rectified and linear units. Exactly tied weights "
              "are not necessary: a decoder that scales the encoder's columns is sufficient. "
              "With general untied weights, or with tied weights and a sigmoid output, r(x) − x "
              "is not a gradient field.")  # fmt: skip
    slopes, symmetric, scaled, untied, sigmoid, loops = [], [], [], [], [], []
    no_square, tied_loops = [], []
    for seed in c.seeds(20):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((10, 4))
        for unit in (Sigmoid, Tanh, ReLU, Identity):
            model = Autoencoder.dense((4, 6), activation=unit, tied=True, rng=rng)
            model.theta += 0.5 * rng.standard_normal(model.theta.shape)
            field, step = model.reconstruct(x) - x, 1e-5
            slope = np.stack([(potential(model, x + step * e) - potential(model, x - step * e))
                              / (2 * step) for e in np.eye(4)], axis=1)  # fmt: skip
            slopes.append(np.abs(slope - field).max())
            no_square.append(np.abs(slope + x - field).max())
            tied_loops.append(
                np.abs(circulation(lambda z: model.reconstruct(z) - z, x, 0.3)).mean()
            )
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
    what = "∇F − (r − x) by central differences, largest"
    c.show(what, slopes, at_most=1e-8)
    c.control("F without −½‖x‖²", what, no_square)
    what = "asymmetry of ∂r/∂x, tied"
    c.show(what, symmetric, at_most=1e-12)
    c.control("untied", what, untied)
    what = "asymmetry, decoder = diag(a) · encoderᵀ"
    c.show(what, scaled, at_most=1e-12)
    c.control("untied", what, untied)
    what = "asymmetry, untied"
    c.show(what, untied, at_least=1e-3)
    c.control("tied", what, symmetric)
    what = "asymmetry, tied with sigmoid output, each kind of unit"
    c.show(what, sigmoid, at_least=1e-3)
    c.control("tied with linear output", what, symmetric)
    c.quote("untied: ∮ (r − x)·dx around squares of side .3, mean size", loops)
    c.quote("tied: the same", tied_loops)
