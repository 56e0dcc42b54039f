"""Where the codes are: corners of the hypercube (section 14.7), and the data alone (14.2.1)."""

import numpy as np
import pytest

from figures.experiments import hypercube
from tinyae import (
    L1,
    Adam,
    Autoencoder,
    KLSparsity,
    ReLU,
    Sigmoid,
    WeightDecay,
    fit,
)
from tinyae.nn import Glorot
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


@pytest.mark.slow
def test_codes_spread_through_the_hypercube(claim, full):
    c = claim("S51", "14.7",
              "The contractive penalty saturates sigmoid units, but it does not make the codes "
              "spread through their hypercube. With a larger λ, more units have the same bit for "
              "almost all inputs, and the bits have a smaller entropy: the codes use fewer corners. "
              "Weight decay with the same ‖J‖² leaves no unit stuck and keeps the entropy. Of the "
              "units that are not stuck, contraction saturates more than plain training does.",
              "2000 generated strokes of 14 × 14 (reduced: 1000), 100 tied sigmoid units; bits h > ½ "
              "of 1000 fresh strokes. A unit is stuck if its bit is the same for at least 99 % of "
              "them. Weight decay with λ = 0.03 has about the ‖J‖² of contraction with λ = 0.5. A "
              "step is from one of λ = 0, 0.05, 0.1, 0.2, 0.5, 1 to the next.")  # fmt: skip
    found = {"contractive": [], "weight decay": []}
    for seed in c.seeds(5 if full else 2):
        for kind, uses in hypercube.sweep(seed, 2000 if full else 1000).items():
            found[kind].append([list(one) for one in uses])
    found = {kind: np.array(values) for kind, values in found.items()}  # (seeds, strengths, 6)
    strengths = {"contractive": (0.0, *hypercube.CONTRACTIONS),
                 "weight decay": (0.0, *hypercube.DECAYS)}  # fmt: skip
    at = strengths["contractive"].index(0.5)
    columns = dict(zip(hypercube.Use._fields, range(6), strict=True))

    def strong(field):
        """The plain net, contraction with λ = 0.5, and weight decay with λ = 0.03."""
        contractive, decay = (found[kind][:, :, columns[field]] for kind in found)
        return contractive[:, 0], contractive[:, at], decay[:, -1]

    plain, contractive, decay = strong("entropy")
    what = "sum of the bits' entropies, contractive / plain"
    c.show(what, contractive / plain, at_most=0.5)
    c.control("weight decay", what, decay / plain)
    entropies = {kind: values[:, :, columns["entropy"]] for kind, values in found.items()}
    what = "sum of the bits' entropies: largest ratio over one step of λ"
    growth = {k: (v[:, 1:] / v[:, :-1]).max(axis=1) for k, v in entropies.items()}
    c.show(what, growth["contractive"], at_most=0.97)
    c.control("weight decay", what, growth["weight decay"])
    plain, contractive, decay = strong("stuck")
    what = "stuck units, contractive (share)"
    c.show(what, contractive, at_least=0.4)
    c.control("weight decay", what, decay)
    c.control("plain", what, plain)
    for field, name, least in (
        ("saturated", "saturated units", 0.3),
        ("free_saturated", "saturated units among those that are not stuck", 0.1),
    ):
        plain, contractive, decay = strong(field)
        what = f"{name}, contractive − plain (share)"
        c.show(what, contractive - plain, at_least=least)
        c.control("weight decay", what, decay - plain)
    for kind, values in found.items():
        for i, lam in enumerate(strengths[kind]):
            if kind == "weight decay" and i == 0:
                continue  # the plain net once more
            for field, name in (("entropy", "sum of the bits' entropies"),
                                ("stuck", "stuck units"), ("saturated", "saturated units"),
                                ("norm", "‖J‖²"), ("error", "squared error over variance")):  # fmt: skip
                c.quote(f"{name}, {kind}, λ = {lam:g}", values[:, i, columns[field]])


def squared(model, x):
    """Mean ‖x − r(x)‖² without noise."""
    return ((x - model.reconstruct(x)) ** 2).sum(axis=1).mean()


def mixtures(atoms, n, rng):
    """Rows that are each a positive mixture of two of the atoms."""
    a = np.zeros((n, len(atoms)))
    for row in a:
        row[rng.choice(len(atoms), 2, replace=False)] = rng.uniform(0.5, 1.5, 2)
    return a @ atoms


@pytest.mark.slow
def test_sparsity_keeps_the_error_high_elsewhere(claim, full):
    c = claim("S51", "14.2.1",
              "An overcomplete code without a sparsity penalty reconstructs any input. With the "
              "penalty, the error stays high away from the data; the penalty thus has the "
              "effect of a partition function. Weight decay with about the same error on the data "
              "does not have this effect. The ratio of the error off the data to the error "
              "on the data does not measure this alone: the plain ReLU net has the larger ratio, but "
              "only because its error on the data is almost 0.",
              "2000 positive mixtures of 2 out of 32 atoms in 16 dimensions, 64 tied units; λ = "
              "0.1 for L1, and for KL to a rate of 0.05. Points off the data are drawn from a "
              "Gaussian with the mean and covariance of the data.")  # fmt: skip
    kinds = {
        "ReLU, plain": (ReLU, ()), "ReLU, L1": (ReLU, L1(0.1)),
        "ReLU, weight decay": (ReLU, WeightDecay(0.03)),
        "sigmoid, plain": (Sigmoid, ()), "sigmoid, KL": (Sigmoid, KLSparsity(0.05, 0.1)),
        "sigmoid, weight decay": (Sigmoid, WeightDecay(0.003)),
    }  # fmt: skip
    on, off = ({name: [] for name in kinds} for _ in range(2))
    for seed in c.seeds(5 if full else 2):
        rng = np.random.default_rng(seed)
        atoms = rng.normal(size=(32, 16))
        atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
        x, fresh = mixtures(atoms, 2000, rng), mixtures(atoms, 500, rng)
        other = rng.multivariate_normal(x.mean(axis=0), np.cov(x.T), 500)
        total = fresh.var(axis=0).sum()
        for name, (unit, penalty) in kinds.items():
            model = Autoencoder.dense((16, 64), activation=unit, tied=True, init=Glorot(), rng=seed,
                                      penalties=penalty)  # fmt: skip
            fit(
                model,
                x,
                epochs=40,
                batch_size=50,
                optimizer=Adam(Cosine(1e-2)),
                rng=seed,
                core="auto",
            )
            on[name].append(squared(model, fresh) / total)
            off[name].append(squared(model, other) / total)
    ratio = {name: np.array(off[name]) / on[name] for name in kinds}
    what = "error off the data over their variance, ReLU, plain"
    c.show(what, off["ReLU, plain"], at_most=0.01)
    c.control("L1", what, off["ReLU, L1"])
    what = "error off the data over their variance, ReLU, L1"
    c.show(what, off["ReLU, L1"], at_least=0.2)
    c.control("weight decay", what, off["ReLU, weight decay"])
    what = "error off / on the data, ReLU, L1"
    c.show(what, ratio["ReLU, L1"], at_least=2)
    c.control("weight decay", what, ratio["ReLU, weight decay"])
    what = "error off / on the data, ReLU: plain over L1"
    c.show(what, ratio["ReLU, plain"] / ratio["ReLU, L1"], at_least=2)
    c.control("weight decay", what, ratio["ReLU, weight decay"] / ratio["ReLU, L1"])
    what = "error off / on the data, sigmoid, KL"
    c.show(what, ratio["sigmoid, KL"], at_least=1.15,
           moved="at first a bound on KL over plain, which weight decay nearly kept")  # fmt: skip
    c.control("weight decay", what, ratio["sigmoid, weight decay"])
    for name in kinds:
        c.quote(f"error on the data over their variance, {name}", on[name])
        if name not in ("ReLU, L1", "sigmoid, KL"):
            c.quote(f"error off / on the data, {name}", ratio[name])
