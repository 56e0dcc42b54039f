"""Three corruptions of digits, and the error after three ways to undo them (sections 14.2.2, 14.5).

A median filter uses only that neighbouring pixels are similar. The best linear map uses the means
and covariances of the data. A denoising autoencoder has learned what digits look like. The error
of each is given as a share of the error of the corrupted picture.
"""

from __future__ import annotations

import numpy as np

from figures.experiments import denoising
from figures.experiments.denoising_baselines import LinearDenoiser, median_filter
from tinyae import BernoulliOutput, GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.applications.digits import squared_error
from tinyae.criterion.corruption import Corruption
from tinyae.datasets import strokes
from tinyae.plotting import Figure, as_images, style, tile

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
CHECKED = tuple(f"{kind}_{way}" for kind in CORRUPTIONS for way in WAYS if way != "corrupted")
SHOWN = 6


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train one denoiser for each corruption; compare it with the other ways on fresh digits."""
    rng = np.random.default_rng(seed)
    x, _ = strokes(600 if quick else 4000, rng=rng, dtype=np.float32)
    fresh, labels = strokes(500 if quick else 1000, rng=rng, dtype=np.float32)
    shown = np.array([np.flatnonzero(labels == digit)[0] for digit in range(SHOWN)])
    numbers: dict = {"clean": fresh[shown]}
    for kind, (_, corruption) in CORRUPTIONS.items():
        model = denoising.learn(
            x,
            corruption,
            BernoulliOutput(),
            seed,
            units=100 if quick else 300,
            epochs=6 if quick else 8,
            rate=5e-3,
            batch_size=50,
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
    """Draw one panel for each corruption, with rows from clean to denoised and their errors."""
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
            if column == 0:  # the names are written once
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
