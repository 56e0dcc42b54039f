"""The corruption process C(x̃ | x): how the input of a denoising autoencoder is spoilt.

Names follow Vincent et al. (2010); entries are drawn one by one. The target stays the clean x
(equation 14.9). Each call draws fresh noise from the generator that is passed in; x itself is never
written to. A strength may be a function of training progress.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.generators import given_generator
from tinyae.checks.numbers import real_number, settle
from tinyae.checks.tables import floats
from tinyae.training.schedules import Setting, at, check_setting


class Corruption(Protocol):
    """What the slot `corruption` of an autoencoder takes."""

    def corrupt(self, x: NDArray, rng: np.random.Generator, *, progress: float = 1.0) -> NDArray:
        """Return x̃ ~ C(· | x), of x's shape (n, d) and dtype."""
        ...


@dataclass(frozen=True)
class GaussianNoise:
    """x̃ = x + σ ε with ε ~ N(0, I): equation 14.17. `sigma` is in the units of x."""

    sigma: Setting

    def __post_init__(self):
        settle(self, "sigma", check_setting(self.sigma, "sigma", squared=True))

    def corrupt(self, x, rng, *, progress=1.0):
        """Draw x̃."""
        x, rng = floats(x, "x"), given_generator(rng)
        noise = rng.standard_normal(x.shape, dtype=x.dtype)
        noise *= at(self.sigma, progress)
        noise += x
        return noise


@dataclass(frozen=True)
class MaskingNoise:
    """Each entry of x is set to 0 with probability `fraction`, independently of the others."""

    fraction: Setting

    def __post_init__(self):
        settle(self, "fraction", check_setting(self.fraction, "fraction", high=1.0))

    def corrupt(self, x, rng, *, progress=1.0):
        """Draw x̃."""
        x, rng = floats(x, "x"), given_generator(rng)
        kept = rng.random(x.shape, dtype=x.dtype) >= at(self.fraction, progress)
        return x * kept


@dataclass(frozen=True)
class SaltAndPepperNoise:
    """Each entry of x is replaced with probability `fraction`, by `low` or `high` on a fair coin.

    `low` and `high` are the least and the greatest value an entry can have.
    """

    fraction: Setting
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self):
        settle(self, "fraction", check_setting(self.fraction, "fraction", high=1.0))
        settle(self, "low", real_number(self.low, "low"))
        settle(self, "high", real_number(self.high, "high", low=self.low, open_low=True))

    def corrupt(self, x, rng, *, progress=1.0):
        """Draw x̃: one uniform number decides both whether and by what an entry is replaced."""
        x, rng = floats(x, "x"), given_generator(rng)
        fraction = at(self.fraction, progress)
        u = rng.random(x.shape, dtype=x.dtype)
        spoilt = np.where(u < 0.5 * fraction, x.dtype.type(self.low), x.dtype.type(self.high))
        return np.where(u < fraction, spoilt, x)
