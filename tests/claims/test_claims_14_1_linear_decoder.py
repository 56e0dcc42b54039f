"""PCA's subspace from any encoder with a linear decoder, and where it is missed: section 14.1."""

import numpy as np
import pytest

from figures.experiments.off_centre import Matrix
from tinyae import PCA, Autoencoder, Chain, Identity, Linear, ReLU, Sigmoid, Tanh, minimize
from tinyae.tangents import principal_angles

pytestmark = [pytest.mark.claim, pytest.mark.slow]
D, K = 10, 3
MANY_STEPS = {"maxiter": 3000, "maxfun": 6000, "maxcor": 30, "ftol": 1e-15, "gtol": 1e-9}
CLOUD = "300 points of a Gaussian in 10 dimensions, variances from 1 to 1/20; L-BFGS"


def cloud(seed, centred=False):
    """Points around a mean that is as far from the origin as points are from each other."""
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.standard_normal((D, D)))
    spread = np.sqrt(np.logspace(0, -np.log10(20), D))
    x = (rng.standard_normal((300, D)) * spread) @ Q.T + rng.standard_normal(D)
    return x - x.mean(axis=0) if centred else x


def net(widths, unit, seed, layer=Linear):
    """An encoder with `unit` after its first layer, linear after a second one; a linear decoder."""
    rng = np.random.default_rng([seed, 1])  # another stream than the points'
    first, *more = widths
    encoder = [layer(D, first, rng=rng), unit()]
    encoder += [layer(first, k, rng=rng) for k in more]
    return Autoencoder(Chain(*encoder), layer(widths[-1], D, rng=rng))


def raised(model, by=5.0):
    """Raise the code by a bias so that units are active everywhere; the decoder takes it off."""
    model.encoder.layers[0].params["b"][...] = by
    model.decoder.params["b"][...] = -by * model.decoder.params["W"].sum(axis=0)
    return model


def against_pca(model, x):
    """Largest angle of the decoder's span to PCA's, and the loss over its optimum, minus one."""
    pca = PCA(K).fit(x)
    angle = principal_angles(model.decoder.params["W"], pca.components_)[-1]
    return angle, model.loss(x) / (0.5 * pca.spectrum_[K:].sum()) - 1


def excess(model, x):
    """The loss over PCA's with three components, minus one."""
    return against_pca(model, x)[1]


def solved(model, x):
    """Minimise the loss of the model on x and return the model."""
    minimize(model, x, options=MANY_STEPS)
    return model


def test_any_encoder_finds_the_subspace(claim, full):
    pytest.importorskip("scipy")
    c = claim("S1, encoders", "14.1",
              "The encoder need not be linear: with a linear decoder and squared error, sigmoid "
              "units, tanh units and encoders with a further hidden layer find PCA's subspace "
              "too. Sigmoid and tanh units come near it only as far as their weights become "
              "small, so that they are used where they are straight.",
              on=CLOUD + "; codes of 3 numbers, hidden layers of 20 units; 5 data sets (reduced: "
                 "1).")  # fmt: skip
    kinds = {
        "sigmoid": ((K,), Sigmoid), "tanh": ((K,), Tanh),
        "deep tanh": ((20, K), Tanh), "deep ReLU": ((20, K), ReLU),
    }  # fmt: skip
    for name, (widths, unit) in kinds.items():
        found, before = [], []
        for seed in c.seeds(5 if full else 1):
            x, model = cloud(seed), net(widths, unit, seed)
            before.append(against_pca(model, x))
            found.append(against_pca(solved(model, x), x))
        (angles, losses), (first_angles, first_losses) = np.transpose(found), np.transpose(before)
        c.show(f"{name}: largest angle to PCA's subspace (rad)", angles, at_most=0.05)
        c.control("before training", f"{name}: largest angle to PCA's subspace (rad)",
                  first_angles)  # fmt: skip
        c.show(f"{name}: loss / PCA's − 1", losses, at_most=1e-3)
        c.control("before training", f"{name}: loss / PCA's − 1", first_losses)


def test_rectified_units_see_half_of_a_direction(claim, full):
    pytest.importorskip("scipy")
    c = claim("S1, ReLU", "14.1",
              "A rectified unit without a bias is zero for half of the directions of x. Three "
              "such units cannot hold both signs of three coordinates, so their loss stays above "
              "PCA's with three components; six of them reach it. With biases, three units reach "
              "PCA if all of them are active at all points. On centred data, training from the "
              "usual start moves the biases there. Off the origin, units die from some starts, "
              "and the loss stays above PCA's; a start with large biases avoids this.",
              on=CLOUD + ", one layer of rectified units; 12 data sets (reduced: 4).")  # fmt: skip
    seeds = c.seeds(12 if full else 4)
    without = {k: [] for k in (K, 2 * K)}
    centred, off, shifted, active = [], [], [], []
    for seed in seeds:
        x, at_origin = cloud(seed), cloud(seed, centred=True)
        for k, found in without.items():
            model = solved(net((k,), ReLU, seed, layer=Matrix), at_origin)
            found.append(excess(model, at_origin))
        model = solved(net((K,), ReLU, seed), at_origin)
        centred.append(excess(model, at_origin))
        model = solved(net((K,), ReLU, seed), x)
        off.append(excess(model, x))
        active.append((model.encode(x) > 0).any(axis=0).mean())
        model = solved(raised(net((K,), ReLU, seed)), x)
        shifted.append(excess(model, x))
    off, active = np.array(off), np.array(active)
    what = "without biases, 3 units: loss / PCA's with 3 components − 1"
    c.show(what, without[K], at_least=0.2)
    c.control("6 units", what, without[2 * K])
    what = "without biases, 6 units: loss / PCA's with 3 components − 1"
    c.show(what, without[2 * K], at_most=0.0)
    c.control("3 units", what, without[K])
    what = "with biases, centred data: loss / PCA's − 1"
    c.show(what, centred, at_most=0.01)
    c.control("without biases", what, without[K])
    what = "with biases that start at 5, data off the origin: loss / PCA's − 1"
    c.show(what, shifted, at_most=0.1, moved="0.01 at first; in some runs a unit stays off "
           "at one point")  # fmt: skip
    c.control("without biases", what, without[K])
    c.quote("with biases, usual start, data off the origin: loss / PCA's − 1", off)
    c.quote("the same: share of starts that stay more than 10 % above", (off > 0.1).mean())
    c.quote("the same: share of units that are active at some point", active)
    what = "the same: agreement of 'more than 10 % above' and 'a unit is dead', share of starts"
    c.show(what, ((off > 0.1) == (active < 1)).mean(), at_least=1)


def test_the_centre_needs_biases(claim, full):
    pytest.importorskip("scipy")
    c = claim("S1, centre", "14.1",
              "A linear autoencoder finds PCA's subspace if it has biases, or if the mean of the "
              "data is subtracted first. Without biases and off the origin it spans another "
              "subspace: the leading eigenvectors of the second moments about the origin.",
              on=CLOUD + ", linear code of 3 numbers; 10 data sets (reduced: 4).")  # fmt: skip
    cases = {"with biases": [], "without biases, centred data": [], "without, off the origin": []}
    origin, of_pca = [], []
    for seed in c.seeds(10 if full else 4):
        x, at_origin = cloud(seed), cloud(seed, centred=True)
        for found, layer, points in zip(
            cases.values(), (Linear, Matrix, Matrix), (x, at_origin, x), strict=True
        ):
            model = solved(net((K,), Identity, seed, layer=layer), points)
            found.append(against_pca(model, points)[0])
        second = np.linalg.eigh(x.T @ x)[1][:, -K:].T
        origin.append(principal_angles(model.decoder.params["W"], second)[-1])
        of_pca.append(principal_angles(PCA(K).fit(x).components_, second)[-1])
    off = cases.pop("without, off the origin")
    for name, angles in cases.items():
        what = f"{name}: largest angle to PCA's subspace (rad)"
        c.show(what, angles, at_most=1e-3)
        c.control("without biases, off the origin", what, off)
    what = "without biases, off the origin: largest angle to PCA's subspace (rad)"
    c.show(what, off, at_least=0.1)
    c.control("with biases", what, cases["with biases"])
    what = "the same: largest angle to the leading eigenvectors of xᵀx (rad)"
    c.show(what, origin, at_most=1e-3)
    c.control("PCA's components", what, of_pca)


def test_salient_means_of_large_variance(claim, full):
    pytest.importorskip("scipy")
    c = claim("14.1, salient", "14.1",
              "A narrow code captures the most salient features, and with squared error salient "
              "means of large variance: a code of one number tells two classes apart if their "
              "difference has more variance than every other direction, and does not if noise "
              "has more.",
              on="400 points in 10 dimensions; two classes at ±1 along one direction with "
                 "deviation 0.2; noise of deviation 0.5 or 2 along the other nine; tanh encoder "
                 "with 20 hidden units, linear code of 1 number and linear decoder, L-BFGS; 5 "
                 "data sets (reduced: 2).")  # fmt: skip
    found, before = {0.5: [], 2.0: []}, []
    for seed in c.seeds(5 if full else 2):
        for noise, separation in found.items():
            rng = np.random.default_rng(seed)
            label = rng.permutation(np.repeat([-1.0, 1.0], 200))
            x = noise * rng.standard_normal((400, D))
            x[:, 0] = label + 0.2 * rng.standard_normal(400)
            x = x @ np.linalg.qr(rng.standard_normal((D, D)))[0]
            model = net((20, 1), Tanh, seed)
            if noise < 1:
                before.append(correlation(model.encode(x)[:, 0], label))
            minimize(model, x, options={**MANY_STEPS, "maxiter": 300})
            separation.append(correlation(model.encode(x)[:, 0], label))
    what = "correlation of the code with the class, noise of deviation 0.5"
    c.show(what, found[0.5], at_least=0.9)
    c.control("before training", what, before)
    what = "correlation of the code with the class, noise of deviation 2"
    c.show(what, found[2.0], at_most=0.3)
    c.control("noise of deviation 0.5", what, found[0.5])


def correlation(h, label):
    """Absolute correlation of two vectors."""
    return abs(np.corrcoef(h, label)[0, 1])
