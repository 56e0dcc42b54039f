"""Learning curves of a deep autoencoder from random weights and from stacks (14.3, 14.9).

The data are pictures of curves through three random points, so a code of six numbers could be
perfect. From small random weights the net learns the mean picture only. With the weights of a stack
that was trained level by level, the same net with the same optimizer learns the curves. Below are
fresh pictures and what PCA and the nets make of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from tinyae import Adam
from tinyae.embeddings import PCA
from tinyae.plotting import Figure, as_images, style, tile
from tinyae.training import Cosine

from .experiments import depth_curves as depth
from .kinds import Count, Forms, Number
from .parameters import parametrized
from .slide import Slide, legend, slide

NUMBER = "depth"
NAME = "fig_depth"
TITLE = "a deep net from random weights and from stacks (14.3, 14.9)"
ALT = (
    "The squared error of a deep autoencoder on fresh pictures, by epoch, from several "
    "starts. From small random weights it stays at the error of the mean picture, "
    "{small:.1f}. From random weights of Glorot's size it falls to {glorot:.1f}. From the "
    "weights of stacks of Boltzmann machines and of autoencoders it falls at once, to "
    "{machines:.1f} and {autoencoders:.1f}; PCA with as many numbers has {pca:.1f}. The start "
    "decides whether plain gradient descent finds the code."
)
# name: label, look
STARTS = {
    "small": ("small random weights", "C3-"),
    "glorot": ("random weights, Glorot's size", "C4--"),
    "glorot_adam": ("the same, with Adam", "C4:"),
    "permuted": ("the stack's weights in random order", "0.6"),
    "machines": ("stack of Boltzmann machines", "C2-"),
    "autoencoders": ("stack of autoencoders", "C0-"),
}
SHOWN, PICTURES = ("small", "glorot_adam", "machines", "autoencoders"), 12
CHECKED = ("mean", "pca", "small", "glorot", "glorot_adam", "machines", "autoencoders")

WHITE = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1}  # behind a text
Rows = Annotated[int, Number(whole=True, low=100)]


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    rows: Rows = Forms(3000, quick=1000),
    before: Count = Forms(20, quick=5),
    epochs: Count = Forms(30, quick=4),
) -> dict:
    """Train the deep net from every start; follow its error on fresh pictures."""
    x, fresh = depth.pictures(depth.SMALL, rows, 1000, seed)
    nets = depth.starts(depth.SMALL, x, epochs=before, seed=seed)
    pca = PCA(6).fit(x)
    numbers: dict = dict(zip(("mean", "pca"), depth.baselines(x, fresh), strict=True))
    numbers["originals"] = fresh[:PICTURES]
    numbers["pca_pictures"] = pca.reconstruct(fresh[:PICTURES])
    for name in STARTS:
        with_adam = name == "glorot_adam"
        course = depth.fine_tune(
            nets["glorot" if with_adam else name],
            x,
            fresh,
            epochs=epochs,
            seed=seed,
            optimizer=Adam(Cosine(3e-3)) if with_adam else None,
        )
        numbers[name] = float(course.errors[-1])
        numbers[f"{name}_errors"] = course.errors
        numbers[f"{name}_pictures"] = course.model.reconstruct(fresh[:PICTURES])
    return numbers


def draw(numbers: dict) -> Figure:
    """Draw the learning curves, and rows of pictures under them."""
    with style():
        figure = Figure(figsize=(9.6, 7.4))
        above, below = figure.subplots(2, 1, height_ratios=(1.0, 1.0))
        show_curves(above, numbers, STARTS)
        above.set(title="196-100-50-25-12-6, sigmoid units and a linear code; "
                        "gradient descent with momentum")  # fmt: skip
        above.legend(title="start, and the error at the end", ncols=2)
        show_pictures(below, numbers, PICTURES)
        below.set_title("fresh pictures, and what PCA and the nets from four starts make of them")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the learning curves and the pictures as slides."""
    title = "A stack's weights let a deep net learn; small random ones do not"
    other = "the error on fresh pictures by epoch, from four starts"
    with slide(title, ALT.format(**numbers), other) as (curves, axes):
        show_curves(axes, numbers, ("small", "glorot", "machines", "autoencoders"))
        legend(axes, right=False, ncols=2)
    alt = (
        "Six rows of pictures of curves: fresh pictures, and their reconstructions from six "
        "numbers. PCA blurs them. The net from small random weights gives the same grey picture "
        "for all. The nets from stacks give back the curves."
    )
    title = "From small weights a deep net learns the mean picture only"
    other = "fresh pictures, and their reconstructions from six numbers"
    with slide(title, alt, other) as (pictures, axes):
        show_pictures(axes, numbers, 10)
    return curves, pictures


def show_curves(axes: Axes, numbers: dict, names: Iterable[str]) -> None:
    """Draw the error on fresh pictures by epoch for these starts, and two errors to compare."""
    ends = []
    for name in names:
        label, look = STARTS[name]
        errors = np.asarray(numbers[f"{name}_errors"])
        line = {"color": look} if look[0] == "0" else {"color": look[:2], "ls": look[2:]}
        axes.plot(errors, label=f"{label}: {errors[-1]:.2f}", **line)
        ends.append(errors[-1])
    for name, text in (("mean", "mean picture"), ("pca", "PCA with six numbers")):
        axes.axhline(numbers[name], color="0.75", lw=1, zorder=0)
        axes.text(len(errors) - 1, numbers[name], f"{text}: {numbers[name]:.2f}", color="0.35",
                  fontsize="small", ha="right", va="bottom", bbox=WHITE)  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set(xlabel="epochs of the whole net", ylabel="squared error per fresh picture",
             xlim=(0, len(errors) - 1), ylim=(0, 1.25 * max(numbers["mean"], *ends)))  # fmt: skip


def show_pictures(axes: Axes, numbers: dict, count: int) -> None:
    """Draw `count` fresh pictures, and what PCA and the nets from four starts make of them."""
    names = ("originals", "pca_pictures", *(f"{name}_pictures" for name in SHOWN))
    rows = np.concatenate([np.asarray(numbers[name])[:count] for name in names])
    images = as_images(rows, "pictures")
    axes.imshow(tile(images, count), vmin=0, vmax=1)
    labels = ("fresh pictures", "PCA", "small random weights", "Glorot's size, Adam",
              "Boltzmann machines", "autoencoders")  # fmt: skip
    middles = (images.shape[1] + 2) * (np.arange(len(names)) + 0.5) - 1.5
    axes.set_yticks(middles, labels)
    axes.set(ylabel=" ", xlabel="reconstructions from six numbers", xticks=[])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
