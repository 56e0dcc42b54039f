"""Sparsity read as a prior: Ω(h) is −log p(h) up to a constant (equations 14.3 to 14.7).

A sparse autoencoder may be seen as approximate maximum likelihood in a model with latent code h.
The sum over h in log p(x) = log Σ_h p(h, x) is replaced by one term, log p(h*) + log p(x | h*),
with h* = f(x). Here are the priors with their constants, and the sum for small binary codes.
Shapes: h (n, k), x (n, d), results (n,) in nats.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.models.autoencoder import Autoencoder, check_autoencoder
from tinyae.nn.checks import real_number, settle, shaped, table
from tinyae.nn.enumeration import binary_codes, check_definite
from tinyae.nn.softmax import log_sum_exp


@dataclass(frozen=True)
class LaplacePrior:
    """p(h) = Π_i (λ/2) exp(−λ |h_i|): equation 14.5; −log p(h) = `L1(λ)` + k log(2/λ), 14.7."""

    lam: float

    def __post_init__(self):
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

    def __post_init__(self):
        settle(self, "lam", real_number(self.lam, "lam", low=0.5, open_low=True, squared=True))

    def log_density(self, h: ArrayLike) -> NDArray:
        """log p(h) for each row."""
        h = table(h, "h", dtype=np.float64, squared=True)
        log_beta = lgamma(0.5) + lgamma(self.lam - 0.5) - lgamma(self.lam)
        return -self.lam * np.log1p(h * h).sum(axis=1) - h.shape[1] * log_beta


def log_likelihood(model: Autoencoder, x: ArrayLike, on: ArrayLike) -> NDArray:
    """log p(x) = log Σ_h p(h) p(x | h) over all binary codes, equation 14.3.

    Parameters
    ----------
    model : its decoder and output give p(x | h), constants included; at most 16 code units
    x : array (n, d)
    on : array (k,), p(h_i = 1) of the factorial prior on the code, between 0 and 1
    """
    x = _checked(model, x)
    codes = binary_codes(model.d_code)
    prior, (a, _) = _log_prior(codes, on), model.decoder.forward(codes)
    return np.array([
        log_sum_exp(prior - model.output.nll(np.broadcast_to(row, a.shape), a)) for row in x
    ])  # fmt: skip


def point_estimate(model: Autoencoder, x: ArrayLike, on: ArrayLike) -> NDArray:
    """log p(h*) + log p(x | h*) at one code per example, h* = f(x) rounded: equation 14.4.

    One term of the sum in `log_likelihood`, hence never above it. The code must lie in [0, 1], as a
    sigmoid's does.
    """
    x = _checked(model, x)
    h = model.encode(x)
    if h.min() < 0 or h.max() > 1:
        raise ValueError(
            "only a code in [0, 1], such as a sigmoid's, can be rounded; this one is in "
            f"[{h.min():.3g}, {h.max():.3g}]"
        )
    h = (h >= 0.5).astype(float)
    a, _ = model.decoder.forward(h)
    return _log_prior(h, on) - model.output.nll(x, a)


def _log_prior(h, on) -> NDArray:
    on = shaped(on, "on", (h.shape[1],))
    if not ((on > 0) & (on < 1)).all():
        raise ValueError(f"on must be {h.shape[1]} probabilities inside (0, 1), got {on!r}")
    return (h * np.log(on) + (1.0 - h) * np.log1p(-on)).sum(axis=1)


def _checked(model, x) -> NDArray:
    """Return x ready for use: of the model's width, and values its output can take."""
    check_autoencoder(model, "a likelihood")
    model.check_packed()
    x = table(x, "x", width=model.d_in, dtype=np.float64, squared=True)
    check_definite(model.output, x)
    return x
