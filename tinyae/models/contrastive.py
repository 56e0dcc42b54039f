"""How a Boltzmann machine estimates what it believes: the negative phase of its gradient.

The gradient of mean −log p(x) is E_data[∂F/∂θ] − E_model[∂F/∂θ]. The second expectation is exact
for a handful of hidden units, and otherwise comes from Gibbs chains: short ones begun at the data
(contrastive divergence, Hinton 2002), or long ones that go on from step to step (Tieleman 2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import settle, whole_number
from tinyae.nn.model import Model


class Rule(Protocol):
    """What `RBM` takes as `rule`."""

    follows_gradient: ClassVar[bool]

    def negative_phase(self, rbm: Model, x: NDArray, rng: np.random.Generator) -> float:
        """Return log Z, or −mean F(x⁻) in its place, and add the gradient into the machine's."""
        ...


@dataclass(frozen=True)
class MaximumLikelihood:
    """The exact gradient by enumerating the hidden codes; at most 16 hidden units."""

    follows_gradient: ClassVar[bool] = True

    def negative_phase(self, rbm, x, rng):
        """Return log Z and add its gradient."""
        return rbm.add_log_partition()


@dataclass(frozen=True)
class ContrastiveDivergence:
    """CD-k: x⁻ is x after k = `steps` rounds of Gibbs sampling. No gradient of any function."""

    steps: int = 1
    follows_gradient: ClassVar[bool] = False

    def __post_init__(self):
        settle(self, "steps", whole_number(self.steps, "steps"))

    def negative_phase(self, rbm, x, rng):
        """Return −mean F(x⁻) and add its gradient with x⁻ held fixed."""
        negative = rbm._gibbs(x, self.steps, rng)
        return rbm._add_free_energy(negative, -1.0 / len(negative))


@dataclass(frozen=True)
class PersistentContrastiveDivergence:
    """PCD: `chains` particles, begun at rows of the first batch, move `steps` rounds at every step.

    Also called stochastic maximum likelihood: with a learning rate that falls, the chains stay near
    the model's distribution, and the step is unbiased in the limit.
    """

    steps: int = 1
    chains: int = 100
    follows_gradient: ClassVar[bool] = False

    def __post_init__(self):
        settle(self, "steps", whole_number(self.steps, "steps"))
        settle(self, "chains", whole_number(self.chains, "chains"))

    def negative_phase(self, rbm, x, rng):
        """Move the machine's `chains`, return −mean F of them and add its gradient."""
        if rbm.chains is None or len(rbm.chains) != self.chains:
            rbm.chains = rng.choice(x, self.chains)
        rbm.chains = rbm._gibbs(rbm.chains, self.steps, rng)
        return rbm._add_free_energy(rbm.chains, -1.0 / self.chains)
