"""Contraction on known manifolds: singular spectra, sensitivity, what is local (section 14.7)."""

import functools
import itertools

import numpy as np
import pytest

from figures.experiments.spectrum import DEEP, learn
from tinyae import (
    PCA,
    Adam,
    Autoencoder,
    Chain,
    Contractive,
    GaussianNoise,
    ReconstructionContractive,
    Tanh,
    fit,
    minimize,
)
from tinyae.nn import Uniform
from tinyae.nn.jacobian import jacobian
from tinyae.training import Cosine

pytestmark = pytest.mark.claim

D, RADIUS, NOISE = 50, 1.5, 0.01
QUARTER = np.pi / 2  # arcs of 90 degrees
SHALLOW = {"lam": 0.3, "sizes": (D, 60), "epochs": 100}  # its best λ of .1, .3, .5 and .8


def angles_to_points(t, planes, noise, rng):
    """One circle of radius 1.5 for each angle t (n, d), each in a plane of its own."""
    z = RADIUS * np.concatenate([np.sin(t), np.cos(t)], axis=1)
    return z @ planes[:, : z.shape[1]].T + noise * rng.standard_normal((len(t), D))


def tangents_at(t, planes):
    """Unit tangents (n, d, 50) of the product of circles."""
    d = t.shape[1]
    a, b = planes[:, :d].T, planes[:, d : 2 * d].T
    return np.cos(t)[:, :, None] * a - np.sin(t)[:, :, None] * b


def manifold(d, seed, span, n=500, fresh=200):
    """Training points and fresh ones, the fresh angles, and the planes."""
    rng = np.random.default_rng(seed)
    planes = np.linalg.qr(rng.standard_normal((D, D)))[0]
    t = span * (rng.random((n + fresh, d)) - 0.5)
    points = angles_to_points(t, planes, NOISE, rng)
    return points[:n], points[n:], t[n:], planes


def largest_gap(s):
    """The k ≥ 1 of the largest s_k / s_(k+1); values below 1 % of the first count as 1 % of it, so
    that a gap between two numbers that are practically zero means nothing.
    """
    s = np.atleast_2d(s)
    return (s[:, :-1] / np.maximum(s[:, 1:], 0.01 * s[:, :1])).argmax(axis=1) + 1


@functools.cache
def trained(d, seed, span, lam=0.1, sizes=DEEP, epochs=40):
    """Return a tied tanh network trained on the d-dimensional manifold, contracted with λ."""
    return learn(manifold(d, seed, span)[0], lam, seed=seed, sizes=sizes, epochs=epochs)


def spectrum(model, x):
    """Singular values of ∂h/∂x at each point."""
    return np.linalg.svd(model.jacobian(x), compute_uv=False)


def unexplained(model, x):
    """Squared error over the variance of x."""
    return ((model.reconstruct(x) - x) ** 2).sum(axis=1).mean() / x.var(axis=0).sum()


@pytest.mark.slow
def test_spectrum_counts_dimensions(claim, full):
    c = claim("S37", "14.7",
              "A few singular values of the Jacobian of a contractive encoder are large and the "
              "others are small. The position of the gap is the dimension of the manifold at "
              "each point. PCA instead counts all the dimensions through which the manifold "
              "bends.")  # fmt: skip
    seeds = range(5 if full else 1)
    for d in (1, 2, 3):
        counts, gaps, errors = [], [], []
        kinds = {"": {}, ", without contraction": {"lam": 0.0}, ", one layer": SHALLOW}
        peaks, shares = ({name: [] for name in kinds} for _ in range(2))
        for seed in seeds:
            x, fresh, _, _ = manifold(d, seed, QUARTER)
            for name, setting in kinds.items():
                s = spectrum(trained(d, seed, QUARTER, **setting), fresh)
                peaks[name].append(largest_gap(s.mean(axis=0))[0])
                shares[name].append((largest_gap(s) == d).mean())
                if not setting:
                    gaps.append(s.mean(axis=0)[d - 1] / s.mean(axis=0)[d])
            variances = PCA(1).fit(x).spectrum_
            counts.append((variances > 0.01 * variances[0]).sum())
            errors.append(unexplained(trained(d, seed, QUARTER), fresh))
        c.show(
            f"arcs, d = {d}: k where the mean spectrum's gap falls",
            peaks[""],
            at_least=d,
            at_most=d,
        )
        c.show(
            f"arcs, d = {d}: share of fresh points where it falls at d", shares[""], at_least=0.9
        )
        c.show(f"arcs, d = {d}: PCA's variances above 1 % of the largest", counts,
               at_least=2 * d, at_most=2 * d)  # fmt: skip
        c.quote(f"arcs, d = {d}: s_d / s_(d+1) of the mean spectrum", gaps)
        c.quote(f"arcs, d = {d}: squared error over variance", errors)
        for name in list(kinds)[1:]:
            c.quote(f"arcs, d = {d}{name}: k where the mean spectrum's gap falls", peaks[name])
            c.quote(f"arcs, d = {d}{name}: share of fresh points where it falls at d", shares[name])
    for d, name in ((1, "circle"), (2, "torus")):
        shares, shallow = [], []
        for seed in seeds:
            fresh = manifold(d, seed, 2 * np.pi)[1]
            s = spectrum(trained(d, seed, 2 * np.pi, lam=0.2, epochs=80), fresh)
            shares.append((largest_gap(s) == d).mean())
            s = spectrum(trained(d, seed, 2 * np.pi, **SHALLOW), fresh)
            shallow.append((largest_gap(s) == d).mean())
        c.show(
            f"closed, {name}: share of fresh points where the gap falls at d", shares, at_least=0.9
        )
        c.quote(f"closed, {name}, one layer: share of fresh points where it falls at d", shallow)


def pairs_apart(before, after):
    """Of all pairs, how many are farther from each other after than before."""
    return sum(
        np.linalg.norm(after[i] - after[j]) > np.linalg.norm(before[i] - before[j])
        for i, j in itertools.combinations(range(len(before)), 2)
    )


@pytest.mark.slow
def test_contractive_only_locally(claim, full):
    pytest.importorskip("scipy")
    c = claim("S38", "14.7",
              "A map that is trained to be contractive is contractive only near the data "
              "points. Its slope is below one at every data point, but it maps some pairs of "
              "data points farther apart.")  # fmt: skip
    data = np.array([-1.0, -0.15, 0.15, 1.0])[:, None]
    line = np.linspace(-1, 1, 2001)[:, None]
    kinds = {
        "contracting r": (1, {"penalties": ReconstructionContractive(0.01)}),
        "denoising": (100, {"corruption": GaussianNoise(0.2)}),
    }
    for name, (copies, slot) in kinds.items():
        slopes, apart, steepest = [], [], []
        for seed in range(5 if full else 2):
            model = Autoencoder.dense(
                (1, 60), activation=Tanh, init=Uniform(5, 5), rng=seed, **slot
            )
            model.decoder.layers[0].params["W"][...] *= (
                0.02  # start from a flat map with many bends
            )
            fit(model, np.repeat(data, copies, axis=0), epochs=1500, batch_size=4 * copies,
                optimizer=Adam(Cosine(5e-3)), rng=seed, core="auto")  # fmt: skip
            r = Chain(model.encoder, model.decoder)
            slopes.append(np.abs(jacobian(r, data)).max())
            steepest.append(np.abs(jacobian(r, line)).max())
            apart.append(pairs_apart(data, model.reconstruct(data)))
        c.show(f"{name}: largest |dr/dx| at a datum", slopes, at_most=0.95)
        c.show(f"{name}: pairs of six moved apart by r", apart, at_least=1, at_most=5)
        c.quote(f"{name}: largest |dr/dx| between the data", steepest)
    for name, width in (("contracting f", 10), ("contracting f from weights of 4", 4)):
        slopes, apart, steepest = [], [], []
        for seed in range(5 if full else 2):
            model = Autoencoder.dense((1, 20), init=Uniform(width, width), rng=seed,
                                      penalties=Contractive(0.01))  # fmt: skip
            model.decoder.layers[0].params["W"][...] *= 0.05
            minimize(model, data, options={"maxiter": 1000})
            slopes.append(np.linalg.norm(model.jacobian(data)[:, :, 0], axis=1).max())
            steepest.append(np.linalg.norm(model.jacobian(line)[:, :, 0], axis=1).max())
            apart.append(pairs_apart(data, model.encode(data)))
        c.show(f"{name}: largest ‖dh/dx‖ at a datum", slopes, at_most=0.95)
        if width == 10:
            c.show(f"{name}: pairs of six moved apart by f", apart, at_least=1)
        else:
            c.quote(f"{name}: pairs of six moved apart by f", apart)
        c.quote(f"{name}: largest ‖dh/dx‖ between the data", steepest)


def normals_at(t, planes):
    """Unit normals of two kinds: along the radii (n, d, 50), where data curve but never go, and along
    the 50 − 2d axes (50 − 2d, 50) outside all the circles' planes.
    """
    d = t.shape[1]
    a, b = planes[:, :d].T, planes[:, d : 2 * d].T
    return np.sin(t)[:, :, None] * a + np.cos(t)[:, :, None] * b, planes[:, 2 * d :].T


def length(J, v):
    """Root mean ‖J v‖² over points and directions."""
    return np.sqrt(((J @ np.swapaxes(v, -1, -2)) ** 2).sum(axis=1).mean())


@pytest.mark.slow
def test_sensitive_along_the_manifold_only(claim, full):
    c = claim("S50", "14.6",
              "The code of a regularized autoencoder responds to changes along the manifold and "
              "responds little to changes normal to it. The autoencoder reconstructs points on "
              "the manifold better than points off it. The response is smallest in directions "
              "normal to all the planes in which the data vary. It is larger along the radii of "
              "the arcs, which are normals within these planes, and it increases there with the "
              "number of arcs.",
              "500 points on d arcs of 90° and radius 1.5, each in a plane of its own in 50 "
              "dimensions; tied tanh 50-100-20, contraction with λ = 0.1. A tangent t is a "
              "direction along an arc. A normal n is the direction of an arc's radius, or a "
              "direction orthogonal to all the planes.")  # fmt: skip
    kinds = ("a radius", "leaving the planes")
    for d in (1, 2, 3):
        ratios, plain_ratios, errors, kept = ({kind: [] for kind in kinds} for _ in range(4))
        for seed in range(5 if full else 1):
            _, fresh, t, planes = manifold(d, seed, QUARTER)
            rng = np.random.default_rng(seed)
            model, plain = trained(d, seed, QUARTER), trained(d, seed, QUARTER, lam=0.0)
            steps = 0.5 * rng.choice([-1, 1], (len(fresh), 1))
            on = squared_error(model, fresh)
            for kind, normals in zip(kinds, normals_at(t, planes), strict=True):
                for net, found in ((model, ratios), (plain, plain_ratios)):
                    J = net.jacobian(fresh)
                    found[kind].append(length(J, tangents_at(t, planes)) / length(J, normals))
                first = normals[:, 0] if normals.ndim == 3 else normals[0]
                off = squared_error(model, fresh + steps * first)
                errors[kind].append(off / on)
                kept[kind].append(off / 0.25)
        for kind, least in zip(kinds, (2, 8), strict=True):
            c.show(f"d = {d}: ‖J t‖ / ‖J n‖, n {kind}", ratios[kind], at_least=least)
            c.quote(f"d = {d}: the same without contraction, n {kind}", plain_ratios[kind])
            c.show(f"d = {d}: squared error half a unit off the manifold / on it, {kind}",
                   errors[kind], at_least=2)  # fmt: skip
            c.quote(f"d = {d}: the former over the squared step (1: undone), {kind}", kept[kind])


def squared_error(model, x):
    """‖x − r‖² per point."""
    return ((model.reconstruct(x) - x) ** 2).sum(axis=1).mean()


def peaks(v):
    """Number of local maxima along the first axis, for each column; a plateau counts once."""
    counts = []
    for column in v.T:
        steps = np.sign(np.diff(column, prepend=-1.0, append=-1.0).round(9))
        steps = steps[steps != 0]
        counts.append(((steps[:-1] > 0) & (steps[1:] < 0)).sum())
    return np.array(counts)


def shifted_peaks(image, templates, reach=24):
    """Peaks of each inked row's middle pixel while the image passes, and of the match with each
    template; and the shifts at which the templates match best.
    """
    shifts = np.arange(-reach, reach + 1)
    wide, *templates = (
        np.pad(v.astype(float), ((0, 0), (reach, reach))) for v in (image, *templates)
    )
    moved = np.stack([np.roll(wide, s, axis=1) for s in shifts])
    pixels = moved[:, image.max(axis=1) > 0, wide.shape[1] // 2]
    matches = np.stack([(moved * v).sum(axis=(1, 2)) for v in templates], axis=1)
    return peaks(pixels), peaks(matches), shifts[matches.argmax(axis=0)]


@pytest.mark.slow
def test_one_pixel_against_a_template(claim, full, digits):
    c = claim("S50", "14.6",
              "When a digit is shifted, the value of a single pixel rises and falls, for some "
              "pixels several times. The similarity to the mean of the digit's class is largest "
              "when the digit is in its original place, and it has fewer peaks than the average "
              "pixel. The similarity to one other picture of the class has more peaks than the "
              "average pixel.",
              "500 MNIST test digits a seed (reduced: strokes), moved by up to 24 pixels in "
              "both directions; the mean of the class is computed from the other test digits.")  # fmt: skip
    x, y = digits[2].reshape(-1, 28, 28), digits[3]
    table = []
    for seed in range(3 if full else 1):
        rng, rows = np.random.default_rng(seed), []
        for i in rng.choice(len(x), 500, replace=False):
            others = np.flatnonzero((y == y[i]) & (np.arange(len(y)) != i))
            one, mean = x[rng.choice(others)], x[others].mean(axis=0)
            pixel, match, best = shifted_peaks(x[i], (mean, one))
            rows.append([pixel.mean(), pixel.max(), *match, *(np.abs(best) <= 2)])
        table.append(np.mean(rows, axis=0))
    pixel, most, mean, one, mean_found, one_found = np.array(table).T
    c.show("share of digits whose match with the mean of their class is best within 2 pixels of "
           "their place",
           mean_found, at_least=0.9)  # fmt: skip
    c.show(
        "peaks of the average inked pixel / peaks of the match with the mean of the class",
        pixel / mean,
        at_least=1.05,
    )
    c.show(
        "peaks of the average inked pixel / peaks of the match with one other picture",
        pixel / one,
        at_most=1.0,
    )
    c.quote("peaks of the average inked pixel", pixel)
    c.quote("peaks of the pixel with the most peaks", most)
    c.quote("peaks of the match with the mean of the class", mean)
    c.quote("peaks of the match with one other picture", one)
    c.quote(
        "share of digits whose match with one other picture is best within 2 pixels of their place",
        one_found,
    )
