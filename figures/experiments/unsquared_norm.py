<<<<<<< HEAD
"""The best reconstruction under the norm of the difference, squared and not (section 14.2.2).

For three points of the plane with known weights both minimisers are computed: the mean of the
clean inputs that may have caused x̃, and their spatial median.
=======
"""The best reconstruction of a noisy point under the norm of x − r, and under its square (14.2.2).

The clean input is one of three points of the plane, with unequal probabilities. Its posterior given
a noisy point is known, and with it both best reconstructions and the score of the noisy density.
>>>>>>> intro12
"""

from __future__ import annotations

import numpy as np
<<<<<<< HEAD
=======
from numpy.typing import NDArray
>>>>>>> intro12

POINTS = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]])
WEIGHTS = np.array([0.5, 0.3, 0.2])
SIGMA = 0.7


<<<<<<< HEAD
def corrupted(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw n noisy points (n, 2)."""
    return POINTS[rng.choice(3, n, p=WEIGHTS)] + SIGMA * rng.standard_normal((n, 2))


def posterior(noisy: np.ndarray) -> np.ndarray:
    """Return p(x = each of the points given x̃): (n, 3)."""
    log = np.log(WEIGHTS) - ((noisy[:, None] - POINTS) ** 2).sum(axis=2) / (2 * SIGMA**2)
=======
def draw(n: int, rng: np.random.Generator) -> NDArray:
    """Return n noisy points (n, 2)."""
    return POINTS[rng.choice(3, n, p=WEIGHTS)] + SIGMA * rng.standard_normal((n, 2))


def posterior(noisy: NDArray) -> NDArray:
    """Return the probability of each clean point given each noisy point: (n, 3)."""
    log = np.log(WEIGHTS) - ((noisy[:, None] - POINTS) ** 2).sum(axis=2) / (2.0 * SIGMA**2)
>>>>>>> intro12
    p = np.exp(log - log.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


<<<<<<< HEAD
def spatial_median(p: np.ndarray, steps: int = 2000) -> np.ndarray:
    """Return the r that minimises Σ_i p_i ‖r − x_i‖ for each row of p, by Weiszfeld's iteration."""
=======
def posterior_mean(noisy: NDArray) -> NDArray:
    """Return the r (n, 2) with the least expected ‖x − r‖²."""
    return posterior(noisy) @ POINTS


def posterior_median(noisy: NDArray, steps: int = 2000) -> NDArray:
    """Return the r (n, 2) with the least expected ‖x − r‖, the spatial median.

    Weiszfeld's iteration: r is the mean of the clean points with weights p_i / ‖r − x_i‖.
    """
    p = posterior(noisy)
>>>>>>> intro12
    r = p @ POINTS
    for _ in range(steps):
        q = p / np.maximum(np.linalg.norm(r[:, None] - POINTS, axis=2), 1e-12)
        r = q @ POINTS / q.sum(axis=1, keepdims=True)
    return r


<<<<<<< HEAD
def score(noisy: np.ndarray) -> np.ndarray:
    """Return ∇ log p_σ(x̃), by the derivative of the mixture's density."""
    gaps = POINTS - noisy[:, None]
    p = WEIGHTS * np.exp(-(gaps**2).sum(axis=2) / (2 * SIGMA**2))
    return (p[:, :, None] * gaps).sum(axis=1) / p.sum(axis=1, keepdims=True) / SIGMA**2


def size(a: np.ndarray) -> float:
    """Return the root of the mean squared length of the rows."""
    return float(np.sqrt((a**2).sum(axis=1).mean()))
=======
def expected_norm(noisy: NDArray, r: NDArray) -> NDArray:
    """Return the expected ‖x − r‖ of each noisy point: (n,)."""
    return (posterior(noisy) * np.linalg.norm(r[:, None] - POINTS, axis=2)).sum(axis=1)


def score(noisy: NDArray) -> NDArray:
    """Return ∇ log p_σ (n, 2), the gradient of the mixture's density over the density."""
    gaps = POINTS - noisy[:, None]
    p = WEIGHTS * np.exp(-(gaps**2).sum(axis=2) / (2.0 * SIGMA**2))
    return (p[:, :, None] * gaps).sum(axis=1) / p.sum(axis=1, keepdims=True) / SIGMA**2
>>>>>>> intro12
