"""Gaussian outputs whose variance is fixed, learned for each feature, or given by the decoder.

`GaussianOutput` has variance 1. The outputs here also model how large the errors are: a variance
that is too small or too large has a lower likelihood (section 14.4). Shapes: x (n, d), costs (n,).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.checks.generators import given_generator
from tinyae.checks.numbers import real_number, settle, truth
from tinyae.checks.tables import floats, within
from tinyae.criterion.output import Output
from tinyae.nn.activations import Elementwise, Identity
from tinyae.nn.appended_columns import AppendedColumns
from tinyae.nn.columns import FirstColumns
from tinyae.numerics.constants import LOG_2PI


def check_real(x: NDArray, name: str) -> None:
    """Raise ValueError, naming the output, unless all entries of x are finite numbers."""
    if not within(x, float(np.finfo(np.float64).max)):
        raise ValueError(
            f"{name} needs finite targets, got {(~np.isfinite(x)).sum()} entries that are NaN or "
            "infinite; remove or fill them first"
        )


def scaled(e: NDArray, s: NDArray) -> NDArray:
    """Return e exp(−s/2), an error in units of the standard deviation; s are log-variances.

    The error 0 remains 0, even if exp(−s/2) is beyond the dtype. A result beyond the dtype is
    infinite without a warning: the loss is then infinite, which training detects.
    """
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        return np.where(e == 0, e, e * np.exp(-0.5 * s))


@dataclass(frozen=True)
class FixedGaussianOutput(Output):
    """p(x | h) = N(x; a, σ² I) with a fixed standard deviation σ, in the units of x.

    The reconstruction that minimizes the cost does not depend on σ. The weight of the cost relative
    to penalties and to the costs of a stochastic code does.
    """

    sigma: float

    formula: ClassVar[str] = "‖x − r‖²/(2σ²)"
    mean: ClassVar[Elementwise] = Identity()
    mean_is_optimal: ClassVar[bool] = True

    def __post_init__(self) -> None:
        sigma = real_number(self.sigma, "sigma", low=0.0, open_low=True, squared=True)
        settle(self, "sigma", sigma)

    def natural(self, d: int) -> dict[str, tuple[int, ...]]:
        """Return {"mean": (d,)}."""
        return {"mean": (d,)}

    def check(self, x: NDArray) -> None:
        """Raise ValueError if a target is not finite."""
        check_real(x, type(self).__name__)

    def cost(self, x: NDArray, a: NDArray) -> NDArray:
        """‖x − a‖²/(2σ²) for each example."""
        return self.entry_costs(x, a).sum(axis=1)

    def entry_costs(self, x: NDArray, a: NDArray) -> NDArray:
        """(x − a)²/(2σ²) of each entry, (n, d). `cost` is their sum."""
        e = (x - a) / self.sigma
        return 0.5 * (e * e)

    def gradient(self, x: NDArray, a: NDArray) -> NDArray:
        """∂cost/∂a = (a − x)/σ²."""
        return (a - x) / self.sigma / self.sigma

    def sample(self, a: NDArray, rng: np.random.Generator) -> NDArray:
        """Draw x ~ N(a, σ² I)."""
        a, rng = floats(a, "a"), given_generator(rng)
        return a + self.sigma * rng.standard_normal(a.shape, dtype=a.dtype)

    def nll(self, x: NDArray, a: NDArray) -> NDArray:
        """−log N(x; a, σ² I) = ‖x − a‖²/(2σ²) + d log σ + ½ d log 2π, in nats per example."""
        return self.cost(x, a) + x.shape[1] * (log(self.sigma) + 0.5 * LOG_2PI)

    def link(self, mean: NDArray, least: float) -> NDArray | None:
        """Return the mean itself."""
        return mean


@dataclass(frozen=True)
class DiagonalGaussianOutput(Output):
    """p(x | h) = Π_j N(x_j; μ_j, exp(s_j)), with natural parameters a = (μ, s) of 2d columns.

    The log-variances s are given by the decoder for every example, or they are parameters that are
    equal for all examples. If the training data can be reconstructed exactly, the likelihood has no
    maximum: s tends to −∞. Corruption, a small code or fewer steps prevent that.

    Parameters
    ----------
    per_feature : whether s is learned once for each feature. `Autoencoder.dense` then lets the
        decoder end in an `AppendedColumns(d)` layer, which holds s. If you build the decoder
        yourself, end it in this layer. False means that the decoder computes s from the code
    """

    per_feature: bool = False

    formula: ClassVar[str] = "½ Σ [(x − r)² exp(−s) + s]"
    mean: ClassVar[FirstColumns] = FirstColumns(2)
    mean_is_optimal: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "per_feature", truth(self.per_feature, "per_feature"))

    def natural(self, d: int) -> dict[str, tuple[int, ...]]:
        """Return {"mean": (d,), "log-variance": (d,)}."""
        return {"mean": (d,), "log-variance": (d,)}

    def end(self, d: int, dtype: DTypeLike) -> AppendedColumns | None:
        """Return the layer that holds the log-variances, if they are learned for each feature."""
        return AppendedColumns(d, dtype=dtype) if self.per_feature else None

    def check(self, x: NDArray) -> None:
        """Raise ValueError if a target is not finite."""
        check_real(x, type(self).__name__)

    def cost(self, x: NDArray, a: NDArray) -> NDArray:
        """½ Σ [(x − μ)² exp(−s) + s] for each example."""
        return self.entry_costs(x, a).sum(axis=1)

    def entry_costs(self, x: NDArray, a: NDArray) -> NDArray:
        """½ [(x − μ)² exp(−s) + s] of each entry, (n, d). `cost` is their sum."""
        mu, s = self._split(a)
        z = scaled(x - mu, s)
        return 0.5 * _square(z) + 0.5 * s

    def gradient(self, x: NDArray, a: NDArray) -> NDArray:
        """∂cost/∂μ = (μ − x) exp(−s),  ∂cost/∂s = ½ − ½ (x − μ)² exp(−s)."""
        mu, s = self._split(a)
        z = scaled(x - mu, s)
        return np.concatenate([-scaled(z, s), 0.5 - 0.5 * _square(z)], axis=1)

    def sample(self, a: NDArray, rng: np.random.Generator) -> NDArray:
        """Draw x_j ~ N(μ_j, exp(s_j)), infinite where the deviation is beyond the dtype."""
        a, rng = floats(a, "a"), given_generator(rng)
        mu, s = self._split(a)
        with np.errstate(under="ignore", over="ignore"):
            return mu + np.exp(0.5 * s) * rng.standard_normal(mu.shape, dtype=a.dtype)

    def nll(self, x: NDArray, a: NDArray) -> NDArray:
        """−Σ_j log N(x_j; μ_j, exp(s_j)) = cost + ½ d log 2π, in nats per example."""
        return self.cost(x, a) + 0.5 * x.shape[1] * LOG_2PI

    def _split(self, a: NDArray) -> tuple[NDArray, NDArray]:
        """Return μ and s, each (n, d)."""
        d, odd = divmod(a.shape[-1], 2)
        if odd:
            raise ValueError(
                f"{self!r} has a mean and a log-variance for each feature, so a must have an even "
                f"number of columns, got {a.shape[-1]}"
            )
        return a[:, :d], a[:, d:]


def _square(z: NDArray) -> NDArray:
    """Return z², which is infinite without a warning if it is beyond the dtype."""
    with np.errstate(under="ignore", over="ignore"):
        return z * z
