"""A denoising autoencoder is trained on points of a sine curve (section 14.5, figure 14.4).

Measured is where r(x̃) − x̃ points at fresh corrupted points: its cosine with the direction to the
nearest point of the curve, and with the exact score of the curve smoothed by the noise. The exact
score does not point exactly to the nearest point either, so its own cosine is measured too.
"""

from __future__ import annotations

import numpy as np

from tinyae import Adam, Autoencoder
from tinyae.datasets import curve, wave_curve
from tinyae.score import smoothed_score
from tinyae.training import Cosine

from .networks import cosine, tanh_denoiser, train

SIGMA = 0.12
CURVE = wave_curve(np.linspace(-np.pi, np.pi, 2000))


def learn(
    seed: int, *, epochs: int = 40, sigma: float = SIGMA, units: int = 100
) -> tuple[Autoencoder, np.ndarray, float]:
    """Train 2-100-2 tanh units on 20 480 points of the curve.

    Returns the model, the data (20 480, 2) and the seconds of training.
    """
    rng = np.random.default_rng(seed)
    X = curve(20_480, rng=rng).astype(np.float32)
    model = tanh_denoiser(2, units, sigma, rng, weight=8, bias=8)
    history = train(model, X, epochs=epochs, batch_size=256, optimizer=Adam(Cosine(0.01)), rng=rng)
    return model, X, history.seconds


def measure(model: Autoencoder, rng: np.random.Generator, sigma: float = SIGMA) -> dict[str, float]:
    """Return the three median cosines at 1000 fresh corrupted points."""
    x = curve(1000, rng=rng)
    x = model.corruption.corrupt(x, rng)
    nearest = CURVE[((x[:, None] - CURVE[None]) ** 2).sum(axis=2).argmin(axis=1)]
    learned, exact = model.reconstruct(x) - x, smoothed_score(CURVE, x, sigma)
    return {
        "cosine_to_curve": float(np.median(cosine(learned, nearest - x))),
        "score_to_curve": float(np.median(cosine(exact, nearest - x))),
        "cosine_to_score": float(np.median(cosine(learned, exact))),
    }
