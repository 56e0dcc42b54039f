"""Reconstructions from few numbers, and codes of two numbers by class (sections 14.3 and 14.9).

A deep autoencoder reconstructs digits better than PCA, logistic PCA and an autoencoder without
hidden layers whose codes have the same size. With codes of two numbers, the nearest code is more
often of the same class than with PCA, although the network is trained without labels.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tinyae import PCA
from tinyae.datasets import mnist, strokes
from tinyae.plotting import Figure, as_images, style, tile

from .experiments.deep_digits import (
    deep,
    errors_of,
    nearest_class,
    shallow,
    silhouette,
    tune,
)
from .numerals import show_numerals
from .slide import Slide, slide

NUMBER = "deep_codes"
NAME = "fig_deep_codes"
TITLE = "digits from few numbers, and the classes in codes of two numbers (14.3, 14.9)"
ALT = (
    "Five rows of digits: ten fresh digits, and their reconstructions from {k} numbers by "
    "PCA, logistic PCA, a shallow and a deep autoencoder. The deep one has the sharpest "
    "pictures and the smallest squared error, {error_deep:.1f} per digit, against "
    "{error_PCA:.1f} for PCA and {error_logistic_PCA:.1f} for logistic PCA. In maps of codes "
    "of two numbers the nearest code is of the same class for {right_PCA:.0%} of the digits "
    "with PCA and {right_deep:.0%} with the deep autoencoder, which was trained without "
    "labels."
)
DRAWN_FROM = "mnist"
CHECKED = ("error_PCA", "error_logistic_PCA", "error_deep", "right_PCA", "right_deep")
DRAWN = 500  # digits whose codes are drawn
FIRST = "originals", "PCA", "logistic PCA", "shallow", "deep"

Digits = tuple[NDArray, NDArray, NDArray, NDArray]


def from_folder(folder: str | os.PathLike) -> Digits:
    """Return 20 000 training and 4000 test digits of MNIST with labels."""
    path = Path(folder) / "mnist"
    (x, y), (fresh, labels) = (mnist(path, part, dtype=np.float32) for part in ("train", "test"))
    return x[:20_000], y[:20_000], fresh[:4000], labels[:4000]


def compute(seed: int = 0, quick: bool = False, pictures: Digits | None = None) -> dict:
    """Train codes of 10 and of 2 numbers on strokes, or of 30 and 2 numbers on `pictures`.

    Return reconstructions of one digit of each class with the errors on all fresh digits, and the
    codes of two numbers.
    """
    k, hidden, epochs, rate = 10, (256, 64), 14, 5e-3
    if pictures is None:
        x, y = strokes(1500 if quick else 4000, rng=seed, dtype=np.float32)
        fresh, labels = strokes(1000, rng=seed + 1, dtype=np.float32)
    else:
        (x, y, fresh, labels), k, hidden, epochs, rate = pictures, 30, (500, 250), 20, 2e-3
    models = {"PCA": PCA(k).fit(x)} | shallow(x, k, seed=seed, epochs=epochs, rate=2 * rate)
    models["deep"] = deep(x, k, seed=seed, hidden=hidden)
    two = deep(x, 2, seed=seed, hidden=hidden)
    for model in (models["deep"], two):
        tune(model, x, seed=seed, epochs=epochs, rate=rate)
    shown = np.array([np.flatnonzero(labels == c)[0] for c in range(10)])
    numbers: dict = {"k": k, "originals": fresh[shown], "labels": labels[:DRAWN]}
    for name, error in errors_of(models, fresh).items():
        numbers[f"error_{name.replace(' ', '_')}"] = error
        numbers[name] = models[name].reconstruct(fresh[shown])
    pca = PCA(2).fit(x)
    for name, encode in (("PCA", pca.transform), ("deep", two.encode)):
        codes = encode(fresh)
        right = nearest_class(encode(x), y, codes) == labels
        numbers |= {f"codes_{name}": codes[:DRAWN], f"right_{name}": float(right.mean()),
                    f"silhouette_{name}": silhouette(codes, labels)}  # fmt: skip
    return numbers


WORDS = {"PCA": "2 components of PCA", "deep": "deep autoencoder, 2 numbers"}


def draw(numbers: dict) -> Figure:
    """Draw originals with four reconstructions, and two maps of the classes."""
    with style():
        figure = Figure(figsize=(13.4, 4.9))
        left, middle, right = figure.subplots(1, 3, width_ratios=(1.25, 1, 1))
        show_reconstructions(left, numbers)
        left.set_title(f"a deep code of {numbers['k']} numbers has the\n"
                       "smallest error on fresh digits")  # fmt: skip
        for axes, (name, text) in zip((middle, right), WORDS.items(), strict=True):
            show_codes(axes, numbers, name, DRAWN)
            axes.set_title(f"{text}\nnearest code of the same class: "
                           f"{numbers[f'right_{name}']:.0%}")  # fmt: skip
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the reconstructions and both maps of the classes as slides."""
    title = f"A deep code of {numbers['k']} numbers keeps most of a digit"
    with slide(title, ALT.format(**numbers)) as (rows, axes):
        show_reconstructions(axes, numbers)
    drawn = [rows]
    for name, title, words in (
        ("PCA", "Two components of PCA mix the classes of digits", "mixed"),
        ("deep", "Two numbers of a deep code mix the classes less than PCA, without labels",
         "in groups, which overlap in the middle"),
    ):  # fmt: skip
        alt = (
            "Numerals in a plane, each at the two numbers of the code of a fresh digit. The "
            f"classes are {words}: the nearest code has the same class for "
            f"{numbers[f'right_{name}']:.0%} of the digits."
        )
        with slide(title, alt) as (figure, axes):
            show_codes(axes, numbers, name, DRAWN // 2)
        drawn.append(figure)
    return tuple(drawn)


def show_codes(axes: Axes, numbers: dict, name: str, count: int) -> None:
    """Draw the numerals of the first `count` digits at their codes; a few codes far out are cut."""
    codes = np.asarray(numbers[f"codes_{name}"])
    show_numerals(axes, codes[:count], np.asarray(numbers["labels"])[:count], clip=True)
    low, high = np.quantile(codes, (0.01, 0.99), axis=0)
    edge = 0.08 * (high - low)
    axes.set(xlim=(low[0] - edge[0], high[0] + edge[0]),
             ylim=(low[1] - edge[1], high[1] + edge[1]),
             xlabel="first number of the code", ylabel="second number")  # fmt: skip


def show_reconstructions(axes: Axes, numbers: dict) -> None:
    """Draw one fresh digit of each class and its reconstructions, a row for each model."""
    rows = np.concatenate([np.asarray(numbers[name]) for name in FIRST])
    grid = tile(1.0 - np.clip(as_images(rows, "rows"), 0, 1), 10)
    axes.imshow(grid, vmin=0, vmax=1)
    height = grid.shape[0] / len(FIRST)
    errors = {name: numbers["error_" + name.replace(" ", "_")] for name in FIRST[1:]}
    texts = [FIRST[0], *(f"{name}\n{error:.1f}" for name, error in errors.items())]
    axes.set_yticks([(i + 0.5) * height for i in range(len(FIRST))], texts)
    axes.tick_params(length=0)
    axes.set(xticks=[], xlabel="fresh digits", ylabel="code, and squared error per digit")
    for spine in axes.spines.values():
        spine.set_visible(False)
