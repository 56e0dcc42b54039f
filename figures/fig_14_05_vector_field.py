"""Figure 14.5: the vector field r(x) − x that a denoising autoencoder learns around a spiral.

The field is measured against the exact score of the spiral smoothed by the training noise. A second
network, alike but for narrow initial weights, shows why the first layer starts wide: tanh units
that all bend in the same place cannot tell neighbouring arms apart.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from figures.common import train
from tinyae import (
    Adam,
    Autoencoder,
    Chain,
    Cosine,
    GaussianNoise,
    Linear,
    Normal,
    Tanh,
    Uniform,
    score_field,
    smoothed_score,
)
from tinyae.datasets import spiral, spiral_curve
from tinyae.plotting import style

NUMBER = "14.5"
NAME = "fig_14_05_vector_field"
TITLE = "the field r(x) − x around a spiral, against the exact score"
TOLERANCES = {
    "median_cosine": 0.004,
    "mean_cosine": 0.03,
    "slope": 0.03,
    "narrow_mean_cosine": 0.35,
}
CURVE = spiral_curve(np.linspace(3.0, 15.0, 4000))
CLOSE_UP = (-0.17, 0.23, 0.18, 0.58)  # left, right, bottom, top: two arms and the gap between
SHRINK = 2.0  # arrows are drawn at half their length, or they would overlap


def denoiser(sigma: float, rng: np.random.Generator, *, weight: float, bias: float) -> Autoencoder:
    """2-200-2, tanh code, linear output; the first layer starts at U(−weight, weight)."""
    wide = Uniform(weight, bias)
    encoder = Chain(Linear(2, 200, rng=rng, init=wide, dtype=np.float32), Tanh())
    decoder = Linear(200, 2, rng=rng, init=Normal(0.01), dtype=np.float32)
    return Autoencoder(encoder, decoder, corruption=GaussianNoise(sigma))


def agreement(model: Autoencoder, sigma: float, rng: np.random.Generator) -> dict[str, float]:
    """Compare the learned score with the exact one at 2000 fresh noisy points.

    The slope is that of the least-squares line of r(x) − x on σ² · score, through the origin.
    """
    x = spiral(2000, noise=sigma, rng=rng)
    learned, exact = score_field(model, x, sigma), smoothed_score(x, CURVE, sigma)
    product = (learned * exact).sum(axis=1)
    cosine = product / np.linalg.norm(learned, axis=1) / np.linalg.norm(exact, axis=1)
    return {
        "median_cosine": float(np.median(cosine)),
        "mean_cosine": float(cosine.mean()),
        "slope": float(product.sum() / (exact * exact).sum()),
    }


def learn(seed: int, *, sigma: float, weight: float, bias: float, epochs: int):
    """Train one denoiser; return it, its agreement with the score, and the seconds it took."""
    rng = np.random.default_rng(seed)
    model = denoiser(sigma, rng, weight=weight, bias=bias)
    X = spiral(51_200, rng=rng)
    history = train(model, X, epochs=epochs, batch_size=256, optimizer=Adam(Cosine(0.015)), rng=rng)
    return model, agreement(model, sigma, rng), history.seconds


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train the wide and the narrow network and measure both; sample the fields on grids."""
    sigma, epochs = 0.05, 15 if quick else 120
    model, numbers, seconds = learn(seed, sigma=sigma, weight=20, bias=12, epochs=epochs)
    narrow, narrow_numbers, _ = learn(seed, sigma=sigma, weight=2, bias=2, epochs=epochs)
    whole, close = grid(-0.64, 0.64, -0.64, 0.64, 27), grid(*CLOSE_UP, 14)
    return {
        "sigma": sigma,
        **numbers,
        **{f"narrow_{key}": value for key, value in narrow_numbers.items()},
        "training_seconds": seconds,
        "whole": whole,
        "whole_field": model.reconstruct(whole) - whole,
        "narrow_field": narrow.reconstruct(whole) - whole,
        "close": close,
        "close_field": model.reconstruct(close) - close,
        "close_exact": sigma**2 * smoothed_score(close, CURVE, sigma),
    }


def grid(left: float, right: float, bottom: float, top: float, count: int) -> np.ndarray:
    """Return count² points of a rectangle, of shape (count², 2)."""
    across, up = np.meshgrid(np.linspace(left, right, count), np.linspace(bottom, top, count))
    return np.stack([across.ravel(), up.ravel()], axis=1)


def draw(numbers: dict) -> Figure:
    """Three panels: the whole field, a close-up with the exact score, the narrow start."""
    with style():
        figure = Figure(figsize=(13.2, 5.0))
        whole, close, narrow = figure.subplots(1, 3)
        for axes, field, prefix, title in (
            (whole, "whole_field", "", "weights from U(−20, 20)"),
            (narrow, "narrow_field", "narrow_", "the same net, weights from U(−2, 2)"),
        ):
            axes.plot(*CURVE.T, color="C2", linewidth=3, zorder=1, label="data")
            arrows(axes, numbers["whole"], numbers[field], "C1", "learned r(x) − x")
            median, mean = numbers[f"{prefix}median_cosine"], numbers[f"{prefix}mean_cosine"]
            axes.set_title(f"{title}\ncosine with the score: median {median:.3f}, mean {mean:.2f}")
        close.plot(*CURVE.T, color="C2", linewidth=4, zorder=1, label="data")
        arrows(close, numbers["close"], numbers["close_exact"], "C4", "exact σ² · score", 0.011)
        arrows(close, numbers["close"], numbers["close_field"], "C1", "learned r(x) − x", 0.004)
        close.set_title(
            "close-up: between two arms the arrows part\n"
            f"slope of r(x) − x on σ² · score: {numbers['slope']:.3f}"
        )
        left, right, bottom, top = CLOSE_UP
        close.set(xlim=(left, right), ylim=(bottom, top))
        for axes in (whole, close, narrow):
            axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
        handles, labels = close.get_legend_handles_labels()
        figure.legend(handles, [*labels[:1], *(f"{name}, half length" for name in labels[1:])],
                      loc="outside lower center", ncols=3)  # fmt: skip
    return figure


def arrows(axes, x, field, color, label, width=0.0025):
    """Draw arrows at 1/SHRINK of their length."""
    axes.quiver(*x.T, *field.T, color=color, angles="xy", scale_units="xy", scale=SHRINK,
                width=width, zorder=2, label=label)  # fmt: skip
