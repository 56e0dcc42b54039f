"""The field r(x) − x of denoising autoencoders in the plane: figures 14.4 and 14.5."""

import functools

import numpy as np
import pytest

from figures.experiments import sine_curve
from figures.experiments import spiral as spiral_field
from figures.experiments.networks import cosine
from tests.claims.seeds import derived_seeds
from tests.claims.trained import trained
from tinyae.datasets import spiral
from tinyae.score import find_zeros, smoothed_hessian, smoothed_score

pytestmark = pytest.mark.claim


@functools.cache
def learned(sigma, seed):
    """The denoiser of figure 14.5 at this σ, and the seconds of its training."""
    model, _, seconds = trained(spiral_field.learn, seed, sigma=sigma, weight=20, bias=12,
                                epochs=200)  # fmt: skip
    return model, seconds


def untrained(sigma, seed):
    """The same net before its training."""
    return spiral_field.denoiser(sigma, np.random.default_rng(seed), weight=20, bias=12)


def denoisers(c, full):
    """The seeds of the denoisers: tests share them, because each takes long to train."""
    return derived_seeds("denoisers of the spiral", 5 if full else 1, c.salt)


def exact(sigma, x):
    """The score of the smoothed spiral."""
    return smoothed_score(spiral_field.CENTRES, x, sigma)


def against_the_score(steps, sigma, seed):
    """Figures of the steps r(x) − x against σ² times the exact score, at fresh noisy points.

    `steps` maps x (n, 2) to r(x) − x (n, 2).
    """
    x = spiral(2000, noise=sigma, rng=seed)
    found, right = steps(x), sigma**2 * exact(sigma, x)
    angles = cosine(found, right)
    lengths = np.linalg.norm(found, axis=1) / np.linalg.norm(right, axis=1)
    return {
        "lower quartile of the cosine with the score": np.quantile(angles, 0.25),
        "mean cosine": angles.mean(),
        "slope on σ² · score": (found * right).sum() / (right * right).sum(),
        "median of ‖r(x) − x‖ / σ²‖score‖": np.median(lengths),
        "share of points where it is within .25 of 1": (np.abs(lengths - 1.0) < 0.25).mean(),
        "median cosine": np.median(angles),
    }


def columns(runs):
    """The values of each figure over the runs."""
    return {key: [run[key] for run in runs] for key in runs[0]}


def steps_of(model):
    """Return the function x -> r(x) − x."""
    return lambda x: model.reconstruct(x) - x


BOUNDS = {
    "lower quartile of the cosine with the score": (0.97, None),
    "mean cosine": (0.95, None),
    "slope on σ² · score": (0.95, 1.05),
    "median of ‖r(x) − x‖ / σ²‖score‖": (0.9, 1.1),
    "share of points where it is within .25 of 1": (0.75, None),
}


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [0.12, 0.08, 0.05, 0.03])
def test_the_field_is_the_score(sigma, claim, full):
    c = claim("S30", "14.5.1",
              "Around a spiral, r(x) − x of a denoising autoencoder is approximately σ² times "
              "the score of the smoothed data. The median cosine does not show it: arrows that "
              "all point to the middle of the spiral reach .97 to 1, because more than half of the "
              "points lie outside their arm. The lower quartile and the mean of the cosine show "
              f"it (σ = {sigma}).",
              "51 200 points of a spiral; 2000 fresh noisy points")  # fmt: skip
    seeds = denoisers(c, full)
    nets = [learned(sigma, seed) for seed in seeds]
    found = columns([against_the_score(steps_of(net), sigma, seed)
                     for (net, _), seed in zip(nets, seeds, strict=True)])  # fmt: skip
    naive = columns(
        [against_the_score(steps_of(untrained(sigma, seed)), sigma, seed) for seed in seeds]
    )
    constant = columns([against_the_score(np.negative, sigma, seed) for seed in seeds])
    for what, (low, high) in BOUNDS.items():
        c.show(f"σ = {sigma}: {what}", found[what], at_least=low, at_most=high)
        c.control("constant r, the middle of the spiral", f"σ = {sigma}: {what}", constant[what])
        c.control("untrained", f"σ = {sigma}: {what}", naive[what])
    c.quote(f"σ = {sigma}: median cosine", found["median cosine"])
    c.quote(f"σ = {sigma}: median cosine, constant r", constant["median cosine"])
    c.quote(f"σ = {sigma}: seconds of training", [seconds for _, seconds in nets])


def test_the_field_points_to_the_curve(claim, full):
    c = claim("S30, curve", "14.5.1",
              "Around a sine curve, r(x̃) − x̃ points from a fresh corrupted point to the "
              "nearest point of the curve. Its direction is as accurate as the direction of the "
              "exact score.")  # fmt: skip
    seeds = c.seeds(5 if full else 1)

    def measured(epochs):
        return columns([
            sine_curve.measure(sine_curve.learn(seed, epochs=epochs)[0], np.random.default_rng(seed))
            for seed in seeds
        ])  # fmt: skip

    found, one_epoch = measured(40), measured(1)
    labels = {
        "median cosine with that direction": "cosine_to_curve",
        "median cosine with the exact score": "cosine_to_score",
    }
    for label, key in labels.items():
        c.show(label, found[key], at_least=0.97 if key == "cosine_to_curve" else 0.99)
        c.control("trained for one epoch", label, one_epoch[key])
    c.quote("the exact score's median cosine with that direction", found["score_to_curve"])


@pytest.mark.slow
def test_narrow_initial_weights_do_not_find_the_field(claim, full):
    c = claim("S30, start", "14.5.1",
              "If the initial weights of the same net come from a narrow range, U(−2, 2), it "
              "finds only the outermost arm of the spiral.")  # fmt: skip
    seeds = denoisers(c, full)

    def narrow(seed):
        return trained(spiral_field.learn, seed, sigma=0.05, weight=2, bias=2, epochs=200)[0]

    runs = [against_the_score(steps_of(narrow(seed)), 0.05, seed) for seed in seeds]
    wide = [against_the_score(steps_of(learned(0.05, seed)[0]), 0.05, seed) for seed in seeds]
    c.show("mean cosine with the score", columns(runs)["mean cosine"], at_most=0.75)
    c.control("weights from U(−20, 20)", "mean cosine with the score", columns(wide)["mean cosine"])
    c.quote("median cosine with the score", columns(runs)["median cosine"])


@pytest.mark.slow
def test_arrows_climb_and_are_long_where_data_are_rare(claim, full):
    c = claim("S61", "14.5.1",
              "The arrows r(x) − x of figure 14.5 lead to points of higher probability, and most "
              "are longer where the probability is lower. Between two arms this fails: there "
              "the probability is lowest, and the arrows are short.",
              "p is the density of the smoothed spiral, σ = .05; 2000 fresh noisy points, and a "
              "grid over the square of the picture")  # fmt: skip
    seeds, sigma = denoisers(c, full), 0.05
    square = spiral_field.grid(-0.65, 0.65, -0.65, 0.65, 45)
    places = {"fresh noisy points": None, "grid": square}
    for place, at in places.items():
        runs = {}
        for seed in seeds:
            x = spiral(2000, noise=sigma, rng=seed) if at is None else at
            steps = learned(sigma, seed)[0].reconstruct(x) - x
            others = {
                "learned": steps,
                "exact": sigma**2 * exact(sigma, x),
                "untrained": untrained(sigma, seed).reconstruct(x) - x,
                "constant r": -x,
                "wrong sign": -steps,
                "arrows of other points": np.random.default_rng(seed).permutation(steps),
            }
            for name, step in others.items():
                runs.setdefault(name, []).append(spiral_field.climb(x + step, x, sigma))
        runs = {name: columns(found) for name, found in runs.items()}
        label = f"{place}: share with p(r(x)) > p(x)"
        c.show(label, runs["learned"]["higher"], at_least=0.95)
        for imposter in ("wrong sign", "constant r", "untrained", "arrows of other points"):
            c.control(imposter, label, runs[imposter]["higher"])
        c.quote(f"{place}: the same by the exact score (1, as a step of the mean shift climbs)",
                runs["exact"]["higher"])  # fmt: skip
        label = f"{place}: rank correlation of ‖r(x) − x‖ with log p(x)"
        if place == "grid":
            c.show(label, runs["learned"]["rank_correlation"], at_most=-0.8)
            for imposter in ("constant r", "untrained", "arrows of other points"):
                c.control(imposter, label, runs[imposter]["rank_correlation"])
        else:
            c.quote(label, runs["learned"]["rank_correlation"])
            c.quote(f"{label}, constant r", runs["constant r"]["rank_correlation"])
    ridge = spiral_field.ridge(lambda x: exact(sigma, x))
    x = spiral(2000, noise=sigma, rng=seeds[0])
    nets = [learned(sigma, seed)[0] for seed in seeds]
    short = [np.median(length(net, ridge)) / np.median(length(net, x)) for net in nets]
    c.show("median length of the arrows between two arms over that at noisy points", short,
           at_most=0.5)  # fmt: skip
    c.control("untrained", "median length of the arrows between two arms over that at noisy points",
              [np.median(length(net, ridge)) / np.median(length(net, x))
               for net in (untrained(sigma, seed) for seed in seeds)])  # fmt: skip


def length(net, x):
    """‖r(x) − x‖ of each row."""
    return np.linalg.norm(net.reconstruct(x) - x, axis=1)


@pytest.mark.slow
def test_fixed_points_around_the_spiral(claim, full):
    c = claim("S31, spiral", "14.5.1",
              "Figure 14.5 speaks of a manifold of local maxima along the spiral. The smoothed "
              "density has one maximum, one saddle and one minimum (σ = .05). Along the arm it "
              "has a crest, on which the score is small but is zero only at the maximum. A "
              "finite sample of the spiral, and a learned field, have many zeros there: maxima "
              "on the curve, and zeros between two arms where the Jacobian of r(x) − x has a "
              "positive eigenvalue.")  # fmt: skip
    seeds, sigma = denoisers(c, full), 0.05
    zeros = spiral_field.exact_fixed_points(sigma)
    sample = zeros_of_a_sample(300, sigma, seeds[0])
    for kind in ("maximum", "saddle", "minimum"):
        what = f"exact score: zeros of kind {kind}"
        c.show(what, len(zeros.of(kind)), at_least=1, at_most=1)
        c.control("a sample of 300 points, smoothed as much", what, len(sample.of(kind)))
    apart = spiral_field.distance(zeros.of("saddle"))
    c.show("exact score: the saddle's distance from the curve", apart, at_least=0.1, at_most=0.14)
    c.control("the maximum", "exact score: the saddle's distance from the curve",
              spiral_field.distance(zeros.of("maximum")))  # fmt: skip
    crest = spiral_field.arm_crest(sigma)
    noisy = spiral(2000, noise=sigma, rng=seeds[0])
    low = "σ ‖score‖ along the crest, median"
    c.show(low, sigma * np.median(np.linalg.norm(exact(sigma, crest), axis=1)), at_most=0.1)
    c.control("at noisy points", low,
              sigma * np.median(np.linalg.norm(exact(sigma, noisy), axis=1)))  # fmt: skip
    turns = "changes of sign of the score's component along the crest"
    c.show(turns, sign_changes(exact(sigma, crest), crest), at_least=1, at_most=1)
    nets, start = [learned(sigma, seed)[0] for seed in seeds], untrained(sigma, seeds[0])
    c.control("learned fields", turns, [sign_changes(steps_of(net)(crest), crest) for net in nets])

    found = [spiral_field.learned_fixed_points(net) for net in nets]
    before = spiral_field.learned_fixed_points(start)
    c.show("learned field: maxima", [len(f.of("maximum")) for f in found], at_least=10)
    c.control("untrained", "learned field: maxima", len(before.of("maximum")))
    off = [spiral_field.distance(f.of("maximum")).max() for f in found]
    c.show("learned field: largest distance of a maximum from the curve", off, at_most=0.02)
    c.control("untrained", "learned field: largest distance of a maximum from the curve",
              spiral_field.distance(before.x).max())  # fmt: skip
    on_ridge = [spiral_field.between(f).sum() for f in found]
    c.show("learned field: zeros on the ridge between arms", on_ridge, at_least=10)
    c.control("untrained", "learned field: zeros on the ridge between arms",
              spiral_field.between(before).sum())  # fmt: skip
    c.quote("learned field: saddles", [len(f.of("saddle")) for f in found])
    c.quote("learned field: minima", [len(f.of("minimum")) for f in found])
    c.quote("learned field: maxima − saddles + minima (1 if all zeros were found)",
            [len(f.of("maximum")) - len(f.of("saddle")) + len(f.of("minimum")) for f in found])  # fmt: skip
    c.quote(
        "learned field: largest ‖J − Jᵀ‖ / (2 ‖J‖) at a zero", [f.asymmetry.max() for f in found]
    )
    between_two_arms(c, nets, start)


def zeros_of_a_sample(n, sigma, seed):
    """The stationary points of n random points of the spiral, smoothed by N(0, σ²I)."""
    points = spiral(n, rng=seed)
    starts = [spiral_field.grid(-0.62, 0.62, -0.62, 0.62, 15), spiral_field.CENTRES[::4]]
    return find_zeros(lambda x: smoothed_score(points, x, sigma),
                      lambda x: smoothed_hessian(points, x, sigma), np.concatenate(starts),
                      steps=30)  # fmt: skip


def sign_changes(field, line):
    """How often the component of a field (n, 2) along a line of points (n, 2) changes its sign."""
    along = (field * np.gradient(line, axis=0)).sum(axis=1)
    return int((np.sign(along[1:]) != np.sign(along[:-1])).sum())


def between_two_arms(c, nets, start):
    """Compare the learned fields' ridge between two arms with the exact one."""
    line = spiral_field.ridge(lambda x: exact(0.05, x))
    lines = [spiral_field.ridge(steps_of(net)) for net in nets]
    what = "share of paths between two arms on which the learned field has a ridge"
    c.show(what, [np.isfinite(one).all(axis=1).mean() for one in lines], at_least=0.95)
    c.control("untrained", what,
              np.isfinite(spiral_field.ridge(steps_of(start))).all(axis=1).mean())  # fmt: skip
    what = "median distance of the learned field's ridge from the exact ridge"
    c.show(what, [np.nanmedian(np.linalg.norm(one - line, axis=1)) for one in lines], at_most=0.01)
    coarse = spiral_field.ridge(lambda x: exact(0.08, x))
    c.control("the exact ridge at σ = .08", what,
              np.nanmedian(np.linalg.norm(coarse - line, axis=1)))  # fmt: skip


@pytest.mark.slow
def test_with_coarse_noise_the_learned_fixed_points_are_the_exact_ones(claim, full):
    c = claim("S31, coarse", "14.5.1",
              "At σ = .12 the score along the curve is no longer small. There the learned field "
              "has three zeros, as the exact score has, and no others.")  # fmt: skip
    zeros, finer = (spiral_field.exact_fixed_points(sigma) for sigma in (0.12, 0.05))
    seeds = denoisers(c, full)
    found = [spiral_field.learned_fixed_points(learned(0.12, seed)[0]) for seed in seeds]
    fine = [spiral_field.learned_fixed_points(learned(0.05, seed)[0]) for seed in seeds]
    before = spiral_field.learned_fixed_points(untrained(0.12, seeds[0]))
    c.quote("zeros of the exact score", len(zeros))
    c.show("zeros of the learned field", [len(f) for f in found], at_least=3, at_most=3)
    c.control("trained at σ = .05", "zeros of the learned field", [len(f) for f in fine])
    c.control("untrained", "zeros of the learned field", len(before))
    what = "learned field has one maximum, one saddle, one minimum (1 = yes)"
    c.show(what, [sorted(f.kinds) == sorted(zeros.kinds) for f in found], at_least=1)
    c.control("untrained", what, sorted(before.kinds) == sorted(zeros.kinds))
    what = "largest distance of a learned maximum or minimum from the exact one"
    c.show(what, [farthest(f, zeros) for f in found], at_most=0.03,
           moved="≤ .05 with the saddle at first, then ≤ .06; the saddle lies where the score is "
           "flat, and one of six fresh nets had it .1 away")  # fmt: skip
    c.control("the exact zeros at σ = .05", what, farthest(finer, zeros))
    what = "σ ‖exact score‖ at the learned zeros, largest"
    c.show(what, [steepness(f.x).max() for f in found], at_most=0.1)
    c.control("at the exact zeros for σ = .05", what, steepness(finer.x).max())
    c.quote("distance of the learned saddle from the exact one",
            [farthest(f, zeros, ("saddle",)) for f in found])  # fmt: skip


def steepness(x):
    """σ ‖score‖ of the spiral smoothed at σ = .12, at each row."""
    return 0.12 * np.linalg.norm(exact(0.12, x), axis=1)


def farthest(found, wanted, kinds=("maximum", "minimum")):
    """The largest distance of a zero from the nearest one of its kind; infinite without one."""
    if not all(len(one.of(kind)) for one in (found, wanted) for kind in kinds):
        return np.inf
    return max(
        np.linalg.norm(found.of(kind)[:, None] - wanted.of(kind), axis=2).min(axis=1).max()
        for kind in kinds
    )
