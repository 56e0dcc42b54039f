"""Three corruptions of pen strokes, and what three ways to undo them leave (sections 14.2.2, 14.5).

A median filter knows that neighbours are alike, the best linear map knows every covariance of the
data, a denoising autoencoder has learned what a digit looks like. All three are measured against
doing nothing.
"""

from __future__ import annotations

import numpy as np

from figures.baselines import LinearDenoiser, median_filter
from figures.common import train
from tinyae import (
    Adam,
    Autoencoder,
    BernoulliOutput,
    GaussianNoise,
    MaskingNoise,
    ReLU,
    SaltAndPepperNoise,
)
from tinyae.applications.digits import squared_error
from tinyae.criterion.corruption import Corruption
from tinyae.datasets import strokes
from tinyae.plotting import Figure, as_images, style, tile
from tinyae.training import Cosine

NUMBER = "denoising"
NAME = "fig_denoising"
TITLE = "three corruptions, and three ways to undo them (14.2.2, 14.5)"
CORRUPTIONS: dict[str, tuple[str, Corruption]] = {
    "gaussian": ("Gaussian noise, σ = 0.5", GaussianNoise(0.5)),
    "masking": ("half of the pixels set to 0", MaskingNoise(0.5)),
    "salt_pepper": ("a quarter set to 0 or 1", SaltAndPepperNoise(0.25)),
}
WAYS = {
    "corrupted": "corrupted x̃",
    "median": "3 × 3 median",
    "linear": "best linear map",
    "dae": "denoising autoencoder",
}
TOLERANCES = {f"{kind}_{way}": 0.03 for kind in CORRUPTIONS for way in WAYS if way != "corrupted"}
SHOWN = 6


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train one denoiser for each corruption; errors are shares of the corrupted picture's."""
    rng = np.random.default_rng(seed)
    x, _ = strokes(600 if quick else 4000, rng=rng, dtype=np.float32)
    fresh, labels = strokes(500 if quick else 1000, rng=rng, dtype=np.float32)
    shown = np.array([np.flatnonzero(labels == digit)[0] for digit in range(SHOWN)])
    numbers: dict = {"clean": fresh[shown]}
    for kind, (_, corruption) in CORRUPTIONS.items():
        model = Autoencoder.dense(
            (784, 100 if quick else 300),
            activation=ReLU,
            output=BernoulliOutput(),
            corruption=corruption,
            rng=seed,
            dtype=np.float32,
        )
        train(
            model,
            x,
            epochs=6 if quick else 8,
            batch_size=50,
            optimizer=Adam(Cosine(5e-3)),
            rng=seed,
        )
        x_tilde = corruption.corrupt(fresh, rng)
        linear = LinearDenoiser(x, corruption)
        results = {
            "corrupted": x_tilde,
            "median": median_filter(x_tilde),
            "linear": linear.reconstruct(x_tilde),
            "dae": model.reconstruct(x_tilde),
        }
        own = squared_error(fresh, x_tilde)
        for way, r in results.items():
            numbers[f"{kind}_{way}"] = own if way == "corrupted" else squared_error(fresh, r) / own
            numbers[f"{kind}_{way}_pictures"] = r[shown]
    return numbers


def draw(numbers: dict) -> Figure:
    """One panel for each corruption; rows from clean to denoised, each with its error."""
    with style():
        figure = Figure(figsize=(13.4, 4.3))
        figure.suptitle("digits of generated pen strokes, none of them seen in training")
        panels = zip(figure.subplots(1, 3), CORRUPTIONS.items(), strict=True)
        for column, (axes, (kind, (label, _))) in enumerate(panels):
            rows = [numbers["clean"], *(numbers[f"{kind}_{way}_pictures"] for way in WAYS)]
            images = as_images(np.concatenate(rows), kind)
            axes.imshow(tile(images, SHOWN), vmin=0, vmax=1)
            own = numbers[f"{kind}_corrupted"]
            axes.set_title(f"{label}\nsquared error of the corrupted picture: {own:.0f}")
            left = [1.0 if way == "corrupted" else numbers[f"{kind}_{way}"] for way in WAYS]
            labels = [f"error {share:.3f}" for share in left]
            if column == 0:  # the names stand once
                labels = [
                    f"{name}\n{text}" for name, text in zip(WAYS.values(), labels, strict=True)
                ]
            middles = (images.shape[1] + 2) * (np.arange(len(rows)) + 0.5) - 1
            axes.set_yticks(middles, ["clean x" if column == 0 else "", *labels])
            axes.set_xticks([])
            axes.tick_params(length=0)
            for spine in axes.spines.values():
                spine.set_visible(False)
            axes.set_ylabel("squared error: corrupted x̃ = 1" if column == 0 else " ")
    return figure
