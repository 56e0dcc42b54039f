"""Initial weights of an affine layer.

An initializer is a frozen setting. It is called with a generator and the two widths, and returns
W of shape (d_in, d_out) and b of shape (d_out,). The scale of the weights matters for units that
saturate: if it is too small, every unit is nearly linear; if it is too large, every unit is
saturated and its gradient is nearly zero (Glorot and Bengio 2010).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import real_number, settle

Initializer = Callable[[np.random.Generator, int, int], tuple[NDArray, NDArray]]


def chosen(init: Initializer | None, default: Initializer) -> Initializer:
    """Return `init`, or the default for None."""
    if init is None:
        return default
    if isinstance(init, type) or not callable(init):
        raise TypeError(f"init must be an initializer such as Glorot(), got {init!r:.60}")
    return init


@dataclass(frozen=True)
class Glorot:
    """W ~ U(-a, a) with a = gain √(6 / (d_in + d_out)), and b = 0 (Glorot and Bengio 2010).

    The gain depends on the unit that follows: 1 for tanh and linear units, 4 for the sigmoid
    (whose slope at zero is 1/4), √2 for rectifiers. Each activation has it as an attribute.
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        settle(self, "gain", real_number(self.gain, "gain", low=0.0, squared=True))

    def __call__(self, rng: np.random.Generator, d_in: int, d_out: int) -> tuple[NDArray, NDArray]:
        """Draw (W, b)."""
        a = self.gain * np.sqrt(6.0 / (d_in + d_out))
        return rng.uniform(-a, a, (d_in, d_out)), np.zeros(d_out)


@dataclass(frozen=True)
class Uniform:
    """W ~ U(-weight, weight) and b ~ U(-bias, bias).

    With wide weights, the regions where the hidden units are not linear cover a small input space
    from the start. A low-dimensional field with fine structure needs this (figure 14.5).
    """

    weight: float
    bias: float = 0.0

    def __post_init__(self) -> None:
        settle(self, "weight", real_number(self.weight, "weight", low=0.0, squared=True))
        settle(self, "bias", real_number(self.bias, "bias", low=0.0, squared=True))

    def __call__(self, rng: np.random.Generator, d_in: int, d_out: int) -> tuple[NDArray, NDArray]:
        """Draw (W, b)."""
        W = rng.uniform(-self.weight, self.weight, (d_in, d_out))
        return W, rng.uniform(-self.bias, self.bias, d_out)


@dataclass(frozen=True)
class Normal:
    """W ~ N(0, weight²) entry by entry, and b = 0."""

    weight: float

    def __post_init__(self) -> None:
        settle(self, "weight", real_number(self.weight, "weight", low=0.0, squared=True))

    def __call__(self, rng: np.random.Generator, d_in: int, d_out: int) -> tuple[NDArray, NDArray]:
        """Draw (W, b)."""
        return rng.normal(0.0, self.weight, (d_in, d_out)), np.zeros(d_out)
