"""The corruption process C(x̃ | x) of a denoising autoencoder.

The names follow Vincent et al. (2010). Entries are corrupted independently. The target remains the
clean x (equation 14.9). Each call draws new noise from the given generator, and does not change x.
A strength may be a function of training progress. `core/noise.py` has the same on buffers, for the
vectorized core.
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

FAR = 10.0  # settings beyond this many spans or deviations of the data give a warning


class Corruption:
    """The base class for the slot `corruption` of an autoencoder. A subclass defines `corrupt`."""

    def corrupt(self, x: NDArray, rng: np.random.Generator, *, progress: float = 1.0) -> NDArray:
        """Return x̃ ~ C(· | x), of x's shape (n, d) and dtype."""
        raise NotImplementedError(f"{type(self).__name__}.corrupt")

    def fault(self, data: Spread) -> str:
        """Return a warning if the settings do not suit data with this spread, else ""."""
        return ""


def corrupted(
    x: NDArray, corruption: Corruption | None, rng: np.random.Generator, progress: float
) -> NDArray:
    """Return x̃ ~ C(x̃ | x) at this progress of training, or x itself where there is none."""
    return x if corruption is None else corruption.corrupt(x, rng, progress=progress)


@dataclass(frozen=True)
class GaussianNoise(Corruption):
    """x̃ = x + σ ε with ε ~ N(0, I): equation 14.17. `sigma` has the unit of x."""

    sigma: Setting

    def __post_init__(self) -> None:
        settle(self, "sigma", check_setting(self.sigma, "sigma", squared=True))

    def corrupt(self, x: NDArray, rng: np.random.Generator, *, progress: float = 1.0) -> NDArray:
        """Draw x̃."""
        x, rng = floats(x, "x"), given_generator(rng)
        noise = rng.standard_normal(x.shape, dtype=x.dtype)
        noise *= at(self.sigma, progress)
        noise += x
        return noise

    def fault(self, data: Spread) -> str:
        """Return a warning if sigma is far above the data's deviation, or small for integers."""
        sigmas = [at(self.sigma, progress) for progress in (0.0, 0.5, 1.0)]
        if data.deviation > 0.0 and min(sigmas) > FAR * data.deviation:
            return (
                f"{self!r} adds noise {min(sigmas) / data.deviation:.0f} times as wide as x, whose "
                f"standard deviation is {data.deviation:.3g}: almost nothing of x remains visible. "
                "sigma has the unit of x: give a smaller one"
            )
        if data.whole and data.span >= 50 and 0.0 < max(sigmas) <= 0.5:
            return (
                f"{self!r} adds noise that is smaller than the distance between neighbouring "
                f"values of x, which are whole numbers {data}. sigma has the unit of x: rescale x "
                f"to [0, 1], or give a larger sigma, such as {0.1 * data.span:.2g}"
            )
        return ""


@dataclass(frozen=True)
class MaskingNoise(Corruption):
    """Each entry of x is set to 0 with probability `fraction`, independently of the others."""

    fraction: Setting

    def __post_init__(self) -> None:
        settle(self, "fraction", check_setting(self.fraction, "fraction", high=1.0))

    def corrupt(self, x: NDArray, rng: np.random.Generator, *, progress: float = 1.0) -> NDArray:
        """Draw x̃."""
        x, rng = floats(x, "x"), given_generator(rng)
        kept = rng.random(x.shape, dtype=x.dtype) >= at(self.fraction, progress)
        return x * kept

    def fault(self, data: Spread) -> str:
        """Return a warning if 0, the value of masked entries, is far from all data."""
        distance = max(data.low, -data.high)
        if distance <= FAR * data.span or data.span == 0.0:
            return ""
        return (
            f"{self!r} sets entries to 0, but x reaches {data}: the distance of 0 from x is "
            f"{distance / data.span:.0f} times the span of x, so masked entries dominate the "
            "loss. Subtract the mean of x or rescale it to [0, 1]"
        )


@dataclass(frozen=True)
class SaltAndPepperNoise(Corruption):
    """Each entry of x is replaced with probability `fraction`: half the time by `low`, else `high`.

    `low` and `high` are the smallest and the largest value that an entry can have.
    """

    fraction: Setting
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        settle(self, "fraction", check_setting(self.fraction, "fraction", high=1.0))
        settle(self, "low", real_number(self.low, "low"))
        settle(self, "high", real_number(self.high, "high", low=self.low, open_low=True))

    def corrupt(self, x: NDArray, rng: np.random.Generator, *, progress: float = 1.0) -> NDArray:
        """Draw x̃. One uniform number decides whether an entry is replaced, and by which value."""
        x, rng = floats(x, "x"), given_generator(rng)
        fraction = at(self.fraction, progress)
        u = rng.random(x.shape, dtype=x.dtype)
        spoilt = np.where(u < 0.5 * fraction, x.dtype.type(self.low), x.dtype.type(self.high))
        return np.where(u < fraction, spoilt, x)

    def fault(self, data: Spread) -> str:
        """Return a warning if `low` and `high` are far inside or outside the range of the data."""
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
