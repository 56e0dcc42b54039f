"""The best reconstruction of a noisy point under the norm of x − r, and under its square (14.2.2).

The clean input is one of three points of the plane, with unequal probabilities. Its posterior given
a noisy point is known, and with it both best reconstructions and the score of the noisy density.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

POINTS = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]])
WEIGHTS = np.array([0.5, 0.3, 0.2])
SIGMA = 0.7


def draw(n: int, rng: np.random.Generator) -> NDArray:
    """Return n noisy points (n, 2)."""
    return POINTS[rng.choice(3, n, p=WEIGHTS)] + SIGMA * rng.standard_normal((n, 2))


def posterior(noisy: NDArray) -> NDArray:
    """Return the probability of each clean point given each noisy point: (n, 3)."""
    log = np.log(WEIGHTS) - ((noisy[:, None] - POINTS) ** 2).sum(axis=2) / (2.0 * SIGMA**2)
    p = np.exp(log - log.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def posterior_mean(noisy: NDArray) -> NDArray:
    """Return the r (n, 2) with the least expected ‖x − r‖²."""
    return posterior(noisy) @ POINTS


def posterior_median(noisy: NDArray, steps: int = 2000) -> NDArray:
    """Return the r (n, 2) with the least expected ‖x − r‖, the spatial median.

    Weiszfeld's iteration: r is the mean of the clean points with weights p_i / ‖r − x_i‖.
    """
    p = posterior(noisy)
    r = p @ POINTS
    for _ in range(steps):
        q = p / np.maximum(np.linalg.norm(r[:, None] - POINTS, axis=2), 1e-12)
        r = q @ POINTS / q.sum(axis=1, keepdims=True)
    return r


def expected_norm(noisy: NDArray, r: NDArray) -> NDArray:
    """Return the expected ‖x − r‖ of each noisy point: (n,)."""
    return (posterior(noisy) * np.linalg.norm(r[:, None] - POINTS, axis=2)).sum(axis=1)


def score(noisy: NDArray) -> NDArray:
    """Return ∇ log p_σ (n, 2), the gradient of the mixture's density over the density."""
    gaps = POINTS - noisy[:, None]
    p = WEIGHTS * np.exp(-(gaps**2).sum(axis=2) / (2.0 * SIGMA**2))
    return (p[:, :, None] * gaps).sum(axis=1) / p.sum(axis=1, keepdims=True) / SIGMA**2
