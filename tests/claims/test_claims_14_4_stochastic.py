"""Encoders and decoders that draw, and the chain that two of them make (sections 14.4 and 20.12)."""

from itertools import pairwise

import numpy as np
import pytest

from tinyae import (
    RBM,
    Adam,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    GaussianNoise,
    GaussianOutput,
    Linear,
    MaskingNoise,
    NoisyCode,
    SaltAndPepperNoise,
    Tanh,
    fit,
)
from tinyae.criterion import Corruption
from tinyae.criterion.enumeration import binary_codes
from tinyae.models import compatibility, joint_distance
from tinyae.nn import Normal
from tinyae.nn.softmax import log_sum_exp
from tinyae.score import stationary_distribution
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


def broadcast(row, n):
    """Return n rows that are all this row."""
    return np.broadcast_to(row, (n, len(row)))


X = np.array([0.1, 0.4, 0.7, 1.0])
A = np.array([-1.0, 0.1, 0.5, 2.0])  # natural parameters
SPOILT = 0.7 * X + 0.3 * 0.5
SIGMOID, SOFTMAX = 1 / (1 + np.exp(-A)), np.exp(A) / np.exp(A).sum()

# What draws n rows of 4 numbers, (n, rng) -> rows, and the mean and covariance that are stated.
# test_claims_14_2_variational.py has the same for GaussianCode and BernoulliCode, and
# test_claims_14_4_outputs.py for the outputs with a variance, groups and mixtures.
DRAWS = {
    "N(x, σ²I)": (lambda n, rng: GaussianNoise(0.4).corrupt(broadcast(X, n), rng),
                  X, 0.16 * np.eye(4)),
    "masking": (lambda n, rng: MaskingNoise(0.3).corrupt(broadcast(X, n), rng),
                0.7 * X, np.diag(0.3 * 0.7 * X**2)),
    "salt and pepper": (lambda n, rng: SaltAndPepperNoise(0.3).corrupt(broadcast(X, n), rng),
                        SPOILT, np.diag(0.7 * X**2 + 0.3 * 0.5 - SPOILT**2)),
    "noisy code": (lambda n, rng: NoisyCode(0.7).forward(broadcast(X, n), rng)[0],
                   X, 0.49 * np.eye(4)),
    "Gaussian output": (lambda n, rng: GaussianOutput().sample(broadcast(A, n), rng),
                        A, np.eye(4)),
    "Bernoulli output": (lambda n, rng: BernoulliOutput().sample(broadcast(A, n), rng),
                         SIGMOID, np.diag(SIGMOID * (1 - SIGMOID))),
    "categorical output": (lambda n, rng: CategoricalOutput().sample(broadcast(A, n), rng),
                           SOFTMAX, np.diag(SOFTMAX) - np.outer(SOFTMAX, SOFTMAX)),
}  # fmt: skip


def moments_off(drawn, mean, covariance):
    """Largest error of the sample's mean and of its covariance, each in its standard errors."""
    n, errors = len(drawn), []
    products = np.einsum("ni,nj->nij", drawn - mean, drawn - mean)
    for values, stated in ((drawn, mean), (products, covariance)):
        error = values.std(axis=0) / np.sqrt(n)
        errors.append((np.abs(values.mean(axis=0) - stated) / error).max())
    return errors


def test_samples_have_the_stated_moments(claim, full):
    c = claim("S19", "14.4",
              "The samples of a stochastic encoder, of three corruptions and of three output "
              "distributions have the means and covariances that their definitions state. Moments "
              "that are wrong by 5 % of the scale are noticed.")  # fmt: skip
    n, wrong = 400_000 if full else 60_000, []
    for name, (draw, mean, covariance) in DRAWS.items():
        # Seed 0 for all, with the name, so that a new case changes no other case. There are 14
        # comparisons for each case. Among 100 normal ones, one in 160 tables exceeds 4 by chance.
        drawn = draw(n, np.random.default_rng([0, *name.encode()]))
        off = moments_off(drawn, mean, covariance)
        c.show(f"{name}: mean, in standard errors", off[0], at_most=4)
        c.show(f"{name}: covariance, in standard errors", off[1], at_most=4)
        # If the rows were 5 % larger, the moments would be these.
        off = moments_off(drawn, 1.05 * mean, covariance)[0]
        wrong.append((off, moments_off(drawn, mean, 1.05**2 * covariance)[1]))
    c.show("a mean 5 % too large, in standard errors", np.array(wrong)[:, 0], at_least=8)
    c.show("a scale 5 % too large: covariance, in standard errors", np.array(wrong)[:, 1],
           at_least=8)  # fmt: skip


class Confusion(Corruption):
    """C(x̃ | x) between a few states: one-hot rows, x̃ drawn by the rows of a matrix."""

    def __init__(self, matrix):
        self.cumulative = np.cumsum(matrix, axis=1)

    def corrupt(self, x, rng, *, progress=1.0):
        """Draw x̃, one-hot like x."""
        u = rng.random((len(x), 1))
        return np.eye(x.shape[1])[(u > self.cumulative[x.argmax(axis=1)]).sum(axis=1)]


@pytest.mark.slow
def test_the_chain_of_an_exact_denoiser_has_the_data_as_its_limit(claim, full):
    c = claim("S22", "20.12",
              "The chain that corrupts x and then draws from the exact p(x | x̃) has the "
              "distribution of the data as its stationary distribution (8 states). With p(x | "
              "x̃) as learned by a denoising autoencoder, the stationary distribution is close "
              "to it.")  # fmt: skip
    exact, learned, plain = [], [], []
    for seed in range(5 if full else 2):
        rng = np.random.default_rng(seed)
        p, C = rng.dirichlet(np.ones(8)), 0.6 * np.eye(8) + 0.4 * rng.dirichlet(np.ones(8), 8)
        posterior = (p[:, None] * C / (p @ C)).T  # p(x | x̃), one row for each x̃
        exact.append(np.abs(stationary_distribution(C @ posterior) - p).max())
        model = Autoencoder.dense((8, 16), activation=Tanh, output=CategoricalOutput(), rng=seed,
                                  corruption=Confusion(C))  # fmt: skip
        x = np.eye(8)[rng.choice(8, 20_000, p=p)]
        fit(model, x, epochs=10, optimizer=Adam(Cosine(0.02)), rng=seed, core="auto")
        found = stationary_distribution(C @ model.reconstruct(np.eye(8)))
        learned.append(0.5 * np.abs(found - p).sum())
        plain.append(0.5 * np.abs(1 / 8 - p).sum())
    c.show("largest |stationary − data|, exact posterior", exact, at_most=1e-12)
    c.show("total variation distance to the data, learned posterior", learned, at_most=0.05)
    c.quote("total variation distance of the uniform distribution, for comparison", plain)


@pytest.mark.slow
def test_denoising_makes_encoder_and_decoder_agree_on_one_joint(claim, full):
    c = claim("S23", "14.4",
              "The data and the corruption define one joint distribution of (x, x̃). The "
              "decoder and its own marginal define another. With denoising, the two become more "
              "similar as training goes on, and as the capacity and the number of examples grow. "
              "They do not if the decoder is untrained, is trained on x̃ of other x, or never "
              "sees a corrupted x̃. What remains is on pairs (x, x̃) of small probability: the "
              "largest interaction, which counts all pairs alike, does not fall (64 states, "
              "distances by enumeration, linear code of k units).")  # fmt: skip
    seeds = range(5 if full else 1)
    shown = 400_000 if full else 200_000
    by_capacity = {k: [denoiser(s, k, 20_000, shown) for s in seeds] for k in (1, 2, 4, 8, 16)}
    by_examples = {n: [denoiser(s, 16, n, shown) for s in seeds] for n in (200, 2000)}
    by_examples[20_000] = by_capacity[16]
    for k, found in by_capacity.items():
        c.quote(f"20 000 examples, k = {k}: total variation between the joints", last(found))
    for n, found in by_examples.items():
        c.quote(f"k = 16, {n} examples: total variation between the joints", last(found))
    table = np.array([last(found) for found in by_capacity.values()])
    c.show("total variation between the joints, k = 2, 4, 8 / half as many units",
           table[1:4].T / table[:3].T, at_most=0.95)  # fmt: skip
    c.show("total variation between the joints, k = 16 / k = 1", table[4] / table[0], at_most=0.3)
    table = np.array([last(found) for found in by_examples.values()])
    c.show("total variation between the joints, ten times the examples / before",
           table[1:].T / table[:-1].T, at_most=0.9)  # fmt: skip
    c.show("total variation between the joints, k = 16, 20 000 examples", table[-1], at_most=0.15)
    curves = np.array(by_capacity[16])  # seed, epoch, quantity
    for when, epoch in (("untrained", 0), ("one epoch", 1), ("half of them", shown // 40_000)):
        c.quote(f"k = 16, 20 000 examples, {when}: total variation between the joints",
                curves[:, epoch, 0])  # fmt: skip
    c.show("total variation between the joints, after / before the first epoch",
           curves[:, 1, 0] / curves[:, 0, 0], at_most=0.5)  # fmt: skip
    c.show("total variation between the joints, after the last epoch / after the first",
           curves[:, -1, 0] / curves[:, 1, 0], at_most=0.6)  # fmt: skip
    c.show("interaction (root mean square over the joint), trained / untrained",
           curves[:, -1, 1] / curves[:, 0, 1], at_most=0.5)  # fmt: skip
    c.show("largest interaction, trained / untrained", curves[:, -1, 2] / curves[:, 0, 2],
           at_least=0.8)  # fmt: skip
    c.quote("the same distance of the exact posterior of the sample, 20 000 examples",
            [sample_gap(s, 20_000) for s in seeds])  # fmt: skip
    for kind in ("shuffled", "plain"):
        found = last([denoiser(s, 16, 20_000, shown, kind) for s in seeds])
        c.show(f"control, {kind}: total variation between the joints", found, at_least=0.5)


def last(found):
    """Total variation at the end of each run."""
    return [curve[-1][0] for curve in found]


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
    for seed in range(5 if full else 1):
        p, C = torus(np.random.default_rng(seed), 4, 2.0)
        spectrum = np.linalg.svd(interaction_of(C), compute_uv=False)
        assert np.array_equal(spectrum > 1e-9, np.arange(16) < 6)
        floors.append(spectrum[5] / 16)  # the spectral norm is at most 16 times the largest entry
        runs = [[measures(m, p, C) for m in exact(seed, p, C, k)] for k in widths]
        ends.append([run[-1] for run in runs])
        curves.append(runs[-1])
    ends, curves = np.array(ends), np.array(curves)
    for i, k in enumerate(widths):
        c.quote(f"k = {k}: total variation between the joints", ends[:, i, 0])
        c.quote(f"k = {k}: largest interaction (nats)", ends[:, i, 2])
    c.show("k = 6, 8: total variation between the joints", ends[:, 2:, 0], at_most=1e-3)
    c.show("k = 6, 8: largest interaction (nats)", ends[:, 2:, 2], at_most=0.05)
    c.show("k = 5: total variation between the joints", ends[:, 1, 0], at_least=0.01)
    # That this is at least 1 holds for every decoder of rank 5, trained or not.
    c.quote("k = 5: largest interaction / its floor", ends[:, 1, 2] / floors)
    c.quote("k = 5: floor of the largest interaction (nats)", floors)
    for i, step in enumerate(STEPS):
        c.quote(f"k = 8, {step} steps: total variation between the joints", curves[:, i, 0])
        c.quote(f"k = 8, {step} steps: largest interaction (nats)", curves[:, i, 2])


@pytest.mark.slow
def test_without_corruption_the_joint_is_not_unique(claim, full):
    c = claim("S23, no corruption", "14.4",
              "Without corruption, encoder and decoder become compatible as well, but with a joint "
              "for every distribution of x: they say nothing of p(x). With corruption there is one "
              "joint, and its p(x) is that of the data (16 states, exact criterion).")  # fmt: skip
    certain = np.where(np.eye(16) > 0, 0.0, -np.inf)
    parts = compatibility(certain, certain).parts
    c.show(
        "an exact autoencoder: states whose probabilities the pair leaves open", parts, at_least=16
    )
    rows = []
    for seed in range(5 if full else 1):
        p, C = torus(np.random.default_rng(seed), 4, 2.0)
        plain, denoising = (log_decoder([*exact(seed, p, by, 8)][-1]) for by in (np.eye(16), C))
        found = compatibility(np.log(C), denoising, tol=0.05)
        assert found.unique
        other = p[::-1]
        rows.append((joint_distance(certain, plain, p), joint_distance(certain, plain, other),
                     joint_distance(np.log(C), denoising, p),
                     joint_distance(np.log(C), denoising, other),
                     0.5 * np.abs(found.p_x - p).sum(), 0.5 * np.abs(other - p).sum()))  # fmt: skip
    plain, plain_other, own, own_other, marginal, moved = np.array(rows).T
    c.quote("total variation between the data's p(x) and another", moved)
    c.show("plain: total variation between the joints", plain, at_most=0.01)
    c.show("plain, with the other p(x): the same", plain_other, at_most=0.01)
    c.show("denoising: total variation between the joints", own, at_most=0.01)
    c.show("control, denoising, with the other p(x): the same", own_other, at_least=0.05)
    c.show("denoising: total variation between the data and the p(x) that the rank test finds",
           marginal, at_most=0.01)  # fmt: skip


def test_a_machine_gives_both_conditionals_of_one_joint(claim, full):
    c = claim("S23, one joint", "14.4",
              "An encoder and a decoder that are taken from one p(x, h) are compatible "
              "(14.12, 14.13): those of a Boltzmann machine pass the rank test, which finds its p(x) "
              "and p(h). For units like its own, this holds only if the decoder's weights are the "
              "transposed ones of the encoder. Others have no joint (6 × 4 machines).")  # fmt: skip
    x, h = binary_codes(6), binary_codes(4)
    own, marginals, apart, other, untied, other_apart = [], [], [], [], [], []
    for seed in range(20 if full else 5):
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
        other.append(compatibility(wrong, decoder).largest)
        other_apart.append(joint_distance(wrong, decoder, p_x))
        untied.append(compatibility(conditionals(moved, x, h)[0], decoder).largest)
    c.show("largest interaction (nats)", own, at_most=1e-12)
    c.show("largest error of p(x) and p(h)", marginals, at_most=1e-12)
    c.show("total variation between the joints", apart, at_most=1e-12)
    c.show("control, encoder of another machine: largest interaction (nats)", other, at_least=1)
    c.show("control, encoder of another machine: total variation", other_apart, at_least=0.1)
    c.show("control, one weight changed by 1e-6: largest interaction (nats)", untied,
           at_least=1e-7, at_most=1e-6)  # fmt: skip
    copy, invert = np.log([[0.9, 0.1], [0.1, 0.9]]), np.log([[0.1, 0.9], [0.9, 0.1]])
    grid = [(np.array([s, 1 - s]), np.array([t, 1 - t])) for s in np.linspace(0, 1, 41)
            for t in np.linspace(0, 1, 41)]  # fmt: skip
    c.show("copying encoder, inverting decoder: least total variation over all p(x), p(h)",
           min(joint_distance(copy, invert, p_x, p_h=p_h) for p_x, p_h in grid),
           at_least=0.79)  # fmt: skip


def conditionals(machine, x, h):
    """log p(h | x) and log p(x | h) of all states: tables (n_x, n_h) and (n_h, n_x)."""

    def table(given, layer, values):
        a = machine.parts[layer].forward(given)[0]
        nll = [BernoulliOutput().nll(values, np.broadcast_to(row, values.shape)) for row in a]
        return -np.array(nll)

    return table(x, "hidden", h), table(h, "visible", x)


def torus(rng, side, alpha):
    """p(x), C(x̃ | x): states on a square torus, of random probability; x̃ is a state near x."""
    p = rng.dirichlet(np.full(side**2, alpha))
    at = np.stack(np.divmod(np.arange(side**2), side), axis=1)
    step = np.abs(at[:, None] - at)
    step = np.minimum(step, side - step)
    C = np.exp(-(step**2).sum(axis=2) / 2.0)
    return p, C / C.sum(axis=1, keepdims=True)


def net(states, k, rng, corruption=None):
    """Return an untrained autoencoder of one-hot states with a linear code of k units."""
    encoder, decoder = (
        Linear(a, b, rng=rng, init=Normal(0.1)) for a, b in ((states, k), (k, states))
    )
    return Autoencoder(encoder, decoder, output=CategoricalOutput(), corruption=corruption)


def log_decoder(model):
    """log p_decoder(x | x̃) of all states, a row for each x̃."""
    a = model.decoder.forward(model.encode(np.eye(model.d_in)))[0]
    return a - log_sum_exp(a)[:, None]


def measures(model, p, C):
    """Total variation of p(x) C(x̃ | x) and q(x̃) p_decoder(x | x̃), and the interaction in nats.

    q is the marginal of the decoder's own chain. The interaction: its root mean square, weighted by
    the joint of the data, and its largest absolute entry. The code of x̃ is h = f(x̃), and f gives
    different codes to different x̃, so a distribution of x̃ is one of h.
    """
    decoder = log_decoder(model)
    q = stationary_distribution(np.exp(decoder) @ C)
    found = compatibility(np.log(C), decoder)
    weighed = np.sqrt((p[:, None] * C * found.interaction**2).sum())
    return joint_distance(np.log(C), decoder, p, p_h=q), weighed, found.largest


def denoiser(seed, k, n, shown, kind="denoising"):
    """`measures` of training on n examples, `shown` of them in all: before, after each epoch.

    After more than 50 epochs only the last is measured. The kinds are: "denoising"; "shuffled",
    with the x̃ of another x; "plain", with x̃ = x.
    """
    rng = np.random.default_rng(seed)
    p, C = torus(rng, 8, 0.5)
    x = np.eye(64)[rng.choice(64, n, p=p)]
    model = net(64, k, rng, Confusion(C) if kind == "denoising" else None)
    rows = (Confusion(C).corrupt(rng.permutation(x), rng), x) if kind == "shuffled" else x
    curve, epochs = [measures(model, p, C)], shown // n

    def measure(epoch, model, history):
        if epochs <= 50 or len(history.loss) == epochs:
            curve.append(measures(model, p, C))

    fit(model, rows, epochs=epochs, batch_size=100, optimizer=Adam(Cosine(0.02)), rng=rng,
        core="auto", callback=measure)  # fmt: skip
    return curve


def sample_gap(seed, n):
    """Return the distance of the exact posterior of the sample: that of its frequencies to p(x)."""
    rng = np.random.default_rng(seed)
    p, C = torus(rng, 8, 0.5)
    found = np.bincount(rng.choice(64, n, p=p), minlength=64) / n
    return 0.5 * np.abs(found - p).sum()


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


def interaction_of(C):
    """log C less its best fit a(x) + b(x̃): double centred."""
    values = np.log(C)
    return values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()
