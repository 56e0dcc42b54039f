"""Samples from a denoising autoencoder: Langevin chains, GSN chains, walkback (14.5.1, 20.11, 20.12)."""

import numpy as np
import pytest

from figures.experiments import binary_digits
from figures.experiments import spiral as spiral_field
from tinyae import Adam, Autoencoder, GaussianNoise, ReLU, fit, score_field
from tinyae.datasets import spiral
from tinyae.models import Walkback, gsn_chain
from tinyae.score import energy_distance, langevin, metropolis_langevin
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


@pytest.mark.slow
def test_langevin_samples_of_the_spiral(claim, full):
    c = claim("S33", "20.11",
              "Langevin chains that use the score of a denoising autoencoder start from uniform "
              "noise and end as a sample of the blurred data. Their energy distance to fresh "
              "data is about the energy distance between two sets of fresh data.",
              on="the spiral, σ = .05, 200 tanh units, chains of 2000 steps (reduced: 400)")  # fmt: skip
    sigma, n, steps = 0.05, *((2000, 2000) if full else (1000, 400))
    chains, tested, shares, starts, noise = [], [], [], [], []
    for seed in range(5 if full else 1):
        model, _, _ = spiral_field.learn(
            seed, sigma=sigma, weight=20, bias=12, epochs=120 if full else 60
        )
        rng = np.random.default_rng(100 + seed)

        def fresh():
            return spiral(n, noise=sigma, rng=rng)

        def score(x):
            return score_field(model, x, sigma)

        noise += [energy_distance(fresh(), fresh()) for _ in range(10)]
        start = rng.uniform(-0.8, 0.8, (n, 2))
        starts.append(energy_distance(start, fresh()))
        end = langevin(score, start, step_size=0.5 * sigma**2, steps=steps, rng=rng)
        chains.append(energy_distance(end, fresh()))
        end, share = metropolis_langevin(score, start, step_size=0.5 * sigma**2, rng=rng,
                                         steps=500 if full else 100)  # fmt: skip
        tested.append(energy_distance(end, fresh()))
        shares.append(share)
    c.quote("energy distance between two sets of fresh data, 10 pairs for each seed", noise)
    c.quote("energy distance of the uniform start", starts)
    c.show("energy distance, Langevin / uniform start", np.array(chains) / starts, at_most=0.1)
    # Unbiased, these distances are zero on average: their spread is the unit.
    spread = np.quantile(noise, 0.95)
    c.show("energy distance, Langevin / 95 % quantile of fresh data to fresh data",
           np.array(chains) / spread,
           at_most=3)  # fmt: skip
    c.show("the same ratio with the Metropolis test (500 steps)", np.array(tested) / spread,
           at_most=3)  # fmt: skip
    c.quote("share of steps that the test accepts", shares)


@pytest.mark.slow
def test_chains_that_draw_digits(claim, full, digits):
    c = claim("S33, digits", "20.12",
              "The chain of a denoising autoencoder starts from random bits and draws digits. "
              "Another net then denoises these samples. They are closer to fresh digits than "
              "independent pixels are, if the training of the chain's net suits the data: "
              "walkback for MNIST, plain denoising for strokes. They are not as close as other "
              "fresh digits.",
              on="bits of MNIST, 784-1000 rectified units, 40 % salt and pepper, 20 epochs of "
                 "plain denoising or 5 epochs of walkback with walks of 4 steps, chains of 200 "
                 "steps (reduced: strokes, 200 units, 24 epochs, chains of 40 steps)")  # fmt: skip
    x, _, fresh, _ = digits
    x = binary_digits.bits(x, np.random.default_rng(0))
    units, epochs, n, steps = (1000, 20, 2000, 200) if full else (200, 24, 400, 40)
    judge = binary_digits.denoiser(x, units, epochs, 99)
    runs = {1: [], 4: []}
    for seed in range(3 if full else 1):
        for walk, found in runs.items():
            model = binary_digits.denoiser(x, units, epochs, seed, walk)
            found.append(binary_digits.distances(model, judge, x, fresh, steps, n, seed))
    plain, walked = ({key: np.array([run[key] for run in found]) for key in found[0]}
                     for found in runs.values())  # fmt: skip
    for name, found in (("plain", plain), ("walkback", walked)):
        c.show(f"{name}, bits: distance of the chain over that of the random start",
               found["raw_chain"] / found["raw_start"], at_most=0.6,
               wanted="3 × fresh against fresh")  # fmt: skip
        c.quote(f"{name}, bits: the chain's distance", found["raw_chain"])
        c.quote(f"{name}, denoised: the chain's distance", found["chain"])
        c.quote(
            f"{name}: share of ink over the data's", found["ink_of_chain"] / found["ink_of_data"]
        )
    c.quote("bits: independent pixels", plain["raw_pixels"])
    c.quote("bits: other fresh digits", plain["raw_fresh"])
    c.quote("denoised: independent pixels", plain["pixels"])
    c.quote("denoised: other fresh digits", plain["fresh"])
    suited = walked if full else plain  # MNIST, strokes
    c.show("denoised, with the training that suits the data: distance of the chain / of "
           "independent pixels",
           suited["chain"] / suited["pixels"], at_most=0.6)  # fmt: skip


@pytest.mark.slow
def test_walkback_keeps_the_chain_near_the_data(claim, full):
    c = claim("S22, walkback", "20.12",
              "After the same number of training steps, the chain of walkback has less mass "
              "away from the data than the chain of plain denoising. But walkback sees more "
              "corrupted examples in each step. With the same number of passes as walkback, "
              "plain denoising has even less mass away from the data.",
              on="the spiral, σ = .02, 2-64-64 rectified units, 1500 training steps, walks of 4 "
                 "steps, chains of 200 steps")  # fmt: skip
    plain, walked, longer = [], [], []
    for seed in range(5 if full else 1):
        plain.append(share_off_the_curve(seed, walk=1, epochs=15))
        walked.append(share_off_the_curve(seed, walk=4, epochs=15))
        longer.append(share_off_the_curve(seed, walk=1, epochs=60))
    c.quote("mass farther than 3σ from the curve, plain", plain)
    c.quote("the same, walkback", walked)
    c.quote("the same, plain with four times the steps", longer)
    c.show("mass off the curve, walkback / plain", np.array(walked) / plain, at_most=0.9)
    c.show(
        "mass off the curve, plain with four times the steps / walkback",
        np.array(longer) / walked,
        at_most=0.5,
    )


def share_off_the_curve(seed, walk, epochs):
    """Share of 1000 chains, started at data, that end farther than 3σ from the spiral."""
    rng = np.random.default_rng(seed)
    x, sigma = spiral(10_000, rng=rng).astype(np.float32), 0.02
    scale = 0.7 * sigma  # about the root mean square error per coordinate of a good net
    model = Autoencoder.dense((2, 64, 64), activation=ReLU, rng=rng, dtype=np.float32,
                              corruption=GaussianNoise(sigma))  # fmt: skip
    trained = model if walk == 1 else Walkback(model, walk, scale)
    fit(
        trained,
        x,
        epochs=epochs,
        batch_size=100,
        optimizer=Adam(Cosine(0.003)),
        rng=rng,
        core="auto",
    )
    end = gsn_chain(model, spiral(1000, rng=rng), steps=200, scale=scale, rng=rng)
    return float((spiral_field.distance(end) > 3 * sigma).mean())
