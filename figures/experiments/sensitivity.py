"""How a code responds to changes of its input: singular values, leading units, steps (14.7).

A linear map is a contraction if its operator norm, the largest singular value, is at most 1. The
penalty is on the squared Frobenius norm, the sum of all squared singular values. The Frobenius norm
is never below the operator norm, and at most √rank times as large. Both describe infinitesimal
steps; `responses` measures finite ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tinyae import Autoencoder, Contractive

from .tied_digits import learn

STEPS = (0.01, 1.0, 2.0, 4.0, 8.0, 16.0)  # lengths of a random change of a digit
UNITS, EPOCHS = 300, 6


def networks(
    x: np.ndarray,
    slots: Mapping[str, dict],
    seed: int,
    *,
    units: int = UNITS,
    epochs: int = EPOCHS,
) -> dict[str, Autoencoder]:
    """Train a tied network of 300 sigmoid units on digits x (n, d) for each slot of `learn`."""
    return {
        name: learn(x, units, seed=seed, epochs=epochs, rate=5e-3, batch_size=40, **slot)
        for name, slot in slots.items()
    }


def spectra(model: Autoencoder, x: np.ndarray) -> np.ndarray:
    """Return the singular values of ∂h/∂x at each row of x (n, d): (n, k), the largest first.

    They are the roots of the eigenvalues of J Jᵀ, which takes less time than decomposing J. Values
    below 1e-7 of the largest are not accurate.
    """
    J = model.jacobian(x).astype(np.float64)
    squares = np.linalg.eigvalsh(J @ np.swapaxes(J, 1, 2))[:, ::-1]
    return np.sqrt(np.maximum(squares, 0.0))


class Norms(NamedTuple):
    """Both norms of ∂h/∂x at each of n points, (n,), and mean ‖x − r‖² over the total variance."""

    operator: np.ndarray
    frobenius: np.ndarray
    error: float


def unexplained(model: Autoencoder, x: np.ndarray) -> float:
    """Return the mean ‖x − r(x)‖² over the total variance of x (n, d); the mean of x has 1."""
    return float(((model.reconstruct(x) - x) ** 2).sum(axis=1).mean() / x.var(axis=0).sum())


def norms_by_strength(
    x: np.ndarray,
    test: np.ndarray,
    strengths: Sequence[float],
    seed: int,
    points: int = 40,
    *,
    units: int = UNITS,
    epochs: int = EPOCHS,
) -> list[Norms]:
    """Train on digits x for each strength λ of contraction, and measure on test digits.

    The norms are measured at the first `points` of them.
    """
    slots = {f"{lam}": {"penalties": Contractive(lam)} for lam in strengths}
    found = []
    for model in networks(x, slots, seed, units=units, epochs=epochs).values():
        s = spectra(model, test[:points])
        found.append(Norms(s[:, 0], np.sqrt((s**2).sum(axis=1)), unexplained(model, test)))
    return found


def leading_units(model: Autoencoder, x: np.ndarray, share: float = 0.1) -> float:
    """Return which part of ‖J‖² belongs to the most sensitive units, the mean over rows of x.

    Unit j has the part ‖∂h_j/∂x‖². At each row the units are ordered anew, and the given share of
    them is counted.
    """
    parts = (model.jacobian(x).astype(np.float64) ** 2).sum(axis=2)
    parts = -np.sort(-parts, axis=1)
    k = round(share * parts.shape[1])
    return float((parts[:, :k].sum(axis=1) / parts.sum(axis=1)).mean())


def responses(
    apply: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    steps: Sequence[float],
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the mean ‖F(x + Δ) − F(x)‖ / ‖Δ‖ for each length of Δ, with random directions.

    F is `apply`, such as `model.encode` or `model.reconstruct`. The direction at each row of
    x (n, d) is the same for all lengths.
    """
    x = x.astype(np.float64)
    directions = rng.standard_normal(x.shape)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    start = apply(x)
    return np.array([
        np.linalg.norm(apply(x + step * directions) - start, axis=1).mean() / step
        for step in steps
    ])  # fmt: skip
