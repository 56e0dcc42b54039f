"""The score ∇_x log p(x): as a denoising autoencoder learns it, and exactly where p is known.

A denoising autoencoder that minimises squared error under noise N(0, σ²I) learns r*(x̃) = E[x | x̃]
(14.16, 14.17), and for that optimum (r*(x) − x) / σ² is the score of the data smoothed by the same
noise: the factor is σ² exactly, at any σ (Miyasawa 1961; Alain and Bengio 2013). Gaussian mixtures,
and point sets smoothed by a Gaussian, have their score (14.15) in closed form: the references here.
Shapes: x (n, d), scores (n, d), log densities (n,) in nats.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import shaped, table
from tinyae.core.reconstruction import residuals
from tinyae.criterion.corruption import GaussianNoise
from tinyae.models.autoencoder import Autoencoder, check_autoencoder
from tinyae.nn.softmax import log_sum_exp
from tinyae.nn.trainable import inherits
from tinyae.numerics.blas import warn_if_not_held
from tinyae.numerics.blocks import BLOCK_BYTES, row_blocks
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.training.schedules import at
from tinyae.training.tuning import Tuning, check_kind


def score_field(
    model: Autoencoder,
    x: ArrayLike,
    sigma: float,
    *,
    threads: int | None = None,
    tuning: Tuning | None = None,
) -> NDArray:
    """Return (r(x) − x) / σ², the score that the autoencoder has learned, of shape (n, d).

    Parameters
    ----------
    model : trained with `GaussianNoise(sigma)` and an output that has its optimum at
        r(x̃) = E[x | x̃] (`mean_is_optimal`), as those of tinyae have
    sigma : the noise of its training, in the units of x; with a schedule, the final strength
    threads : over how many threads many points are shared out, with one BLAS thread each; None is
        the calling thread, and BLAS as it is. Every number gives the same bits
    tuning : how many points are computed, such as `history.tuning`; None is what is fastest on this
        machine. Results differ by rounding errors

    Raises
    ------
    ValueError
        If the model was built with another corruption, another strength or another output, or if
        its code is random.
    """
    check_autoencoder(model, "score_field")
    sigma = real_number(sigma, "sigma", low=0.0, open_low=True, squared=True)
    if not isinstance(model.corruption, GaussianNoise):
        raise ValueError(
            f"only Gaussian corruption makes r(x) - x a score; this model has {model.corruption!r}"
        )
    trained = at(model.corruption.sigma, 1.0)
    if not np.isclose(trained, sigma, atol=0.0):
        raise ValueError(
            f"the model was trained at sigma = {trained:g}, but sigma = {sigma:g} came"
        )
    if not model.output.mean_is_optimal:
        raise ValueError(
            "the output's expected cost must be least at E[x | x~], as GaussianOutput's is, got "
            f"{model.output!r}"
        )
    if model.code is not None:
        raise ValueError(
            "the decoder must be trained for the code f(x~) that r uses, but this model trains it "
            f"for random codes, {model.code!r}: build the model with code=None"
        )
    if threads is not None:
        threads = whole_number(threads, "threads")
        warn_if_not_held(threads)
    check_kind(tuning)
    x = table(x, "x", width=model.d_in, dtype=model.dtype, squared=True)
    plain = inherits(model, Autoencoder, "encode", "decode", "reconstruct")
    if plain:
        return residuals(model, x, sigma**2, threads, tuning)
    field = model.reconstruct(x)
    field -= x
    field /= sigma**2
    return field


def mixture_log_density(
    x: ArrayLike, means: ArrayLike, covariances: ArrayLike, weights: ArrayLike | None = None
) -> NDArray:
    """log Σ_k w_k N(x; μ_k, C_k) for means (K, d), covariances (K, d, d), weights (K,)."""
    logs, _ = _mixture(x, means, covariances, weights)
    return log_sum_exp(logs)


@underflow_to_zero
def mixture_score(
    x: ArrayLike, means: ArrayLike, covariances: ArrayLike, weights: ArrayLike | None = None
) -> NDArray:
    """∇_x log Σ_k w_k N(x; μ_k, C_k) = Σ_k p(k | x) C_k⁻¹ (μ_k − x): equation 14.15."""
    logs, pulls = _mixture(x, means, covariances, weights)
    share = np.exp(logs - log_sum_exp(logs)[:, None])
    return (share[:, :, None] * pulls).sum(axis=1)


def _mixture(
    x: ArrayLike, means: ArrayLike, covariances: ArrayLike, weights: ArrayLike | None
) -> tuple[NDArray, NDArray]:
    """Return log w_k N(x; μ_k, C_k) (n, K) and C_k⁻¹(μ_k − x) (n, K, d)."""
    means = table(means, "means", dtype=np.float64, squared=True)
    K, d = means.shape
    x = table(x, "x", width=d, dtype=np.float64, squared=True)
    covariances = shaped(covariances, "covariances", (K, d, d), squared=True)
    if not np.allclose(covariances, covariances.swapaxes(1, 2)):
        raise ValueError("every covariance must be symmetric")
    try:
        factors = np.linalg.cholesky(covariances)
    except np.linalg.LinAlgError:
        raise ValueError("every covariance must be positive definite") from None
    if np.diagonal(factors, axis1=1, axis2=2).min() ** 2 < np.finfo(np.float64).tiny:
        raise ValueError("a covariance has a variance so small that one over it is no number")
    log_weights = _log_weights(weights, K)
    gap = means[None] - x[:, None]
    pulls = np.stack([np.linalg.solve(C, g.T).T for C, g in zip(covariances, gap.swapaxes(0, 1),
                                                                strict=True)], axis=1)  # fmt: skip
    halves = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
    logs = log_weights - halves - 0.5 * (gap * pulls).sum(axis=2) - 0.5 * d * np.log(2.0 * np.pi)
    return logs, pulls


def smoothed_log_density(
    points: ArrayLike, x: ArrayLike, sigma: float, weights: ArrayLike | None = None
) -> NDArray:
    """log Σ_i w_i N(x; x_i, σ²I): points x_i (N, d) blurred by the corruption (14.17), at x (n, d).

    The arguments are those of `optimal_reconstruction`.
    """
    d = table(points, "points", dtype=np.float64).shape[1]
    sigma = real_number(sigma, "sigma", low=0.0, open_low=True)
    constant = d * (0.5 * np.log(2.0 * np.pi) + np.log(sigma))
    return np.concatenate(
        [log_sum_exp(logs) - constant for _, logs, _ in smoothed_blocks(points, x, sigma, weights)]
    )


@underflow_to_zero
def optimal_reconstruction(
    points: ArrayLike, x: ArrayLike, sigma: float, weights: ArrayLike | None = None
) -> NDArray:
    """E[x | x̃] = Σ_i p(i | x̃) x_i, of shape (n, d), with p(i | x̃) ∝ w_i N(x̃; x_i, σ²I).

    No denoiser has a smaller squared error on these points (equations 14.16 and 14.17): an
    autoencoder trained on them under `GaussianNoise(sigma)` tends to it. As a function of the data
    it is the regression of Nadaraya and Watson (1964).

    Parameters
    ----------
    points : array (N, d), x_i. For a curve or a surface, points that lie densely on it, with
        weights where their density is not that of the data
    x : array (n, d), the corrupted inputs x̃
    sigma : the standard deviation of the corruption, in the units of x
    weights : array (N,), positive; by default all equal
    """
    return np.concatenate(
        [
            np.exp(logs - log_sum_exp(logs)[:, None]) @ points
            for _, logs, points in smoothed_blocks(points, x, sigma, weights)
        ]
    )


def smoothed_score(
    points: ArrayLike, x: ArrayLike, sigma: float, weights: ArrayLike | None = None
) -> NDArray:
    """∇_x log Σ_i w_i N(x; x_i, σ²I) = (E[x | x̃] − x̃) / σ² at x̃ = x, of shape (n, d).

    The arguments are those of `optimal_reconstruction`, which gives E[x | x̃].
    """
    optimum = optimal_reconstruction(points, x, sigma, weights)
    pull = optimum - real_array(x, "x")
    return pull / float(sigma) / float(sigma)  # σ² may be beyond float64 where σ is not


def smoothed_blocks(
    points: ArrayLike, x: ArrayLike, sigma: float, weights: ArrayLike | None
) -> Iterator[tuple[NDArray, NDArray, NDArray]]:
    """Yield (block of x, log w_i − ‖x − x_i‖² / 2σ², points), in bounded memory."""
    points = table(points, "points", dtype=np.float64, squared=True)
    x = table(x, "x", width=points.shape[1], dtype=np.float64, squared=True)
    sigma = real_number(sigma, "sigma", low=0.0, open_low=True, squared=True)
    log_weights = _log_weights(weights, len(points))
    for rows in row_blocks(len(x), points.size, BLOCK_BYTES):
        block = x[rows]
        # The difference first: ‖x‖² − 2x·x_i + ‖x_i‖² would lose digits when σ is small.
        # In units of σ, since squares of 1e-170 or 1e170 would be 0 or infinite.
        squares = (((block[:, None] - points[None]) / sigma) ** 2).sum(axis=2)
        yield block, log_weights - 0.5 * squares, points


def _log_weights(weights: ArrayLike | None, count: int) -> NDArray:
    """Return log weights that sum to one; equal ones by default."""
    if weights is None:
        return np.full(count, -np.log(count))
    weights = shaped(weights, "weights", (count,))
    if not (weights > 0).all():
        raise ValueError(f"weights must be {count} positive numbers, got {weights.min():g}")
    weights = weights / weights.max()
    return np.log(weights / weights.sum())
