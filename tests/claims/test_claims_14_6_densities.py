"""Densities from point sets: round, flat and non-local windows (section 14.6, figure 14.9)."""

import numpy as np
import pytest

from figures.experiments import windows
from tinyae import PCA
from tinyae.datasets import curve
from tinyae.densities import ManifoldParzen, Pancakes, Parzen, cross_validate
from tinyae.score import mixture_log_density

pytestmark = [pytest.mark.claim, pytest.mark.slow]

DRAWN = 2000  # fresh points that every log density is a mean over
# For the reduced form: the neighbours that the full form chooses.
FEW = {100: (2, 3, 4), 300: (6, 8), 1000: (16, 24)}


def chosen(candidates, x, fresh, seed, folds=5):
    """The setting that cross-validation chooses, and its mean log density at fresh points."""
    best = cross_validate(candidates, x, folds=folds, rng=seed).best
    return best, best.fit(x).score_samples(fresh).mean()


def exchanged(windows_, seed):
    """The same windows with the shapes of other points: their directions are wrong."""
    i = np.random.default_rng(seed).permutation(len(windows_.centers))
    return Pancakes(
        windows_.centers, windows_.directions[i], windows_.variances[i], windows_.noise[i]
    )


def candidates(n, full):
    """Round and flat settings, all of them or every second one of the few."""
    if full:
        return windows.ROUND, windows.FLAT
    flat = [one for one in windows.FLAT if one.n_neighbors in FEW[n] and one.sigma < 0.03]
    return windows.ROUND[::2], flat[::2]


def test_flat_windows_on_the_spiral(claim, full):
    c = claim("S41", "14.6",
              "Parzen windows can be shaped to fit the neighbours of each point. Such windows "
              "give fresh points of a curve a higher density than round windows do. "
              "Cross-validation chooses the widths for each kind. The advantage is larger with "
              "fewer points; with a thousand there is little left. On some draws of a hundred "
              "points the flat windows lose.",
              on="the spiral with noise .01, 2000 fresh points, 5 folds; 20 draws of 100 points "
                 "and 5 of 300 and 1000 (reduced: 11 and 1, fewer widths and neighbours)")  # fmt: skip
    gains = {}
    for n, least in ((100, 0.1), (300, 0.05), (1000, -0.05)):
        found = {name: [] for name in ("round", "flat", "true", "wrong", "neighbours", "shrunk")}
        round_ones, flat_ones = candidates(n, full)
        count = (20 if full else 11) if n == 100 else (5 if full else 1)
        for seed in c.seeds(count):
            rng = np.random.default_rng([seed, n])
            x, fresh = windows.points(n, rng), windows.points(DRAWN, rng)
            best, value = chosen(round_ones, x, fresh, seed)
            flat, flat_value = chosen(flat_ones, x, fresh, seed)
            found["round"].append(value)
            found["flat"].append(flat_value)
            found["wrong"].append(exchanged(flat.mixture_, seed).score_samples(fresh).mean())
            found["true"].append(windows.true_log_density(fresh).mean())
            found["neighbours"].append(flat.n_neighbors)
            found["shrunk"].append(flat.sigma / best.sigma)
        gains[n] = np.array(found["flat"]) - found["round"]
        what = f"{n} points: flat above round (nats per fresh point)"
        moved = {
            100: "0.25 on every draw at first, which one fresh draw in three misses",
            300: "0.1 at first, which about one fresh draw in twenty misses",
            1000: "0.015 at first, which about one fresh draw in ten misses",
        }
        c.show(what, gains[n], at_least=least, share=0.5 if n == 100 else 1.0, moved=moved[n])
        c.control("each window has the shape of another point", what,
                  np.array(found["wrong"]) - found["round"])  # fmt: skip
        # The same fresh points for both, so that chance in them does not count.
        c.quote(f"{n} points: true density above flat", np.array(found["true"]) - found["flat"])
        for name in ("round", "flat", "true"):
            c.quote(f"{n} points: {name}, nats per fresh point", found[name])
        c.quote(f"{n} points: neighbours chosen", found["neighbours"])
        c.quote(f"{n} points: σ of the flat windows over that of the round ones", found["shrunk"])
    what = "median gain of flat over round at 100 points − that at 1000"
    c.show(what, np.median(gains[100]) - np.median(gains[1000]), at_least=0.15)
    c.quote("median gain at 300 points", np.median(gains[300]))


def test_the_densities_have_mass_one(claim, full):
    c = claim("S41, mass", "14.6",
              "All three models are densities, since their integral is 1. The integral was "
              "computed on a grid in the plane and by importance sampling in five dimensions.",
              on="the spiral, 100 points (reduced: 30), σ = .01, grid of step .01; in five "
                 "dimensions, 20 windows with 2 directions, and 100 000 draws from Gaussians of "
                 "1.05 times their variances, whose density is computed in another way")  # fmt: skip
    step, n = (
        0.01,
        100 if full else 30,
    )  # as wide as the thinnest window: the rule's error is exp(−2π²) of it
    axis = np.arange(-1.3, 1.3, step)
    plane = np.stack(np.meshgrid(axis, axis), axis=2).reshape(-1, 2)
    kinds = {
        "round": Parzen(0.03),
        "flat": ManifoldParzen(0.01, n_neighbors=4),
        "non-local": windows.NonLocal(4, 0.01, steps=500 if full else 100),
    }
    seeds = c.seeds(3 if full else 1)
    for name, setting in kinds.items():
        masses = []
        for seed in seeds:
            density = setting.fit(windows.points(n, np.random.default_rng(seed)))
            masses.append(np.exp(density.score_samples(plane)).sum() * step**2)
        what = f"{name}: integral − 1"
        c.show(what, np.array(masses) - 1, at_least=-1e-3, at_most=1e-3)
    off = np.array([importance(seed) for seed in seeds])
    c.show("five dimensions: integral − 1", off, at_least=-1e-3, at_most=1e-3)
    c.no_control("a density with a wrong constant would only rescale the figure")


def importance(seed, n=20, d=5, draws=100_000):
    """E_q[p/q] − 1 for flat windows p and Gaussians q with covariances 1.05 C_i, written in full."""
    rng = np.random.default_rng(seed)
    setting = ManifoldParzen(0.3, n_neighbors=6, n_components=2)
    p = setting.fit(rng.standard_normal((n, d))).mixture_
    C = 1.05 * np.stack([(V.T * v) @ V + s * (np.eye(d) - V.T @ V)
                        for V, v, s in zip(p.directions, p.variances, p.noise, strict=True)])  # fmt: skip
    i = rng.integers(n, size=draws)
    z = rng.standard_normal((draws, d, 1))
    x = p.centers[i] + (np.linalg.cholesky(C)[i] @ z)[:, :, 0]
    ratio = [np.exp(p.score_samples(part) - mixture_log_density(part, p.centers, C))
             for part in np.array_split(x, 10)]  # fmt: skip
    return np.concatenate(ratio).mean() - 1


def test_non_local_windows(claim, full):
    c = claim("S41, non-local", "14.6",
              "A network that predicts the shape of the window at every point learns from the "
              "neighbours of all points. With a hundred points on the spiral, its windows "
              "follow the curve more closely than windows computed from four or fewer "
              "neighbours, and its density is better. With half as many points it may be better "
              "or fail completely. With three times as many points there is little to gain. On "
              "a plain wave the neighbours are reliable, and the two methods are about equal.",
              on="the spiral, 5 seeds, and a sine wave, both with noise .01; 2000 fresh points; "
                 "flat and non-local windows each with the setting that cross-validation with 5 "
                 "folds chooses (reduced: 1 seed, the setting chosen most often)")  # fmt: skip
    usual = {
        ("spiral", 50): ManifoldParzen(0.02, n_neighbors=2),
        ("spiral", 100): ManifoldParzen(0.0174, n_neighbors=3),
        ("spiral", 300): ManifoldParzen(0.0086, n_neighbors=8),
        ("wave", 100): ManifoldParzen(0.0086, n_neighbors=6),
    }
    for (name, n), flat in usual.items():
        found = compared(name, n, flat, c.seeds(5 if full else 1), full)
        what = f"{name}, {n} points: non-local above flat (nats per fresh point)"
        if (name, n) == ("spiral", 100):
            c.show(what, found["gain"], at_least=0.05)
            c.control("the network after one epoch", what, found["gain, one epoch"])
            angle = f"spiral, {n} points: median angle of its windows to the curve over that of flat ones"
            c.show(angle, found["angle"] / found["flat angle"], at_most=0.7)
            c.control("the network after one epoch", angle,
                      found["angle, one epoch"] / found["flat angle"])  # fmt: skip
        else:
            c.quote(what, found["gain"])
        if (name, n) == ("spiral", 300):
            c.show(f"{what}, median", np.median(found["gain"]), at_least=-0.05, at_most=0.15,
                   moved="at most 0.1 at first, and for every draw")  # fmt: skip
            c.control("round windows", f"{what}, median", np.median(found["round"]))
        if name == "wave":
            c.show(f"{what}, median", np.median(found["gain"]), at_least=-0.1, at_most=0.1)
            c.control("round windows", f"{what}, median", np.median(found["round"]))
        else:
            c.quote(
                f"spiral, {n} points: median angle to the curve, non-local (degrees)",
                found["angle"],
            )
            c.quote(f"spiral, {n} points: the same, flat", found["flat angle"])


def compared(name, n, flat, seeds, full):
    """Gains over flat windows in nats, and angles of the windows to the spiral, one for each seed."""
    found = {}

    def note(what, value):
        found.setdefault(what, []).append(value)

    for seed in seeds:
        rng = np.random.default_rng([seed, n])
        x, fresh = (windows.points(m, rng) if name == "spiral" else curve(m, noise=windows.NOISE, rng=rng)
                    for m in (n, DRAWN))  # fmt: skip
        net = windows.NonLocal(4, 0.005, rng=seed)
        if full:
            flat = cross_validate(windows.FLAT, x, rng=seed).best
            net = cross_validate(windows.NON_LOCAL, x, rng=seed).best
        first = windows.NonLocal(net.n_neighbors, net.sigma, steps=1, rng=seed)
        base = flat.fit(x).score_samples(fresh).mean()
        note("round", chosen(windows.ROUND[::2], x, fresh, seed)[1] - base)
        for model, label in ((net, ""), (first, ", one epoch")):
            note("gain" + label, model.fit(x).score_samples(fresh).mean() - base)
            note("angle" + label, np.median(windows.angles(model.mixture_, x)))
        note("flat angle", np.median(windows.angles(flat.mixture_, x)))
    return {what: np.array(values) for what, values in found.items()}


def test_digits(claim, full, digits):
    c = claim("S41, digits", "14.6",
              "The same holds for digits, represented by their 30 principal components: flat "
              "windows with several directions give fresh digits a much higher density than "
              "round windows do.",
              on="2000 digits of MNIST, 2000 fresh, 3 draws (reduced: 600 strokes, 1)")  # fmt: skip
    x, _, fresh, _ = digits
    n = 2000 if full else 600
    found = {}
    round_ones = [Parzen(s) for s in windows.widths(1.5, 0.3, 12 if full else 6)]
    flat_ones = [ManifoldParzen(s, n_neighbors=k, n_components=r) for r in (5, 10) for k in (24, 48)
                 for s in windows.widths(0.6, 0.2, 4)] if full else [
                ManifoldParzen(s, n_neighbors=12, n_components=6) for s in (0.5, 0.3)]  # fmt: skip

    def note(what, value):
        found.setdefault(what, []).append(value)

    for seed in c.seeds(3 if full else 1):
        part = x[np.random.default_rng(seed).choice(len(x), n, replace=False)].astype(np.float64)
        pca = PCA(30).fit(part)
        A, B = pca.transform(part), pca.transform(fresh[:DRAWN])
        _, value = chosen(round_ones, A, B, seed)
        flat, flat_value = chosen(flat_ones, A, B, seed)
        whole = Pancakes.from_factors(np.zeros((1, 30)), np.diag(np.sqrt(pca.explained_variance_))[None],
                                      [1e-9])  # fmt: skip
        note("round, nats per fresh digit", value)
        note("flat, nats per fresh digit", flat_value)
        note("wrong", exchanged(flat.mixture_, seed).score_samples(B).mean())
        note("one Gaussian, nats per fresh digit", whole.score_samples(B).mean())
        note("directions chosen", flat.n_components)
        note("neighbours chosen", flat.n_neighbors)
    base, wrong = np.array(found["round, nats per fresh digit"]), np.array(found.pop("wrong"))
    what = "flat above round (nats per fresh digit)"
    c.show(what, found["flat, nats per fresh digit"] - base, at_least=1.0)
    c.control("each window has the shape of another digit", what, wrong - base)
    for name, values in found.items():
        c.quote(name, values)
