"""What a denoising autoencoder learns in one and two dimensions: figures 14.5 and 14.7."""

import functools

import numpy as np
import pytest

from figures.experiments import sine_curve, three_points
from figures.experiments import spiral as spiral_field
from tinyae.datasets import spiral
from tinyae.score import smoothed_score

pytestmark = pytest.mark.claim


@functools.cache
def learned(sigma, seed):
    """The denoiser of figure 14.5 at this σ: model, agreement, seconds."""
    return spiral_field.learn(seed, sigma=sigma, weight=20, bias=12, epochs=200)


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [0.12, 0.08, 0.05, 0.03])
def test_the_field_is_the_score(sigma, claim, full):
    c = claim("S30", "14.5.1",
              "Around a spiral, r(x) − x of a denoising autoencoder is approximately σ² times "
              "the score of the smoothed data. This was measured at fresh noisy points (σ = "
              f"{sigma}).")  # fmt: skip
    runs = [learned(sigma, seed) for seed in range(5 if full else 1)]
    found = {
        key: [run[1][key] for run in runs] for key in ("median_cosine", "mean_cosine", "slope")
    }
    c.show(f"σ = {sigma}: median cosine with the score", found["median_cosine"], at_least=0.99)
    c.show(f"σ = {sigma}: mean cosine", found["mean_cosine"], at_least=0.95)
    c.show(f"σ = {sigma}: slope on σ² · score", found["slope"], at_least=0.95, at_most=1.05)
    ratios = [norm_ratios(run[0], sigma) for run in runs]
    middle = [np.median(r) for r in ratios]
    c.show(f"σ = {sigma}: median of ‖r(x) − x‖ / σ²‖score‖", middle, at_least=0.9, at_most=1.1)
    close = [(np.abs(r - 1.0) < 0.25).mean() for r in ratios]
    c.show(f"σ = {sigma}: share of points where it is within .25 of 1", close, at_least=0.75)
    c.quote(f"σ = {sigma}: seconds of training", [run[2] for run in runs])


def norm_ratios(model, sigma):
    """‖r(x) − x‖ / σ²‖score‖ at 2000 fresh noisy points."""
    x = spiral(2000, noise=sigma, rng=np.random.default_rng(99))
    exact = sigma**2 * smoothed_score(spiral_field.CENTRES, x, sigma)
    return np.linalg.norm(model.reconstruct(x) - x, axis=1) / np.linalg.norm(exact, axis=1)


def test_the_field_points_to_the_curve(claim, full):
    c = claim("S30, curve", "14.5.1",
              "Around a sine curve, r(x̃) − x̃ points from a fresh corrupted point to the "
              "nearest point of the curve. Its direction is as accurate as the direction of the "
              "exact score.")  # fmt: skip
    runs = [
        sine_curve.measure(sine_curve.learn(seed)[0], np.random.default_rng(seed))
        for seed in range(5 if full else 1)
    ]
    found = {key: [run[key] for run in runs] for key in runs[0]}
    c.show("median cosine with that direction", found["cosine_to_curve"], at_least=0.97)
    c.show("the exact score's", found["score_to_curve"], at_least=0.97)
    c.show("median cosine with the exact score", found["cosine_to_score"], at_least=0.99)


@pytest.mark.slow
def test_narrow_initial_weights_do_not_find_the_field(claim, full):
    c = claim("S30, start", "14.5.1",
              "If the initial weights of the same net come from a narrow range, U(−2, 2), it "
              "finds only the outermost arm of the spiral.")  # fmt: skip
    runs = [
        spiral_field.learn(seed, sigma=0.05, weight=2, bias=2, epochs=200)[1]
        for seed in range(5 if full else 1)
    ]
    c.show("mean cosine with the score", [run["mean_cosine"] for run in runs], at_most=0.75)
    c.quote("median cosine with the score", [run["median_cosine"] for run in runs])


@pytest.mark.slow
def test_fixed_points_at_and_between_the_data(claim, full):
    c = claim("S31", "14.7",
              "For three data points on a line, r(x) = x at each data point, where the slope of "
              "r is almost zero. r(x) = x also holds at one point between any two neighbouring "
              "data points, where r is steep.")  # fmt: skip
    runs, seconds = [], []
    for seed in range(5 if full else 1):
        model, took = three_points.learn(seed)
        runs.append(three_points.measure(model))
        seconds.append(took)
    c.show("fixed points", [run["fixed_points"] for run in runs], at_least=5, at_most=5)
    worst = [run["worst_fixed_point_error"] for run in runs]
    c.show("distance of the fixed points from −.5, −.25, 0, .25, .5", worst, at_most=0.005)
    flat = [np.abs(run["slopes"][::2]).max() for run in runs]
    c.show("largest |slope| at the data", flat, at_most=0.05)
    c.show(
        "smallest slope at the fixed points between the data",
        [run["smallest_slope_between"] for run in runs],
        at_least=4.5,
    )
    steep = [run["mean_slope_between"] for run in runs]
    c.show("mean slope at the fixed points between the data (optimum 6.25)", steep, at_least=5.0)
    c.quote("seconds of training", seconds)


@pytest.mark.slow
def test_fixed_points_around_the_spiral(claim, full):
    c = claim("S31, spiral", "14.5.1",
              "r(x) = x holds at the maxima of the density, which lie on the curve. It also "
              "holds at points on the ridge between two arms, where the Jacobian of r(x) − x "
              "has a positive eigenvalue. The density itself (σ = .05) has one maximum, one "
              "saddle and one minimum. Its score is almost zero along the curve and along the "
              "ridge, and a learned field has many zeros there.")  # fmt: skip
    exact = spiral_field.exact_fixed_points(0.05)
    for kind in ("maximum", "saddle", "minimum"):
        c.show(f"exact score: zeros of kind {kind}", len(exact.of(kind)), at_least=1, at_most=1)
    apart = spiral_field.distance(exact.of("saddle"))
    c.show("exact score: the saddle's distance from the curve", apart, at_least=0.1, at_most=0.14)
    seeds = range(5 if full else 1)
    models = [learned(0.05, seed)[0] for seed in seeds]
    found = [spiral_field.learned_fixed_points(model) for model in models]
    c.show("learned field: maxima", [len(f.of("maximum")) for f in found], at_least=10)
    off = [spiral_field.distance(f.of("maximum")).max() for f in found]
    c.show("learned field: largest distance of a maximum from the curve", off, at_most=0.02)
    on_ridge = [spiral_field.between(f).sum() for f in found]
    c.show("learned field: zeros on the ridge between arms", on_ridge, at_least=10)
    c.quote("learned field: saddles", [len(f.of("saddle")) for f in found])
    c.quote("learned field: minima", [len(f.of("minimum")) for f in found])
    c.quote("learned field: maxima − saddles + minima (1 if all zeros were found)",
            [len(f.of("maximum")) - len(f.of("saddle")) + len(f.of("minimum")) for f in found])  # fmt: skip
    c.quote(
        "learned field: largest ‖J − Jᵀ‖ / (2 ‖J‖) at a zero", [f.asymmetry.max() for f in found]
    )
    lines = [
        spiral_field.ridge(lambda x, model=model: model.reconstruct(x) - x) for model in models
    ]
    line = spiral_field.ridge(lambda x: smoothed_score(spiral_field.CENTRES, x, 0.05))
    share = [np.isfinite(one).all(axis=1).mean() for one in lines]
    c.show(
        "share of paths between two arms on which the learned field has a ridge",
        share,
        at_least=0.95,
    )
    error = [np.nanmedian(np.linalg.norm(one - line, axis=1)) for one in lines]
    c.show("median distance of the learned field's ridge from the exact ridge", error, at_most=0.01)


@pytest.mark.slow
def test_with_coarse_noise_the_learned_fixed_points_are_the_exact_ones(claim, full):
    c = claim("S31, coarse", "14.5.1",
              "At σ = .12 the score along the curve is no longer small. There the learned field "
              "has three zeros, as the exact score has, and no others.")  # fmt: skip
    exact = spiral_field.exact_fixed_points(0.12)
    found = [
        spiral_field.learned_fixed_points(learned(0.12, seed)[0])
        for seed in range(5 if full else 1)
    ]
    c.show("zeros of the exact score", len(exact), at_least=3, at_most=3)
    c.show("zeros of the learned field", [len(f) for f in found], at_least=3, at_most=3)
    same = [sorted(f.kinds) == sorted(exact.kinds) for f in found]
    c.show("learned field has one maximum, one saddle, one minimum (1 = yes)", same, at_least=1)
    far = [
        max(
            np.linalg.norm(f.of(k)[:, None] - exact.of(k), axis=2).min(axis=1).max()
            for k in f.kinds
        )
        for f in found
    ]
    c.show(
        "largest distance of a learned zero from the exact zero of the same kind", far, at_most=0.06
    )
