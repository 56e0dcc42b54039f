"""What a penalty on the code or its derivative does, and where: sections 14.2.1 and 14.2.3."""

import numpy as np
import pytest

from figures.experiments.unit_atoms import UnitAtoms
from tinyae import L1, Adam, Autoencoder, Contractive, Identity, ReLU, Sigmoid, fit
from tinyae.criterion import WeightDecay
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


def near_a_plane(seed, n=400, d=12):
    """Noisy points near a three-dimensional subspace, with numbers of deviation 1."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)) @ rng.normal(size=(3, d)) + 0.1 * rng.normal(size=(n, d))
    return x / x.std()


def train(model, x, seed, rate=0.02, epochs=400):
    """Train by Adam with batches of 50; return the model. Lists are trained side by side."""
    fit(model, x, epochs=epochs, batch_size=50, rng=seed, optimizer=Adam(Cosine(rate)),
        core="auto")  # fmt: skip
    return model


def squared_error(model, x):
    """‖x − r‖² per example."""
    return ((x - model.reconstruct(x)) ** 2).sum(axis=1).mean()


@pytest.mark.slow
def test_free_weights_escape_from_l1(claim, full):
    c = claim("S5, escape", "14.2.1",
              "With free weights a code escapes from the absolute-value penalty: the encoder's "
              "weights shrink, the decoder's grow, and the reconstruction stays good. Tied "
              "weights, or decoder rows of norm 1, prevent this.",
              on="400 points near a three-dimensional subspace of 12 dimensions, 8 units, λ = "
                 "0.3, 400 epochs of Adam; 5 data sets (reduced: 2).")  # fmt: skip
    kinds = {"plain": (Autoencoder, False), "free": (Autoencoder, False),
             "tied": (Autoencoder, True), "norm 1": (UnitAtoms, False)}  # fmt: skip
    for unit in (Identity, ReLU):
        size, error, rows = ({kind: [] for kind in kinds} for _ in range(3))
        missed, begun = ({kind: [] for kind in kinds} for _ in range(2))
        seeds = c.seeds(5 if full else 2)
        tables = [near_a_plane(seed) for seed in seeds]
        for kind, (made_by, tied) in kinds.items():
            models = [
                made_by.dense((12, 8), activation=unit, tied=tied, rng=seed,
                              penalties=() if kind == "plain" else L1(0.3))
                for seed in seeds
            ]  # fmt: skip
            begun[kind] = [squared_error(*pair) / pair[1].var(axis=0).sum()
                           for pair in zip(models, tables, strict=True)]  # fmt: skip
            for model, x in zip(train(models, tables, seeds), tables, strict=True):
                variance = x.var(axis=0).sum()
                missed[kind].append(squared_error(model, x) / variance)
                size[kind].append(np.abs(model.encode(x)).mean())
                error[kind].append(squared_error(model, x))
                W = model.decoder.layers[0].params["W"]
                rows[kind].append(np.linalg.norm(W, axis=1).mean())
        name = f"{unit.__name__.lower()} code".replace("identity", "linear")
        what = f"{name}: mean abs(h) with L1 / without"
        c.show(what, np.divide(size["free"], size["plain"]), at_most=0.2)
        c.control("tied weights", what, np.divide(size["tied"], size["plain"]))
        c.control("decoder rows of norm 1", what, np.divide(size["norm 1"], size["plain"]))
        what = f"{name}: mean length of the decoder's rows with L1 / without"
        c.show(what, np.divide(rows["free"], rows["plain"]), at_least=2)
        c.control("tied weights", what, np.divide(rows["tied"], rows["plain"]))
        what = f"{name}: squared error with L1 / the same with decoder rows of norm 1"
        c.show(what, np.divide(error["free"], error["norm 1"]), at_most=0.5)
        # So the weights that cannot escape belong to nets that have learned, too.
        for kind, words, most in (("free", "with L1", 0.02), ("tied", "tied weights, with L1", 0.25),
                                  ("norm 1", "decoder rows of norm 1, with L1", 0.25)):  # fmt: skip
            what = f"{name}, {words}: squared error / variance of the data"
            c.show(what, missed[kind], at_most=most)
            c.control("untrained", what, begun[kind])
        for kind in kinds:
            c.quote(f"{name}, {kind}: squared error", error[kind])


def test_a_penalty_on_the_code_is_no_prior(claim):
    c = claim("14.2, prior", "14.2.1",
              "A penalty on the code is no prior on the weights: at the same weights it has "
              "another value on other data. Weight decay has one value on all data, and so is "
              "minus the logarithm of a prior.",
              on="20 nets with 8 sigmoid units and random weights, each on 10 data sets of 50 "
                 "points.")  # fmt: skip
    ranges = {name: [] for name in ("L1", "contraction", "weight decay")}
    penalties = L1(1.0), Contractive(1.0), WeightDecay(1.0)
    for seed in c.seeds(20):
        rng = np.random.default_rng(seed)
        sets = rng.standard_normal((10, 50, 12)) * rng.uniform(0.5, 2, (10, 1, 1))
        plain = Autoencoder.dense((12, 8), activation=Sigmoid, rng=seed)
        for penalty, found in zip(penalties, ranges.values(), strict=True):
            twin = plain.copy()
            model = Autoencoder(twin.encoder, twin.decoder, penalties=penalty)
            values = [model.loss(x) - plain.loss(x) for x in sets]
            found.append(np.ptp(values) / np.mean(values))
    for name in ("L1", "contraction"):
        what = f"{name}: range of the penalty over data sets / its mean"
        c.show(what, ranges[name], at_least=1e-3)
        c.control("weight decay", what, ranges["weight decay"])


def clusters(rng, centres, n):
    """Points around the centres, with deviation 0.1."""
    which = rng.integers(len(centres), size=n)
    return centres[which] + 0.1 * rng.standard_normal((n, centres.shape[1]))


@pytest.mark.slow
def test_contraction_is_local(claim, full):
    c = claim("S56", "14.2.3",
              "The contractive penalty is applied at the training examples only. The code is "
              "therefore insensitive near them and stays sensitive elsewhere, for example "
              "between the clusters of the data. Weight decay of a strength that gives about the "
              "same ‖J‖² on the data acts everywhere: the difference between near and far is "
              "smaller, and the reconstruction is worse.",
              on="Four clusters of deviation 0.1 in 8 dimensions, whose centres are drawn from "
                 "N(0, 4); 400 training points, as many fresh ones; points between the clusters, "
                 "and points from a Gaussian with the data's mean and covariance; 30 tied "
                 "sigmoid units, λ = 1, weight decay .1; 5 data sets (reduced: 2).")  # fmt: skip
    kinds = {"contractive": Contractive(1.0), "plain": (), "weight decay": WeightDecay(0.1)}
    on, off, between, error = ({kind: [] for kind in kinds} for _ in range(4))
    seeds, tables, places = c.seeds(5 if full else 2), [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        centres = 2 * rng.standard_normal((4, 8))
        x, fresh = clusters(rng, centres, 400), clusters(rng, centres, 400)
        gaussian = rng.multivariate_normal(x.mean(axis=0), np.cov(x.T), 400)
        pairs = rng.permuted(np.tile(np.arange(4), (400, 1)), axis=1)[:, :2]
        t = rng.uniform(0.3, 0.7, (400, 1))
        tables.append(x)
        places.append((fresh, gaussian, t * centres[pairs[:, 0]] + (1 - t) * centres[pairs[:, 1]]))
    for kind, penalty in kinds.items():
        models = [
            Autoencoder.dense((8, 30), activation=Sigmoid, tied=True, rng=seed, penalties=penalty)
            for seed in seeds
        ]
        train(models, tables, seeds, rate=0.01, epochs=200)
        for model, (fresh, gaussian, gaps) in zip(models, places, strict=True):
            for points, found in ((fresh, on), (gaussian, off), (gaps, between)):
                found[kind].append((model.jacobian(points) ** 2).sum(axis=(1, 2)).mean())
            error[kind].append(squared_error(model, fresh))
    for name, elsewhere in (("between the clusters", between), ("Gaussian points", off)):
        ratio = {kind: np.divide(elsewhere[kind], on[kind]) for kind in kinds}
        what = f"‖J‖² {name} / on fresh data: contractive over weight decay"
        c.show(what, ratio["contractive"] / ratio["weight decay"], at_least=1.5,
               moved="first the contractive net's own ratio, at least 3, which weight decay "
               "reaches on some data sets too")  # fmt: skip
        c.control("without a penalty", what, ratio["plain"] / ratio["weight decay"])
        for kind in kinds:
            c.quote(f"‖J‖² {name} / on fresh data, {kind}", ratio[kind])
    what = "squared error on fresh data / the same with weight decay"
    c.show(what, np.divide(error["contractive"], error["weight decay"]), at_most=0.5)
    for kind in kinds:
        c.quote(f"‖J‖² on fresh data, {kind}", on[kind])
        c.quote(f"squared error on fresh data, {kind}", error[kind])
