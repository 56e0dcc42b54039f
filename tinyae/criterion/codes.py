"""p_encoder(h | x): what happens to the code between encoder and decoder (section 14.4, fig. 14.2).

Without this slot h = f(x̃) is handed on as it is. Decoder and head read what the slot returns;
penalties read the mean code h, and `encode`, `jacobian` and `reconstruct` use no noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import settle
from tinyae.training.schedules import Setting, at, check_setting


class Code(Protocol):
    """What the slot `code` of an autoencoder takes."""

    def forward(self, h: NDArray, rng: np.random.Generator, *, progress: float = 1.0):
        """Return (z, cache): what decoder and head read, and what `backward` needs."""
        ...

    def backward(self, gz: NDArray, cache: object) -> NDArray:
        """Return gh, the adjoint of h."""
        ...


@dataclass(frozen=True)
class NoisyCode:
    """z = h + σ ε with ε ~ N(0, I): a stochastic encoder p(z | x) = N(z; f(x), σ²I).

    `sigma` is in the units of h. A code that is to survive the noise has to be large where it
    matters, so an unbounded code is better kept in check by a penalty. gh = gz.
    """

    sigma: Setting

    def __post_init__(self):
        settle(self, "sigma", check_setting(self.sigma, "sigma", squared=True))

    def forward(self, h, rng, *, progress=1.0):
        """Draw z; nothing needs to be kept."""
        return h + at(self.sigma, progress) * rng.standard_normal(h.shape, h.real.dtype), None

    def backward(self, gz, cache):
        """gh = gz."""
        return gz
