"""Denoisers are trained on more and more data, at fixed and at falling noise (section 14.5.1).

The data are drawn from two Gaussians on a line, so the true score is known. Measured is the error
of a score: the exact minimiser's on n data, and that of a trained network. At fixed σ both learn
the score of the density blurred by the noise, and more data do not help. The minimiser has a
variance of order 1 / (n σ^(d+2)) and a squared bias of order σ⁴, for data of d dimensions, so
σ ∝ n^(−1/(d+6)) balances the two.
"""

from __future__ import annotations

import numpy as np

from tinyae import Adam, score_field
from tinyae.score import mixture_log_density, mixture_score
from tinyae.training import Cosine

from .networks import tanh_denoiser, train

MEANS = np.array([[-1.0], [1.0]])
VARIANCES = np.full((2, 1, 1), 0.25)
GRID = np.linspace(-4.0, 4.0, 401)[:, None]  # 2e-9 of the mass lies outside
SIZES = (100, 300, 1000, 3000, 10_000, 30_000)
SCHEDULES = {  # σ as a function of n
    "fixed": lambda n: 0.5,
    "falling": lambda n: 0.75 * n ** (-1 / 7),  # d = 1
    "too_fast": lambda n: 5.0 * n**-0.5,
}


def draw_data(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n points of ½N(−1, ¼) + ½N(1, ¼), of shape (n, 1)."""
    return MEANS[rng.integers(2, size=n)] + 0.5 * rng.standard_normal((n, 1))


def error(score: np.ndarray) -> float:
    """Return E‖score − true score‖² / E‖true score‖² under the true density.

    The score is given on GRID, as (401, 1).
    """
    true = mixture_score(GRID, MEANS, VARIANCES)
    return distance(score, true) / distance(0.0, true)


def distance(score: np.ndarray | float, other: np.ndarray) -> float:
    """Return E‖score − other‖² under the true density, but for a factor; both are (401, 1)."""
    density = np.exp(mixture_log_density(GRID, MEANS, VARIANCES))
    return float((density @ (score - other) ** 2).sum())


def floor(sigma: float) -> float:
    """Return the error of the exact score of the density blurred by N(0, σ²), the limit n → ∞."""
    return error(mixture_score(GRID, MEANS, VARIANCES + sigma**2 * np.eye(1)))


def learned(x: np.ndarray, sigma: float, seed: int, steps: int) -> np.ndarray:
    """Train a 1-32-1 denoiser on x (n, 1); return its score on GRID, (401, 1).

    The data are repeated to the same number of rows for every n. So every network takes equally
    many steps, and only the data differ.
    """
    rng = np.random.default_rng(seed)
    model = tanh_denoiser(1, 32, sigma, rng, weight=4, bias=4)
    rows = np.resize(x, (SIZES[-1], 1)).astype(np.float32)
    train(model, rows, epochs=max(1, round(steps * 250 / len(rows))), batch_size=250,
          optimizer=Adam(Cosine(0.01)), rng=rng)  # fmt: skip
    return score_field(model, GRID, sigma)


def slope(sizes: np.ndarray, errors: np.ndarray, least: int = 0) -> float:
    """Return the slope of log error on log n, by least squares over the sizes n ≥ `least`."""
    kept = np.asarray(sizes) >= least
    return float(np.polyfit(np.log(sizes)[kept], np.log(errors)[kept], 1)[0])
