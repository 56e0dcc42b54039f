"""A code of zeros and ones that are drawn at random (section 14.4), with two estimated gradients.

A binary sample is not a differentiable function of its probability, so the derivative of the
expected cost has to be estimated:

- The score-function estimate (Glynn 1990; Williams 1992) is unbiased: its expected value is the
  derivative of the expected cost. Its variance is large, and a baseline reduces it.
- The straight-through estimate (Bengio, Léonard and Courville 2013) treats the sample as if it were
  its probability. It is biased, unless the cost is linear in the code, and has a small variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.checks.numbers import real_number, settle, truth
from tinyae.criterion.code import Code
from tinyae.criterion.outputs import BernoulliOutput
from tinyae.nn.activations import Elementwise, Sigmoid
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.training.schedules import Setting, check_setting


@dataclass(frozen=True)
class BernoulliCode(Code):
    """z_i ~ Bernoulli(p_i) with p = sigmoid(u), independently, and the prior z_i ~ Bernoulli(on).

    Parameters
    ----------
    straight_through : whether the gradient is the straight-through estimate, which is biased. By
        default it is the score-function estimate, which is unbiased
    on : p(z_i = 1) of the prior, between 0 and 1
    beta : factor of KL(p_encoder(z | x) ‖ p(z)), a number or a function of progress

    The gradient of the KL divergence is exact in both cases.
    """

    straight_through: bool = False
    on: float = 0.5
    beta: Setting = 1.0
    mean: ClassVar[Elementwise] = Sigmoid()
    formula: ClassVar[str] = "KL(Bernoulli(p) ‖ prior)"
    has_prior: ClassVar[bool] = True
    linear: ClassVar[bool] = True
    follows_gradient: ClassVar[bool] = False

    def __post_init__(self) -> None:
        settle(self, "straight_through", truth(self.straight_through, "straight_through"))
        on = real_number(self.on, "on", low=0.0, high=1.0, open_low=True, open_high=True)
        settle(self, "on", on)
        settle(self, "beta", check_setting(self.beta, "beta"))

    @property
    def needs_costs(self) -> bool:  # type: ignore[override]  # computed here, a plain attribute of the base
        """Whether the gradient is the score-function estimate."""
        return not self.straight_through

    @property
    def log_odds(self) -> float:
        """log on/(1 − on), the natural parameter of the prior."""
        return float(np.log(self.on) - np.log1p(-self.on))

    @property
    def log_off(self) -> float:
        """log (1 − on)."""
        return float(np.log1p(-self.on))

    def forward(
        self, u: NDArray, rng: np.random.Generator, *, progress: float = 1.0
    ) -> tuple[NDArray, Any]:
        """Draw z. The cache is (z, p)."""
        p = self.mean.f(u)
        z = (rng.random(u.shape, u.real.dtype) < p.real).astype(u.dtype)
        return z, (z, p)

    def backward(self, gz: NDArray, cache: Any, costs: NDArray, weights: NDArray | None) -> NDArray:
        """Return an estimate of the derivative of the expected cost.

        Straight-through: gu = gz p (1 − p). Score function, with the costs c of the examples:

            gu = (c − b) ∂log p(z | u)/∂u = (c − b) (z − p)

        The baseline b of an example is the mean cost of the other examples in the batch. It does
        not depend on the example's own z, so the estimate remains unbiased. With weights it is the
        weighted mean, times the weight of the example. For one example alone it is 0.
        """
        z, p = cache
        if self.straight_through:
            return gz * p * (1.0 - p)
        w = np.ones_like(costs) if weights is None else weights[:, 0]
        others = w.sum() - w
        b = w * (costs.sum() - costs) / np.where(others > 0, others, np.inf)
        return (costs - b)[:, None] * (z - p)

    @underflow_to_zero
    def kl(self, u: NDArray) -> NDArray:
        """Σ [p (u − w) − softplus(u) − log(1 − on)] with w = log on/(1 − on)."""
        w = self.log_odds
        # p u − softplus(u) is minus the entropy, −cost(p, u) of a Bernoulli output.
        negative_entropy = -BernoulliOutput().entry_costs(self.mean.f(u), u)
        return (negative_entropy - w * self.mean.f(u) - self.log_off).sum(axis=1)

    def kl_gradient(self, u: NDArray) -> NDArray:
        """∂KL/∂u = p (1 − p) (u − w)."""
        p = self.mean.f(u)
        return p * (1.0 - p) * (u - self.log_odds)

    def sample_prior(self, n: int, k: int, rng: np.random.Generator, dtype: DTypeLike) -> NDArray:
        """Draw zeros and ones with p(z_i = 1) = on."""
        return (rng.random((n, k), cast(Any, dtype)) < self.on).astype(dtype)

    def log_prior(self, z: NDArray) -> NDArray:
        """Σ [z w + log(1 − on)]."""
        return (z * self.log_odds + self.log_off).sum(axis=1)

    def log_density(self, z: NDArray, u: NDArray) -> NDArray:
        """Σ [z u − softplus(u)]."""
        return -BernoulliOutput().cost(z, u)
