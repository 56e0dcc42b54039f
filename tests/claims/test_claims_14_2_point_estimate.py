"""The point estimate of log p(x) with a continuous code: equations 14.3 to 14.7."""

import numpy as np
import pytest

from figures.experiments.laplace_code import SCALES, LaplaceCode, by_scale, orthogonal_atoms
from tinyae import L1, Adam, Autoencoder, BernoulliOutput, Identity, fit, minimize
from tinyae.models import log_likelihood, point_estimate
from tinyae.training import Cosine

pytestmark = pytest.mark.claim
NOISE = LaplaceCode.noise


@pytest.mark.slow
def test_the_point_estimate_of_a_continuous_code(claim, full):
    c = claim("14.3–14.7, continuous", "14.2.1",
              "For a continuous code with a Laplace prior, the largest term max log p(h, x) is "
              "a density in h and no bound on log p(x): it can be below or above. If the decoder "
              "grows and the code shrinks, the term rises to a limit while log p(x) falls by the "
              "logarithm of the scale, because the codes that explain an example become rare. "
              "Maximising the term is thus not maximum likelihood; only with a fixed norm of the "
              "decoder does it not run away. For binary codes the term is a probability, and a lower bound.",
              on="Codes of 1 and 2 numbers with λ = 2, 5 visible units with deviation 0.3; 300 "
                 "points drawn with decoder rows of length 3, which are then scaled by 0.1, 1, "
                 "10, 100 and 1000; log p(x) by quadrature; 5 models (reduced: 2).")  # fmt: skip
    for k in (1, 2):
        point, exact = [], []
        shares = {"below": [], "above": []}
        for seed in c.seeds(5 if full else 2):
            rng = np.random.default_rng(seed)
            V = orthogonal_atoms(k, 5, 3.0, rng)
            p, q = by_scale(V, LaplaceCode(V).draw(300, rng))
            point.append(p.mean(axis=1))
            exact.append(q.mean(axis=1))
            shares["below"].append((p[0] < q[0]).mean())
            shares["above"].append((p[-1] > q[-1]).mean())
        point, exact = np.array(point), np.array(exact)
        at = f"{k} code unit{'s' * (k > 1)}"
        what = f"{at}: share of examples whose term is above log p(x), decoder × 1000"
        c.show(what, shares["above"], at_least=1)
        c.control("a binary code", what, binary_share(c.seeds(1)[0]))
        what = f"{at}: share of examples whose term is below log p(x), decoder × 0.1"
        c.show(what, shares["below"], at_least=0.5)
        what = f"{at}: smallest rise of the mean term from one scale to the next (nats)"
        c.show(what, np.diff(point).min(axis=1), at_least=0.0,
               moved="at least 0.01 at first; the last rise is smaller, because there is a limit")  # fmt: skip
        c.control("log p(x)", what, np.diff(exact).min(axis=1))
        what = f"{at}: log p(x), decoder × 1000 minus × 1 (nats)"
        c.show(what, exact[:, -1] - exact[:, 1], at_most=-2.0)
        c.control("the largest term", what, point[:, -1] - point[:, 1])
        what = f"{at}: fall of log p(x) from × 100 to × 1000 / (k log 10)"
        c.show(what, (exact[:, -2] - exact[:, -1]) / (k * np.log(10)), at_least=0.9, at_most=1.1)
        c.control("the largest term", what, (point[:, -2] - point[:, -1]) / (k * np.log(10)))
        for i, s in enumerate(SCALES):
            c.quote(f"{at}: mean of the largest term, decoder × {s:g} (nats)", point[:, i])
            c.quote(f"{at}: mean of log p(x), decoder × {s:g} (nats)", exact[:, i])


def binary_share(seed):
    """Share of examples whose point estimate is above log p(x) if the code is binary."""
    rng = np.random.default_rng(seed)
    x = (rng.random((200, 8)) < 0.5) * 1.0
    model, on = Autoencoder.dense((8, 5), output=BernoulliOutput(), rng=seed), np.full(5, 0.5)
    return (point_estimate(model, x, on) > log_likelihood(model, x, on)).mean()


@pytest.mark.slow
def test_training_on_it_lowers_the_likelihood(claim, full):
    pytest.importorskip("scipy")
    c = claim("14.3–14.7, training", "14.2.1",
              "A sparse autoencoder with free weights maximises the point estimate by a growing "
              "decoder: from the weights of the model that made the data, the criterion improves "
              "and log p(x) falls. If the decoder's row keeps its length, log p(x) does not fall.",
              on="1 linear code unit, L1 with λ = 2, 5 visible units with deviation 0.3; 300 "
                 "points drawn from such a model with a decoder row of length 3; 500 steps of "
                 "L-BFGS; 5 models (reduced: 2).")  # fmt: skip
    falls, of_fixed, criteria, lengths = [], [], [], []
    for seed in c.seeds(5 if full else 2):
        rng = np.random.default_rng(seed)
        V = orthogonal_atoms(1, 5, 3.0, rng)
        x = LaplaceCode(V).draw(300, rng)
        free, fixed = (of_the_data(kind, V, seed) for kind in (Autoencoder, FixedLength))
        before, loss = mean_log_p(free, x), free.loss(x / NOISE)
        minimize(free, x / NOISE, options={"maxiter": 500, "ftol": 1e-16, "gtol": 1e-10})
        fit(fixed, x / NOISE, optimizer=Adam(Cosine(0.02)), epochs=100, batch_size=50, rng=seed,
            core="auto")  # fmt: skip
        falls.append(before - mean_log_p(free, x))
        of_fixed.append(before - mean_log_p(fixed, x))
        criteria.append(free.loss(x / NOISE) - loss)
        lengths.append(np.linalg.norm(free.decoder.layers[0].params["W"]) * NOISE)
    what = "fall of the mean log p(x) by training (nats)"
    c.show(what, falls, at_least=0.3)
    c.control("decoder row of length 3", what, of_fixed)
    c.show("change of the criterion by training (nats)", criteria, at_most=-0.3)
    c.quote("length of the decoder's row after training, 3 before", lengths)


class FixedLength(Autoencoder):
    """An autoencoder whose decoder row keeps its length of 3, in units of x / NOISE."""

    def project(self):
        """Scale the row to its length; `fit` calls this after each step."""
        W = self.decoder.layers[0].params["W"]
        W *= 3.0 / NOISE / np.linalg.norm(W)


def of_the_data(kind, V, seed):
    """An autoencoder of x / NOISE, whose noise has deviation 1, with the weights of the data."""
    model = kind.dense((5, 1), activation=Identity, penalties=L1(2.0), rng=seed)
    model.decoder.layers[0].params["W"][...] = V / NOISE
    model.encoder.layers[0].params["W"][...] = V.T * NOISE / (V**2).sum()
    return model


def mean_log_p(model, x):
    """The mean of log p(x) under the decoder of an autoencoder of x / NOISE."""
    decoder = model.decoder.layers[0].params
    return LaplaceCode(decoder["W"] * NOISE).log_likelihood(x - decoder["b"] * NOISE).mean()
