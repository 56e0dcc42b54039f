"""Three corruptions of digits, and the error after three ways to undo them (sections 14.2.2, 14.5).

A median filter uses only that neighbouring pixels are similar. The best linear map uses the means
and covariances of the data. A denoising autoencoder (equations 14.9 and 14.14) has learned what
digits look like. The error of each is given as a share of the error of the corrupted picture.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from matplotlib.axes import Axes

from tinyae import BernoulliOutput, GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.applications.digits import squared_error
from tinyae.criterion.corruption import Corruption
from tinyae.datasets import strokes
from tinyae.plotting import Figure, as_images, style, tile

from .experiments import denoising
from .experiments.denoising_baselines import LinearDenoiser, median_filter
from .experiments.own_data import split
from .kinds import Count, Forms, Fraction, Number, Pictures, Width
from .parameters import parametrized
from .slide import Slide, legend, slide

NUMBER = "denoising"
NAME = "fig_denoising"
TITLE = "three corruptions, and three ways to undo them (14.2.2, 14.5)"
ALT = (
    "Bars of the squared error that is left after three ways to undo three corruptions of "
    "digits, as shares of the error of the corrupted picture. The denoising autoencoder "
    "leaves the least each time: {gaussian_dae:.2f} of Gaussian noise, {masking_dae:.2f} "
    "where half of the pixels are set to 0 and {salt_pepper_dae:.2f} where a quarter is set "
    "to 0 or 1. The best linear map leaves {gaussian_linear:.2f}, {masking_linear:.2f} and "
    "{salt_pepper_linear:.2f}; a median filter {gaussian_median:.2f}, {masking_median:.2f} "
    "and {salt_pepper_median:.2f}."
)

ALT_OWN = (
    "Rows of pictures: clean, corrupted, and after three ways to undo the corruption, for three "
    "corruptions. The denoising autoencoder leaves {gaussian_dae:.2f}, {masking_dae:.2f} and "
    "{salt_pepper_dae:.2f} of the error of the corrupted picture."
)


def corruptions(
    sigma: float = 0.5, masked: float = 0.5, flipped: float = 0.25
) -> dict[str, tuple[str, Corruption]]:
    """Return the words for each kind of corruption, and the corruption."""
    shares = {0.25: "a quarter", 0.5: "half", 1.0: "all"}
    half, quarter = (shares.get(share, f"{share:.3g}") for share in (masked, flipped))
    return {
        "gaussian": (f"Gaussian noise, σ = {sigma:g}", GaussianNoise(sigma)),
        "masking": (f"{half} of the pixels set to 0", MaskingNoise(masked)),
        "salt_pepper": (f"{quarter} set to 0 or 1", SaltAndPepperNoise(flipped)),
    }


Masked = Annotated[float, Number(low=0.0, above=True, high=0.99)]  # of 1 nothing would be left
KINDS = tuple(corruptions())
WAYS = {
    "corrupted": "corrupted x̃",
    "median": "3 × 3 median",
    "linear": "best linear map",
    "dae": "denoising autoencoder",
}
CHECKED = tuple(f"{kind}_{way}" for kind in KINDS for way in WAYS if way != "corrupted")
SHOWN = 6


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    sigma: Width = 0.5,
    masked: Masked = 0.5,
    flipped: Fraction = 0.25,
    units: Count = Forms(300, quick=100),
    epochs: Count = Forms(8, quick=6),
    X: Pictures | None = None,
) -> dict:
    """Train one denoiser for each corruption; compare it with the other ways on fresh digits.

    `masked` and `flipped` are the shares of pixels that two of the corruptions change. With
    pictures X (n, side²) four fifths are trained on, and the others are fresh.
    """
    rng = np.random.default_rng(seed)
    if X is None:
        x, _ = strokes(600 if quick else 4000, rng=rng, dtype=np.float32)
        fresh, labels = strokes(500 if quick else 1000, rng=rng, dtype=np.float32)
        shown = np.array([np.flatnonzero(labels == digit)[0] for digit in range(SHOWN)])
    else:
        x, fresh = split(X, seed)
        shown = np.arange(SHOWN)
    numbers: dict = {"clean": fresh[shown]}
    for kind, (_, corruption) in corruptions(sigma, masked, flipped).items():
        model = denoising.learn(
            x,
            corruption,
            BernoulliOutput(),
            seed,
            units=units,
            epochs=epochs,
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
        panels = zip(figure.subplots(1, 3), labels_of(numbers).items(), strict=True)
        for column, (axes, (kind, label)) in enumerate(panels):
            show_rows(axes, numbers, kind, named=column == 0)
            own = numbers[f"{kind}_corrupted"]
            axes.set_title(f"{label}\nsquared error of the corrupted picture: {own:.0f}")
    return figure


def labels_of(numbers: dict) -> dict[str, str]:
    """Return the words for each kind of corruption with the parameters of these numbers."""
    named = {key: numbers["parameters"][key] for key in ("sigma", "masked", "flipped")}
    return {kind: words for kind, (words, _) in corruptions(**named).items()}


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw one corruption and what is left of it, and the errors of all three, as slides."""
    title = "A denoising autoencoder comes closest to the clean digits"
    alt = (
        "Rows of six fresh digits: clean, corrupted by noise, after a median filter, after the "
        "best linear map and after a denoising autoencoder. The last row is closest to the clean "
        "digits. The number at the left is the error as a share of that of the corrupted picture."
    )
    other = "fresh digits, corrupted and restored in three ways"
    with slide(title, alt, other) as (rows, axes):
        show_rows(axes, numbers, "gaussian")
        axes.set(xlabel=labels_of(numbers)["gaussian"])
    title = "A denoising autoencoder leaves less error than a median filter or a linear map"
    other = "the error that is left, for three corruptions and three ways to undo them"
    with slide(title, ALT.format(**numbers), other) as (bars, axes):
        looks = {"median": "C3", "linear": "C4", "dae": "C1"}
        for i, (way, color) in enumerate(looks.items()):
            shares = [numbers[f"{kind}_{way}"] for kind in KINDS]
            axes.bar(np.arange(3) + 0.27 * (i - 1), shares, 0.25, color=color, label=WAYS[way],
                     edgecolor="black", hatch=("/", "", "x")[i])  # fmt: skip
        gaussian, masking, flips = labels_of(numbers).values()
        names = [
            gaussian.replace(", ", ",\n"),
            masking.replace(" of the pixels set", " of the\npixels set"),
            flips.replace(" set to", " set\nto"),
        ]
        axes.set_xticks(np.arange(3), names)
        axes.set(xlabel="corruption", ylabel="error, corrupted = 1")
        legend(axes, right=False, ncols=3)
    return rows, bars


def show_rows(axes: Axes, numbers: dict, kind: str, *, named: bool = True) -> None:
    """Draw rows of digits from clean to denoised, with their names if `named`."""
    rows = [numbers["clean"], *(numbers[f"{kind}_{way}_pictures"] for way in WAYS)]
    images = as_images(np.concatenate(rows), kind)
    axes.imshow(tile(images, SHOWN), vmin=0, vmax=1)
    labels = ["error 1" if way == "corrupted" else f"error {numbers[f'{kind}_{way}']:.3f}"
              for way in WAYS]  # fmt: skip
    if named:
        labels = [f"{name}\n{text}" for name, text in zip(WAYS.values(), labels, strict=True)]
    middles = (images.shape[1] + 2) * (np.arange(len(rows)) + 0.5) - 1.5
    axes.set_yticks(middles, ["clean x" if named else "", *labels])
    axes.set(xticks=[], ylabel="relative error" if named else " ")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
