"""A setting that may change during training: a number, or a function of progress in [0, 1].

Progress is the part of training that is done. A learning rate or a noise strength may be a function
of it. `Cosine` falls to zero, `WarmUp` rises from zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tinyae.checks.numbers import real_number, settle, takes

Setting = float | Callable[[float], float]


def at(setting: Setting, progress: float) -> float:
    """Return the setting's value at this progress, as a Python float.

    A NumPy float64 scalar would convert float32 arrays in a product to float64.
    """
    return float(setting(progress) if callable(setting) else setting)


def check_setting(
    setting: Setting,
    name: str,
    *,
    low: float = 0.0,
    high: float = np.inf,
    squared: bool = False,
) -> Setting:
    """Return the setting. Raise if it, or its value at progress 0, ½ or 1, is not in range."""
    if isinstance(setting, type):
        raise TypeError(f"{name} must be a number or a function of progress, got {setting!r}")
    if not callable(setting):
        return real_number(setting, name, low=low, high=high, squared=squared)
    if not takes(setting, 1):
        raise TypeError(f"{name} must be a function of progress, one number, got {setting!r:.60}")
    for progress in (0.0, 0.5, 1.0):
        value, when = setting(progress), f"{name} at progress {progress}"
        real_number(value, when, low=low, high=high, squared=squared)
    return setting


@dataclass(frozen=True)
class Cosine:
    """From `start` at progress 0 down to zero at progress 1 along half a cosine.

    The steps are long at first and become shorter. With short steps at the end, the noise of many
    mini-batches is averaged out.
    """

    start: float

    def __post_init__(self) -> None:
        settle(self, "start", real_number(self.start, "start", low=0.0))

    def __call__(self, progress: float) -> float:
        """½ start (1 + cos π progress)."""
        return float(0.5 * self.start * (1.0 + np.cos(np.pi * progress)))


@dataclass(frozen=True)
class WarmUp:
    """From zero in proportion to progress up to `end` at progress `until`, then constant.

    With it a term of the criterion, such as the KL divergence of a `GaussianCode`, is introduced
    gradually.
    """

    end: float = 1.0
    until: float = 0.25

    def __post_init__(self) -> None:
        settle(self, "end", real_number(self.end, "end", low=0.0))
        until = real_number(self.until, "until", low=0.0, high=1.0, open_low=True)
        settle(self, "until", until)

    def __call__(self, progress: float) -> float:
        """min(1, progress / until) · end."""
        return float(self.end * min(1.0, progress / self.until))
