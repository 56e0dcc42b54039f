"""Digits drawn by the chain of a denoising autoencoder, from pixels that are pure noise (20.12).

Corrupt, reconstruct, draw every pixel, again: what a generative stochastic network does. The chains
start at random bits, so whatever looks like a digit was found by the chain.
"""

from __future__ import annotations

import numpy as np

from figures.common import train
from tinyae import Adam, Autoencoder, BernoulliOutput, ReLU, SaltAndPepperNoise
from tinyae.datasets import strokes
from tinyae.models import Walkback, gsn_chain
from tinyae.plotting import Figure, as_images, style, tile
from tinyae.score import energy_distance
from tinyae.training import Cosine

NUMBER = "samples"
NAME = "fig_samples"
TITLE = "digits drawn by the chain of a denoising autoencoder (14.5.1, 20.12)"
TOLERANCES = {"distance_chain": 0.02, "distance_pixels": 0.04, "distance_fresh": 0.003,
              "ink_of_chain": 0.01, "ink_of_data": 0.001}  # fmt: skip
STEPS = (0, 1, 2, 4, 8, 16, 32, 64)
SHOWN, MEASURED = 8, 1000


def denoiser(x: np.ndarray, units: int, epochs: int, seed: int, walk: int = 1) -> Autoencoder:
    """Train 784-`units`-784, rectified units, to undo 40 % salt and pepper; return it.

    `walk` above 1 trains by walkback with so many steps, and as many passes fewer.
    """
    model = Autoencoder.dense((784, units), activation=ReLU, output=BernoulliOutput(), rng=seed,
                              corruption=SaltAndPepperNoise(0.4), dtype=x.dtype)  # fmt: skip
    trained = model if walk == 1 else Walkback(model, walk)
    train(trained, x, epochs=epochs // walk, optimizer=Adam(Cosine(2e-3)), rng=seed)
    return model


def bits(p: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw zeros and ones, one with probability p."""
    return (rng.random(p.shape) < p).astype(np.float32)


def distances(
    model: Autoencoder,
    judge: Autoencoder,
    x: np.ndarray,
    fresh: np.ndarray,
    steps: int,
    n: int,
    seed: int,
) -> dict[str, float]:
    """Energy distances to fresh digits of n chains, of independent pixels, and of other digits.

    Grey fresh digits become bits, as the chain's states are. "raw" compares the bits themselves, of
    whose distance most is the noise of drawing them one by one; the others compare what the judge,
    another denoiser, makes of both sets when they are corrupted once more.
    """
    rng = np.random.default_rng(seed)

    def denoised(z):
        return judge.reconstruct(judge.corruption.corrupt(z, rng))

    start = bits(np.full((n, x.shape[1]), 0.5), rng)
    sets = {
        "start": start,
        "pixels": bits(np.broadcast_to(x.mean(axis=0), start.shape), rng),
        "chain": gsn_chain(model, start, steps=steps, rng=rng),
        "fresh": bits(fresh[n : 2 * n], rng),
    }
    reference = bits(fresh[:n], rng)
    seen = denoised(reference)
    found = {name: energy_distance(denoised(z), seen) for name, z in sets.items()}
    found |= {f"raw_{name}": energy_distance(z, reference) for name, z in sets.items()}
    return {**found, "ink_of_chain": float(sets["chain"].mean()),
            "ink_of_data": float(fresh.mean())}  # fmt: skip


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train, run the chains from random bits, and measure how far from fresh digits they end."""
    rng = np.random.default_rng(seed)
    x, _ = strokes(1500 if quick else 6000, rng=rng, dtype=np.float32)
    fresh, _ = strokes(2 * MEASURED, rng=rng, dtype=np.float32)
    units, epochs = (200, 3) if quick else (500, 10)
    model, judge = (denoiser(bits(x, rng), units, epochs, seed + i) for i in (0, 1))
    n = MEASURED // 4 if quick else MEASURED
    found = distances(model, judge, x, fresh, 32 if quick else 100, n, seed)
    state, at, frames = bits(np.full((SHOWN, 784), 0.5), rng), 0, []
    for step in STEPS:
        if step > at:
            state = gsn_chain(model, state, steps=step - at, rng=rng)
            at = step
        frames.append(model.reconstruct(state) if step else state)
    many = gsn_chain(model, bits(np.full((64, 784), 0.5), rng), steps=100, rng=rng)
    return {
        "ink_of_chain": found.pop("ink_of_chain"),
        "ink_of_data": found.pop("ink_of_data"),
        **{f"distance_{name}": value for name, value in found.items()},
        "frames": np.array(frames),
        "samples": model.reconstruct(many),
        "data": fresh[:64],
    }


def draw(numbers: dict) -> Figure:
    """Left: eight chains at growing numbers of steps; then 64 samples; right: 64 fresh digits."""
    with style():
        figure = Figure(figsize=(13.0, 4.9))
        left, middle, right = figure.subplots(1, 3)
        frames = np.asarray(numbers["frames"])
        pictures = [as_images(frames[:, chain], "frames") for chain in range(SHOWN)]
        left.imshow(tile(np.concatenate(pictures), len(STEPS)), vmin=0, vmax=1)
        left.set_title("eight chains from random bits")
        left.set_xlabel("steps of the chain")
        left.set_ylabel("one chain in each row")
        left.set_xticks([14 + 30 * i for i in range(len(STEPS))], [str(s) for s in STEPS])
        for axes, key, title, below in (
            (middle, "samples", "after 100 steps, 64 other chains",
             f"distance to fresh strokes {numbers['distance_chain']:.3f}, "
             f"of the bits {numbers['distance_raw_chain']:.3f}"),
            (right, "data", "fresh generated strokes",
             f"independent pixels {numbers['distance_pixels']:.3f}, "
             f"of the bits {numbers['distance_raw_pixels']:.3f}"),
        ):  # fmt: skip
            axes.imshow(tile(as_images(np.asarray(numbers[key]), key), 8), vmin=0, vmax=1)
            axes.set_title(title)
            axes.set_xlabel(below)
            axes.set_ylabel("r of the last state" if key == "samples" else "as generated")
            axes.set_xticks([])
        figure.text(0.5, 0.005, "energy distances: of both sets denoised by another net, and of "
                    "the bits as they are", ha="center", va="bottom", fontsize="small")  # fmt: skip
        for axes in (left, middle, right):
            axes.set_yticks([])
            for spine in axes.spines.values():
                spine.set_visible(False)
            axes.tick_params(length=0)
    return figure
