"""The base class of the stochastic encoders p_encoder(h | x), and a code with noise (section 14.4).

Without this slot, the decoder gets h = f(x̃). With it, the encoder ends in the parameters u of a
distribution, and decoder and head get a sample z of this distribution (figure 14.2). Penalties,
`encode`, `jacobian` and `reconstruct` use the mean code h = mean(u) and no noise.

A code may also have a prior p(z). Then the autoencoder is a latent-variable model p(z) p(x | z)
whose encoder approximates p(z | x), see `models/variational.py`. Its criterion gets one more term,
β KL(p_encoder(z | x) ‖ p(z)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.checks.numbers import settle
from tinyae.nn.activations import Identity
from tinyae.nn.layers import Chain, Layer
from tinyae.training.schedules import Setting, at, check_setting


class Code:
    """The distribution of the code z given the encoder's units u.

    Shapes: u (n, units(k)), z (n, k). A subclass defines `forward` and `backward`. A code with a
    prior sets `has_prior` and also defines `kl`, `kl_gradient`, `sample_prior`, `log_prior` and
    `log_density`.

    Attributes
    ----------
    mean : the layer from u to the mean code h (n, k)
    formula : formula of the KL divergence for the description of a model
    has_prior : whether the code has a prior p(z)
    beta : factor of the KL divergence in the criterion, a number or a function of progress
    linear : whether u may be any real numbers, so that the encoder must end in a linear layer
    follows_gradient : whether `backward` is the derivative of the sampled cost. False if it is an
        estimate of the derivative of the expected cost
    needs_costs : whether `backward` uses the costs of the examples
    """

    mean: ClassVar[Layer] = Identity()
    formula: ClassVar[str] = ""
    has_prior: ClassVar[bool] = False
    beta: Setting = 0.0
    linear: ClassVar[bool] = False
    follows_gradient: ClassVar[bool] = True
    needs_costs: bool = False

    def units(self, k: int) -> int:
        """Return how many numbers the encoder gives for a code of k numbers."""
        return k

    def forward(
        self, u: NDArray, rng: np.random.Generator, *, progress: float = 1.0
    ) -> tuple[NDArray, Any]:
        """Return (z, cache): a sample of the code, and what `backward` needs."""
        raise NotImplementedError(f"{type(self).__name__}.forward")

    def backward(self, gz: NDArray, cache: Any, costs: NDArray, weights: NDArray | None) -> NDArray:
        """Return gu, the adjoint of u.

        gz is the adjoint of z. `costs` (n,) are the parts of the examples in the loss, that is,
        −w log p_decoder(x | z) / n with the weights w (n, 1) of the examples, or None if all are 1.
        Only estimates that do not differentiate z need costs and weights. They do not use what
        penalties add to the adjoint of a, so such penalties are refused.
        """
        raise NotImplementedError(f"{type(self).__name__}.backward")

    def cost(self, u: NDArray, *, progress: float = 1.0) -> NDArray:
        """Return β KL(p_encoder(z | x) ‖ p(z)) of each example, of shape (n,)."""
        return at(self.beta, progress) * self.kl(u)

    def cost_gradient(self, u: NDArray, *, progress: float = 1.0) -> NDArray:
        """∂cost/∂u = β ∂KL/∂u, of the shape of u."""
        return at(self.beta, progress) * self.kl_gradient(u)

    def kl(self, u: NDArray) -> NDArray:
        """Return KL(p_encoder(z | x) ‖ p(z)) of each example, in nats, of shape (n,)."""
        raise NotImplementedError(f"{type(self).__name__}.kl")

    def kl_gradient(self, u: NDArray) -> NDArray:
        """Return ∂KL/∂u, of the shape of u."""
        raise NotImplementedError(f"{type(self).__name__}.kl_gradient")

    def sample_prior(self, n: int, k: int, rng: np.random.Generator, dtype: DTypeLike) -> NDArray:
        """Draw n codes z ~ p(z), of shape (n, k)."""
        raise NotImplementedError(f"{type(self).__name__}.sample_prior")

    def log_prior(self, z: NDArray) -> NDArray:
        """Return log p(z) of each example, of shape (n,)."""
        raise NotImplementedError(f"{type(self).__name__}.log_prior")

    def log_density(self, z: NDArray, u: NDArray) -> NDArray:
        """Return log p_encoder(z | x) of each example, of shape (n,)."""
        raise NotImplementedError(f"{type(self).__name__}.log_density")


@dataclass(frozen=True)
class NoisyCode(Code):
    """z = h + σ ε with ε ~ N(0, I): a stochastic encoder p(z | x) = N(z; f(x), σ²I).

    `sigma` has the unit of h. Training makes the code large compared with the noise. So an
    unbounded code should be combined with a penalty that limits its size. gu = gz.
    """

    sigma: Setting

    def __post_init__(self) -> None:
        settle(self, "sigma", check_setting(self.sigma, "sigma", squared=True))

    def forward(
        self, u: NDArray, rng: np.random.Generator, *, progress: float = 1.0
    ) -> tuple[NDArray, Any]:
        """Draw z. The cache is None."""
        return u + at(self.sigma, progress) * rng.standard_normal(u.shape, u.real.dtype), None

    def backward(self, gz: NDArray, cache: Any, costs: NDArray, weights: NDArray | None) -> NDArray:
        """gu = gz."""
        return gz


def mean_encoder(encoder: Layer, code: Code | None) -> Layer:
    """Return the layer from x to the code, or to its mean if there is a random code."""
    if code is None or isinstance(code.mean, Identity):
        return encoder
    return Chain(encoder, code.mean)
