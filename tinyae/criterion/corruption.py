"""The corruption process C(x̃ | x): how the input of a denoising autoencoder is spoilt.

Names follow Vincent et al. (2010); entries are drawn one by one. The target stays the clean x
(equation 14.9). Each call draws fresh noise from the generator that is passed in; x itself is never
written to. A strength may be a function of training progress. `core/noise.py` has the same on
buffers, for the vectorized core.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.generators import given_generator
from tinyae.checks.numbers import real_number, settle
from tinyae.checks.tables import floats
from tinyae.criterion.spread import Spread
from tinyae.training.schedules import Setting, at, check_setting

FAR = 10.0  # times the span or spread of the data


class Corruption:
    """What the slot `corruption` of an autoencoder takes: a subclass gives `corrupt`."""

    def corrupt(self, x: NDArray, rng: np.random.Generator, *, progress: float = 1.0) -> NDArray:
        """Return x̃ ~ C(· | x), of x's shape (n, d) and dtype."""
        raise NotImplementedError(f"{type(self).__name__}.corrupt")

    def fault(self, data: Spread) -> str:
        """Return a warning if the settings cannot suit data with this spread, else nothing."""
        return ""


@dataclass(frozen=True)
class GaussianNoise(Corruption):
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

    def fault(self, data):
        """Warn of noise far wider than the data, or narrower than the steps of whole numbers."""
        sigmas = [at(self.sigma, progress) for progress in (0.0, 0.5, 1.0)]
        if data.deviation > 0.0 and min(sigmas) > FAR * data.deviation:
            return (
                f"{self!r} adds noise {min(sigmas) / data.deviation:.0f} times as wide as x, whose "
                f"standard deviation is {data.deviation:.3g}: hardly anything of x is left. sigma "
                "is in the units of x; give a smaller one"
            )
        if data.whole and data.span >= 50 and 0.0 < max(sigmas) <= 0.5:
            return (
                f"{self!r} adds less noise than lies between two neighbouring values of x, which "
                f"are whole numbers {data}. sigma is in the units of x; rescale x to [0, 1], or "
                f"give sigma in those units, such as {0.1 * data.span:.2g}"
            )
        return ""


@dataclass(frozen=True)
class MaskingNoise(Corruption):
    """Each entry of x is set to 0 with probability `fraction`, independently of the others."""

    fraction: Setting

    def __post_init__(self):
        settle(self, "fraction", check_setting(self.fraction, "fraction", high=1.0))

    def corrupt(self, x, rng, *, progress=1.0):
        """Draw x̃."""
        x, rng = floats(x, "x"), given_generator(rng)
        kept = rng.random(x.shape, dtype=x.dtype) >= at(self.fraction, progress)
        return x * kept

    def fault(self, data):
        """Warn if 0, the value of masked entries, is far away from all data."""
        distance = max(data.low, -data.high)
        if distance <= FAR * data.span or data.span == 0.0:
            return ""
        return (
            f"{self!r} sets entries to 0, but x reaches {data}: 0 lies {distance / data.span:.0f} "
            "times its span away from it, so what is masked outweighs the rest. Subtract the mean "
            "of x or rescale it to [0, 1]"
        )


@dataclass(frozen=True)
class SaltAndPepperNoise(Corruption):
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

    def fault(self, data):
        """Warn if `low` and `high` are not the extremes of the data, or far beyond them."""
        span = data.span
        inside = self.low > data.low + span / 3 or self.high < data.high - span / 3
        outside = self.low < data.low - FAR * span or self.high > data.high + FAR * span
        if span == 0.0 or not (inside or outside):
            return ""
        return (
            f"{self!r} replaces entries by {self.low:g} and {self.high:g}, but x reaches {data}: "
            f"these are not its extremes. Give SaltAndPepperNoise(fraction, low={data.low:g}, "
            f"high={data.high:g}), or rescale x to [{self.low:g}, {self.high:g}]"
        )
