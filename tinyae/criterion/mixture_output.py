"""The mixture density output: p(x | h) is a mixture of K Gaussians (section 14.4, Bishop 1994).

A Gaussian output has one mode for each code. If several different x belong to one code, its mean
lies between them, where no x is. A mixture has a mode for each, and it has correlations between
features although each component has none. With d features and the natural parameters

    logits l (K,), means μ (K, d), log-variances s (K,) or (K, d),

    p(x | a) = Σ_k π_k N(x; μ_k, diag exp(s_k)),   π = softmax(l).

Shapes: x (n, d), a (n, units(d)), costs (n,).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.generators import given_generator
from tinyae.checks.numbers import settle, truth, whole_number
from tinyae.checks.tables import floats
from tinyae.criterion.gaussian_outputs import check_real, scaled
from tinyae.criterion.mixture_mean import MixtureMean, split
from tinyae.criterion.output import Output
from tinyae.nn.softmax import Softmax, log_sum_exp
from tinyae.numerics.constants import LOG_2PI
from tinyae.numerics.underflow import underflow_to_zero


@dataclass(frozen=True)
class MixtureDensityOutput(Output):
    """p(x | h) = Σ_k π_k N(x; μ_k, exp(s_k) I), a mixture whose parameters the decoder gives.

    Components with equal parameters have equal gradients and never separate. The random initial
    weights of `Autoencoder.dense` make the means differ for every code except 0. Training can still
    end with several components at one mode of the data: compare several seeds, or write means that
    are spread over the data into the bias of the decoder's last layer: columns K to K + K d, as
    μ.reshape(-1).

    Components may become arbitrarily narrow around single training examples, because the likelihood
    has no maximum then. Validation data with `patience` detect this.

    Parameters
    ----------
    components : K, the number of components
    diagonal : whether each component has a log-variance for each feature, s (K, d). By default each
        has one for all features, s (K,), as in Bishop's paper
    """

    components: int
    diagonal: bool = False

    formula: ClassVar[str] = "−log Σ π N(x; μ, exp(s))"
    mean_is_optimal: ClassVar[bool] = True

    def __post_init__(self) -> None:
        settle(self, "components", whole_number(self.components, "components"))
        object.__setattr__(self, "diagonal", truth(self.diagonal, "diagonal"))

    @property
    def mean(self) -> MixtureMean:  # type: ignore[override]  # computed here, a plain attribute of the base
        """The layer Σ_k π_k μ_k."""
        return MixtureMean(self.components, self.diagonal)

    def natural(self, d: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of "logits", "means" and "log-variances"."""
        K = self.components
        return {
            "logits": (K,),
            "means": (K, d),
            "log-variances": (K, d) if self.diagonal else (K,),
        }

    def check(self, x: NDArray) -> None:
        """Raise ValueError if a target is not finite."""
        check_real(x, type(self).__name__)

    def cost(self, x: NDArray, a: NDArray) -> NDArray:
        """−log Σ_k exp(c_k) with c_k = log π_k − ½ Σ_j [(x_j − μ_kj)² exp(−s_kj) + s_kj].

        Both logarithms are computed without underflow: the largest term is taken out of each sum.
        """
        return -log_sum_exp(self._terms(x, a)[0])

    @underflow_to_zero
    def gradient(self, x: NDArray, a: NDArray) -> NDArray:
        """The gradient with the responsibilities γ = softmax(c), the posterior of the component.

            ∂cost/∂l_k = π_k − γ_k
            ∂cost/∂μ_k = γ_k (μ_k − x) exp(−s_k)
            ∂cost/∂s_k = ½ γ_k [1 − (x − μ_k)² exp(−s_k)], summed over features if s_k is a number.

        A component with γ_k = 0 contributes 0, even if its squared error is beyond the dtype.
        """
        c, z, logits, s = self._terms(x, a)
        gamma = Softmax().forward(c)[0]
        weight = gamma[:, :, None]
        with np.errstate(over="ignore", invalid="ignore"):
            by_mean = np.where(weight == 0, 0, -weight * scaled(z, s))
            by_s = np.where(weight == 0, 0, 0.5 * weight * (1.0 - z * z))
        by_s = by_s if self.diagonal else by_s.sum(axis=2)
        parts = (Softmax().forward(logits)[0] - gamma, by_mean, by_s)
        return np.concatenate([part.reshape(len(a), -1) for part in parts], axis=1)

    @underflow_to_zero
    def sample(self, a: NDArray, rng: np.random.Generator) -> NDArray:
        """Draw a component k with probability π_k, and then x ~ N(μ_k, diag exp(s_k)).

        A number is infinite where its deviation is beyond the dtype.
        """
        a, rng = floats(a, "a"), given_generator(rng)
        logits, mu, s = split(a, self.components, self.diagonal)
        k = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
        row = np.arange(len(a))
        noise = rng.standard_normal((len(a), mu.shape[2]), dtype=a.dtype)
        with np.errstate(over="ignore"):
            return mu[row, k] + np.exp(0.5 * s[row, k]) * noise

    def nll(self, x: NDArray, a: NDArray) -> NDArray:
        """−log p(x | a) = cost + ½ d log 2π, in nats per example."""
        return self.cost(x, a) + 0.5 * x.shape[1] * LOG_2PI

    @underflow_to_zero
    def _terms(self, x: NDArray, a: NDArray) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        """Return c (n, K), z = (x − μ) exp(−s/2) (n, K, d), the logits, and s (n, K, 1 or d).

        A squared error beyond the dtype counts as a very large number, so that c is finite.
        """
        logits, mu, s = split(a, self.components, self.diagonal)
        d = mu.shape[2]
        z = scaled(x[:, None, :] - mu, s)
        with np.errstate(over="ignore", invalid="ignore"):
            q = (z * z).sum(axis=2)
        q = np.where(np.isfinite(q), q, 0.125 * np.finfo(a.real.dtype).max)
        log_pi = logits - logits.real.max(axis=1, keepdims=True)
        log_pi = log_pi - log_sum_exp(log_pi)[:, None]
        volume = s.sum(axis=2) if self.diagonal else d * s[:, :, 0]
        return log_pi - 0.5 * q - 0.5 * volume, z, logits, s
