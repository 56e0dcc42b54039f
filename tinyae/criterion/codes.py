"""p_encoder(h | x): noise between encoder and decoder (section 14.4, figure 14.2).

Without this slot, the decoder gets h = f(x̃). With it, decoder and head get the noisy code that
the slot returns. Penalties use the mean code h. `encode`, `jacobian` and `reconstruct` use no
noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import settle
from tinyae.training.schedules import Setting, at, check_setting


class Code(Protocol):
    """The methods that the slot `code` of an autoencoder needs."""

    def forward(self, h: NDArray, rng: np.random.Generator, *, progress: float = 1.0):
        """Return (z, cache): the input of decoder and head, and what `backward` needs."""
        ...

    def backward(self, gz: NDArray, cache: object) -> NDArray:
        """Return gh, the adjoint of h."""
        ...


@dataclass(frozen=True)
class NoisyCode:
    """z = h + σ ε with ε ~ N(0, I): a stochastic encoder p(z | x) = N(z; f(x), σ²I).

    `sigma` has the unit of h. Training makes the code large compared with the noise. So an
    unbounded code should be combined with a penalty that limits its size. gh = gz.
    """

    sigma: Setting

    def __post_init__(self):
        settle(self, "sigma", check_setting(self.sigma, "sigma", squared=True))

    def forward(self, h, rng, *, progress=1.0):
        """Draw z. The cache is None."""
        return h + at(self.sigma, progress) * rng.standard_normal(h.shape, h.real.dtype), None

    def backward(self, gz, cache):
        """gh = gz."""
        return gz
