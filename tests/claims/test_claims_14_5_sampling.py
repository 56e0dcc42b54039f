"""Samples from a denoising autoencoder: Langevin chains, GSN chains, walkback (14.5.1, 20.11, 20.12)."""

import numpy as np
import pytest

from figures.experiments import binary_digits
from figures.experiments import spiral as spiral_field
from tests.claims.trained import trained
from tinyae import Adam, Autoencoder, GaussianNoise, ReLU, fit, score_field
from tinyae.datasets import spiral
from tinyae.models import Walkback, gsn_chain
from tinyae.score import energy_distance, langevin, metropolis_langevin
from tinyae.training import Cosine

pytestmark = pytest.mark.claim

SIGMA = 0.05  # of the noise around the spiral


def score_of(model):
    """The learned score as a function of points (n, 2)."""
    return lambda x: score_field(model, x, SIGMA)


@pytest.mark.slow
def test_langevin_samples_of_the_spiral(claim, full):
    """The energy distance says whether all parts of the spiral are there. It hardly sees the blur:
    points without blur, or with twice the blur, are as close as fresh data. The distance from the
    curve sees the blur.
    """
    c = claim("S33", "20.11",
              "Langevin chains that use the score of a denoising autoencoder start from uniform "
              "noise and end as a sample of the blurred data, if each step has a Metropolis test: all "
              "parts of the spiral are there, with the right blur. Without the test they end a "
              "little too far from the curve: their steps are not small.",
              on="the spiral, σ = .05, 200 tanh units, chains of 2000 steps (reduced: 400), with the "
                 "test 500 steps; the step size is σ²/2")  # fmt: skip
    n, steps = (2000, 2000) if full else (1000, 400)
    chains, tested, shares, starts, noise = [], [], [], [], []
    far, tested_far = [], []
    imposters = {"half of the spiral": [], "an untrained net": []}
    nearness = {"twice the blur": [], "data without blur": [], "a Gaussian": [], "the start": []}
    for seed in c.seeds(5 if full else 1):
        model, _, _ = trained(spiral_field.learn, seed, sigma=SIGMA, weight=20, bias=12,
                              epochs=120 if full else 60)  # fmt: skip
        rng = np.random.default_rng(seed)

        def fresh(blur=SIGMA):
            return spiral(n, noise=blur, rng=rng)

        noise += [energy_distance(fresh(), fresh()) for _ in range(20)]
        start = rng.uniform(-0.8, 0.8, (n, 2))
        starts.append(energy_distance(start, fresh()))
        data = fresh()
        near = np.median(spiral_field.distance(data))
        end = langevin(score_of(model), start, step_size=0.5 * SIGMA**2, steps=steps, rng=rng)
        chains.append(energy_distance(end, fresh()))
        far.append(np.median(spiral_field.distance(end)) / near)
        first = spiral_field.denoiser(SIGMA, np.random.default_rng(seed), weight=20, bias=12)
        end = langevin(score_of(first), start, step_size=0.5 * SIGMA**2, steps=100, rng=rng)
        imposters["an untrained net"].append(energy_distance(end, fresh()))
        end, share = metropolis_langevin(score_of(model), start, step_size=0.5 * SIGMA**2, rng=rng,
                                         steps=500)  # fmt: skip
        tested.append(energy_distance(end, fresh()))
        tested_far.append(np.median(spiral_field.distance(end)) / near)
        shares.append(share)
        radius = np.linalg.norm(data, axis=1)
        half = data[radius > np.median(radius)]
        imposters["half of the spiral"].append(energy_distance(half, fresh()))
        gaussian = rng.multivariate_normal(data.mean(axis=0), np.cov(data.T), n)
        others = (fresh(2 * SIGMA), fresh(0.0), gaussian, start)
        for found, points in zip(nearness.values(), others, strict=True):
            found.append(np.median(spiral_field.distance(points)) / near)
    c.quote("energy distance between two sets of fresh data, 20 pairs for each seed", noise)
    c.quote("energy distance of the uniform start", starts)
    # Unbiased, these distances are zero on average: their spread is the unit.
    spread = np.quantile(noise, 0.95)
    for name, found in (("without the test", chains), ("with the test", tested)):
        what = f"energy distance to fresh data, {name} / of the uniform start"
        c.show(what, np.array(found) / starts, at_most=0.1)
        for imposter, values in imposters.items():
            c.control(imposter, what, np.array(values) / starts)
        c.quote(f"the same / 95 % quantile of fresh data to fresh data, {name}",
                np.array(found) / spread)  # fmt: skip
    c.quote("share of steps that the test accepts", shares)
    for name, found, bounds in (
        ("median distance from the curve, with the test / fresh data", tested_far, (0.85, 1.15)),
        ("the same without the test", far, (1.05, 1.3)),
    ):
        c.show(name, found, at_least=bounds[0], at_most=bounds[1])
        for imposter, values in nearness.items():
            c.control(imposter, name, values)


@pytest.mark.slow
def test_chains_that_draw_digits(claim, full, digits):
    c = claim("S33, digits", "20.12",
              "The chain of a denoising autoencoder starts from random bits and draws digits. "
              "Another net then denoises these samples. After walkback they are closer to fresh "
              "digits than independent pixels are; after plain denoising they are so with some "
              "seeds only. They are not as close as other fresh digits. If the bits are compared as "
              "they are, independent pixels are as close as the samples.",
              on="bits of MNIST, 784-1000 rectified units, 40 % salt and pepper, 20 epochs of "
                 "plain denoising or 5 epochs of walkback with walks of 4 steps, chains of 200 "
                 "steps (reduced: strokes, 200 units, 24 epochs of both, chains of 40 steps)")  # fmt: skip
    x, _, fresh, _ = digits
    x = binary_digits.bits(x, np.random.default_rng(0))
    units, epochs, n, steps = (1000, 20, 2000, 200) if full else (200, 24, 400, 40)
    *seeds, of_judge = c.seeds(4 if full else 2)
    judge = trained(binary_digits.denoiser, x, units, epochs, of_judge)
    runs = {1: [], 4: []}
    for seed in seeds:
        for walk, found in runs.items():
            # The experiment divides epochs by the length of the walk. There are few strokes, and
            # walkback needs as many passes over them as plain denoising.
            longer = 1 if full else walk
            model = trained(binary_digits.denoiser, x, units, longer * epochs, seed, walk)
            found.append(binary_digits.distances(model, judge, x, fresh, steps, n, seed))
    for name, found in zip(("plain", "walkback"), runs.values(), strict=True):
        of = {key: np.array([run[key] for run in found]) for key in found[0]}
        what = f"{name}, denoised: distance of the chain / of independent pixels"
        if name == "walkback":
            c.show(what, of["chain"] / of["pixels"], at_most=0.85, wanted="other fresh digits",
                   moved="≤ 0.6 at first, for the training that suits the data, and the same for "
                   "plain denoising, which two of three seeds missed")  # fmt: skip
            c.control("random bits, where the chain starts", what, of["start"] / of["pixels"])
        else:
            c.quote(what, of["chain"] / of["pixels"])
        what = f"{name}, denoised: distance of other fresh digits / of the chain"
        c.show(what, of["fresh"] / of["chain"], at_most=0.5)
        for key, label in (("raw_chain", "bits: the chain's distance"),
                           ("raw_pixels", "bits: independent pixels"),
                           ("raw_fresh", "bits: other fresh digits"),
                           ("chain", "denoised: the chain's distance"),
                           ("pixels", "denoised: independent pixels"),
                           ("fresh", "denoised: other fresh digits")):  # fmt: skip
            c.quote(f"{name}, {label}", of[key])
        c.quote(f"{name}: share of ink over the data's", of["ink_of_chain"] / of["ink_of_data"])


@pytest.mark.slow
def test_walkback_keeps_the_chain_near_the_data(claim, full):
    c = claim("S22, walkback", "20.12",
              "After the same number of training steps, the chain of walkback has less mass "
              "away from the data than the chain of plain denoising. But walkback sees more "
              "corrupted examples in each step. With the same number of passes as walkback, "
              "plain denoising has even less mass away from the data.",
              on="the spiral, σ = .02, 2-64-64 rectified units, 1500 training steps, walks of 4 "
                 "steps, chains of 200 steps")  # fmt: skip
    plain, walked, longer, untrained = [], [], [], []
    for seed in c.seeds(5 if full else 1):
        untrained.append(share_off_the_curve(seed, walk=1, epochs=0))
        plain.append(share_off_the_curve(seed, walk=1, epochs=15))
        walked.append(share_off_the_curve(seed, walk=4, epochs=15))
        longer.append(share_off_the_curve(seed, walk=1, epochs=60))
    c.quote("mass farther than 3σ from the curve, plain", plain)
    c.quote("the same, walkback", walked)
    c.quote("the same, plain with four times the steps", longer)
    what = "mass off the curve, walkback / plain"
    c.show(what, np.array(walked) / plain, at_most=0.9)
    c.control("the net before training", what, np.array(untrained) / plain)
    what = "mass off the curve, plain with four times the steps / walkback"
    c.show(what, np.array(longer) / walked, at_most=0.5)
    c.control("plain denoising with as many steps as walkback", what, np.array(plain) / walked)


def share_off_the_curve(seed, walk, epochs):
    """Share of 1000 chains, started at data, that end farther than 3σ from the spiral."""
    rng = np.random.default_rng(seed)
    x, sigma = spiral(10_000, rng=rng).astype(np.float32), 0.02
    scale = 0.7 * sigma  # about the root mean square error per coordinate of a good net
    model = Autoencoder.dense((2, 64, 64), activation=ReLU, rng=rng, dtype=np.float32,
                              corruption=GaussianNoise(sigma))  # fmt: skip
    trained = model if walk == 1 else Walkback(model, walk, scale)
    if epochs:
        fit(trained, x, epochs=epochs, batch_size=100, optimizer=Adam(Cosine(0.003)), rng=rng,
            core="auto")  # fmt: skip
    end = gsn_chain(model, spiral(1000, rng=rng), steps=200, scale=scale, rng=rng)
    return float((spiral_field.distance(end) > 3 * sigma).mean())
