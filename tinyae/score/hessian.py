"""The second derivative of a smoothed log density: how the score bends around a point.

Its eigenvalues tell a maximum of the density from a saddle and a minimum, which are the kinds of
fixed points that a denoising autoencoder has (figures 14.5 and 14.7).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number
from tinyae.nn.softmax import log_sum_exp
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.score.score import smoothed_blocks

LEAST = 1e-152  # of sigma: Hessians go with 1/σ²


@underflow_to_zero
def smoothed_hessian(
    points: ArrayLike, x: ArrayLike, sigma: float, weights: ArrayLike | None = None
) -> NDArray:
    """∇²_x log Σ_i w_i N(x; x_i, σ²I) = Cov(x_i | x) / σ⁴ − I / σ², of shape (n, d, d).

    The covariance is that of the points x_i under p(i | x), the probability that a noisy x came
    from x_i. The result is also the Jacobian of `smoothed_score`, so ∂r*/∂x = Cov(x_i | x) / σ² for
    the optimal r*(x) = x + σ² · score.

    Parameters
    ----------
    points : array (N, d), x_i; for a curve, points that lie densely on it
    x : array (n, d)
    sigma : the standard deviation of the smoothing noise, in the units of x
    weights : array (N,), positive; by default all equal
    """
    sigma = real_number(sigma, "sigma", low=0.0, open_low=True)
    if not LEAST <= sigma <= 1.0 / LEAST:
        raise ValueError(
            f"second derivatives at sigma = {sigma:g} are beyond float64: rescale x, points and "
            "sigma"
        )
    blocks = []
    for _, logs, centres in smoothed_blocks(points, x, sigma, weights):
        share = np.exp(logs - log_sum_exp(logs)[:, None])
        # Deviations from the mean first: E[x xᵀ] − m mᵀ would cancel when σ is small.
        deviations = (centres[None] - (share @ centres)[:, None]) / sigma
        covariance = (share[:, :, None] * deviations).swapaxes(1, 2) @ deviations
        blocks.append((covariance - np.eye(centres.shape[1])) / sigma / sigma)
    return np.concatenate(blocks)
