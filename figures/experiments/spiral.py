"""A denoising autoencoder is trained on points of a spiral (section 14.5.1, figure 14.5).

The field r(x) − x is compared with σ² times the exact score, which is that of the spiral smoothed
by the training noise. Measured are the agreement of the two at fresh noisy points, whether the
arrows climb and how long they are, the zeros of both fields, and the ridge between two neighbouring
arms: the line on which a field changes from pointing to the inner arm to pointing to the outer arm.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinyae import Adam, Autoencoder, score_field
from tinyae.datasets import spiral, spiral_curve
from tinyae.score import (
    FixedPoints,
    find_zeros,
    fixed_points,
    smoothed_hessian,
    smoothed_log_density,
    smoothed_score,
)
from tinyae.training import Cosine

from .networks import cosine, tanh_denoiser, train

CURVE = spiral_curve(np.linspace(3.0, 15.0, 4000))
CENTRES = spiral_curve(np.linspace(3.0, 15.0, 601)[1::2])  # dense enough for every σ ≥ 0.02
HALF_GAP = 0.02 * 2.0 * np.pi  # half the distance of neighbouring arms, which is 0.04 · 2π


def denoiser(
    sigma: float, rng: np.random.Generator, *, weight: float, bias: float, units: int = 200
) -> Autoencoder:
    """Return an untrained 2-200-2 denoiser; its first weights are drawn from U(−weight, weight)."""
    return tanh_denoiser(2, units, sigma, rng, weight=weight, bias=bias)


def agreement(model: Autoencoder, sigma: float, rng: np.random.Generator) -> dict[str, float]:
    """Compare the learned score with the exact one at 2000 fresh noisy points.

    `slope` is the slope of r(x) − x on σ² · score, by least squares through the origin.
    """
    x = spiral(2000, noise=sigma, rng=rng)
    learned, exact = score_field(model, x, sigma), smoothed_score(CENTRES, x, sigma)
    angles = cosine(learned, exact)
    return {
        "median_cosine": float(np.median(angles)),
        "mean_cosine": float(angles.mean()),
        "slope": float((learned * exact).sum() / (exact * exact).sum()),
    }


def learn(
    seed: int, *, sigma: float, weight: float, bias: float, epochs: int, units: int = 200
) -> tuple[Autoencoder, dict[str, float], float]:
    """Train one denoiser on 51 200 points; return it, its `agreement`, and the seconds of training.

    The weights of the first layer start at U(−weight, weight), its biases at U(−bias, bias).
    """
    rng = np.random.default_rng(seed)
    model = denoiser(sigma, rng, weight=weight, bias=bias, units=units)
    X = spiral(51_200, rng=rng)
    history = train(model, X, epochs=epochs, batch_size=256, optimizer=Adam(Cosine(0.015)), rng=rng)
    return model, agreement(model, sigma, rng), history.seconds


def climb(r: np.ndarray, x: np.ndarray, sigma: float) -> dict[str, float]:
    """Compare the density of the smoothed spiral at r (n, 2) with that at x (n, 2).

    `higher` is the share of rows with p(r) > p(x). `rank_correlation` is Spearman's, of ‖r − x‖
    with log p(x): −1 if the arrows are the longer the lower the density is, 0 for equal arrows.
    """
    before, after = (smoothed_log_density(CENTRES, at, sigma) for at in (x, r))
    length = np.linalg.norm(r - x, axis=1)
    ranks = [np.argsort(np.argsort(values)) for values in (length, before)]
    return {
        "higher": float((after > before).mean()),
        "rank_correlation": float(np.corrcoef(*ranks)[0, 1]),
    }


def grid(left: float, right: float, bottom: float, top: float, count: int) -> np.ndarray:
    """Return a regular grid of points in a rectangle, of shape (count², 2)."""
    across, up = np.meshgrid(np.linspace(left, right, count), np.linspace(bottom, top, count))
    return np.stack([across.ravel(), up.ravel()], axis=1)


def learned_fixed_points(model: Autoencoder) -> FixedPoints:
    """Return the fixed points of the model found from starts on a grid and on the curve."""
    starts = [grid(-0.62, 0.62, -0.62, 0.62, 49), CENTRES]
    return fixed_points(model, np.concatenate(starts))


def exact_fixed_points(sigma: float) -> FixedPoints:
    """Return the stationary points of the density of the spiral smoothed by N(0, σ²I)."""
    starts = np.concatenate([grid(-0.62, 0.62, -0.62, 0.62, 21), CENTRES[::8]])
    return find_zeros(lambda x: smoothed_score(CENTRES, x, sigma),
                      lambda x: smoothed_hessian(CENTRES, x, sigma), starts, steps=30)  # fmt: skip


def arm_crest(sigma: float, count: int = 400) -> np.ndarray:
    """Return the crest of the smoothed density along the arm, as points of shape (count, 2).

    Each point lies on a normal of the curve, within σ of it, where the component of the score along
    the normal is zero. It is found by bisection.
    """
    t = np.linspace(3.0, 15.0, count)
    x, tangent = spiral_curve(t), np.gradient(spiral_curve(t), t, axis=0, edge_order=2)
    normal = tangent[:, ::-1] * [1.0, -1.0] / np.linalg.norm(tangent, axis=1, keepdims=True)
    low, high = np.full(count, -sigma), np.full(count, sigma)
    for _ in range(30):
        middle = 0.5 * (low + high)
        up = (smoothed_score(CENTRES, x + middle[:, None] * normal, sigma) * normal).sum(axis=1) > 0
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    return x + middle[:, None] * normal


def distance(x: np.ndarray) -> np.ndarray:
    """Return the distance (n,) of each x (n, 2) from the curve."""
    return np.linalg.norm(x[:, None] - CURVE[::4], axis=2).min(axis=1)


def between(found: FixedPoints) -> np.ndarray:
    """Return which of m zeros lie half-way between two arms and are unstable: (m,), boolean.

    The distance of such a zero from the curve is half the gap between the arms, to within 0.035.
    The derivative of the field there has a positive eigenvalue, so the field points away from the
    zero in some direction.
    """
    return (np.abs(distance(found.x) - HALF_GAP) < 0.035) & (found.eigenvalues[:, -1] > 0)


def ridge(field: Callable[[np.ndarray], np.ndarray], count: int = 100) -> np.ndarray:
    """Return the ridge of a field between two arms, as points of shape (count, 2).

    Each point lies on a straight line from the arm at the angle t outwards to the arm at t + 2π. It
    is the place where the component of the field along the line changes from inwards to outwards.
    The row is NaN for a line on which the component does not change in this way. `field` maps
    (m, 2) to (m, 2).
    """
    t = np.linspace(3.0, 15.0 - 2.0 * np.pi, count)
    start, end = spiral_curve(t), spiral_curve(t + 2.0 * np.pi)
    s = np.linspace(0.0, 1.0, 41)
    x = start[:, None] + s[:, None] * (end - start)[:, None]
    out = (field(x.reshape(-1, 2)).reshape(x.shape) * (end - start)[:, None]).sum(axis=2)
    turns = (out[:, :-1] < 0) & (out[:, 1:] >= 0)
    i, rows = turns.argmax(axis=1), np.arange(count)
    share = out[rows, i] / np.where(turns.any(axis=1), out[rows, i] - out[rows, i + 1], np.inf)
    at = start + ((i + share) / 40.0)[:, None] * (end - start)
    return np.where(turns.any(axis=1)[:, None], at, np.nan)
