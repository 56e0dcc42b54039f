"""A code of sigmoids with noise before the sigmoid, whose codes become binary (section 14.9).

Semantic hashing needs codes that are almost 0 or 1. With noise of standard deviation σ before the
sigmoid, a unit transmits a value reliably only if |u| is large compared with σ. So training makes
the units saturate (Salakhutdinov and Hinton 2007). If σ grows during training, the network first
learns a code that describes the data well, and then makes it binary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import settle
from tinyae.criterion.code import Code
from tinyae.nn.activations import Elementwise, Sigmoid
from tinyae.training.schedules import Setting, at, check_setting


@dataclass(frozen=True)
class NoisySigmoidCode(Code):
    """z = sigmoid(u + σ ε) with ε ~ N(0, I), and the mean code h = sigmoid(u).

    The encoder must end in a linear layer, because the code has its own sigmoid. h is the value
    without noise. It is the median of z, and it is used as the mean code; the exact mean of z lies
    closer to ½ and has no closed form.

    Parameters
    ----------
    sigma : standard deviation of the noise, in the unit of u; a number or a function of progress.
        `WarmUp(4.0, until=1.0)` makes the noise grow from 0 to 4 during the whole training
    """

    sigma: Setting
    mean: ClassVar[Elementwise] = Sigmoid()
    linear: ClassVar[bool] = True

    def __post_init__(self) -> None:
        settle(self, "sigma", check_setting(self.sigma, "sigma", squared=True))

    def forward(
        self, u: NDArray, rng: np.random.Generator, *, progress: float = 1.0
    ) -> tuple[NDArray, Any]:
        """Draw z. The cache is z."""
        noise = at(self.sigma, progress) * rng.standard_normal(u.shape, u.real.dtype)
        z = self.mean.f(u + noise)
        return z, z

    def backward(self, gz: NDArray, cache: Any, costs: NDArray, weights: NDArray | None) -> NDArray:
        """gu = gz z (1 − z)."""
        return gz * cache * (1.0 - cache)
