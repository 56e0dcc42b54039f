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
from tinyae.checks.generators import generator
from tinyae.nn import Normal
from tinyae.nn.softmax import log_sum_exp
from tinyae.nn.structure import leaves
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


def without_the_spread(x, mean, s, D):
    """The bound with the term s²‖D‖² of E‖x − h D‖² left out: it is no bound."""
    return bound(x, mean, s, D) + s**2 * (D * D).sum() / (2 * SIGMA**2)


class FrozenAtoms(PSD):
    """Only the encoder learns: after each step the atoms are what they were."""

    def project(self):
        """Put the first atoms back."""
        if not hasattr(self, "held"):
            self.held = self.atoms.copy()
        self.atoms[...] = self.held


def inference_net(kind, k, seed):
    """f with a hidden layer, and random atoms."""
    rng = generator(seed, "weights")
    encoder = Chain(Linear(D_IN, 20, rng=rng), Tanh(), Linear(20, k, rng=rng), Tanh(), Gain(k))
    model = kind(encoder, Dictionary(D_IN, k, rng=seed), lam=LAM, gamma=1.0)
    model.project()
    return model


def train(model, x, seed):
    """60 epochs by Adam."""
    fit(model, x, epochs=60, batch_size=50, optimizer=Adam(Cosine(0.01)), rng=seed, core="auto")


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 2])
def test_training_raises_a_bound_on_the_likelihood(k, claim, full):
    """Reduced: 1 seed instead of 5, 20 fresh draws."""
    c = claim(f"S53, {k} code{'s' * (k > 1)}", "14.8",
              "PSD is learned approximate inference. A Gaussian over the codes, with PSD's "
              "prediction as its mean, gives a lower bound on log p(x) of the directed model. "
              "Training raises the bound and the likelihood.",
              "2000 draws of a Laplace-Gaussian model in 5 dimensions, 60 fresh ones; nats for "
              "each example")  # fmt: skip
    found = {}

    def note(name, value):
        found.setdefault(name, []).append(value)

    def look(when, model, x, fresh):
        """The likelihood with the model's atoms, and the bound with its encoder."""
        D, mean = model.atoms, model.encode(fresh)
        s = best_width(x, model.encode(x), D)
        evidence, log_posterior = exact(fresh, D)
        below, kl = bound(fresh, mean, s, D), divergence(mean, s, log_posterior)
        wrong = without_the_spread(fresh, mean, s, D)
        for way, lower in (("", below), (", without the spread", wrong)):
            note(f"least, {when}{way}", (evidence - lower).min())
            note(f"identity, {when}{way}", np.abs(evidence - lower - kl).max())
        note(f"log p(x), {when}", evidence.mean())
        note(f"bound, {when}", below.mean())

    def bound_with(codes, x, fresh, D):
        """The bound with other codes of x and of fresh as q's mean, at their own best width."""
        return bound(fresh, codes[1], best_width(x, codes[0], D), D).mean()

    for seed in c.seeds(5 if full else 1):
        rng = np.random.default_rng(seed)
        true = Dictionary(D_IN, k, rng=rng).params["D"]
        h = rng.laplace(0, 1 / MU, (2000 + (60 if full else 20), k))
        x = h @ true + SIGMA * rng.standard_normal((len(h), D_IN))
        x, fresh = x[:2000], x[2000:]
        model, held = (inference_net(kind, k, seed) for kind in (PSD, FrozenAtoms))
        codes_at_first = model.encode(x), model.encode(fresh)
        look("before", model, x, fresh)
        train(model, x, seed)
        look("after", model, x, fresh)
        train(held, x, seed)
        look("atoms held", held, x, fresh)
        D = model.atoms
        own = model.encode(x), model.encode(fresh)
        bare = PSD(None, model.copy().parts["dictionary"], lam=LAM, gamma=0.0)
        for name, codes in (
            ("inferred codes", (bare.infer(x), bare.infer(fresh))),
            ("codes of other examples", [np.roll(h, 1, axis=0) for h in own]),
            ("codes of the untrained encoder", codes_at_first),
        ):
            note(name, bound_with(codes, x, fresh, D))
        note("true atoms", exact(fresh, true)[0].mean())
    for when in ("before", "after"):
        what = f"least log p(x) − bound of an example, {when} training"
        c.show(what, found[f"least, {when}"], at_least=0.0)
        c.control("without the spread of q in the squared error", what,
                  found[f"least, {when}, without the spread"])  # fmt: skip
        what = f"|log p(x) − bound − KL by quadrature|, worst, {when}"
        c.show(what, found[f"identity, {when}"], at_most=1e-3)
        c.control("without the spread of q in the squared error", what,
                  found[f"identity, {when}, without the spread"])  # fmt: skip
    first = found["bound, before"]
    what = "bound, after − before training"
    c.show(what, np.subtract(found["bound, after"], first), at_least=2.0,
           moved="≥ 0.1 at first, which the predictions for other examples kept with one of five "
           "seeds")  # fmt: skip
    c.control("the predictions for other examples", what,
              np.subtract(found["codes of other examples"], first))  # fmt: skip
    what = "log p(x), after − before"
    c.show(what, np.subtract(found["log p(x), after"], found["log p(x), before"]), at_least=0.1)
    c.control("only the encoder is trained", what,
              np.subtract(found["log p(x), atoms held"], found["log p(x), before"]))  # fmt: skip
    gap = {when: np.subtract(found[f"log p(x), {when}"], found[f"bound, {when}"])
           for when in ("before", "after", "atoms held")}  # fmt: skip
    what = "gap after training / gap before"
    c.show(what, gap["after"] / gap["before"], at_most=0.5)
    untrained = np.subtract(found["log p(x), after"], found["codes of the untrained encoder"])
    c.control("trained atoms, untrained encoder", what, untrained / gap["before"])
    c.quote("gap before", gap["before"])
    c.quote("gap after", gap["after"])
    c.quote("gap after, only the encoder trained", gap["atoms held"])
    c.quote("gap after, with the inferred code as q's mean",
            np.subtract(found["log p(x), after"], found["inferred codes"]))  # fmt: skip
    c.quote("log p(x) after training", found["log p(x), after"])
    c.quote("log p(x) with the atoms that generated the data", found["true atoms"])


@pytest.mark.slow
def test_the_gradient_at_fixed_codes_is_that_of_the_minimum(claim, full):
    """Central differences of min_h E. Reduced: 2 seeds instead of 10."""
    c = claim("S43, envelope", "14.8",
              "If the code h is fully optimised, the gradient at fixed h equals the gradient of "
              "the minimum. The dependence of h on the parameters then has no effect. After "
              "only a few steps of the optimisation, it has an effect.",
              "PSD 3-4 with random weights, λ = .6, γ = .8, 4 examples")  # fmt: skip
    off = {steps: [] for steps in (0, 1, 3, 10, None)}
    for seed in c.seeds(10 if full else 2):
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
    what = "error of the gradient at the solved code, relative"
    c.show(what, off.pop(None), at_most=1e-6)
    c.control("the code after ten steps", what, off[10])
    for steps, values in off.items():
        c.quote(f"the same after {steps} step{'s' * (steps != 1)} from f(x)", values)


UNITS = {"rectified units": {"activation": ReLU, "gain": False}, "tanh with gains": {}}
RATES = (3e-4, 1e-3, 3e-3)
EPOCHS = 40  # on the labelled digits


@pytest.fixture(scope="module")
def labelled(full, data_folder):
    """Digits to train on, to choose the rate on, and to report; (x, y) of each.

    The reported ones are the second half of MNIST's test digits. Nothing was chosen on them.
    """
    n, held = (20_000, 5_000) if full else (7_000, 2_000)
    x, y, fresh, labels = digits(data_folder, n + held, 10_000)
    mean = x[:n].mean(axis=0)
    scale = (x[:n] - mean).std()
    x, fresh = (x - mean) / scale, (fresh - mean) / scale
    return (x[:n], y[:n]), (x[n:], y[n:]), (fresh[5_000:], labels[5_000:])


def starts(unit, x, seed, epochs):
    """The encoders of a trained stack, the random ones it began with, and shuffled weights."""
    options = {"rng": seed, "dtype": np.float32, "gamma": 1.0, **unit}
    models = [PSD.dense((784, 200), lam=3.0, **options), PSD.dense((200, 100), lam=0.5, **options)]
    dictionary_start(models[0], x, seed)
    random = Chain(*(copy.deepcopy(m.encoder) for m in models))
    trained = stack(models, x, epochs=epochs, optimizer=Adam(Cosine(0.005)), rng=seed)
    shuffled, rng = copy.deepcopy(trained), np.random.default_rng(seed)
    for layer in leaves(shuffled):
        for values in layer.params.values():
            values[...] = rng.permutation(values.ravel()).reshape(values.shape)
    return {"the stack": trained, "random weights": random, "shuffled weights": shuffled}


def classifier(encoder, x, y, seed, rate, labels=300):
    """A softmax layer on the encoder, both trained on a few labelled digits."""
    few = generator(seed, "split").choice(len(x), labels, replace=False)
    head = Linear(100, 10, rng=seed, init=Normal(0.0), dtype=np.float32)
    net = Network(Chain(copy.deepcopy(encoder), head), CategoricalOutput())
    fit(net, (x[few], one_hot(y[few])), epochs=EPOCHS, batch_size=50, rng=seed,
        optimizer=Adam(Cosine(rate)), core="auto")  # fmt: skip
    return net


@pytest.mark.real_data
@pytest.mark.slow
def test_a_stack_as_the_start_of_a_classifier(claim, full, labelled):
    """Reduced: 2 seeds, a third of the digits, the rate 1e-3 for all."""
    c = claim("S53, stack", "14.8",
              "PSD's encoders can be stacked and used as the initial weights of a classifier. With "
        "rectified units, this initialization is better than random weights when labels are "
        "few. With tanh units and gains, it is not better.",
              "MNIST 784-200-100-10, the stack is trained on 20 000 digits (λ = 3 and .5, γ = "
              "1); then 40 epochs on 300 labelled digits. Each initialization uses the learning "
              "rate out of 3e-4, 1e-3, 3e-3 that is best on 5000 other training digits and two "
              "other seeds; the second 5000 of the test digits")  # fmt: skip
    (x, y), (held, held_labels), (fresh, labels) = labelled
    epochs = 5
    seeds = c.seeds(7 if full else 2)
    seeds, others = seeds[:5], seeds[5:]
    for name, unit in UNITS.items():
        best = dict.fromkeys(("the stack", "random weights", "shuffled weights"), 1e-3)
        if full:
            trials = [(seed, starts(unit, x, seed, epochs)) for seed in others]
            for start in best:
                best[start] = max(RATES, key=lambda rate, start=start: sum(
                    accuracy(classifier(found[start], x, y, seed, rate).predict(held), held_labels)
                    for seed, found in trials))  # fmt: skip
        found = {start: [] for start in (*best, "more labels")}
        for seed in seeds:
            encoders = starts(unit, x, seed, epochs)
            for start, encoder in encoders.items():
                net = classifier(encoder, x, y, seed, best[start])
                found[start].append(accuracy(net.predict(fresh), labels))
            more = classifier(encoders["random weights"], x, y, seed, best["random weights"], 600)
            found["more labels"].append(accuracy(more.predict(fresh), labels))
        mean = {start: np.mean(values) for start, values in found.items()}
        what = f"{name}: accuracy, stack − random, mean"
        gain = mean["the stack"] - mean["random weights"]
        if unit:
            c.show(what, gain, at_least=0.005, moved="≥ 0.01 at first, for either kind of unit")
            c.control("the stack's weights in random order", what,
                      mean["shuffled weights"] - mean["random weights"])  # fmt: skip
        else:
            c.show(what, gain, at_most=0.005,
                   moved="≥ 0.01 at first; there is no such gain if each start has its own rate")  # fmt: skip
            c.control("random weights and twice the labels", what,
                      mean["more labels"] - mean["random weights"])  # fmt: skip
        for start, rate in best.items():
            c.quote(f"{name}: rate from {start}", rate)
        for start, values in found.items():
            start = "random weights, 600 labels" if start == "more labels" else start
            c.quote(f"{name}: accuracy from {start}", values)
