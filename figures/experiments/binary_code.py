"""Estimates of the gradient through a binary code, beside the gradient by enumeration (14.4).

A code of three zeros and ones has eight values. So the expected cost and its gradient can be
computed exactly, and bias and variance of an estimate can be measured.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinyae import Autoencoder, BernoulliOutput
from tinyae.criterion import BernoulliCode
from tinyae.criterion.enumeration import binary_codes

N, D, K = 5, 4, 3


class WithoutBaseline(BernoulliCode):
    """The score-function estimate with the baseline 0: gu = c (z − p)."""

    def backward(self, gz, cache, costs, weights):
        """gu = c (z − p)."""
        z, p = cache
        return costs[:, None] * (z - p)


class OwnCostInBaseline(BernoulliCode):
    """A mistake: the baseline is the mean cost of the whole batch, with the example's own cost.

    It depends on the example's own z. The expected estimate is 1 − 1/n of the gradient.
    """

    def backward(self, gz, cache, costs, weights):
        """gu = (c − mean c) (z − p)."""
        z, p = cache
        return (costs - costs.mean())[:, None] * (z - p)


def small_model(code: BernoulliCode, seed: int) -> tuple[Autoencoder, NDArray]:
    """Return a model D-K-D with random weights, and N rows of zeros and ones, (N, D)."""
    rng = np.random.default_rng(seed)
    model = Autoencoder.dense((D, K), output=BernoulliOutput(), code=code, rng=rng)
    model.theta += 0.8 * rng.standard_normal(model.theta.shape)
    return model, (rng.random((N, D)) < 0.5).astype(float)


def enumerated(model: Autoencoder, x: NDArray) -> tuple[float, NDArray]:
    """Return the expected cost of x (n, d) and its gradient in theta, over all 2^k codes.

    The cost is 1/n Σ_x Σ_z q(z | x) c(x, z) with c = −log p(x | z). Its derivatives are
    gu = 1/n Σ_z q(z | x) c(x, z) (z − p) and ga = 1/n q(z | x) ∂c/∂a. There is no KL divergence.
    """
    n, codes = len(x), binary_codes(model.d_code)
    model.grad[...] = 0.0
    u, up = model.encoder.forward(x)
    z = np.tile(codes, (n, 1))  # all codes of the first row, then of the second, and so on
    each = np.repeat(x, len(codes), axis=0)
    q = np.exp(model.code.log_density(z, np.repeat(u, len(codes), axis=0)))
    a, down = model.decoder.forward(z)
    cost = q * model.output.cost(each, a) / n
    model.decoder.backward(q[:, None] * model.output.gradient(each, a) / n, down)
    p = np.repeat(model.code.mean.f(u), len(codes), axis=0)
    model.encoder.backward((cost[:, None] * (z - p)).reshape(n, len(codes), -1).sum(axis=1), up)
    return float(cost.sum()), model.grad.copy()


class Quality(NamedTuple):
    """What many draws of an estimate show. The bias and the deviation are those of the encoder."""

    errors: NDArray  # (mean estimate − gradient) / standard error, for each parameter
    bias: float  # ‖mean estimate − gradient‖ / ‖gradient‖
    noise: float  # expected size of `bias` for an unbiased estimate, from the standard errors
    deviation: float  # sqrt(E ‖estimate − its mean‖²) / ‖gradient‖, for one draw


def quality(code: BernoulliCode, draws: int, seed: int) -> Quality:
    """Draw the gradient's estimate many times and compare it with the gradient by enumeration."""
    model, x = small_model(code, seed)
    _, exact = enumerated(model, x)
    rng, found = np.random.default_rng(seed + 1000), np.empty((draws, len(exact)))
    for row in found:
        model.loss_and_grad(x, rng=rng)
        row[...] = model.grad
    off, error = found.mean(axis=0) - exact, found.std(axis=0) / draws**0.5
    encoder = slice(0, sum(p.size for p in model.encoder.layers[0].params.values()))
    size = np.linalg.norm(exact[encoder])
    return Quality(
        off / (error + 1e-9),  # the weights from a pixel that is 0 in all rows have no gradient
        np.linalg.norm(off[encoder]) / size,
        np.linalg.norm(error[encoder]) / size,
        np.linalg.norm(found[:, encoder].std(axis=0)) / size,
    )
