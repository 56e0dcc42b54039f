"""From a score to samples: Langevin dynamics, with and without a test of each step (14.5.1, 20.11).

A score says where density rises. Steps along it with the right amount of noise,

    x <- x + η s(x) + √(2η) ε,   ε ~ N(0, I),

visit every place in proportion to its density as η → 0. For a denoising autoencoder
s(x) = (r(x) − x)/σ², and the density is that of the data blurred by σ. With a finite η the density
is not quite right. The Metropolis test removes this error. It needs the difference of log p, which
for an autoencoder is a line integral of the score.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import table, values_of
from tinyae.score.potential import line_integral

Field = Callable[[NDArray], NDArray]


def langevin(
    score: Field,
    starts: ArrayLike,
    *,
    step_size: float,
    steps: int,
    rng: np.random.Generator | int = 0,
) -> NDArray:
    """Return where each of n independent chains is after so many unadjusted Langevin steps, (n, d).

    Parameters
    ----------
    score : from points (n, d) to ∇ log p (n, d), such as `lambda x: score_field(model, x, sigma)`
    starts : array (n, d), where the chains begin
    step_size : η, in squared units of x. For a density blurred by σ about 0.1 to 0.5 σ²; from 2 σ²
        on, the chains diverge
    """
    x, step_size, steps, rng = _checked(starts, step_size, steps, rng)
    for _ in range(steps):
        noise = rng.standard_normal(x.shape)
        pull = values_of(score, x, x.shape, "score")
        x = _finite(x + step_size * pull + np.sqrt(2.0 * step_size) * noise, step_size)
    return x


def metropolis_langevin(
    score: Field,
    starts: ArrayLike,
    *,
    step_size: float,
    steps: int,
    rng: np.random.Generator | int = 0,
    log_density: Field | None = None,
) -> tuple[NDArray, float]:
    """Return the chains' last points (n, d) and the share of accepted steps.

    A Langevin step x -> y is taken with probability min(1, p(y) q(x | y) / p(x) q(y | x)), where
    q(y | x) = N(y; x + η s(x), 2η I); else the chain stays. That leaves p itself invariant at any η
    (Roberts and Tweedie 1996).

    Parameters
    ----------
    score, starts, step_size : as in `langevin`
    log_density : log p, up to a constant, from points (n, d) to (n,). By default its difference is
        the line integral of the score from x to y: exact if the score is a gradient
    """
    x, step_size, steps, rng = _checked(starts, step_size, steps, rng)
    pull, accepted = values_of(score, x, x.shape, "score"), 0
    for _ in range(steps):
        forth = np.sqrt(2.0 * step_size) * rng.standard_normal(x.shape)
        y = _finite(x + step_size * pull + forth, step_size)
        pull_y = values_of(score, y, y.shape, "score")
        back = x - y - step_size * pull_y
        if log_density is None:
            gain = line_integral(score, x, y)
        else:
            at_x, at_y = (values_of(log_density, z, (len(z),), "log_density") for z in (x, y))
            gain = at_y - at_x
        ratio = gain + ((forth * forth).sum(axis=1) - (back * back).sum(axis=1)) / (4.0 * step_size)
        take = np.log(rng.random(len(x))) < ratio
        accepted += take.sum()
        x, pull = np.where(take[:, None], y, x), np.where(take[:, None], pull_y, pull)
    return x, float(accepted / (steps * len(x)))


def _checked(
    starts: ArrayLike, step_size: float, steps: int, rng: np.random.Generator | int
) -> tuple[NDArray, float, int, np.random.Generator]:
    return (
        table(starts, "starts", dtype=np.float64, squared=True),
        real_number(step_size, "step_size", low=0.0, open_low=True, squared=True),
        whole_number(steps, "steps"),
        generator(rng, "chains"),
    )


def _finite(x: NDArray, step_size: float) -> NDArray:
    if not np.isfinite(x).all():
        raise FloatingPointError(
            f"a chain left the finite numbers: step_size {step_size:g} is too large for this score"
        )
    return x


def stationary_distribution(T: ArrayLike) -> NDArray:
    """Return p (K,) with p T = p for a chain over K states, T[i, j] the probability of i -> j.

    Raises
    ------
    ValueError
        If a row of T is no distribution, or the chain falls into parts and p is not unique.
    """
    T = table(T, "T", dtype=np.float64)
    K = len(T)
    if T.shape != (K, K):
        raise ValueError(f"T must be square, got shape {T.shape}")
    sums = T.sum(axis=1)
    if T.min() < 0 or not np.allclose(sums, 1.0, rtol=0.0, atol=1e-9):
        raise ValueError(
            f"the rows of T must be probabilities: sums {sums.min():.12g} to {sums.max():.12g}, "
            f"least entry {T.min():g}"
        )
    A = np.vstack([T.T - np.eye(K), np.ones(K)])  # p (T − I) = 0 and Σ p = 1
    p, _, rank, _ = np.linalg.lstsq(A, np.append(np.zeros(K), 1.0), rcond=None)
    if rank < K:
        raise ValueError("the chain falls into parts that do not reach each other: p is not unique")
    p = np.maximum(p, 0.0)  # where no mass is, rounding may leave less than none
    return p / p.sum()
