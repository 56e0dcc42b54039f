"""A Gaussian code with a prior, which makes an autoencoder variational (sections 14.2 and 14.4).

The encoder gives mean and log-variance of each number of the code. A sample is written as a
differentiable function of them and of noise, so that the gradient of the sampled criterion is exact
(Kingma and Welling 2014; Rezende, Mohamed and Wierstra 2014).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.checks.numbers import settle
from tinyae.criterion.code import Code
from tinyae.nn.columns import FirstColumns
from tinyae.nn.layers import Layer
from tinyae.numerics.constants import LOG_2PI
from tinyae.training.schedules import Setting, check_setting


@dataclass(frozen=True)
class GaussianCode(Code):
    """z = μ + σ ε with ε ~ N(0, I): p_encoder(z | x) = N(z; μ, diag σ²) and the prior N(0, I).

    The encoder gives u = [μ, s] with s = log σ², 2k numbers for a code of k. With `beta` = 1 the
    criterion is the negative evidence lower bound on log p(x). A function of progress, such as
    `WarmUp()`, introduces the KL divergence gradually, so that units do not become inactive before
    the decoder has learned to use them.

    The code is used only if it reduces the reconstruction cost by more than the divergence costs.
    `GaussianOutput` has the variance 1, so data of much smaller variance need another output, such
    as `DiagonalGaussianOutput(per_feature=True)`, or a standardization.
    """

    beta: Setting = field(default=1.0, kw_only=True)  # GaussianCode(20) has no width of 20
    mean: ClassVar[Layer] = FirstColumns(2)
    formula: ClassVar[str] = "KL(N(μ, σ²) ‖ N(0, I))"
    has_prior: ClassVar[bool] = True
    linear: ClassVar[bool] = True

    def __post_init__(self) -> None:
        settle(self, "beta", check_setting(self.beta, "beta"))

    def units(self, k: int) -> int:
        """2k: means and log-variances."""
        return 2 * k

    def forward(
        self, u: NDArray, rng: np.random.Generator, *, progress: float = 1.0
    ) -> tuple[NDArray, Any]:
        """z = μ + exp(s/2) ε. The cache is σ ε."""
        mu, s = np.split(u, 2, axis=1)
        noise = np.exp(0.5 * s) * rng.standard_normal(mu.shape, u.real.dtype)
        return mu + noise, noise

    def backward(self, gz: NDArray, cache: Any, costs: NDArray, weights: NDArray | None) -> NDArray:
        """gμ = gz,  gs = ½ σ ε gz."""
        return np.concatenate([gz, 0.5 * cache * gz], axis=1)

    def kl(self, u: NDArray) -> NDArray:
        """½ Σ (μ² + σ² − s − 1), with e^s − 1 = expm1(s) to reduce cancellation near σ = 1."""
        mu, s = np.split(u, 2, axis=1)
        return 0.5 * (mu * mu + (np.expm1(s) - s)).sum(axis=1)

    def kl_gradient(self, u: NDArray) -> NDArray:
        """∂KL/∂μ = μ,  ∂KL/∂s = ½ (σ² − 1)."""
        mu, s = np.split(u, 2, axis=1)
        return np.concatenate([mu, 0.5 * np.expm1(s)], axis=1)

    def sample_prior(self, n: int, k: int, rng: np.random.Generator, dtype: DTypeLike) -> NDArray:
        """Draw z ~ N(0, I)."""
        return rng.standard_normal((n, k), cast(Any, dtype))

    def log_prior(self, z: NDArray) -> NDArray:
        """log N(z; 0, I) = −½ Σ (z² + log 2π)."""
        return -0.5 * (z * z + LOG_2PI).sum(axis=1)

    def log_density(self, z: NDArray, u: NDArray) -> NDArray:
        """log N(z; μ, diag σ²) = −½ Σ ((z − μ)²/σ² + s + log 2π)."""
        mu, s = np.split(u, 2, axis=1)
        e = (z - mu) * np.exp(-0.5 * s)
        return -0.5 * (e * e + s + LOG_2PI).sum(axis=1)
