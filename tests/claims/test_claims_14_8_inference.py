"""Predictive sparse decomposition as learned inference, and its stack as a start (14.8, 19.5).

The directed model behind sparse coding draws h from a Laplace density and x from a Gaussian around
h D. With one or two codes its likelihood can be had by quadrature, and so can everything else.
"""

import copy
import math

import numpy as np
import pytest

from tests.claims.networks import Network, accuracy, dictionary_start, one_hot
from tests.claims.pictures import digits
from tinyae import PSD, Adam, CategoricalOutput, Chain, Linear, ReLU, Tanh, fit, stack
from tinyae.nn import Normal
from tinyae.nn.softmax import log_sum_exp
from tinyae.sparse_coding import Dictionary, Gain
from tinyae.training import Cosine

pytestmark = pytest.mark.claim
SIGMA, MU = 0.3, 1.5  # deviation of x given h; rate of the Laplace density of h
LAM = 2 * SIGMA**2 * MU  # so that −2σ² log p(x, h) is ‖x − h D‖² + λ‖h‖₁ and a constant
D_IN = 5
erf = np.vectorize(math.erf)


def log_joint(x, h, D):
    """log p(x, h), of shape (n, m) for n examples and m codes."""
    misfit = ((x[:, None] - (h @ D)[None]) ** 2).sum(axis=2) / (2 * SIGMA**2)
    norms = len(D) * np.log(MU / 2) - 0.5 * x.shape[1] * np.log(2 * np.pi * SIGMA**2)
    return norms - misfit - MU * np.abs(h).sum(axis=1)


def grid(k):
    """Points (m, k) and the volume that each stands for; the density's kink lies on one."""
    side = np.linspace(-9, 9, 20_001 if k == 1 else 721)
    points = np.stack(np.meshgrid(*[side] * k), axis=-1).reshape(-1, k)
    return points, (side[1] - side[0]) ** k


def exact(x, D):
    """log p(x) of each example and log p(h | x) on the grid, by the sum over it."""
    h, volume = grid(len(D))
    joint = np.concatenate([log_joint(part[None], h, D) for part in x])
    evidence = log_sum_exp(joint) + np.log(volume)
    return evidence, joint - evidence[:, None]


def bound(x, mean, s, D):
    """E_q log p(x, h) + entropy of q = N(mean, s² I), of shape (n,).

    E‖x − h D‖² = ‖x − mean D‖² + s²‖D‖²;  E|h| = s √(2/π) exp(−m²/2s²) + m erf(m / s√2).
    """
    k = mean.shape[1]
    misfit = ((x - mean @ D) ** 2).sum(axis=1) + s**2 * (D * D).sum()
    size = s * np.sqrt(2 / np.pi) * np.exp(-(mean**2) / (2 * s**2))
    size = (size + mean * erf(mean / (s * np.sqrt(2)))).sum(axis=1)
    norms = k * np.log(MU / 2) - 0.5 * x.shape[1] * np.log(2 * np.pi * SIGMA**2)
    entropy = 0.5 * k * np.log(2 * np.pi * np.e * s**2)
    return norms - misfit / (2 * SIGMA**2) - MU * size + entropy


def divergence(mean, s, log_posterior):
    """KL(q ‖ p(h | x)) of each example, by the sum over the grid."""
    h, volume = grid(mean.shape[1])
    kl = []
    for m, log_p in zip(mean, log_posterior, strict=True):
        log_q = -((h - m) ** 2).sum(axis=1) / (2 * s**2)
        log_q -= 0.5 * h.shape[1] * np.log(2 * np.pi * s**2)
        kl.append((np.exp(log_q) * (log_q - log_p)).sum() * volume)
    return np.array(kl)


def best_width(x, mean, D):
    """The s of the greatest mean bound, the one number of q that the encoder does not give."""
    widths = np.geomspace(0.05, 1.5, 60)
    return widths[np.argmax([bound(x, mean, s, D).mean() for s in widths])]


def inference_net(k, seed):
    """f with a hidden layer, and random atoms."""
    rng = np.random.default_rng(seed)
    encoder = Chain(Linear(D_IN, 20, rng=rng), Tanh(), Linear(20, k, rng=rng), Tanh(), Gain(k))
    return PSD(encoder, Dictionary(D_IN, k, rng=rng), lam=LAM, gamma=1.0)


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 2])
def test_training_raises_a_bound_on_the_likelihood(k, claim, full):
    """Reduced: 1 seed instead of 5."""
    c = claim(f"S53, {k} code{'s' * (k > 1)}", "14.8",
              "PSD is learned approximate inference. A Gaussian over the codes, with PSD's "
              "prediction as its mean, gives a lower bound on log p(x) of the directed model. "
              "Training raises the bound and the likelihood.",
              "2000 draws of a Laplace-Gaussian model in 5 dimensions, 60 fresh ones; nats for "
              "each example")  # fmt: skip
    found = {}
    for seed in range(5) if full else (0,):
        rng = np.random.default_rng(100 + seed)
        true = Dictionary(D_IN, k, rng=rng).params["D"]
        h = rng.laplace(0, 1 / MU, (2060, k))
        x = h @ true + SIGMA * rng.standard_normal((2060, D_IN))
        x, fresh = x[:2000], x[2000:]
        model = inference_net(k, seed)
        for when in ("before", "after"):
            D = model.atoms
            mean = model.encode(fresh)
            s = best_width(x, model.encode(x), D)
            evidence, log_posterior = exact(fresh, D)
            below = bound(fresh, mean, s, D)
            kl = divergence(mean, s, log_posterior)
            inferred = PSD(None, model.copy().parts["dictionary"], lam=LAM, gamma=0.0)
            at = inferred.infer(x), inferred.infer(fresh)
            of_inferred = bound(fresh, at[1], best_width(x, at[0], D), D)
            for name, value in (
                ("log p(x)", evidence.mean()),
                ("bound with f", below.mean()),
                ("bound with the inferred code instead", of_inferred.mean()),
                ("least log p(x) − bound of an example", (evidence - below).min()),
                ("|log p(x) − bound − KL|, worst", np.abs(evidence - below - kl).max()),
            ):
                found.setdefault((name, when), []).append(value)
            if when == "before":
                fit(
                    model,
                    x,
                    epochs=60,
                    batch_size=50,
                    optimizer=Adam(Cosine(0.01)),
                    rng=seed,
                    core="auto",
                )
        found.setdefault(("log p(x) with the atoms that drew the data", ""), []).append(
            exact(fresh, true)[0].mean()
        )
    for when in ("before", "after"):
        c.show(f"least log p(x) − bound of an example, {when} training",
               found["least log p(x) − bound of an example", when], at_least=0.0)  # fmt: skip
        c.show(f"|log p(x) − bound − KL by quadrature|, worst, {when}",
               found["|log p(x) − bound − KL|, worst", when], at_most=1e-3)  # fmt: skip
    rise = {name: np.subtract(found[name, "after"], found[name, "before"])
            for name in ("log p(x)", "bound with f")}  # fmt: skip
    c.show("bound, after − before training", rise["bound with f"], at_least=0.1)
    c.show("log p(x), after − before", rise["log p(x)"], at_least=0.0)
    gaps = {when: np.subtract(found["log p(x)", when], found["bound with f", when])
            for when in ("before", "after")}  # fmt: skip
    c.show("gap after training / gap before", gaps["after"] / gaps["before"], at_most=0.5)
    c.quote("gap before", gaps["before"])
    c.quote("gap after", gaps["after"])
    c.quote("gap after, with the inferred code as q's mean", np.subtract(
        found["log p(x)", "after"], found["bound with the inferred code instead", "after"]))  # fmt: skip
    c.quote("log p(x) after training", found["log p(x)", "after"])
    c.quote("log p(x) with the atoms that generated the data",
            found["log p(x) with the atoms that drew the data", ""])  # fmt: skip


@pytest.mark.slow
def test_the_gradient_at_fixed_codes_is_that_of_the_minimum(claim, full):
    """Central differences of min_h E. Reduced: 2 seeds instead of 10."""
    c = claim("S43, envelope", "14.8",
              "If the code h is fully optimised, the gradient at fixed h equals the gradient of "
              "the minimum. The dependence of h on the parameters then has no effect. After "
              "only a few steps of the optimisation, it has an effect.",
              "PSD 3-4 with random weights, λ = .6, γ = .8, 4 examples")  # fmt: skip
    off = {steps: [] for steps in (0, 1, 3, 10, None)}
    for seed in range(10 if full else 2):
        rng = np.random.default_rng(seed)
        model = PSD.dense((3, 4), lam=0.6, gamma=0.8, rng=rng)
        model.theta[...] = rng.normal(size=model.theta.size)
        x = rng.normal(size=(4, 3))
        twin, number = model.copy(), np.zeros_like(model.theta)
        for i in range(len(number)):
            values = []
            for step in (1e-5, -1e-5):
                twin.theta[...] = model.theta
                twin.theta[i] += step
                values.append(twin.criterion(x, twin.infer(x, tol=1e-14)).mean())
            number[i] = (values[0] - values[1]) / 2e-5
        for steps, values in off.items():
            h = model.infer(x, steps=steps, tol=1e-14)
            model.criterion_and_grad(x, h)
            values.append(np.linalg.norm(model.grad - number) / np.linalg.norm(number))
    c.show("error of the gradient at the solved code, relative", off.pop(None), at_most=1e-6)
    for steps, values in off.items():
        c.quote(f"the same after {steps} step{'s' * (steps != 1)} from f(x)", values)


UNITS = {"rectified units": {"activation": ReLU, "gain": False}, "tanh with gains": {}}
RATES = (3e-4, 1e-3, 3e-3)


@pytest.mark.real_data
@pytest.mark.slow
def test_a_stack_as_the_start_of_a_classifier(claim, full, data_folder):
    """Reduced: 2 seeds, a third of the digits, the rate 1e-3 for all."""
    c = claim("S53, stack", "14.8",
              "PSD's encoders can be stacked and used as the initial weights of a classifier. With "
        "rectified units, this initialization is better than random weights when labels are "
        "few. With tanh units and gains, it is not better.",
              "MNIST 784-200-100-10, the stack is trained on 20 000 digits (λ = 3 and .5, γ = "
              "1); then 40 epochs on 300 labelled digits. Each initialization uses the learning "
              "rate out of 3e-4, 1e-3, 3e-3 that is best on two other seeds; 5000 fresh digits")  # fmt: skip
    x, y, fresh, labels = digits(data_folder, 20_000 if full else 7_000, 5_000)
    mean = x.mean(axis=0)
    scale = (x - mean).std()
    x, fresh = (x - mean) / scale, (fresh - mean) / scale

    def starts(unit, seed):
        rngs = {"rng": seed, "dtype": np.float32, "gamma": 1.0, **unit}
        models = [PSD.dense((784, 200), lam=3.0, **rngs), PSD.dense((200, 100), lam=0.5, **rngs)]
        dictionary_start(models[0], x, seed)
        random = Chain(*(copy.deepcopy(m.encoder) for m in models))
        return {"the stack": stack(models, x, epochs=5, optimizer=Adam(Cosine(0.005)), rng=seed),
                "random weights": random}  # fmt: skip

    def trained_on(encoder, seed, rate):
        few = np.random.default_rng(900 + seed).choice(len(x), 300, replace=False)
        head = Linear(100, 10, rng=seed, init=Normal(0.0), dtype=np.float32)
        net = Network(Chain(copy.deepcopy(encoder), head), CategoricalOutput())
        fit(net, (x[few], one_hot(y[few])), epochs=40, batch_size=50, rng=seed,
            optimizer=Adam(Cosine(rate)), core="auto")  # fmt: skip
        return accuracy(net.predict(fresh), labels)

    for name, unit in UNITS.items():
        best = dict.fromkeys(("the stack", "random weights"), 1e-3)
        if full:
            trials = [(seed, starts(unit, seed)) for seed in (0, 1)]
            for start in best:
                best[start] = max(RATES, key=lambda rate, start=start: sum(
                    trained_on(found[start], seed, rate) for seed, found in trials))  # fmt: skip
        found = {start: [] for start in best}
        for seed in range(10, 15 if full else 12):
            for start, encoder in starts(unit, seed).items():
                found[start].append(trained_on(encoder, seed, best[start]))
        for start, values in found.items():
            c.quote(f"{name}: rate from {start}", best[start])
            c.quote(f"{name}: accuracy from {start}", values)
        gain = np.subtract(found["the stack"], found["random weights"]).mean()
        what = f"{name}: accuracy, stack − random, mean"
        c.show(what, gain, at_least=0.005) if unit else c.show(what, gain, at_most=0.005)
