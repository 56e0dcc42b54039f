"""A denoising autoencoder is trained on three points of a line (section 14.7, figure 14.7).

The points are −½, 0 and ½, and the noise has σ = 0.1. Measured are the fixed points of the learned
reconstruction, r(x) = x, and the slopes dr/dx there. The optimum is known. It has five fixed
points: the three data, where it is nearly flat, and the two midpoints between neighbours, where its
slope is Δ² / 4σ² = 6.25 for data at the distance Δ = ½.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinyae import Adam, Autoencoder
from tinyae.datasets import three_points
from tinyae.numerics.scaled_points import whole_copies
from tinyae.score import optimal_reconstruction
from tinyae.training import Cosine

from .networks import tanh_denoiser, train

DATA = three_points(3)
SIGMA = 0.1
EXPECTED_ZEROS = np.array([-0.5, -0.25, 0.0, 0.25, 0.5])


def untrained(seed: int, *, sigma: float = SIGMA) -> Autoencoder:
    """Return the denoiser before its training; sigma = 0 means no noise."""
    rng = np.random.default_rng(seed)
    return tanh_denoiser(1, 20, sigma, rng, weight=20, bias=12, dtype=np.float64)


def learn(
    seed: int,
    *,
    epochs: int = 200,
    sigma: float = SIGMA,
    copies: tuple[int, ...] = (1, 1, 1),
    units: int = 20,
    data: np.ndarray = DATA,
) -> tuple[Autoencoder, float]:
    """Train 1-20-1 tanh units on 30 000 rows that repeat the points; return it and the seconds.

    `copies` says how often each of the points occurs in a cycle, for points of unequal weight.
    `data` (n, 1) are other points between about −½ and ½; they are trained on in random order.
    """
    rng = np.random.default_rng(seed)
    model = tanh_denoiser(1, units, sigma, rng, weight=20, bias=12, dtype=np.float64)
    points = np.repeat(data, copies, axis=0)
    own = data is not DATA
    X = whole_copies(points, 30_000, rng) if own else np.resize(points, (30_000, 1))
    history = train(model, X, epochs=epochs, batch_size=300, shuffle=own,
                    optimizer=Adam(Cosine(0.01)), rng=rng)  # fmt: skip
    return model, history.seconds


def optimum(
    x: np.ndarray,
    sigma: float,
    copies: tuple[int, ...] | None = None,
    data: np.ndarray = DATA,
) -> np.ndarray:
    """Return E[x | x̃] at each x (n,), where the points have weights in proportion to `copies`."""
    weights = np.ones(len(data)) if copies is None else np.array(copies, float)
    return optimal_reconstruction(data, x[:, None], sigma, weights)[:, 0]


def slope(model: Autoencoder, x: np.ndarray) -> np.ndarray:
    """Return dr/dx at each x (n,): the encoder's Jacobian times the decoder's weights."""
    return (model.jacobian(x[:, None])[:, :, 0] @ model.decoder.params["W"])[:, 0]


def crossings(
    r: Callable[[np.ndarray], np.ndarray], low: float = -0.8, high: float = 0.8
) -> np.ndarray:
    """Return the zeros of r(x) − x in [low, high], in rising order; r maps (m,) to (m,).

    Changes of sign are found on a grid of 20 001 points, and bisection makes each zero exact.
    """
    x = np.linspace(low, high, 20_001)
    gap = r(x) - x
    below = gap < 0  # not the sign: it is 0 on a zero, which would count twice
    at = np.flatnonzero(below[:-1] != below[1:])
    left, right, below = x[at], x[at + 1], below[at]
    for _ in range(50):
        middle = 0.5 * (left + right)
        same = (r(middle) - middle < 0) == below
        left, right = np.where(same, middle, left), np.where(same, right, middle)
    return 0.5 * (left + right)


def fixed_points(model: Autoencoder) -> np.ndarray:
    """Return the zeros of r(x) − x of a model in [−0.8, 0.8], in rising order."""
    return crossings(lambda x: model.reconstruct(x[:, None])[:, 0])


def to_the_farther(r: Callable[[np.ndarray], np.ndarray]) -> float:
    """Return the share of points between 0 and ½ whose arrow r(x) − x points to the farther one."""
    x = np.linspace(0.0, 0.5, 2001)[1:-1]
    return float(((r(x) > x) != (x > 0.25)).mean())


def measure(model: Autoencoder) -> dict:
    """Return the fixed points, their distance from the five expected ones, and the slopes there.

    Where the number of fixed points is not five, the distance is infinite.
    """
    zeros = fixed_points(model)
    found = slope(model, zeros)
    right_count = len(zeros) == len(EXPECTED_ZEROS)
    between = found[1::2]
    return {
        "fixed_points": len(zeros),
        "worst_fixed_point_error":
            float(np.abs(zeros - EXPECTED_ZEROS).max()) if right_count else float("inf"),
        "largest_slope_at_data": float(np.abs(slope(model, DATA[:, 0])).max()),
        "smallest_slope_between": float(between.min(initial=np.inf)),
        "mean_slope_between": float(between.mean()) if len(between) else float("nan"),
        "zeros": zeros,
        "slopes": found,
    }  # fmt: skip
