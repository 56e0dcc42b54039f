"""The optimal denoiser's step per unit of the score, on curves and a sphere (section 14.5.1).

For corruption with N(0, σ²I) the optimal reconstruction is r*(x̃) = x̃ + σ² ∇log p_σ(x̃), where p_σ
is the density of x̃. Its error has E‖r* − x‖² = dσ² − σ⁴ E‖∇log p_σ‖².
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinyae.datasets import spiral_curve, wave_curve
from tinyae.score import optimal_reconstruction, smoothed_score


def middles(limits: tuple[float, float], count: int) -> np.ndarray:
    """Return `count` equally spaced parameters, each in the middle of its interval."""
    return limits[0] + (np.arange(count) + 0.5) * (limits[1] - limits[0]) / count


CURVES = {
    "wave": wave_curve(middles((-np.pi, np.pi), 3000)),
    "spiral": spiral_curve(middles((3.0, 15.0), 3000)),
}


def rms(vectors: np.ndarray) -> float:
    """Return the root mean square length of the rows."""
    return float(np.sqrt((vectors**2).sum(axis=1).mean()))


def sphere(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n points spread evenly over the unit sphere, of shape (n, 3)."""
    x = rng.standard_normal((n, 3))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def sphere_score(x: np.ndarray, sigma: float) -> np.ndarray:
    """Return the score of the unit sphere blurred by N(0, σ²I), in closed form.

    With ρ = ‖x‖ its density is

    p_σ ∝ exp(−(ρ² + 1) / 2σ²) sinh(κ) / κ,  κ = ρ / σ²;   σ² score = (coth κ − 1/κ − ρ) x / ρ.
    """
    rho = np.linalg.norm(x, axis=1, keepdims=True)
    kappa = rho / sigma**2
    return (1.0 / np.tanh(kappa) - 1.0 / kappa - rho) * x / rho / sigma**2


class Factor(NamedTuple):
    """‖r − x̃‖ / ‖score‖, and the root and the mean of ‖r − x‖², as root mean squares."""

    factor: float
    root: float
    square: float


def on_curve(name: str, sigma: float, n: int, rng: np.random.Generator) -> Factor:
    """Measure the optimal denoiser at n corrupted points of a curve in the plane."""
    points = CURVES[name]
    x = points[rng.integers(len(points), size=n)]
    noisy = x + sigma * rng.standard_normal(x.shape)
    r = optimal_reconstruction(points, noisy, sigma)
    score = smoothed_score(points, noisy, sigma)
    return Factor(rms(r - noisy) / rms(score), rms(r - x), rms(r - x) ** 2)


def on_sphere(sigma: float, n: int, rng: np.random.Generator) -> Factor:
    """Measure the optimal denoiser at n corrupted points of the unit sphere in space."""
    x = sphere(n, rng)
    noisy = x + sigma * rng.standard_normal(x.shape)
    score = sphere_score(noisy, sigma)
    r = noisy + sigma**2 * score
    return Factor(rms(r - noisy) / rms(score), rms(r - x), rms(r - x) ** 2)
