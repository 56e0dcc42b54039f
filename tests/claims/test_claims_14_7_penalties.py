"""The contractive penalties themselves: deep, of higher order, and untied (section 14.7)."""

import numpy as np
import pytest

from tinyae import (
    Adam,
    Autoencoder,
    Contractive,
    HigherOrderContractive,
    Identity,
    ReLU,
    Sigmoid,
    Softplus,
    Tanh,
    fit,
    gradcheck,
    minimize,
)
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


def squared(model, x):
    """Mean ‖x − r(x)‖² without noise."""
    return ((x - model.reconstruct(x)) ** 2).sum(axis=1).mean()


def without_curvature(unit):
    """The same unit with f″ = 0: its slopes are treated as constants. The imposter of a gradient."""
    return type(f"Flat{unit.__name__}", (unit,), {"d2f": lambda self, a, h: 0.0 * a})


@pytest.mark.slow
def test_deep_contraction_is_exact(claim, full):
    c = claim("S13", "14.7",
              "The contractive penalty of a whole deep encoder can be trained exactly, without "
              "the layer-by-layer approximation.")  # fmt: skip
    seeds = c.seeds(5 if full else 2)
    cases = [(unit, tied) for unit in (Sigmoid, Tanh, Softplus, ReLU) for tied in (True, False)]
    for depth in (2, 3):
        what = f"gradient of the joint penalty, depth {depth}: largest relative error"
        c.show(what, [gradient_error(*case, depth, seed) for seed in seeds for case in cases],
               at_most=1e-12)  # fmt: skip
        smooth = [(without_curvature(unit), tied) for unit, tied in cases if unit is not ReLU]
        c.control("the second derivative of the units left out", what,
                  [gradient_error(*case, depth, seed) for seed in seeds for case in smooth])  # fmt: skip


def gradient_error(unit, tied, depth, seed):
    """Largest relative error of the gradient of a deep net with a joint penalty."""
    rng = np.random.default_rng(seed)
    model = Autoencoder.dense((6, 5, 4, 3)[: depth + 1], activation=unit, rng=seed, tied=tied,
                              penalties=Contractive(0.7))  # fmt: skip
    model.theta[...] += 0.3 * rng.standard_normal(model.theta.size)
    return gradcheck(model, rng.normal(size=(5, 6))).max_relative_error


def curvature(model, x, step=1e-4):
    """‖∂J/∂x‖² of each row, by central differences of the Jacobian."""
    total = np.zeros(len(x))
    for e in step * np.eye(x.shape[1]):
        slope = (model.jacobian(x + e) - model.jacobian(x - e)) / (2 * step)
        total += (slope**2).sum(axis=(1, 2))
    return total


@pytest.mark.slow
def test_higher_order_contraction(claim, full):
    c = claim("S14", "14.7",
              "The squared difference between the Jacobian at a point and at a random "
              "neighbour, divided by σ², is an estimate of how fast the Jacobian changes. The "
              "estimate becomes exact as σ tends to zero.")  # fmt: skip
    draws = 5000 if full else 1500
    sigmas = (0.3, 0.1, 0.03, 0.01)
    for name, sizes in (("one layer", (5, 7)), ("deep", (5, 7, 4))):
        ratios, by_norm = {sigma: [] for sigma in sigmas}, []
        for seed in c.seeds(5 if full else 3):
            rng = np.random.default_rng(seed)
            x = rng.normal(size=(20, 5))
            model = Autoencoder.dense(sizes, activation=Sigmoid, rng=seed)
            exact = curvature(model, x).mean()
            by_norm.append(exact / code_penalty(model, x))
            rows = np.repeat(x, draws, axis=0)
            plain = model.loss(rows)
            for sigma in sigmas:
                twin = Autoencoder(model.encoder, model.decoder,
                                   penalties=HigherOrderContractive(1.0 / sigma**2, sigma))  # fmt: skip
                ratios[sigma].append((twin.loss(rows, rng=rng) - plain) / exact)
        for sigma in sigmas[:-1]:
            c.quote(f"{name}: term / σ² over ‖∂J/∂x‖² at σ = {sigma:g}", ratios[sigma])
        values = np.array([ratios[sigma] for sigma in sigmas])
        of_norm = values * np.array(by_norm)  # the same term over ‖J‖²
        away, wrong = np.abs(values - 1), np.abs(of_norm - 1)
        what = f"{name}: |term / σ² over ‖∂J/∂x‖² − 1| at σ = {sigmas[-1]:g}"
        c.show(what, away[-1], at_most=0.02)
        c.control("‖J‖² in place of ‖∂J/∂x‖²", what, wrong[-1])
        if name == "deep":  # with one layer, a far neighbour may give the value by chance
            c.control("a far neighbour, σ = 0.3", what, away[0])
        what = f"{name}: the same distance at σ = .01 over that at σ = .3"
        c.show(what, away[-1] / away[0], at_most=0.3)
        c.control("‖J‖² in place of ‖∂J/∂x‖²", what, wrong[-1] / wrong[0])


def code_penalty(model, x):
    """Mean ‖J‖² of the code."""
    return (model.jacobian(x) ** 2).sum(axis=(1, 2)).mean()


def planes(seed, n=300, d=12):
    """Noisy points near a 3-D subspace, centred nowhere in particular."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)) @ rng.normal(size=(3, d)) + 0.1 * rng.normal(size=(n, d))
    return x / x.std()


@pytest.mark.slow
def test_scale_cheat(claim, full):
    pytest.importorskip("scipy")
    c = claim("S15", "14.7",
              "Without tied weights, the encoder's weights can shrink while the decoder's "
              "weights grow. The penalty then vanishes, but the code has not improved. Tied "
              "weights prevent this.")  # fmt: skip
    eps, seeds = 1e-4, c.seeds(5 if full else 3)
    for unit in (Identity, ReLU):
        found = {"norm": [], "norm before": [], "change": [], "decoder kept": [], "error": [],
                 "tied error": []}  # fmt: skip
        for seed in seeds:
            x = planes(seed)
            model = Autoencoder.dense((12, 5), activation=unit, rng=seed)
            twin = Autoencoder.dense((12, 5), activation=unit, rng=seed, tied=True)
            for net in (model, twin):
                fit(net, x, epochs=40, optimizer=Adam(Cosine(0.02)), rng=seed, core="auto")
            r, error, tied_error = model.reconstruct(x), squared(model, x), squared(twin, x)
            found["norm before"].append(code_penalty(model, x))
            for key in ("W", "b"):
                model.encoder.layers[0].params[key][...] *= eps
                twin.encoder.layers[0].params[key][...] *= eps
            found["decoder kept"].append(change(model, x, r))
            model.decoder.layers[0].params["W"][...] /= eps
            found["norm"].append(code_penalty(model, x))
            found["change"].append(change(model, x, r))
            found["error"].append(squared(model, x) / error)
            found["tied error"].append(squared(twin, x) / tied_error)
        name = type(unit()).__name__
        what = f"{name} code, untied, scaled by 1e-4: ‖J‖²"
        c.show(what, found["norm"], at_most=1e-6)
        c.control("not scaled", what, found["norm before"])
        what = f"{name} code, untied, scaled by 1e-4: largest change of r over largest r"
        c.show(what, found["change"], at_most=1e-12)
        c.control("the decoder is not scaled", what, found["decoder kept"])
        what = f"{name} code, tied, scaled by 1e-4: squared error, after / before"
        c.show(what, found["tied error"], at_least=3)
        c.control("untied", what, found["error"])
    found = {tied: [] for tied in (False, True)}
    for seed in seeds:
        x = planes(seed)
        for tied in found:
            plain = Autoencoder.dense((12, 3), activation=Identity, rng=seed, tied=tied)
            minimize(plain, x, options={"maxiter": 2000})
            error = squared(plain, x)
            model = Autoencoder(plain.encoder, plain.decoder, penalties=Contractive(0.3))
            minimize(
                model, x, options={"maxiter": 5000, "maxfun": 8000, "ftol": 1e-16, "gtol": 1e-10}
            )
            found[tied].append((code_penalty(model, x), squared(model, x) / error))
    norms, errors = ({tied: np.array(v)[:, i] for tied, v in found.items()} for i in range(2))
    what = "training continued from the plain optimum, untied: ‖J‖²"
    c.show(what, norms[False], at_most=0.01,
           moved="≤ 0.001 at first; the minimiser stops earlier for some fresh seeds")  # fmt: skip
    c.control("tied", what, norms[True])
    what = "training continued from the plain optimum, untied: squared error, after / before"
    c.show(what, errors[False], at_most=1.01)
    c.control("tied", what, errors[True])
    what = "training continued from the plain optimum, tied: ‖J‖²"
    c.show(what, norms[True], at_least=1)
    c.control("untied", what, norms[False])
    what = "training continued from the plain optimum, tied: squared error, after / before"
    c.show(what, errors[True], at_least=1.5)
    c.control("untied", what, errors[False])


def change(model, x, r):
    """Largest change of the reconstruction of x from r, over the largest entry of r."""
    return np.abs(model.reconstruct(x) - r).max() / np.abs(r).max()
