"""Encoders and decoders that draw, and the chain that two of them make (sections 14.4 and 20.12)."""

import numpy as np
import pytest

from tinyae import (
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
from tinyae.nn import Normal
from tinyae.score import stationary_distribution
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


def test_samples_have_the_stated_moments(claim, full):
    c = claim("S19", "14.4",
              "The samples of a stochastic encoder, of three corruptions and of three output "
              "distributions have the means and covariances that their definitions state.")  # fmt: skip
    n, rng = 400_000 if full else 60_000, np.random.default_rng(0)
    x = np.array([0.1, 0.4, 0.7, 1.0])
    rows, eye = np.broadcast_to(x, (n, 4)), np.eye(4)
    f, a = 0.3, np.array([-1.0, 0.0, 0.5, 2.0])
    sigmoid, softmax = 1 / (1 + np.exp(-a)), np.exp(a) / np.exp(a).sum()
    spoilt = (1 - f) * x + f * 0.5
    cases = {
        "N(x, σ²I)": (GaussianNoise(0.4).corrupt(rows, rng), x, 0.16 * eye),
        "masking": (MaskingNoise(f).corrupt(rows, rng), (1 - f) * x, np.diag(f * (1 - f) * x**2)),
        "salt and pepper": (SaltAndPepperNoise(f).corrupt(rows, rng), spoilt,
                            np.diag((1 - f) * x**2 + f * 0.5 - spoilt**2)),
        "noisy code": (NoisyCode(0.7).forward(rows, rng)[0], x, 0.49 * eye),
        "Gaussian output": (GaussianOutput().sample(np.broadcast_to(a, (n, 4)), rng), a, eye),
        "Bernoulli output": (BernoulliOutput().sample(np.broadcast_to(a, (n, 4)), rng), sigmoid,
                             np.diag(sigmoid * (1 - sigmoid))),
        "categorical output": (CategoricalOutput().sample(np.broadcast_to(a, (n, 4)), rng), softmax,
                               np.diag(softmax) - np.outer(softmax, softmax)),
    }  # fmt: skip
    for name, (drawn, mean, covariance) in cases.items():
        off = np.abs(drawn.mean(axis=0) - mean) / (drawn.std(axis=0) / np.sqrt(n))
        c.show(f"{name}: mean, in standard errors", off.max(), at_most=5)
        products = np.einsum("ni,nj->nij", drawn - mean, drawn - mean)
        # A fair coin less its mean has the square ¼ in every draw, which leaves no error at all.
        error = products.std(axis=0) / np.sqrt(n) + 1e-9
        off = np.abs(products.mean(axis=0) - covariance) / error
        c.show(f"{name}: covariance, in standard errors", off.max(), at_most=5)


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
              "similar as the capacity and the number of examples grow (64 states, distances by "
              "enumeration, linear code of k units).")  # fmt: skip
    seeds = range(5 if full else 1)
    shown = 400_000 if full else 200_000
    by_capacity = {k: [joint_gap(s, k, 20_000, shown) for s in seeds] for k in (1, 2, 4, 8, 16)}
    by_examples = {n: [joint_gap(s, 16, n, shown) for s in seeds] for n in (200, 2000)}
    by_examples[20_000] = by_capacity[16]
    for k, gaps in by_capacity.items():
        c.quote(f"20 000 examples, k = {k}: total variation between the joints", gaps)
    for n, gaps in by_examples.items():
        c.quote(f"k = 16, {n} examples: total variation between the joints", gaps)
    table = np.array([*by_capacity.values()])
    c.show(
        "total variation between the joints, k = 2, 4, 8 / half as many units",
        table[1:4].T / table[:3].T,
        at_most=0.95,
    )
    c.show("total variation between the joints, k = 16 / k = 1", table[4] / table[0], at_most=0.3)
    table = np.array([*by_examples.values()])
    c.show(
        "total variation between the joints, ten times the examples / before",
        table[1:].T / table[:-1].T,
        at_most=0.9,
    )
    c.show("total variation between the joints, k = 16, 20 000 examples", table[-1], at_most=0.15)


def joint_gap(seed, k, n, shown):
    """Total variation between p(x) C(x̃ | x) and q(x̃) p_decoder(x | x̃), q their chain's marginal.

    64 states on an 8 × 8 torus, of random probability; a corruption moves to a state nearby. The net
    is trained on n examples, `shown` times in all.
    """
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(64, 0.5))
    at = np.stack(np.divmod(np.arange(64), 8), axis=1)
    step = np.abs(at[:, None] - at)
    step = np.minimum(step, 8 - step)
    C = np.exp(-(step**2).sum(axis=2) / 2.0)
    C /= C.sum(axis=1, keepdims=True)
    x = np.eye(64)[rng.choice(64, n, p=p)]
    encoder, decoder = (Linear(a, b, rng=rng, init=Normal(0.1)) for a, b in ((64, k), (k, 64)))
    model = Autoencoder(encoder, decoder, output=CategoricalOutput(), corruption=Confusion(C))
    fit(
        model,
        x,
        epochs=shown // n,
        batch_size=100,
        optimizer=Adam(Cosine(0.02)),
        rng=rng,
        core="auto",
    )
    decoded = model.reconstruct(np.eye(64))  # row x̃: p_decoder(x | x̃)
    q = stationary_distribution(decoded @ C)
    return 0.5 * np.abs(p[:, None] * C - (q[:, None] * decoded).T).sum()
