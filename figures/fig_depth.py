"""Learning curves of a deep autoencoder from random weights and from stacks (14.3, 14.9).

The data are pictures of curves through three random points, so a code of six numbers could be
perfect. From small random weights the net learns the mean picture only. With the weights of a stack
that was trained level by level, the same net with the same optimizer learns the curves. Below are
fresh pictures and what PCA and the nets make of them.
"""

from __future__ import annotations

import numpy as np

from figures.experiments import depth_curves as depth
from tinyae import Adam
from tinyae.embeddings import PCA
from tinyae.plotting import Figure, as_images, style, tile
from tinyae.training import Cosine

NUMBER = "depth"
NAME = "fig_depth"
TITLE = "a deep net from random weights and from stacks (14.3, 14.9)"
# name: label, look
STARTS = {
    "small": ("small random weights", "C3-"),
    "glorot": ("random weights, Glorot's size", "C4-"),
    "glorot_adam": ("the same, with Adam", "C4:"),
    "permuted": ("the stack's weights in random order", "0.6"),
    "machines": ("stack of Boltzmann machines", "C2-"),
    "autoencoders": ("stack of autoencoders", "C0-"),
}
SHOWN, PICTURES = ("small", "glorot_adam", "machines", "autoencoders"), 12
CHECKED = ("mean", "pca", "small", "glorot", "glorot_adam", "machines", "autoencoders")


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train the deep net from every start; follow its error on fresh pictures."""
    n, before, epochs = (1000, 5, 4) if quick else (3000, 20, 30)
    x, fresh = depth.pictures(depth.SMALL, n, 1000, seed)
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
        for name, (label, look) in STARTS.items():
            errors = np.asarray(numbers[f"{name}_errors"])
            line = {"color": look} if look[0] == "0" else {"color": look[:2], "ls": look[2:]}
            above.plot(errors, label=f"{label}: {errors[-1]:.2f}", **line)
        for name, text in (("mean", "mean picture"), ("pca", "PCA with six numbers")):
            above.axhline(numbers[name], color="0.75", lw=1, zorder=0)
            above.text(len(errors) - 1, numbers[name], f"{text}: {numbers[name]:.2f}", color="0.4",
                       fontsize=9, ha="right", va="bottom")  # fmt: skip
        above.set(xlabel="epochs of the whole net", ylabel="squared error per fresh picture",
                  xlim=(0, len(errors) - 1), ylim=(0, 1.25 * numbers["mean"]),
                  title="196-100-50-25-12-6, sigmoid units and a linear code; "
                        "gradient descent with momentum")  # fmt: skip
        above.legend(loc="lower left", title="start, and the error at the end", ncols=2)
        names = ("originals", "pca_pictures", *(f"{name}_pictures" for name in SHOWN))
        images = as_images(np.concatenate([numbers[name] for name in names]), "pictures")
        below.imshow(tile(images, PICTURES), vmin=0, vmax=1)
        labels = ("fresh pictures", "PCA", "small random weights", "Glorot's size, Adam",
                  "Boltzmann machines", "autoencoders")  # fmt: skip
        middles = (images.shape[1] + 2) * (np.arange(len(names)) + 0.5) - 1
        below.set_yticks(middles, labels)
        below.set(title="fresh pictures, and what PCA and the nets from four starts make of them",
                  ylabel=" ", xticks=[])  # fmt: skip
        below.tick_params(length=0)
        for spine in below.spines.values():
            spine.set_visible(False)
    return figure
