"""Digits drawn by the chain of a denoising autoencoder (section 20.12).

One step of the chain corrupts the picture, reconstructs it, and draws every pixel. This is a
generative stochastic network. The chains start at random bits, so a digit in their state comes from
what the network has learned.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae.datasets import strokes
from tinyae.models import gsn_chain
from tinyae.plotting import Figure, as_images, style, tile

from .experiments.binary_digits import bits, denoiser, distances
from .kinds import Count, Forms
from .parameters import parametrized
from .slide import Slide, slide

NUMBER = "samples"
NAME = "fig_samples"
TITLE = "digits drawn by the chain of a denoising autoencoder (14.5.1, 20.12)"
ALT = (
    "Eight rows of pictures, each the states of one chain after 0, 1, 2, 4, … steps. They "
    "begin as random black and white pixels and are digits after a few steps, which then "
    "change slowly into other digits. Their energy distance to fresh digits is "
    "{distance_chain:.3f}; for pixels drawn independently it is {distance_pixels:.3f}. A "
    "denoising autoencoder that corrupts and reconstructs in turn draws from what it has "
    "learned."
)
CHECKED = ("distance_chain", "distance_pixels", "distance_fresh", "ink_of_chain", "ink_of_data")
STEPS = (0, 1, 2, 4, 8, 16, 32, 64)
SHOWN, MEASURED = 8, 1000


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    rows: Count = Forms(6000, quick=1500),
    units: Count = Forms(500, quick=200),
    epochs: Count = Forms(10, quick=20),
) -> dict:
    """Train, run the chains from random bits, and measure their distance from fresh digits."""
    rng = np.random.default_rng(seed)
    x, _ = strokes(rows, rng=rng, dtype=np.float32)
    fresh, _ = strokes(2 * MEASURED, rng=rng, dtype=np.float32)
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
    """Draw eight chains at growing numbers of steps, 64 samples, and 64 fresh digits."""
    with style():
        figure = Figure(figsize=(13.0, 4.9))
        left, middle, right = figure.subplots(1, 3)
        show_chains(left, numbers)
        left.set_title("eight chains from random bits")
        for axes, key, title, below in (
            (middle, "samples", "after 100 steps, 64 other chains",
             f"distance to fresh strokes {numbers['distance_chain']:.3f}"),
            (right, "data", "fresh generated strokes",
             f"distance of independent pixels {numbers['distance_pixels']:.3f}"),
        ):  # fmt: skip
            show_digits(axes, numbers, key, 8)
            axes.set_title(title)
            axes.set_xlabel(below)
        figure.text(0.5, 0.005, "energy distances to fresh digits, of both sets denoised by "
                    "another network", ha="center", va="bottom", fontsize="small")  # fmt: skip
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the chains and the samples as slides."""
    title = "Corrupt, reconstruct, draw, repeat: noise becomes digits"
    other = "chains of a denoising autoencoder, step by step"
    with slide(title, ALT.format(**numbers), other) as (chains, axes):
        show_chains(axes, numbers)
    alt = "A grid of digits, drawn by chains of 100 steps from random bits. Most are legible."
    title = "After 100 steps the chain draws new digits"
    other = "digits at the end of the chains of a denoising autoencoder"
    with slide(title, alt, other) as (samples, axes):
        show_digits(axes, numbers, "samples", 16)
        axes.set_xlabel("64 chains after 100 steps")
    return chains, samples


def show_chains(axes: Axes, numbers: dict) -> None:
    """Draw the states of eight chains, a chain in each row."""
    frames = np.asarray(numbers["frames"])
    pictures = [as_images(frames[:, chain], "frames") for chain in range(SHOWN)]
    axes.imshow(tile(np.concatenate(pictures), len(STEPS)), vmin=0, vmax=1)
    axes.set_xticks([14 + 30 * i for i in range(len(STEPS))], [str(s) for s in STEPS])
    axes.set(xlabel="steps of the chain", ylabel="one chain in each row", yticks=[])
    bare(axes)


def show_digits(axes: Axes, numbers: dict, key: str, columns: int) -> None:
    """Draw samples or data in a grid."""
    axes.imshow(tile(as_images(np.asarray(numbers[key]), key), columns), vmin=0, vmax=1)
    axes.set(ylabel="r of the last state" if key == "samples" else "as generated", xticks=[],
             yticks=[])  # fmt: skip
    bare(axes)


def bare(axes: Axes) -> None:
    """Take the frame and the ticks away."""
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
