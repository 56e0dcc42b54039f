"""Annealed importance sampling: log Z of a Boltzmann machine with any number of hidden units.

The method is Neal's (2001), applied to these machines by Salakhutdinov and Murray (2008). A base
machine without weights, whose Z is known, is changed into the machine in many small steps. With
u = x W + c and β from 0 to 1,

    log p*_β(x) = (1 − β) log p*_base(x) + β (x·b (− ½‖x‖² if x is real)) + Σ_j softplus(β u_j).

Each chain starts at a sample of the base machine. At each step from β to β′ it adds
log p*_β′(x) − log p*_β(x) to its log-weight, and a round of Gibbs sampling at β′ changes x. The
mean of the weights is an unbiased estimate of Z / Z_base, even if the chains do not mix well. If
the weights differ greatly in size, the estimate has a large variance.

With a broad base distribution the chains reach all modes of the machine. With a narrow one they may
miss some, and nothing in the result shows it. Without data the base is uniform for binary and
categorical x; for real x it is a Gaussian with the machine's means and variances under equally
probable hidden codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import kind_of, real_array
from tinyae.checks.callers import warn_caller
from tinyae.checks.generators import generator
from tinyae.checks.numbers import whole_number
from tinyae.criterion.base_rates import base_rates
from tinyae.criterion.outputs import BernoulliOutput
from tinyae.models.rbm import RBM
from tinyae.nn.activations import softplus
from tinyae.nn.softmax import log_sum_exp
from tinyae.numerics.underflow import underflow_to_zero

ENOUGH = 10  # effective chains; with fewer the standard error is not reliable


@dataclass(frozen=True, eq=False)
class AnnealedEstimate:
    """An estimate of log Z and its standard error.

    Attributes
    ----------
    log_partition : the estimate of log Z, in nats: the logarithm of the mean weight
    standard_error : of log Z, from the spread of the weights over the chains
    effective_chains : (Σ w)² / Σ w², between 1 and the number of chains: the number of chains with
        equal weights that would give the same variance. If it is small, a few chains dominate the
        estimate, and the standard error is too small
    log_weights : array (chains,), log w; they include log Z of the base machine
    """

    log_partition: float
    standard_error: float
    effective_chains: float
    log_weights: NDArray

    def __repr__(self) -> str:
        return (
            f"AnnealedEstimate(log_partition={self.log_partition:.6g}, "
            f"standard_error={self.standard_error:.2g}, "
            f"effective_chains={self.effective_chains:.1f}, chains={len(self.log_weights)})"
        )

    def __str__(self) -> str:
        return (
            f"log Z = {self.log_partition:.6g} ± {self.standard_error:.2g}, from "
            f"{len(self.log_weights)} chains, {self.effective_chains:.1f} effective"
        )


@underflow_to_zero
def annealed_log_partition(
    rbm: RBM,
    *,
    data: ArrayLike | None = None,
    chains: int = 100,
    temperatures: int | Sequence[float] = 1000,
    rng: np.random.Generator | int = 0,
) -> AnnealedEstimate:
    """Estimate log Z of a machine by annealed importance sampling.

    Parameters
    ----------
    rbm : a machine with Bernoulli, Gaussian or categorical visible units
    data : array (n, d) whose base rates the base machine has, instead of a uniform distribution.
        Fewer temperatures are needed if the machine's samples resemble the data, otherwise more
    chains : number of independent chains, at least 2
    temperatures : number of equal steps of β from 0 to 1, or the values of β themselves, rising
        from 0 to 1. More temperatures take longer and make the weights more similar
    rng : seed or generator

    Returns
    -------
    AnnealedEstimate
        In nats; computed in float64 for every machine.

    Raises
    ------
    TypeError, ValueError
        For other models, other visible units, or temperatures that do not rise from 0 to 1.

    Notes
    -----
    A warning is given if the weights of a few chains dominate the estimate. The estimate of Z is
    unbiased, so by Jensen's inequality the estimate of log Z is too low on average. The standard
    error does not include modes of the machine that no chain has reached.

    Examples
    --------
    >>> estimate = annealed_log_partition(machine, rng=0)
    >>> print(estimate)
    >>> log_p = machine.log_likelihood(X, log_partition=estimate.log_partition)
    """
    if not isinstance(rbm, RBM):
        raise TypeError(f"annealed_log_partition takes an RBM, got {kind_of(rbm)}")
    chains, betas = whole_number(chains, "chains", least=2), _betas(temperatures)
    rng = generator(rng, "annealing")
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        path = _Path(rbm, data)
        x = path.sample_base(chains, rng)
        log_w = np.full(chains, path.base_log_partition())
        for before, beta in zip(betas[:-1], betas[1:], strict=True):
            u = x @ path.W + path.c
            log_w += path.rise(x, u, before, beta)
            x = path.gibbs(u, beta, rng)
    if not np.isfinite(log_w).all():
        raise ValueError(
            "the weights of the chains are beyond float64: parameters up to "
            f"{np.abs(rbm.theta).max():.3g} are too large"
        )
    return _estimate(log_w)


def _betas(temperatures: ArrayLike) -> NDArray:
    """Return the values of β, from 0 to 1."""
    if isinstance(temperatures, Integral):
        return np.linspace(0.0, 1.0, whole_number(temperatures, "temperatures") + 1)
    try:
        betas = real_array(temperatures, "temperatures")
    except (TypeError, ValueError):
        betas = np.empty(0, object)
    if betas.dtype.kind not in "iuf" or betas.ndim != 1:
        raise TypeError(
            "temperatures must be a whole number, or a row of numbers that rises from 0 to 1, got "
            f"{temperatures!r:.60}"
        )
    betas = betas.astype(np.float64)
    rising = len(betas) >= 2 and bool((np.diff(betas) > 0).all())
    if not rising or betas[0] != 0 or betas[-1] != 1:
        raise ValueError(f"temperatures must rise from 0 to 1, got {temperatures!r}")
    return betas


def _estimate(log_w: NDArray) -> AnnealedEstimate:
    """Return log of the mean weight, with its error by the delta method, sd(w) / (mean(w) √m)."""
    w, m = np.exp(log_w - log_w.max()), len(log_w)
    effective = float(w.sum() ** 2 / (w * w).sum())
    if effective < min(ENOUGH, m / 2):
        warn_caller(
            f"a few chains dominate this estimate of log Z: of {m} chains, {effective:.1f} are "
            "effective. Take more temperatures, then more chains"
        )
    return AnnealedEstimate(
        log_partition=float(log_sum_exp(log_w) - np.log(m)),
        standard_error=float(w.std(ddof=1) / w.mean() / np.sqrt(m)),
        effective_chains=effective,
        log_weights=log_w,
    )


class _Path:
    """The densities between the base machine and the machine, in float64.

    The base is exp(x·a) for discrete x and, for real x, exp(x·a − ½ Σ p_i x_i²): a Gaussian with
    means a/p and precisions p. Its k hidden units are 0 or 1 with equal probability.
    """

    def __init__(self, rbm: RBM, data: ArrayLike | None):
        if not (rbm.visible.is_binary or rbm.visible.is_normal):
            raise ValueError(
                "annealing needs Bernoulli, Gaussian or categorical visible units, got "
                f"{rbm.visible!r}"
            )
        rbm.check_packed()
        self.visible = rbm.visible
        self.W, self.c = (rbm.parts["hidden"].params[key].astype(np.float64) for key in "Wb")
        self.b = rbm.parts["visible"].params["b"].astype(np.float64)
        self.real = rbm.visible.is_normal
        x = None if data is None else rbm.check_rows(real_array(data, "data"))[0].astype(np.float64)
        self.a: NDArray
        self.precision: Any  # None if x is not real
        self.a, self.precision = self._base(x)

    def _base(self, x: NDArray | None) -> tuple[NDArray, NDArray | None]:
        """Natural parameters a and precisions of the base machine (d,)."""
        if not self.real:
            rates = None if x is None else base_rates(self.visible, x)
            return (np.zeros_like(self.b) if rates is None else rates), None
        if x is None:
            # Each h_j has mean ½ and variance ¼; given h, x has variance 1.
            mean, variance = self.b + 0.5 * self.W.sum(axis=1), 1 + 0.25 * (self.W**2).sum(axis=1)
        else:
            mean, variance = x.mean(axis=0), np.maximum(x.var(axis=0), 1.0)
        return mean / variance, 1.0 / variance

    def base_log_partition(self) -> float:
        """log Z of the base: 2ᵏ hidden codes, each with the same integral over x."""
        hidden = len(self.c) * np.log(2.0)
        if not self.real:
            a = self.a[None]
            return hidden + self.visible.nll(np.zeros_like(a), a)[0]
        squares = self.a * self.a / self.precision
        return hidden + 0.5 * (squares + np.log(2.0 * np.pi / self.precision)).sum()

    def sample_base(self, n: int, rng: np.random.Generator) -> NDArray:
        """Draw x (n, d) from the base."""
        return self._sample(np.tile(self.a, (n, 1)), 0.0, rng)

    def _sample(self, a: NDArray, beta: float, rng: np.random.Generator) -> NDArray:
        """Draw x with the natural parameters a at this temperature."""
        if not self.real:
            return self.visible.sample(a, rng)
        precision = (1.0 - beta) * self.precision + beta
        return a / precision + rng.standard_normal(a.shape) / np.sqrt(precision)

    def rise(self, x: NDArray, u: NDArray, before: float, beta: float) -> NDArray:
        """log p*_β(x) − log p*_before(x), of shape (n,)."""
        slope = x @ (self.b - self.a)
        if self.real:
            slope -= 0.5 * (x * x) @ (1.0 - self.precision)
        return (beta - before) * slope + (softplus(beta * u) - softplus(before * u)).sum(axis=1)

    def gibbs(self, u: NDArray, beta: float, rng: np.random.Generator) -> NDArray:
        """Draw h ~ p_β(h | x), where u = x W + c, and return x ~ p_β(x | h)."""
        h = BernoulliOutput().sample(beta * u, rng)
        return self._sample(beta * (h @ self.W.T + self.b) + (1.0 - beta) * self.a, beta, rng)
