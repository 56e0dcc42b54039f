"""Boltzmann machines beside autoencoders: their gradients and what training reaches (14.5.1)."""

import numpy as np
import pytest

from tinyae import RBM, SGD, BernoulliOutput, GaussianOutput, fit
from tinyae.criterion.enumeration import binary_codes
from tinyae.models import ContrastiveDivergence, MaximumLikelihood, PersistentContrastiveDivergence
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


def test_autoencoder_gradient_and_contrastive_divergence(claim):
    c = claim("S27", "14.5.1",
              "The gradient of a tied autoencoder's cross-entropy approximates the likelihood "
              "gradient of the restricted Boltzmann machine with the same parameters. "
              "Contrastive divergence approximates it too, and more closely (6 × 4 machines, "
              "gradients in W, expectations by enumeration).")  # fmt: skip
    states = binary_codes(6)
    bounds = {0.1: 0.95, 0.5: 0.85, 1.0: 0.85}
    for scale, least in bounds.items():
        cd1, cd10, ae = [], [], []
        for seed in range(10):
            rng = np.random.default_rng(seed)
            rbm = RBM(6, 4, rule=MaximumLikelihood())
            rbm.theta[...] = scale * rng.standard_normal(rbm.theta.shape)
            x = rng.choice(states, 20)
            rbm.loss_and_grad(x)
            likelihood = rbm.parts["hidden"].grads["W"].ravel().copy()
            data = (x[:, None] == states).all(axis=2).mean(axis=0)
            T = transitions(rbm, states)
            for k, found in ((1, cd1), (10, cd10)):
                negative = data @ np.linalg.matrix_power(T, k)
                rbm.grad[...] = 0.0
                rbm.add_free_energy(states, data - negative)
                found.append(cosine(rbm.parts["hidden"].grads["W"].ravel(), likelihood))
            twin = rbm.unfold()
            twin.loss_and_grad(x)
            ae.append(cosine(twin.encoder.layers[0].grads["W"].ravel(), likelihood))
        c.show(f"weights {scale}: cosine of expected CD-1", cd1, at_least=0.95)
        c.show(f"weights {scale}: cosine of expected CD-10", cd10, at_least=0.99)
        c.show(f"weights {scale}: cosine of the autoencoder, median", np.median(ae), at_least=least,
               wanted="" if min(ae) > 0.85 else "above .85 in every seed")  # fmt: skip
        c.quote(f"weights {scale}: cosine of the autoencoder", ae)


def transitions(rbm, states):
    """p(x' | x) of one round of Gibbs sampling, by summing over the hidden codes."""

    def mass(values, p):
        """Π p^v (1 − p)^(1 − v) for every row of p and every row of values."""
        return np.exp(np.log(p) @ values.T + np.log1p(-p) @ (1 - values).T)

    codes = binary_codes(rbm.d_code)
    return mass(codes, rbm.encode(states)) @ mass(states, rbm.decode(codes))


def cosine(a, b):
    """Of the angle between two vectors."""
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


RULES = {
    "exact": MaximumLikelihood(),
    "CD-1": ContrastiveDivergence(1),
    "persistent": PersistentContrastiveDivergence(1, 100),
}


def teacher(seed, d, visible):
    """Training and fresh samples, 2000 each, of a random machine with 5 hidden units."""
    rng = np.random.default_rng(seed)
    machine = RBM(d, 5, visible=visible)
    machine.theta[...] = 1.2 * rng.standard_normal(machine.theta.shape)
    codes = binary_codes(5)
    a = machine.parts["visible"].forward(codes)[0]
    logs = codes @ machine.parts["hidden"].params["b"] + machine.visible.nll(np.zeros_like(a), a)
    p = np.exp(logs - machine.log_partition())
    x = machine.sample_visible(rng.choice(codes, 4000, p=p), rng=rng)
    return x[:2000], x[2000:], machine.log_likelihood(x[2000:]).mean()


def bars_and_stripes(seed):
    """3 × 3 pictures with whole rows on or whole columns on."""
    rng = np.random.default_rng(seed)
    x = np.repeat((rng.random((4000, 3)) < 0.5)[:, :, None] * 1.0, 3, axis=2)
    turned = rng.random(4000) < 0.5
    x[turned] = x[turned].swapaxes(1, 2)
    x = x.reshape(4000, 9)
    return x[:2000], x[2000:], None


def reached(data, visible, k, rate, epochs, seed):
    """Fresh log-likelihood before training, and after it by each rule, one start for all."""
    train, fresh, _ = data
    found = {}
    for name, rule in RULES.items():
        machine = RBM(train.shape[1], k, visible=visible, rule=rule, rng=seed)
        found["before"] = machine.log_likelihood(fresh).mean()
        optimizer = SGD(Cosine(rate))
        fit(
            machine,
            train,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=100,
            rng=seed,
            core="auto",
        )
        found[name] = machine.log_likelihood(fresh).mean()
    return found


@pytest.mark.slow
def test_sampled_rules_reach_the_likelihood_of_the_exact_gradient(claim, full):
    c = claim("S28", "14.5.1",
              "On samples of a random restricted Boltzmann machine, contrastive divergence and "
              "its persistent form raise the log-likelihood to within 5 % of the value that the "
              "exact gradient reaches. The distribution of bars and stripes is far from "
              "factorial: there CD-1 reaches a lower likelihood than the exact gradient, and "
              "persistent chains do not.")  # fmt: skip
    bits, reals = BernoulliOutput(), GaussianOutput()
    cases = {
        "binary machine 10-5": (lambda s: teacher(s, 10, bits), bits, 5, 0.2),
        "Gaussian machine 4-5": (lambda s: teacher(s, 4, reals), reals, 5, 0.05),
        "bars and stripes 9-8": (bars_and_stripes, bits, 8, 0.2),
    }
    for name, (draw, visible, k, rate) in cases.items():
        data = [draw(seed) for seed in range(5 if full else 1)]
        epochs = 150 if full or "bars" in name else 40
        runs = [reached(d, visible, k, rate, epochs, seed) for seed, d in enumerate(data)]
        if data[0][2] is not None:
            c.quote(
                f"{name}: log p of fresh data, nats, under the true machine", [d[2] for d in data]
            )
        c.quote(f"{name}: before training", [run["before"] for run in runs])
        c.quote(f"{name}: after the exact gradient", [run["exact"] for run in runs])
        for rule in ("CD-1", "persistent"):
            rise = [run[rule] - run["before"] for run in runs]
            c.show(f"{name}: rise under {rule}, nats", rise, at_least=1.0)
            behind = [run[rule] / run["exact"] - 1 for run in runs]
            what = f"{name}: log p under {rule} over that of the exact gradient, minus 1"
            if "bars" in name and rule == "CD-1":
                c.show(what, behind, at_least=0.02)
            else:
                c.show(what, behind, at_most=0.05)
