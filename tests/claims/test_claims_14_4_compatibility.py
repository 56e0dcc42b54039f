"""Whether an encoder and a decoder are conditionals of one joint distribution (14.4, 14.12, 14.13)."""

from itertools import pairwise

import numpy as np
import pytest

from tests.claims.states import log_decoder, measures, net, torus
from tinyae import RBM, Adam, Autoencoder, BernoulliOutput, fit
from tinyae.criterion import BernoulliCode
from tinyae.criterion.enumeration import binary_codes
from tinyae.models import compatibility, joint_distance
from tinyae.training import Cosine

pytestmark = pytest.mark.claim

STEPS = (0, 10, 100, 2500)  # of the exact criterion, in which an epoch is one step


@pytest.mark.slow
def test_the_capacity_that_compatibility_needs_is_a_rank(claim, full):
    c = claim("S23, capacity", "14.4",
              "Which capacity is enough for compatibility is known before training. With a linear "
              "code of k units and a softmax, the interaction of the decoder has rank k at most. "
              "It can agree with a corruption only if the double-centred table of log C(x̃ | x) "
              "has no greater rank, here 6. With the exact criterion (all examples) the largest "
              "interaction falls to zero for k ≥ 6. For k = 5 it cannot fall below the sixth "
              "singular value / 16, however long training is (16 states).")  # fmt: skip
    widths, ends, curves, floors = (4, 5, 6, 8), [], [], []
    for seed in c.seeds(5 if full else 1):
        p, C = torus(np.random.default_rng(seed), 4, 2.0)
        spectrum = np.linalg.svd(centred(np.log(C)), compute_uv=False)
        assert np.array_equal(spectrum > 1e-9, np.arange(16) < 6)
        floors.append(spectrum[5] / 16)  # the spectral norm is at most 16 times the largest entry
        runs = [[measures(m, p, C) for m in exact(seed, p, C, k)] for k in widths]
        ends.append([run[-1] for run in runs])
        curves.append(runs)
    ends, curves = np.array(ends), np.array(curves)
    for i, k in enumerate(widths):
        c.quote(f"k = {k}: total variation between the joints", ends[:, i, 0])
        c.quote(f"k = {k}: largest interaction (nats)", ends[:, i, 2])
    what = "k = 6, 8: total variation between the joints"
    c.show(what, ends[:, 2:, 0], at_most=1e-3)
    c.control("k = 4, 5", what, ends[:, :2, 0])
    c.control("k = 8, ten steps", what, curves[:, 3, 1, 0])
    what = "k = 6, 8: largest interaction (nats)"
    c.show(what, ends[:, 2:, 2], at_most=0.05)
    c.control("k = 4, 5", what, ends[:, :2, 2])
    what = "k = 5: total variation between the joints"
    c.show(what, ends[:, 1, 0], at_least=0.01)
    c.control("k = 6", what, ends[:, 2, 0])
    # That this is at least 1 holds for every decoder of rank 5, trained or not.
    c.quote("k = 5: largest interaction / its floor", ends[:, 1, 2] / floors)
    c.quote("k = 5: floor of the largest interaction (nats)", floors)
    for i, step in enumerate(STEPS):
        c.quote(f"k = 8, {step} steps: total variation between the joints", curves[:, 3, i, 0])
        c.quote(f"k = 8, {step} steps: largest interaction (nats)", curves[:, 3, i, 2])


@pytest.mark.slow
def test_without_corruption_the_joint_is_not_unique(claim, full):
    c = claim("S23, no corruption", "14.4",
              "Without corruption, encoder and decoder become compatible as well, but with a joint "
              "for every distribution of x: they say nothing of p(x). With corruption there is one "
              "joint, and its p(x) is that of the data (16 states, exact criterion).")  # fmt: skip
    certain = np.where(np.eye(16) > 0, 0.0, -np.inf)
    parts, rows, blank = [], [], []
    for seed in c.seeds(5 if full else 1):
        p, C = torus(np.random.default_rng(seed), 4, 2.0)
        models = [[*exact(seed, p, by, 8)] for by in (np.eye(16), C)]
        plain, denoising = (log_decoder(run[-1]) for run in models)
        found = compatibility(np.log(C), denoising, tol=0.05)
        assert found.unique
        parts.append((compatibility(certain, certain).parts, found.parts))
        other = p[::-1]
        rows.append((joint_distance(certain, plain, p), joint_distance(certain, plain, other),
                     joint_distance(np.log(C), denoising, p),
                     joint_distance(np.log(C), denoising, other),
                     0.5 * np.abs(found.p_x - p).sum(), 0.5 * np.abs(other - p).sum()))  # fmt: skip
        first = log_decoder(net(16, 8, np.random.default_rng(seed)))
        blank.append((joint_distance(certain, first, p), joint_distance(certain, first, other)))
    plain, plain_other, own, own_other, marginal, moved = np.array(rows).T
    parts, blank = np.array(parts), np.array(blank)
    what = "an exact autoencoder: states whose probabilities the pair leaves open"
    c.show(what, parts[:, 0], at_least=16)
    c.control("with corruption", what, parts[:, 1])
    for what, values, first in (("plain: total variation between the joints", plain, blank[:, 0]),
                                ("plain, with another p(x): total variation between the joints",
                                 plain_other, blank[:, 1])):  # fmt: skip
        c.show(what, values, at_most=0.01)
        c.control("untrained", what, first)
    what = "denoising: total variation between the joints"
    c.show(what, own, at_most=0.01)
    c.control("with another p(x)", what, own_other)
    what = "denoising: total variation between the data and the p(x) that the rank test finds"
    c.show(what, marginal, at_most=0.01)
    c.control("another p(x)", what, moved)


def test_a_machine_gives_both_conditionals_of_one_joint(claim, full):
    c = claim("S23, one joint", "14.4",
              "An encoder and a decoder that are taken from one p(x, h) are compatible "
              "(14.12, 14.13): those of a Boltzmann machine pass the rank test, which finds its p(x) "
              "and p(h). For units like its own, this holds only if the decoder's weights are the "
              "transposed ones of the encoder. Others have no joint (6 × 4 machines).")  # fmt: skip
    x, h = binary_codes(6), binary_codes(4)
    own, marginals, apart, other, untied, other_apart, wrong_marginals = ([] for _ in range(7))
    for seed in c.seeds(20 if full else 5):
        rng = np.random.default_rng(seed)
        machine, second, moved = RBM(6, 4), RBM(6, 4), RBM(6, 4)
        for one in (machine, second):
            one.theta[...] = rng.standard_normal(one.theta.shape)
        moved.theta[...] = machine.theta
        moved.parts["hidden"].params["W"][2, 1] += 1e-6
        encoder, decoder = conditionals(machine, x, h)
        found = compatibility(encoder, decoder)
        p_x = np.exp(machine.log_likelihood(x))
        p_h = p_x @ np.exp(encoder)
        own.append(found.largest)
        marginals.append(max(np.abs(found.p_x - p_x).max(), np.abs(found.p_h - p_h).max()))
        apart.append(joint_distance(encoder, decoder, p_x, p_h=p_h))
        wrong = conditionals(second, x, h)[0]
        elsewhere = compatibility(wrong, conditionals(second, x, h)[1])
        wrong_marginals.append(max(np.abs(elsewhere.p_x - p_x).max(),
                                   np.abs(elsewhere.p_h - p_h).max()))  # fmt: skip
        other.append(compatibility(wrong, decoder).largest)
        other_apart.append(joint_distance(wrong, decoder, p_x))
        untied.append(compatibility(conditionals(moved, x, h)[0], decoder).largest)
    what = "largest interaction (nats)"
    c.show(what, own, at_most=1e-12)
    c.control("encoder of another machine", what, other)
    c.control("one weight changed by 1e-6", what, untied)
    what = "largest error of p(x) and p(h)"
    c.show(what, marginals, at_most=1e-12)
    c.control("another machine's", what, wrong_marginals)
    what = "total variation between the joints"
    c.show(what, apart, at_most=1e-12)
    c.control("encoder of another machine", what, other_apart)
    copy, invert = np.log([[0.9, 0.1], [0.1, 0.9]]), np.log([[0.1, 0.9], [0.9, 0.1]])
    grid = [(np.array([s, 1 - s]), np.array([t, 1 - t])) for s in np.linspace(0, 1, 41)
            for t in np.linspace(0, 1, 41)]  # fmt: skip
    what = "copying encoder, inverting decoder: least total variation over all p(x), p(h)"
    c.show(what, min(joint_distance(copy, invert, p_x, p_h=p_h) for p_x, p_h in grid),
           at_least=0.79)  # fmt: skip
    c.control("copying decoder", what,
              min(joint_distance(copy, copy, p_x, p_h=p_h) for p_x, p_h in grid))  # fmt: skip


@pytest.mark.slow
def test_two_trained_conditionals_need_no_joint(claim, full):
    c = claim("S58", "14.4",
              "A stochastic encoder and a stochastic decoder that are trained together need not be "
              "conditionals of one joint distribution. ln p_encoder(h | x) − ln p_decoder(x | h) is "
              "a sum of a function of x and a function of h only if they are. Then nothing is left "
              "after the means of rows and columns are taken away, and the table of the ratios "
              "has rank 1. Training for the evidence lower bound makes what is left smaller, and "
              "training for the reconstruction alone makes it larger.",
              on="x of 6 bits, drawn from a table of random probabilities, h of 4 bits; one "
              "layer of sigmoid units on each side and a Bernoulli code, trained with the KL "
              "divergence (β = 1) or without (β = 0); tables of all 64 × 16 pairs; beside them "
              "the conditionals of a Boltzmann machine 6-4 and of a table of random joint "
              "probabilities")  # fmt: skip
    x, h = binary_codes(6), binary_codes(4)
    names = "machine", "table", "shuffled", "untrained", "reconstruction", "bound"
    left = {name: [] for name in names}
    second, apart = {name: [] for name in names}, {name: [] for name in names}
    for seed in c.seeds(5 if full else 3):
        rng = np.random.default_rng(seed)
        machine = RBM(6, 4)
        machine.theta[...] = rng.standard_normal(machine.theta.shape)
        joint = rng.dirichlet(np.full(64 * 16, 0.5)).reshape(64, 16)
        joint = joint + 1e-4  # so that no logarithm is lost in rounding errors
        encoder = np.log(joint / joint.sum(axis=1, keepdims=True))
        decoder = np.log(joint.T / joint.sum(axis=0)[:, None])
        p = rng.dirichlet(np.full(64, 0.3))
        rows = x[rng.choice(64, 2000, p=p)]
        pairs = {
            "machine": conditionals(machine, x, h),
            "table": (encoder, decoder),
            "shuffled": (rng.permutation(encoder), decoder),
        }
        for name, beta in (("reconstruction", 0.0), ("bound", 1.0)):
            model = Autoencoder.dense((6, 4), output=BernoulliOutput(), rng=seed,
                                      code=BernoulliCode(beta=beta))  # fmt: skip
            pairs["untrained"] = pair(model, x, h)
            fit(model, rows, epochs=60, batch_size=50, optimizer=Adam(Cosine(0.02)), rng=seed)
            pairs[name] = pair(model, x, h)
        for name, (encoder, decoder) in pairs.items():
            table = centred(encoder - decoder.T)
            np.testing.assert_allclose(np.abs(table).max(),
                                       compatibility(encoder, decoder).largest, atol=1e-9)  # fmt: skip
            left[name].append(np.abs(table).max())
            spectrum = np.linalg.svd(np.exp(encoder - decoder.T), compute_uv=False)
            second[name].append(spectrum[1] / spectrum[0])
            apart[name].append(joint_distance(encoder, decoder, p))
    for name, words in (("machine", "a Boltzmann machine"), ("table", "a table of p(x, h)")):
        what = f"{words}: what is left of ln p_encoder − ln p_decoder (nats)"
        c.show(what, left[name], at_most=1e-10)
        c.control("a trained pair", what, left["bound"])
        if name == "table":
            c.control("rows of the encoder shuffled", what, left["shuffled"])
        what = f"{words}: second / first singular value of p_encoder / p_decoder"
        c.show(what, second[name], at_most=1e-12)
        c.control("a trained pair", what, second["bound"])
    what = "trained for the bound: what is left of ln p_encoder − ln p_decoder (nats)"
    c.show(what, left["bound"], at_least=0.1, moved="≥ 0.5 at first, which one seed missed")
    c.control("a Boltzmann machine", what, left["machine"])
    what = "trained for the reconstruction: what is left of ln p_encoder − ln p_decoder (nats)"
    c.show(what, left["reconstruction"], at_least=0.1)
    c.control("a Boltzmann machine", what, left["machine"])
    by_bound, by_copies = (np.array(left[name]) / left["untrained"] for name in names[-1:-3:-1])
    what = "trained for the bound / untrained: what is left, median over the seeds"
    c.show(what, np.median(by_bound), at_most=0.7,
           moved="on every seed at first, which 1 of 25 missed")  # fmt: skip
    c.control("training that changes nothing", what, 1.0)
    c.control("trained for the reconstruction", what, np.median(by_copies))
    c.quote("trained for the bound / untrained: what is left", by_bound)
    what = "trained for the reconstruction / untrained: what is left"
    c.show(what, by_copies, at_least=1.2, moved="≥ 1 at first, which training that changes "
           "nothing keeps")  # fmt: skip
    c.control("training that changes nothing", what, 1.0)
    c.control("trained for the bound", what, by_bound)
    for name in ("untrained", "reconstruction", "bound"):
        c.quote(f"{name}: total variation between the joints", apart[name])
    c.quote("untrained: what is left of ln p_encoder − ln p_decoder (nats)", left["untrained"])


def pair(model, x, h):
    """log p_encoder(h | x) and log p_decoder(x | h): tables (n_x, n_h) and (n_h, n_x)."""
    u = model.encoder.forward(x)[0]
    encoder = np.column_stack([model.code.log_density(np.tile(one, (len(x), 1)), u) for one in h])
    a = model.decoder.forward(h)[0]
    decoder = [-model.output.nll(x, np.tile(row, (len(x), 1))) for row in a]
    return encoder, np.array(decoder)


def centred(table):
    """Return the table less the means of its rows and of its columns."""
    return table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()


def conditionals(machine, x, h):
    """log p(h | x) and log p(x | h) of all states: tables (n_x, n_h) and (n_h, n_x)."""

    def table(given, layer, values):
        a = machine.parts[layer].forward(given)[0]
        nll = [BernoulliOutput().nll(values, np.broadcast_to(row, values.shape)) for row in a]
        return -np.array(nll)

    return table(x, "hidden", h), table(h, "visible", x)


def exact(seed, p, C, k):
    """Train on the exact criterion: the targets are the exact p(x | x̃) of all x̃, weighed by p(x̃).

    Yield the model at each of STEPS.
    """
    q, states = p @ C, len(p)
    model = net(states, k, np.random.default_rng(seed))
    yield model
    for before, after in pairwise(STEPS):
        rate = Cosine(0.05) if after == STEPS[-1] else 0.05
        fit(model, (np.eye(states), (p[:, None] * C / q).T), weights=q * states,
            epochs=after - before, batch_size=states, optimizer=Adam(rate), core="auto")  # fmt: skip
        yield model
