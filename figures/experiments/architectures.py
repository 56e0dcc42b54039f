"""Denoisers of several architectures learn the score of one curve (section 14.5.1).

The data lie on a period of a sine wave inside the unit square, so that an output of probabilities
fits them too. Compared are one layer of tanh units, two layers, rectified units, and a sigmoid
output with cross-entropy. All have untied weights. Measured is the agreement of (r(x) − x)/σ² with
the exact score of the curve smoothed by the noise, at fresh corrupted points.
"""

from __future__ import annotations

import numpy as np

from tinyae import (
    Adam,
    Autoencoder,
    BernoulliOutput,
    Chain,
    GaussianNoise,
    GaussianOutput,
    Linear,
    ReLU,
    Tanh,
)
from tinyae.datasets import curve, wave_curve
from tinyae.nn import Normal, Uniform
from tinyae.score import smoothed_score
from tinyae.training import Cosine

from .networks import cosine, train

NAMES = ("tanh", "deep", "rectified", "cross-entropy")
SIGMA = 0.06
WIDE = Uniform(16.0, 12.0)  # steep units that lie in many places of the unit square
CURVE = 0.5 * (wave_curve(np.linspace(-np.pi, np.pi, 2000)) + 1.0)


def draw_data(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n points (n, 2) of the wave in the unit square."""
    return 0.5 * (curve(n, rng=rng) + 1.0)


def untrained(name: str, rng: np.random.Generator, *, sigma: float = SIGMA) -> Autoencoder:
    """Return a denoiser of one of the `NAMES`; sigma = 0 means no corruption."""
    first = Linear(2, 100, rng=rng, init=WIDE)
    last = Linear(100, 2, rng=rng, init=Normal(0.01))
    encoder = Chain(first, Tanh())
    if name == "deep":
        middle = Linear(100, 40, rng=rng)
        encoder = Chain(first, Tanh(), middle, Tanh())
        last = Linear(40, 2, rng=rng, init=Normal(0.01))
    if name == "rectified":
        encoder = Chain(first, ReLU())
    output = BernoulliOutput() if name == "cross-entropy" else GaussianOutput()
    corruption = GaussianNoise(sigma) if sigma else None
    return Autoencoder(encoder, last, output=output, corruption=corruption)


def learn(name: str, seed: int, *, epochs: int = 40, sigma: float = SIGMA) -> Autoencoder:
    """Train one architecture on 20 480 points of the curve."""
    rng = np.random.default_rng(seed)
    model = untrained(name, rng, sigma=sigma)
    X = draw_data(20_480, rng)
    train(model, X, epochs=epochs, batch_size=256, optimizer=Adam(Cosine(0.01)), rng=rng)
    return model


def agreement(model: Autoencoder, rng: np.random.Generator) -> dict[str, float]:
    """Compare (r(x) − x)/σ² with the exact score at 2000 fresh corrupted points.

    `low_cosine` is the lower quartile of the cosine, `slope` the slope of the learned score on the
    exact one, by least squares through the origin.
    """
    x = draw_data(2000, rng)
    x = x + SIGMA * rng.standard_normal(x.shape)
    learned, exact = (model.reconstruct(x) - x) / SIGMA**2, smoothed_score(CURVE, x, SIGMA)
    angles = cosine(learned, exact)
    return {
        "low_cosine": float(np.quantile(angles, 0.25)),
        "mean_cosine": float(angles.mean()),
        "slope": float((learned * exact).sum() / (exact * exact).sum()),
    }
