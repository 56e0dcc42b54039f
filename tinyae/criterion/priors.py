"""Sparsity as a prior: Ω(h) is −log p(h) up to a constant (equations 14.3 to 14.7).

A sparse autoencoder can be seen as approximate maximum likelihood in a model with latent code h.
The sum over h in log p(x) = log Σ_h p(h, x) is replaced by one term, log p(h*) + log p(x | h*),
with h* = f(x). This module has the priors with their constants.
Shapes: h (n, k), x (n, d), results (n,) in nats.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number, settle
from tinyae.checks.tables import table


@dataclass(frozen=True)
class LaplacePrior:
    """p(h) = Π_i (λ/2) exp(−λ |h_i|), equation 14.5.

    −log p(h) = `L1(λ)` + k log(2/λ), equation 14.7.
    """

    lam: float

    def __post_init__(self) -> None:
        settle(self, "lam", real_number(self.lam, "lam", low=0.0, open_low=True, squared=True))

    def log_density(self, h: ArrayLike) -> NDArray:
        """log p(h) for each row."""
        h = table(h, "h", dtype=np.float64, squared=True)
        return h.shape[1] * np.log(self.lam / 2.0) - self.lam * np.abs(h).sum(axis=1)


@dataclass(frozen=True)
class StudentTPrior:
    """p(h) ∝ Π_i (1 + h_i²)^(−λ), λ > ½: −log p(h) is `StudentT(λ)` plus a constant.

    Each h_i √ν has Student's t distribution with ν = 2λ − 1 degrees of freedom, and the constant is
    k log B(½, λ − ½) with the beta function B.
    """

    lam: float

    def __post_init__(self) -> None:
        settle(self, "lam", real_number(self.lam, "lam", low=0.5, open_low=True, squared=True))

    def log_density(self, h: ArrayLike) -> NDArray:
        """log p(h) for each row."""
        h = table(h, "h", dtype=np.float64, squared=True)
        log_beta = lgamma(0.5) + lgamma(self.lam - 0.5) - lgamma(self.lam)
        return -self.lam * np.log1p(h * h).sum(axis=1) - h.shape[1] * log_beta
