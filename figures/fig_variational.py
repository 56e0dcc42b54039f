"""Digits drawn by variational autoencoders, and the map of a code of two numbers (14.2, 14.4).

The prior of the code is N(0, I). A code drawn from it is decoded to a new digit. With a code of two
numbers, all pictures that the decoder can draw lie on a map. The cells of the map's grid have equal
probability under the prior. A code of 20 numbers describes the digits better.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae import ReLU
from tinyae.datasets import strokes
from tinyae.plotting import Figure, as_images, style, tile

from .experiments.binary_digits import bits
from .experiments.variational import (
    active_units,
    digits_vae,
    independent_pixels,
    map_of_codes,
    shares,
)
from .kinds import Count, Forms
from .numerals import show_numerals
from .parameters import parametrized
from .slide import Slide, slide

NUMBER = "variational"
NAME = "fig_variational"
TITLE = "digits drawn from the prior of a Gaussian code, and a map of two numbers (14.2, 14.4)"
ALT = (
    "A grid of new digits, which a decoder has drawn from random codes of 20 numbers; most of "
    "them can be read. The lower bound of log p(x) for fresh digits is {bound_20:.0f} nats "
    "with 20 numbers and {bound_2:.0f} with two; independent pixels reach "
    "{independent_pixels:.0f}. With two numbers all pictures lie on a map on which the classes "
    "form groups: the nearest code has the same class for {purity:.0%} of fresh digits."
)
CHECKED = ("bound_20", "bound_2", "independent_pixels", "active_20", "purity")
HIDDEN = {20: (200,), 2: (200, 50)}  # two numbers need a decoder that bends more
SIDE = 12  # pictures along each side of both panels
MEASURED, DRAWN = 1000, 400  # fresh digits, and those of them whose codes are drawn
TICKS = (0, 0.25, 0.5, 0.75, 1)


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    rows: Count = Forms(4000, quick=1500),
    epochs: Count = Forms(24, quick=8),
) -> dict:
    """Train codes of 20 and of 2 numbers; return bounds, samples, the map, and codes by class."""
    rng = np.random.default_rng(seed)
    x, _ = strokes(rows, rng=rng, dtype=np.float32)
    fresh, labels = strokes(DRAWN if quick else MEASURED, rng=rng, dtype=np.float32)
    binary = bits(fresh, rng)
    numbers: dict = {"independent_pixels": independent_pixels(x, binary)}
    for k in (20, 2):
        model = digits_vae(x, k, epochs, seed, hidden=HIDDEN[k], activation=ReLU,
                           rate=4e-3)  # fmt: skip
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
    """Draw samples of 20 numbers, the map of two numbers, and the codes of fresh digits on it."""
    with style():
        figure = Figure(figsize=(13.4, 5.0))
        left, middle, right = figure.subplots(1, 3)
        show_samples(left, numbers)
        left.set_title("new digits from random codes of 20 numbers\n"
                       f"log p(x) ≥ {nats(numbers['bound_20'])}, "
                       f"independent pixels {nats(numbers['independent_pixels'])}")  # fmt: skip
        show_pictures(middle, np.asarray(numbers["map"]))
        middle.set_title("all that a code of 2 numbers can draw\n"
                         f"log p(x) ≥ {nats(numbers['bound_2'])}")  # fmt: skip
        show_codes(right, np.asarray(numbers["codes"]), np.asarray(numbers["labels"]))
        right.set_title("codes of fresh digits on this map\n"
                        f"nearest code of the same class: {numbers['purity']:.0%}")  # fmt: skip
        for axes in (left, middle, right):
            axes.set_title(axes.get_title(), pad=12)  # numerals may lie on the upper edge
        for axes in (middle, right):
            on_map(axes)
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the three panels as slides."""
    title = "A variational autoencoder draws new digits from random codes"
    other = "digits drawn from the prior of a Gaussian code"
    with slide(title, ALT.format(**numbers), other) as (samples, axes):
        show_samples(axes, numbers, 6)
    alt = (
        "A grid of digits, drawn from a code of two numbers. Neighbouring pictures are similar, "
        "and most classes have a part of the map; between the parts one digit changes into "
        "another one."
    )
    title = "All that two numbers can draw lies on one map, where neighbours are similar"
    other = "digits drawn from a map of two numbers"
    with slide(title, alt, other) as (drawn, axes):
        show_pictures(axes, np.asarray(numbers["map"]))
        on_map(axes)
    alt = (
        "Numerals at the places of fresh digits on the map of two numbers. Those of a class form "
        "groups, some of which overlap: the nearest code has the same class for "
        f"{numbers['purity']:.0%} of the digits."
    )
    title = f"On the map the nearest digit is of the same class in {numbers['purity']:.0%} of cases"
    other = "codes of fresh digits on a map of two numbers"
    with slide(title, alt, other) as (codes, axes):
        show_codes(axes, np.asarray(numbers["codes"])[:200], np.asarray(numbers["labels"])[:200])
        on_map(axes)
        axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04))  # room for the numerals on the edges
    return samples, drawn, codes


def show_samples(axes: Axes, numbers: dict, rows: int = SIDE) -> None:
    """Draw rows of pictures of random codes of 20 numbers."""
    show_pictures(axes, np.asarray(numbers["samples"])[: rows * SIDE])
    axes.set(xticks=[], yticks=[], xlabel="means of p(x | z) for z drawn from N(0, I)",
             ylabel=f"{rows * SIDE} random codes")  # fmt: skip


def on_map(axes: Axes) -> None:
    """Label the axes of the map: they are shares of the prior."""
    axes.set_xlabel("share of the prior below $z_1$")
    axes.set_ylabel("share of the prior below $z_2$")
    axes.set(xticks=TICKS, yticks=TICKS, xlim=(0, 1), ylim=(0, 1))


def nats(value: float) -> str:
    """Return the mean log-probability of a fresh digit for a title, with a minus sign."""
    return f"{value:.0f} nats".replace("-", "−")


def show_pictures(axes, x: np.ndarray) -> None:
    """Draw pictures x (n, 784) as a grid of SIDE columns of width 1; SIDE² fill the unit square."""
    grid = tile(1.0 - as_images(x, "x"), SIDE)
    axes.imshow(grid, vmin=0, vmax=1, extent=(0, 1, 0, len(x) / SIDE**2))
    for spine in axes.spines.values():
        spine.set_visible(False)


def show_codes(axes, codes: np.ndarray, labels: np.ndarray) -> None:
    """Draw a numeral at the code (n, 2) of each digit, in the coordinates of the map."""
    show_numerals(axes, shares(codes)[:DRAWN], labels[:DRAWN])
    axes.set_aspect("equal")
