"""The point estimate of log p(x) with a continuous code: equations 14.3 to 14.7."""

import numpy as np
import pytest

from tinyae import L1, Adam, Autoencoder, BernoulliOutput, Identity, fit, minimize
from tinyae.criterion import LaplacePrior
from tinyae.models import log_likelihood, point_estimate
from tinyae.nn.softmax import log_sum_exp
from tinyae.training import Cosine

pytestmark = pytest.mark.claim
NOISE = 0.3  # standard deviation of x given h
SCALES = (0.1, 1.0, 10.0, 100.0, 1000.0)


class Model:
    """p(h) Laplace with λ = 2, x given h normal with mean s h V and standard deviation `NOISE`.

    V (k, d) has orthogonal rows of length 3. For such rows log p(x) is a sum of one-dimensional
    integrals, and so is its largest term.
    """

    def __init__(self, V, s):
        self.V, self.s, self.lam = V, s, 2.0
        self.lengths = s * np.linalg.norm(V, axis=1)

    def draw(self, n, rng):
        """Draw x (n, d)."""
        h = rng.laplace(0, 1 / self.lam, (n, len(self.V)))
        return self.s * h @ self.V + NOISE * rng.standard_normal((n, self.V.shape[1]))

    def along_and_rest(self, x):
        """Coordinates of x along the atoms (n, k), and log N of what is orthogonal to all (n,)."""
        U = self.V / np.linalg.norm(self.V, axis=1, keepdims=True)
        along = x @ U.T
        rest = ((x - along @ U) ** 2).sum(axis=1) / (2 * NOISE**2)
        return along, -rest - (x.shape[1] - len(U)) * np.log(NOISE * np.sqrt(2 * np.pi))

    def joint(self, along, h, length):
        """log p(h) + log p(one coordinate of x given h), of shape (n, len(h))."""
        prior = LaplacePrior(self.lam).log_density(h[:, None])
        gap = (along[:, None] - length * h) / NOISE
        return prior - gap**2 / 2 - np.log(NOISE * np.sqrt(2 * np.pi))

    def log_likelihood(self, x):
        """log p(x) of each row by quadrature, 14.3 with an integral in place of the sum."""
        along, total = self.along_and_rest(x)
        for column, length in zip(along.T, self.lengths, strict=True):
            h, weight = grid(column, length)
            total = total + log_sum_exp_rows(self.joint(column, h, length) + np.log(weight))
        return total

    def point_estimate(self, x):
        """max_h log p(h, x) of each row, 14.4: the best code, not the one of an encoder."""
        along, total = self.along_and_rest(x)
        for column, length in zip(along.T, self.lengths, strict=True):
            # The maximum of −λ|h| − (a − l h)²/2σ² is the soft threshold of a / l.
            h = np.maximum(np.abs(column) / length - self.lam * NOISE**2 / length**2, 0.0)
            gap = (np.abs(column) - length * h) / NOISE
            total += LaplacePrior(self.lam).log_density(h[:, None]) - gap**2 / 2
            total -= np.log(NOISE * np.sqrt(2 * np.pi))
        return total


def grid(along, length):
    """Points h and their weights: the likelihood and the prior are smooth between two of them."""
    reach = (np.abs(along).max() + 12 * NOISE) / length
    far = np.linspace(-reach, reach, 4001)
    h = np.unique(np.concatenate([far, np.linspace(-12, 12, 4001)]))
    return h, np.gradient(h)


def log_sum_exp_rows(a):
    """log Σ exp of each row."""
    return np.array([log_sum_exp(row) for row in a])


def atoms(k, d, rng):
    """k orthogonal rows of length 3."""
    return 3.0 * np.linalg.qr(rng.standard_normal((d, k)))[0].T


def test_the_point_estimate_of_a_continuous_code(claim, full):
    c = claim("14.3–14.7, continuous", "14.2.1",
              "For a continuous code with a Laplace prior, the largest term max log p(h, x) is "
              "a density in h and no bound on log p(x): it can be below or above. If the decoder "
              "grows and the code shrinks, the term rises to a limit while log p(x) falls by the "
              "logarithm of the scale, because the codes that explain an example become rare. "
              "Maximising the term is thus not maximum likelihood, unless the decoder's norm is "
              "fixed. For binary codes the term is a probability, and a lower bound.",
              on="Codes of 1 and 2 numbers with λ = 2, 5 visible units with deviation 0.3; 300 "
                 "points drawn with decoder rows of length 3, which are then scaled by 0.1, 1, "
                 "10, 100 and 1000; log p(x) by quadrature; 5 models (reduced: 2).")  # fmt: skip
    last = len(SCALES) - 1
    for k in (1, 2):
        point, exact = [], []
        shares = {"below": [], "above": []}
        for seed in c.seeds(5 if full else 2):
            rng = np.random.default_rng(seed)
            V = atoms(k, 5, rng)
            x = Model(V, 1.0).draw(300, rng)
            models = [Model(V, s) for s in SCALES]
            p, q = (np.array([getattr(m, name)(x) for m in models])
                    for name in ("point_estimate", "log_likelihood"))  # fmt: skip
            point.append(p.mean(axis=1))
            exact.append(q.mean(axis=1))
            shares["below"].append((p[0] < q[0]).mean())
            shares["above"].append((p[last] > q[last]).mean())
        point, exact = np.array(point), np.array(exact)
        at = f"{k} code unit{'s' * (k > 1)}"
        what = f"{at}: share of examples whose term is above log p(x), decoder × 1000"
        c.show(what, shares["above"], at_least=1)
        c.control("a binary code", what, binary_share(c.seeds(1)[0]))
        what = f"{at}: share of examples whose term is below log p(x), decoder × 0.1"
        c.show(what, shares["below"], at_least=0.5)
        c.control("decoder × 1000", what, 1 - np.array(shares["above"]))
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
        V = atoms(1, 5, rng)
        x = Model(V, 1.0).draw(300, rng)
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
    return Model(decoder["W"] * NOISE, 1.0).log_likelihood(x - decoder["b"] * NOISE).mean()
