"""The state that a model keeps between two calls of `fit`, so that the second continues the first.

Besides theta, this state consists of the random streams and of what the optimizer keeps of past
gradients. A model holds both as `model.training`. They are copied and pickled with the model, but
`astype` and a file written by `save` do not keep them.
"""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from tinyae.checks.generators import generator
from tinyae.training.optimizers import SGD, Adam, Optimizer
from tinyae.training.tuning import Tuning


@dataclass
class TrainingState:
    """The streams and the optimizer of a training.

    Attributes
    ----------
    seed : the integer that `fit` was given; None if it was given a generator
    order, noise : generators for the order of the rows and for the noise of the model in each step.
        If `fit` was given a generator, both are this generator
    optimizer : the last one that was used
    memory : its state, such as Adam's moving averages; None before the first step
    run : digest of the facts of this training if it has a checkpoint, else None
    end : with a checkpoint, checksum of theta at the end of this call of `fit`
    tuning : how the vectorized core computed; None if it was not used
    """

    seed: int | None
    order: np.random.Generator
    noise: np.random.Generator
    optimizer: Optimizer | None = None
    memory: dict | None = None
    run: str | None = None
    end: str | None = None
    tuning: Tuning | None = None

    def __repr__(self) -> str:
        memory = "none" if self.memory is None else ", ".join(self.memory)
        return f"TrainingState(seed={self.seed}, optimizer={self.optimizer!r}, memory: {memory})"

    def __getstate__(self) -> dict[str, Any]:
        # An optimizer whose rate is a lambda cannot be pickled. Then leave it and its memory out.
        try:
            pickle.dumps(self.optimizer)
        except Exception:
            return {**self.__dict__, "optimizer": None, "memory": None}
        return self.__dict__

    def __deepcopy__(self, memo: dict[int, Any]) -> TrainingState:
        order = copy.deepcopy(self.order, memo)
        noise = copy.deepcopy(self.noise, memo)  # with `memo`, the same object if it is one
        memory = copy.deepcopy(self.memory, memo)
        return replace(self, order=order, noise=noise, memory=memory)


def resumed(
    before: TrainingState | None, rng: np.random.Generator | int, optimizer: Optimizer
) -> TrainingState:
    """Return the state for the next training, given `before`, the state of the last one.

    The streams are continued if the seed is the same. A generator continues in any case, since it
    has its own state. The optimizer's memory is kept if the optimizer is equal to the last one, or
    differs only in its learning rate. The tuning is kept. Everything else is new.
    """
    if isinstance(rng, np.random.Generator):
        state = TrainingState(None, rng, rng)
    elif before is not None and before.seed == rng:
        state = TrainingState(int(rng), before.order, before.noise)
    else:
        state = TrainingState(int(rng), generator(rng, "order"), generator(rng, "noise"))
    state.optimizer = optimizer
    state.tuning = None if before is None else before.tuning
    if before is not None and _without_rate(before.optimizer) == _without_rate(optimizer):
        state.memory = before.memory
    return state


def _without_rate(optimizer: Optimizer | None) -> object:
    """Return the optimizer with a rate of zero, which its averages of gradients do not depend on.

    An optimizer of another class is returned as it is, since its memory may depend on its rate.
    """
    if type(optimizer) in (SGD, Adam):
        return replace(cast(SGD | Adam, optimizer), learning_rate=0.0)
    return optimizer
