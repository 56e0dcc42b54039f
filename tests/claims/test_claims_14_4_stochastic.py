"""Encoders and decoders that draw, and the chain that two of them make (sections 14.4 and 20.12)."""

import numpy as np
import pytest

from tests.claims.states import measures, net, torus
from tinyae import (
    Adam,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    GaussianNoise,
    GaussianOutput,
    MaskingNoise,
    NoisyCode,
    SaltAndPepperNoise,
    Tanh,
    fit,
)
from tinyae.criterion import Corruption
from tinyae.models import compatibility
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
# test_claims_14_4_codes.py has the same for GaussianCode and BernoulliCode, and
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
    n, seed = 400_000 if full else 60_000, c.seeds(1)[0]
    for name, (draw, mean, covariance) in DRAWS.items():
        # One seed for all, with the name, so that a new case changes no other case. There are 14
        # comparisons for each case. Among 100 normal ones, one in 160 tables exceeds 4 by chance.
        drawn = draw(n, np.random.default_rng([seed, *name.encode()]))
        off = moments_off(drawn, mean, covariance)
        c.show(f"{name}: mean, in standard errors", off[0], at_most=4)
        c.show(f"{name}: covariance, in standard errors", off[1], at_most=4)
        # If the rows were 5 % larger, the moments would be these.
        mean_off = moments_off(drawn, 1.05 * mean, covariance)[0]
        c.control("a mean 5 % larger", f"{name}: mean, in standard errors", mean_off)
        covariance_off = moments_off(drawn, mean, 1.05**2 * covariance)[1]
        c.control("a scale 5 % larger", f"{name}: covariance, in standard errors", covariance_off)
    off = moments_off(drawn, mean, np.diag(np.diag(covariance)))
    c.control("independent entries", f"{name}: covariance, in standard errors", off[1])


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
              "distribution of the data as its stationary distribution (8 states). A denoising "
              "autoencoder learns p(x | x̃), and with it in place of the exact one the "
              "stationary distribution is close to that of the data.")  # fmt: skip
    exact, without_prior, learned, untrained, shuffled, plain = [], [], [], [], [], []
    wrong = {kind: [] for kind in ("learned", "untrained", "other x̃", "the data's p(x)")}
    for seed in c.seeds(5 if full else 2):
        rng = np.random.default_rng(seed)
        p, C = rng.dirichlet(np.ones(8)), 0.6 * np.eye(8) + 0.4 * rng.dirichlet(np.ones(8), 8)
        posterior = (p[:, None] * C / (p @ C)).T  # p(x | x̃), one row for each x̃
        exact.append(np.abs(stationary_distribution(C @ posterior) - p).max())
        likelihood = (C / C.sum(axis=0)).T  # the posterior if all x had the same probability
        without_prior.append(np.abs(stationary_distribution(C @ likelihood) - p).max())
        x = np.eye(8)[rng.choice(8, 20_000, p=p)]
        noisy = Confusion(C).corrupt(x, rng)

        def distance(model, C=C, p=p):
            """Total variation between the data and what the chain of this model tends to."""
            found = stationary_distribution(C @ model.reconstruct(np.eye(8)))
            return 0.5 * np.abs(found - p).sum()

        def off(rows, p=p, C=C, posterior=posterior):
            """Total variation between these p(x | x̃) and the exact ones, mean over the x̃."""
            return 0.5 * (p @ C) @ np.abs(rows - posterior).sum(axis=1)

        wrong["the data's p(x)"].append(off(np.broadcast_to(p, (8, 8))))
        for rows, distances in ((x, learned), ((noisy, rng.permutation(noisy)), shuffled)):
            corruption = Confusion(C) if rows is x else None
            model = Autoencoder.dense((8, 16), activation=Tanh, output=CategoricalOutput(),
                                      rng=seed, corruption=corruption)  # fmt: skip
            if rows is x:
                untrained.append(distance(model))
                wrong["untrained"].append(off(model.reconstruct(np.eye(8))))
            fit(model, rows, epochs=10, optimizer=Adam(Cosine(0.02)), rng=seed, core="auto")
            distances.append(distance(model))
            wrong["learned" if rows is x else "other x̃"].append(off(model.reconstruct(np.eye(8))))
        plain.append(0.5 * np.abs(1 / 8 - p).sum())
    what = "largest |stationary − data|, exact posterior"
    c.show(what, exact, at_most=1e-12)
    c.control("p(x | x̃) of uniform data", what, without_prior)
    what = "total variation distance to the data, learned posterior"
    c.show(what, learned, at_most=0.05)
    c.control("untrained", what, untrained)
    c.control("trained to give the x̃ of other examples", what, shuffled)
    c.quote("total variation distance of the uniform distribution, for comparison", plain)
    # A decoder that does not look at x̃ and always draws from p(x) has the right limit too.
    what = "total variation between the learned and the exact p(x | x̃), mean over the x̃"
    c.show(what, wrong["learned"], at_most=0.05)
    c.control("the data's p(x) for every x̃", what, wrong["the data's p(x)"])
    c.control("untrained", what, wrong["untrained"])
    c.control("trained to give the x̃ of other examples", what, wrong["other x̃"])


@pytest.mark.slow
def test_denoising_makes_encoder_and_decoder_agree_on_one_joint(claim, full):
    c = claim("S23", "14.4",
              "The data and the corruption define one joint distribution of (x, x̃). The "
              "decoder and its own marginal define another. With denoising, the two become more "
              "similar as training goes on, and as the capacity and the number of examples grow. "
              "They do not if the decoder is untrained, is trained on x̃ of other x, or never "
              "sees a corrupted x̃. What remains is on pairs (x, x̃) of small probability: the "
              "largest interaction, which counts all pairs alike, falls by less than half (64 "
              "states, distances by enumeration, linear code of k units).")  # fmt: skip
    seeds = c.seeds(5 if full else 1)
    shown = 400_000 if full else 200_000
    by_capacity = {k: [denoiser(s, k, 20_000, shown) for s in seeds] for k in (1, 2, 4, 8, 16)}
    by_examples = {n: [denoiser(s, 16, n, shown) for s in seeds] for n in (200, 2000)}
    by_examples[20_000] = by_capacity[16]
    for k, found in by_capacity.items():
        c.quote(f"20 000 examples, k = {k}: total variation between the joints", last(found))
    for n, found in by_examples.items():
        c.quote(f"k = 16, {n} examples: total variation between the joints", last(found))
    imposters = {
        kind: [denoiser(s, 16, 20_000, shown, kind) for s in seeds]
        for kind in ("shuffled", "plain")
    }
    few = [denoiser(s, 16, 200, shown, "plain") for s in seeds]
    table = np.array([last(found) for found in by_capacity.values()])
    start = np.array([[curve[0][0] for curve in found] for found in by_capacity.values()])
    what = "total variation between the joints, k = 2, 4 / half as many units"
    c.show(what, table[1:3].T / table[:2].T, at_most=0.95,
           moved="for k = 8 and 16 too at first, which gain little over 4 and 8")  # fmt: skip
    c.control("untrained", what, start[1:3].T / start[:2].T)
    what = "total variation between the joints, k = 16 / k = 1"
    c.show(what, table[4] / table[0], at_most=0.3)
    c.control("untrained", what, start[4] / start[0])
    c.control(
        "k = 16 trained on x̃ of other x", what, np.array(last(imposters["shuffled"])) / table[0]
    )
    table = np.array([last(found) for found in by_examples.values()])
    what = "total variation between the joints, ten times the examples / before"
    c.show(what, table[1:].T / table[:-1].T, at_most=0.9, moved="≤ 0.8 at first")
    c.control("plain, a hundred times the examples", what,
              np.array(last(imposters["plain"])) / last(few))  # fmt: skip
    what = "total variation between the joints, k = 16, 20 000 examples"
    c.show(what, table[-1], at_most=0.15)
    for kind, found in imposters.items():
        c.control(kind, what, last(found))
    curves = np.array(by_capacity[16])  # seed, epoch, quantity
    wrong = np.array(imposters["shuffled"])
    for when, epoch in (("untrained", 0), ("one epoch", 1), ("half of them", shown // 40_000)):
        c.quote(f"k = 16, 20 000 examples, {when}: total variation between the joints",
                curves[:, epoch, 0])  # fmt: skip
    for what, quantity, later, earlier, most in (
        ("total variation between the joints, after / before the first epoch", 0, 1, 0, 0.5),
        ("total variation between the joints, after the last epoch / after the first",
         0, -1, 1, 0.6),
        ("interaction (root mean square over the joint), trained / untrained", 1, -1, 0, 0.5),
    ):  # fmt: skip
        c.show(what, curves[:, later, quantity] / curves[:, earlier, quantity], at_most=most)
        c.control("shuffled", what, wrong[:, later, quantity] / wrong[:, earlier, quantity])
    what = "largest interaction, trained / untrained"
    c.show(what, curves[:, -1, 2] / curves[:, 0, 2], at_least=0.6,
           moved="≥ 0.8 at first, near the smallest of fresh seeds")  # fmt: skip
    c.control("the exact posterior of the data", what,
              [exact_interaction(s) for s in seeds] / curves[:, 0, 2])  # fmt: skip
    c.quote("the same distance of the exact posterior of the sample, 20 000 examples",
            [sample_gap(s, 20_000) for s in seeds])  # fmt: skip


def last(found):
    """Total variation at the end of each run."""
    return [curve[-1][0] for curve in found]


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


def exact_interaction(seed):
    """Return the largest interaction of the corruption and the exact posterior of the data."""
    p, C = torus(np.random.default_rng(seed), 8, 0.5)
    posterior = (p[:, None] * C / (p @ C)).T
    return compatibility(np.log(C), np.log(posterior)).largest
