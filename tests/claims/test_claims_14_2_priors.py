"""Sparsity as a prior, and what depth buys: equations 14.3 to 14.7 and section 14.3."""

import itertools

import numpy as np
import pytest

from tinyae import (
    L1,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Chain,
    Linear,
    Model,
    ReLU,
    Sigmoid,
    StudentT,
    Tanh,
    fit,
    minimize,
)
from tinyae.criterion import LaplacePrior, StudentTPrior
from tinyae.models import log_likelihood, point_estimate
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


def omega(penalty, h):
    """Ω(h) of each row, from the penalty as it is used in training."""
    model = Autoencoder.dense((h.shape[1], h.shape[1]))
    values = []
    for row in h:
        p = model.forward(row[None], np.random.default_rng(0))
        p.h, p.gh = row[None], np.zeros((1, len(row)))
        values.append(penalty.add(p))
    return np.array(values)


def test_laplace_prior_is_l1(claim):
    c = claim("14.7", "14.2.1",
              "The negative log of a Laplace prior on the code is an absolute-value penalty, up "
              "to a constant that depends only on λ. The negative log of a Student-t prior is a "
              "logarithmic penalty.")  # fmt: skip
    gaps, t_gaps, wrong, t_wrong = [], [], [], []
    for seed in c.seeds(5):
        rng = np.random.default_rng(seed)
        lam, h = rng.uniform(0.6, 3), rng.normal(0, 2, (50, 7))
        constant = -7 * np.log(lam / 2)
        rest = -LaplacePrior(lam).log_density(h) - omega(L1(lam), h)
        gaps.append(np.abs(rest - constant).max())
        wrong.append(np.abs(rest + 7 * np.log(lam)).max())
        student = -StudentTPrior(lam).log_density(h)
        t_gaps.append(np.ptp(student - omega(StudentT(lam), h)))
        t_wrong.append(np.ptp(student - omega(L1(lam), h)))
    what = "largest |−log p(h) − Ω(h) − const|, Laplace"
    c.show(what, gaps, at_most=1e-12)
    c.control("a constant without the 2 of λ/2", what, wrong)
    what = "range of −log p(h) − Ω(h) over codes, Student's t"
    c.show(what, t_gaps, at_most=1e-12)
    c.control("the absolute-value penalty", what, t_wrong)
    totals, without = [], []
    g = np.tan(np.linspace(-np.pi / 2, np.pi / 2, 400_003)[1:-1])  # the whole line
    for prior in (LaplacePrior(1.3), StudentTPrior(1.7)):
        density = np.exp(prior.log_density(g[:, None]))
        totals.append(((density[1:] + density[:-1]) / 2 * np.diff(g)).sum())
        without.append(totals[-1] / density.max())  # the densities have their peak at 0
    what = "|∫ p(h) dh − 1| of both priors"
    c.show(what, np.abs(np.array(totals) - 1), at_most=1e-5)
    c.control("the same without the normalising constant", what, np.abs(np.array(without) - 1))


def log_prior(model, x, on):
    """log p(h*) of the rounded code of each row of x."""
    h = (model.encode(x) >= 0.5) * 1.0
    return (h * np.log(on) + (1 - h) * np.log(1 - on)).sum(axis=1)


def test_point_estimate_is_a_lower_bound(claim, full):
    c = claim("14.3–14.4", "14.2.1",
              "If the sum over all codes is replaced by a single code, the encoder's, the "
              "result is a lower bound on log p(x). Training the autoencoder makes this bound "
              "tighter.")  # fmt: skip
    least, before, after, totals, without_prior, shuffled, left_out = ([] for _ in range(7))
    for seed in c.seeds(5 if full else 3):
        rng = np.random.default_rng(seed)
        prototypes = (rng.random((4, 8)) < 0.5) * 1.0
        x = np.abs(prototypes[rng.integers(4, size=400)] - (rng.random((400, 8)) < 0.05))
        model = Autoencoder.dense((8, 5), output=BernoulliOutput(), rng=seed)
        on = np.full(5, 0.5)
        gaps = []
        for epochs in (0, 150):
            if epochs:
                fit(model, x, epochs=epochs, optimizer=Adam(Cosine(0.03)), rng=seed, core="auto")
                on = np.clip((model.encode(x) >= 0.5).mean(axis=0), 0.01, 0.99)
            gap = log_likelihood(model, x, on) - point_estimate(model, x, on)
            least.append(gap.min())
            gaps.append(gap.mean())
            prior = log_prior(model, x, on)
            without_prior.append((gap + prior).min())
        before.append(gaps[0])
        after.append(gaps[1])
        exact, order = log_likelihood(model, x, on), rng.permutation(len(x))
        a = model.decoder.forward((model.encode(x[order]) >= 0.5) * 1.0)[0]
        at_other = log_prior(model, x[order], on) - model.output.nll(x, a)
        shuffled.append((exact - at_other).mean() / gaps[0])
        words = np.array(list(itertools.product([0.0, 1.0], repeat=8)))
        totals.append(np.exp(log_likelihood(model, words, on)).sum())
        without_word = totals[-1] - np.exp(log_likelihood(model, words[-1:], on)).sum()
        left_out.append(without_word)
    what = "smallest log p(x) − point estimate (nats)"
    c.show(what, least, at_least=0)
    c.control("log p(x | h*) without the prior", what, without_prior)
    what = "|Σ_x p(x) − 1| over all 256 inputs"
    c.show(what, np.abs(np.array(totals) - 1), at_most=1e-12)
    c.control("one of the inputs left out", what, np.abs(np.array(left_out) - 1))
    c.quote("mean gap before training (nats)", before)
    c.quote("mean gap after training (nats)", after)
    c.show("gap after / before training", np.array(after) / before, at_most=0.5)
    c.control("codes of other examples", "gap after / before training", shuffled)


class Encoder(Model):
    """½‖f(x) − target‖²: an encoder asked for one given code."""

    def __init__(self, net):
        super().__init__({"net": net})

    def objective(self, x, target, *, rng):
        """Mean squared error of the code, halved."""
        h, cache = self.parts["net"].forward(x)
        self.parts["net"].backward((h - target) / len(x), cache)
        return 0.5 * ((h - target) ** 2).sum() / len(x)


def bits(k):
    return np.array(list(itertools.product([0.0, 1.0], repeat=k)))


def best_error(layers, x, y, seeds):
    """Largest miss of the best of several trained nets."""
    misses = []
    for seed in seeds:
        model = Encoder(layers(np.random.default_rng(seed)))
        minimize(model, (x, y), options={"maxiter": 3000, "ftol": 1e-16, "gtol": 1e-12})
        misses.append(np.abs(model.parts["net"].forward(x)[0] - y).max())
    return min(misses)


@pytest.mark.slow
def test_what_depth_buys(claim, full):
    pytest.importorskip("scipy")
    c = claim("S49", "14.3",
              "A shallow encoder cannot compute an arbitrary code, such as the exclusive-or of "
              "two bits. An encoder with one more hidden layer can. A line that is folded k "
              "times is a function with 2 to the k linear pieces. A net of k layers with 2 "
              "units each can represent it. A net with one hidden layer needs one unit for "
              "every bend; with too few units, its largest error is half the height of the "
              "function.")  # fmt: skip
    x = bits(2)
    y = (x.sum(axis=1) == 1)[:, None] * 1.0
    starts = c.seeds(20 if full else 8)
    shallow = best_error(lambda r: Chain(Linear(2, 1, rng=r), Sigmoid()), x, y, starts)
    deep = best_error(
        lambda r: Chain(Linear(2, 3, rng=r), Tanh(), Linear(3, 1, rng=r), Sigmoid()), x, y, starts
    )
    at = "largest error over examples, best of the starts"
    c.show(f"exclusive-or, shallow encoder: {at}", shallow, at_least=0.49)
    c.control("one more layer", f"exclusive-or, shallow encoder: {at}", deep)
    c.show(f"exclusive-or, one more layer: {at}", deep, at_most=1e-3)
    c.control("no further layer", f"exclusive-or, one more layer: {at}", shallow)
    depths = np.arange(1, 9)
    pieces = np.array([count_pieces(folded(k)) for k in depths])
    what = "number of linear pieces of k layers of 2 units / 2 to the k, k from 1 to 8"
    c.show(what, pieces / 2.0**depths, at_least=1, at_most=1)
    wide = [count_pieces(zigzag(2 * k)) / 2.0**k for k in depths[2:]]
    c.control("one layer of 2 k units, k from 3", what, wide)
    c.quote("number of linear pieces of 8 layers, 16 units", pieces[-1])
    grid = np.linspace(0, 1, 2**9 + 1)[:, None]
    deep_values = [folded(k).forward(grid)[0] for k in depths]
    what = "the same function from one layer of 2 to the k units, k from 1 to 8: largest difference"

    def largest_gaps(left_out):
        return [np.abs(y - zigzag(2**k, left_out).forward(grid)[0]).max()
                for k, y in zip(depths, deep_values, strict=True)]  # fmt: skip

    c.show(what, largest_gaps(0), at_most=1e-12)
    c.control("one unit left out", what, largest_gaps(1))
    y = deep_values[3]
    misses = [best_error(lambda r, n=n: bends(n, r), grid, y, starts[: len(starts) // 4])
              for n in (16, 14)]  # fmt: skip
    what = "4 folds, one trained layer of 16 units: largest error, best of the starts"
    c.show(what, misses[0], at_most=0.01)
    c.control("14 units", what, misses[1])
    c.show("the same with 14 units", misses[1], at_least=0.49)
    c.control("16 units", "the same with 14 units", misses[0])


def folded(depth):
    """The tent map on [0, 1], iterated by ReLU layers of two units each."""
    layers = []
    for i in range(depth):
        first = Linear(1 if i == 0 else 2, 2, rng=0)
        # |·| folded: u = relu(2z), v = relu(4z − 2), next z = u − v, the tent over [0, 1].
        first.params["W"][...] = [[2.0, 4.0]] if i == 0 else [[2.0, 4.0], [-2.0, -4.0]]
        first.params["b"][...] = [0.0, -2.0]
        layers += [first, ReLU()]
    out = Linear(2, 1, rng=0)
    out.params["W"][...] = [[1.0], [-1.0]]
    return Chain(*layers, out)


def zigzag(units, left_out=0):
    """Rise and fall by turns on [0, 1], `units` times, from one ReLU layer: a unit for each bend.

    The first unit is the rise from 0. The last `left_out` units have no weight.
    """
    first, out = Linear(1, units, rng=0), Linear(units, 1, rng=0)
    first.params["W"][...] = 1.0
    first.params["b"][...] = -np.arange(units) / units
    out.params["W"][:, 0] = 2.0 * units * (-1.0) ** np.arange(units)
    out.params["W"][0] = units
    out.params["W"][units - left_out :] = 0.0
    return Chain(first, ReLU(), out)


def bends(units, rng):
    """A one-layer ReLU net that starts with its bends at `units` of the 16 places of `zigzag`."""
    first = Linear(1, units, rng=rng)
    first.params["W"][...] = 16.0
    first.params["b"][...] = -rng.choice(16, units, replace=False)
    return Chain(first, ReLU(), Linear(units, 1, rng=rng))


def count_pieces(net):
    """Count the linear pieces on [0, 1] of a net that rises and falls by turns."""
    x = (np.arange(2**12) + 0.5) / 2**12
    slope = np.diff(net.forward(x[:, None])[0][:, 0])
    direction = np.sign(slope[np.abs(slope) > 1e-12])  # a peak between two samples has slope zero
    return 1 + int((direction[1:] != direction[:-1]).sum())
