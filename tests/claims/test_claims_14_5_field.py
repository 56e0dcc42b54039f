"""What a denoising autoencoder learns in one and two dimensions: figures 14.5 and 14.7."""

import numpy as np
import pytest

from figures import fig_14_05_vector_field, fig_14_07_three_points

pytestmark = pytest.mark.claim


@pytest.mark.parametrize("sigma", [0.05, 0.03])
def test_the_field_is_the_score(sigma, claim, full):
    c = claim("S30", "14.5.1", f"Around a spiral, r(x) − x of a denoising autoencoder is σ² times the "
              f"score of the smoothed data, at fresh noisy points (σ = {sigma}).")  # fmt: skip
    runs = [
        fig_14_05_vector_field.learn(seed, sigma=sigma, weight=20, bias=12, epochs=120)
        for seed in range(5 if full else 1)
    ]
    found = {
        key: [run[1][key] for run in runs] for key in ("median_cosine", "mean_cosine", "slope")
    }
    c.show(f"σ = {sigma}: median cosine with the score", found["median_cosine"], at_least=0.99)
    c.show(f"σ = {sigma}: mean cosine", found["mean_cosine"], at_least=0.95)
    c.show(f"σ = {sigma}: slope on σ² · score", found["slope"], at_least=0.95, at_most=1.05)
    c.quote(f"σ = {sigma}: seconds of training", [run[2] for run in runs])


def test_narrow_initial_weights_do_not_find_the_field(claim, full):
    c = claim("S30, start", "14.5.1", "The same net started from narrow weights, U(−2, 2), finds the "
              "outermost arm only.")  # fmt: skip
    runs = [
        fig_14_05_vector_field.learn(seed, sigma=0.05, weight=2, bias=2, epochs=120)[1]
        for seed in range(5 if full else 1)
    ]
    c.show("mean cosine with the score", [run["mean_cosine"] for run in runs], at_most=0.75)
    c.quote("median cosine with the score", [run["median_cosine"] for run in runs])


def test_fixed_points_at_and_between_the_data(claim, full):
    c = claim("S31", "14.7", "With three data on a line, r(x) = x at each datum, where r is flat, and at "
              "one point between two neighbours, where r is steep.")  # fmt: skip
    runs, seconds = [], []
    for seed in range(5 if full else 1):
        model, took = fig_14_07_three_points.learn(seed)
        runs.append(fig_14_07_three_points.measure(model))
        seconds.append(took)
    c.show("fixed points", [run["fixed_points"] for run in runs], at_least=5, at_most=5)
    worst = [run["worst_fixed_point_error"] for run in runs]
    c.show("their distance from −.5, −.25, 0, .25, .5", worst, at_most=0.005)
    flat = [np.abs(run["slopes"][::2]).max() for run in runs]
    c.show("largest |slope| at the data", flat, at_most=0.05)
    c.show("smallest slope between", [run["smallest_slope_between"] for run in runs], at_least=4.5)
    steep = [run["mean_slope_between"] for run in runs]
    c.show("mean slope between (optimum 6.25)", steep, at_least=5.0)
    c.quote("seconds of training", seconds)
