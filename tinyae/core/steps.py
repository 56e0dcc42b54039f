"""Optimizer steps as lists of operations on theta, for the vectorized core.

The gradient that comes in is the sum over the batch, not its mean: the division by the number of
rows goes into one scalar of the step, together with everything else that is constant over theta.
What changes from step to step is a number in an array that is filled once a block. Vectors longer
than a cache are taken in parts, each through all operations before the next comes (in a net of two
million parameters a step of Adam takes 2.8 ms instead of 4.6).
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.core.operations import Operation, number
from tinyae.training.memory import PAUSE, summed
from tinyae.training.optimizers import SGD, Adam, flush
from tinyae.training.schedules import at

OPTIMIZERS = (SGD, Adam)
PART = 1 << 16  # entries: a quarter of a megabyte of float32 for each vector that takes part


class Steps:
    """The steps of one optimizer on one model, with the state they carry on.

    Attributes
    ----------
    rates, epsilons : arrays (slots,), the numbers of the steps that come next
    """

    def __init__(
        self,
        optimizer: SGD | Adam,
        theta: NDArray,
        grad: NDArray,
        rows: int,
        slots: int,
        memory: dict | None = None,
    ):
        self.optimizer, self.theta, self.grad, self.rows = optimizer, theta, grad, rows
        memory = summed(optimizer, optimizer.start(theta) if memory is None else memory, rows)
        self.t, self.flushed = memory["t"], memory["flushed"]
        self.m, self.v = memory["m"], memory.get("v")
        self.u = np.empty(min(PART, len(theta)), theta.dtype)  # one part: it stays in the cache
        self.rates, self.epsilons = np.empty((2, slots), theta.dtype)

    def prepare(self, progress: list[float]) -> None:
        """Fill in the numbers of the next steps, one for each entry of `progress`.

        With G = n g, the sum over n rows, M = Σ β₁ˢ G and V = Σ β₂ˢ G² need no factor of their own:

            η m̂ / (√v̂ + ε) = rate M / (√V + ε′),   ε′ = ε n √((1 − β₂ᵗ)/(1 − β₂))
            rate = η (1 − β₁)/(1 − β₁ᵗ) · √((1 − β₂ᵗ)/(1 − β₂))
        """
        if self.t - self.flushed >= PAUSE:
            flush(*(a for a in (self.theta, self.m, self.v) if a is not None))
            self.flushed = self.t
        count = len(progress)
        rate = np.array([at(self.optimizer.learning_rate, p) for p in progress])
        if isinstance(self.optimizer, SGD):
            self.rates[:count] = rate / self.rows
        else:
            b1, b2 = self.optimizer.beta1, self.optimizer.beta2
            t = self.t + np.arange(1.0, count + 1.0)
            root = np.sqrt((1.0 - b2**t) / (1.0 - b2))
            self.rates[:count] = rate * (1.0 - b1) / (1.0 - b1**t) * root
            self.epsilons[:count] = self.optimizer.epsilon * self.rows * root
        self.t += count

    def memory(self) -> dict:
        """What the next training continues with: here, or, by `averaged`, through the layers."""
        found = {"t": self.t, "flushed": self.flushed, "m": self.m, "rows": self.rows}
        return found if self.v is None else {**found, "v": self.v}

    def operations(self, slot: int) -> list[Operation]:
        """One step with the numbers in this slot."""
        rate, epsilon = self.rates[slot, ...], self.epsilons[slot, ...]
        size = len(self.theta)
        parts = [slice(start, start + PART) for start in range(0, size, PART)]
        step = self._sgd if isinstance(self.optimizer, SGD) else self._adam
        return [operation for part in parts for operation in step(part, rate, epsilon)]

    def _sgd(self, part, rate, epsilon):
        """M <- μ M + G,  θ <- θ − rate M."""
        theta, g, m = (a[part] for a in (self.theta, self.grad, self.m))
        u = self.u[: len(theta)]
        momentum = number(self.optimizer.momentum, theta.dtype)
        moved = [partial(np.multiply, m, momentum, m), partial(np.add, m, g, m)]
        m, moved = (m, moved) if self.optimizer.momentum else (g, [])
        return [*moved, partial(np.multiply, m, rate, u), partial(np.subtract, theta, u, theta)]

    def _adam(self, part, rate, epsilon):
        """M <- β₁ M + G,  V <- β₂ V + G²,  θ <- θ − rate M / (√V + ε′)."""
        theta, g, m, v = (a[part] for a in (self.theta, self.grad, self.m, self.v))
        u = self.u[: len(theta)]
        b1, b2 = (number(b, theta.dtype) for b in (self.optimizer.beta1, self.optimizer.beta2))
        return [
            partial(np.multiply, m, b1, m),
            partial(np.add, m, g, m),
            partial(np.square, g, u),
            partial(np.multiply, v, b2, v),
            partial(np.add, v, u, v),
            partial(np.sqrt, v, u),
            partial(np.add, u, epsilon, u),
            partial(np.divide, m, u, u),
            partial(np.multiply, u, rate, u),
            partial(np.subtract, theta, u, theta),
        ]
