"""Learning rules of a Boltzmann machine: the negative phase of its gradient.

The gradient of mean −log p(x) is E_data[∂F/∂θ] − E_model[∂F/∂θ]. The second expectation is computed
exactly for few hidden units, and otherwise estimated by Gibbs chains: short chains that start at
the data (contrastive divergence, Hinton 2002), or chains that continue from one training step to
the next (persistent contrastive divergence, Tieleman 2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import settle, whole_number
from tinyae.models.free_energy import add_free_energy
from tinyae.models.gibbs import rounds
from tinyae.nn.model import Model


class Rule(Protocol):
    """What `RBM` takes as `rule`."""

    follows_gradient: ClassVar[bool]

    def negative_phase(self, rbm: Model, x: NDArray, rng: np.random.Generator) -> float:
        """Return log Z, or −mean F(x⁻) instead, and add its gradient into the machine's `grad`."""
        ...


@dataclass(frozen=True)
class MaximumLikelihood:
    """The exact gradient by enumerating the hidden codes; at most 16 hidden units."""

    follows_gradient: ClassVar[bool] = True

    def negative_phase(self, rbm: Any, x: NDArray, rng: np.random.Generator) -> float:
        """Return log Z and add its gradient."""
        return rbm.add_log_partition()


@dataclass(frozen=True)
class ContrastiveDivergence:
    """CD-k: x⁻ is x after k = `steps` rounds of Gibbs sampling. The rule is no gradient."""

    steps: int = 1
    follows_gradient: ClassVar[bool] = False

    def __post_init__(self) -> None:
        settle(self, "steps", whole_number(self.steps, "steps"))

    def negative_phase(self, rbm: Any, x: NDArray, rng: np.random.Generator) -> float:
        """Return −mean F(x⁻) and add its gradient with x⁻ held fixed."""
        negative = rounds(rbm, x, self.steps, rng)
        return add_free_energy(rbm, negative, -1.0 / len(negative))


@dataclass(frozen=True)
class PersistentContrastiveDivergence:
    """PCD: `chains` Gibbs chains continue by `steps` rounds at every training step.

    The chains start at rows of the first batch. The rule is also called stochastic maximum
    likelihood: if the learning rate falls, the chains stay close to the model's distribution, and
    in the limit the step is unbiased.
    """

    steps: int = 1
    chains: int = 100
    follows_gradient: ClassVar[bool] = False

    def __post_init__(self) -> None:
        settle(self, "steps", whole_number(self.steps, "steps"))
        settle(self, "chains", whole_number(self.chains, "chains"))

    def negative_phase(self, rbm: Any, x: NDArray, rng: np.random.Generator) -> float:
        """Move the machine's `chains`, return −mean F of them and add its gradient."""
        if rbm.chains is None or len(rbm.chains) != self.chains:
            rbm.chains = rng.choice(x, self.chains)
        rbm.chains = rounds(rbm, rbm.chains, self.steps, rng)
        return add_free_energy(rbm, rbm.chains, -1.0 / self.chains)
