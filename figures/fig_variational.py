"""Digits drawn by variational autoencoders, and the map of a code of two numbers (14.2, 14.4).

The prior of the code is N(0, I). A code drawn from it is decoded to a new digit. With a code of two
numbers, all pictures that the decoder can draw lie on a map. The grid of the map divides the prior
into parts of equal probability.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from figures.experiments.binary_digits import bits
from figures.experiments.variational import (
    active_units,
    digits_vae,
    independent_pixels,
    map_of_codes,
)
from tinyae import ReLU
from tinyae.datasets import strokes
from tinyae.plotting import Figure, as_images, style, tile

NUMBER = "variational"
NAME = "fig_variational"
TITLE = "digits drawn from the prior of a Gaussian code, and a map of two numbers (14.2, 14.4)"
TOLERANCES = {
    "bound_20": 1.5,
    "bound_2": 2.5,
    "independent_pixels": 0.2,
    "active_20": 2,
    "purity": 0.08,
}
SIDE = 12  # pictures along each side of both panels
SHOWN = 1000  # fresh digits whose codes are drawn
PAIR = {20: "#0072B2", 2: "#D55E00"}


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train codes of 20 and of 2 numbers; return bounds, samples, the map, and codes by class."""
    rng = np.random.default_rng(seed)
    x, _ = strokes(1000 if quick else 4000, rng=rng, dtype=np.float32)
    fresh, labels = strokes(SHOWN, rng=rng, dtype=np.float32)
    binary = bits(fresh, rng)
    numbers: dict = {"independent_pixels": independent_pixels(x, binary)}
    for k in (20, 2):
        model = digits_vae(x, k, 3 if quick else 20, seed, hidden=200, activation=ReLU, rate=4e-3)
        numbers[f"bound_{k}"] = float(model.elbo(binary, samples=10, rng=rng).mean())
        numbers[f"active_{k}"] = active_units(model, binary)
        if k == 20:
            numbers["samples"] = model.sample(SIDE * SIDE, rng=rng, mean=True)
    numbers["map"] = map_of_codes(model, SIDE)
    codes = model.encode(binary)
    numbers |= {"codes": codes, "labels": labels, "purity": purity(codes, labels)}
    return numbers


def purity(codes: np.ndarray, labels: np.ndarray) -> float:
    """Share of codes (n, k) whose nearest other code has the same label."""
    distance = ((codes[:, None] - codes) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    return float((labels[distance.argmin(axis=1)] == labels).mean())


def draw(numbers: dict) -> Figure:
    """Draw samples of 20 numbers, the map of two numbers, and the codes of fresh digits."""
    with style():
        figure = Figure(figsize=(13.6, 5.2))
        left, middle, right = figure.subplots(1, 3)
        grids = (
            (left, "samples", "20 numbers: new digits from random codes\n"
             f"log p(x) ≥ {numbers['bound_20']:.0f} nats per fresh digit"),
            (middle, "map", "2 numbers: all that the decoder can draw\n"
             f"log p(x) ≥ {numbers['bound_2']:.0f} nats per fresh digit"),
        )  # fmt: skip
        for axes, key, title in grids:
            pictures = as_images(np.asarray(numbers[key]), key)
            axes.imshow(1.0 - tile(pictures, SIDE), vmin=0, vmax=1)
            axes.set_title(title)
            axes.set(xticks=[], yticks=[])
            for spine in axes.spines.values():
                spine.set_visible(False)
        left.set_xlabel("means of p(x | z), z ~ N(0, I)")
        show_codes(right, numbers)
    return figure


def show_codes(axes, numbers: dict) -> None:
    """Draw the codes of fresh digits, each as the digit that it is the code of."""
    for (a, b), label in zip(np.asarray(numbers["codes"]), numbers["labels"], strict=True):
        axes.text(a, b, str(label), fontsize=6)
