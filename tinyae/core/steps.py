"""The optimizers on buffers: a step is a list of operations on theta.

The reference is `training/optimizers.py`. The gradient here is the sum over the batch, not its
mean. The division by the number of rows is part of one scalar factor of the step, together with
everything else that is the same for all of theta. The factors of all steps of a block are computed
at once. Long vectors are processed in parts that fit into the cache: all operations of a step are
done for one part before the next part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
from numpy.typing import NDArray

from tinyae.core.operations import Operation, number
from tinyae.training.memory import PAUSE, summed
from tinyae.training.optimizers import SGD, Adam, flush
from tinyae.training.schedules import at


class Steps:
    """The steps of one optimizer on one model, with the state of the optimizer.

    Attributes
    ----------
    part : number of entries of a part, which has at most `part_bytes`
    rates, epsilons : arrays (slots,), factors of the next steps
    """

    def __init__(
        self,
        optimizer: SGD | Adam,
        theta: NDArray,
        grad: NDArray,
        rows: int,
        slots: int,
        part_bytes: int,
        memory: dict | None = None,
    ):
        self.optimizer, self.theta, self.grad, self.rows = optimizer, theta, grad, rows
        memory = summed(optimizer, optimizer.start(theta) if memory is None else memory, rows)
        self.t, self.flushed = memory["t"], memory["flushed"]
        self.m: NDArray = memory["m"]
        self.v: NDArray | None = memory.get("v")
        self.part = part_bytes // theta.itemsize
        self.both: NDArray | None = None  # of a short theta: m and then v, for common operations
        if self.v is not None and len(theta) <= self.part:
            self.both = np.concatenate([self.m, self.v])
            self.m, self.v = np.split(self.both, 2)
        self.u = np.empty(min(self.part, len(theta)), theta.dtype)  # scratch of the size of a part
        self.rates, self.epsilons = np.empty((2, slots), theta.dtype)

    def prepare(self, progress: list[float]) -> None:
        """Compute the factors of the next steps, one for each entry of `progress`."""
        if self.t - self.flushed >= PAUSE:
            flush(*(a for a in (self.theta, self.m, self.v) if a is not None))
            self.flushed = self.t
        setting = self.optimizer.learning_rate
        rate = np.array([at(setting, p) for p in progress] if callable(setting)
                        else [setting] * len(progress))  # fmt: skip
        OPTIMIZERS[type(self.optimizer)].numbers(self, rate)
        self.t += len(progress)

    def memory(self) -> dict:
        """Return the state for the next training; `averaged` converts it for the layers."""
        found = {"t": self.t, "flushed": self.flushed, "m": self.m, "rows": self.rows}
        return found if self.v is None else {**found, "v": self.v}

    def restore(self, memory: dict) -> None:
        """Set the state to one that `memory` returned, in place: the operations hold its arrays."""
        self.t, self.flushed = memory["t"], memory["flushed"]
        self.m[...] = memory["m"]
        if self.v is not None:
            self.v[...] = memory["v"]

    def operations(self, slot: int) -> list[Operation]:
        """Return the operations of one step with the factors of this slot."""
        return self.operations_of(slot, slice(0, len(self.theta)), self.u)

    def operations_of(self, slot: int, entries: slice, u: NDArray) -> list[Operation]:
        """Return those for some entries of theta; `u` is scratch, as long as a part."""
        rate, epsilon = self.rates[slot, ...], self.epsilons[slot, ...]
        step = OPTIMIZERS[type(self.optimizer)].step
        found: list[Operation] = []
        for start in range(entries.start, entries.stop, self.part):
            part = slice(start, min(start + self.part, entries.stop))
            found += step(self, part, u, rate, epsilon)
        return found


def _sgd_numbers(steps: Steps, rate: NDArray) -> None:
    """Compute the rates of the next steps: η divided by the number of rows."""
    steps.rates[: len(rate)] = rate / steps.rows


def _sgd_step(
    steps: Steps, part: slice, u: NDArray, rate: NDArray, epsilon: NDArray
) -> list[Operation]:
    """M <- μ M + G,  θ <- θ − rate M, as `SGD.step`."""
    theta, g, m = (a[part] for a in (steps.theta, steps.grad, steps.m))
    u = u[: len(theta)]
    optimizer = cast(SGD, steps.optimizer)
    momentum = number(optimizer.momentum, theta.dtype)
    moved = [partial(np.multiply, m, momentum, m), partial(np.add, m, g, m)]
    m, moved = (m, moved) if optimizer.momentum else (g, [])
    return [*moved, partial(np.multiply, m, rate, u), partial(np.subtract, theta, u, theta)]


def _adam_numbers(steps: Steps, rate: NDArray) -> None:
    """Compute the rates and epsilons of the next steps.

    With G = n g, the sum over n rows, M = Σ β₁ˢ G and V = Σ β₂ˢ G², Adam's step is

        η m̂ / (√v̂ + ε) = rate M / (√V + ε′),   ε′ = ε n √((1 − β₂ᵗ)/(1 − β₂))
        rate = η (1 − β₁)/(1 − β₁ᵗ) · √((1 − β₂ᵗ)/(1 − β₂))
    """
    optimizer, count = cast(Adam, steps.optimizer), len(rate)
    b1, b2 = optimizer.beta1, optimizer.beta2
    t = steps.t + np.arange(1.0, count + 1.0)
    root = np.sqrt((1.0 - b2**t) / (1.0 - b2))
    steps.rates[:count] = rate * (1.0 - b1) / (1.0 - b1**t) * root
    steps.epsilons[:count] = optimizer.epsilon * steps.rows * root


def _adam_step(
    steps: Steps, part: slice, u: NDArray, rate: NDArray, epsilon: NDArray
) -> list[Operation]:
    """M <- β₁ M + G,  V <- β₂ V + G²,  θ <- θ − rate M / (√V + ε′), as `Adam.step`."""
    assert steps.v is not None, "Adam has it"
    theta, g, m, v = (a[part] for a in (steps.theta, steps.grad, steps.m, steps.v))
    u = u[: len(theta)]
    optimizer = cast(Adam, steps.optimizer)
    b1, b2 = (number(b, theta.dtype) for b in (optimizer.beta1, optimizer.beta2))
    shrink = [partial(np.multiply, m, b1, m), partial(np.multiply, v, b2, v)]
    if steps.both is not None and len(theta) == len(steps.theta):  # one call for both
        factors = np.repeat([b1, b2], len(theta))
        shrink = [partial(np.multiply, steps.both, factors, steps.both)]
    return [
        *shrink,
        partial(np.add, m, g, m),
        partial(np.square, g, u),
        partial(np.add, v, u, v),
        partial(np.sqrt, v, u),
        partial(np.add, u, epsilon, u),
        partial(np.divide, m, u, u),
        partial(np.multiply, u, rate, u),
        partial(np.subtract, theta, u, theta),
    ]


@dataclass(frozen=True)
class Rule:
    """One optimizer on buffers: `numbers` computes factors for the next steps, `step` one step."""

    numbers: Callable[[Steps, NDArray], None]
    step: Callable[[Steps, slice, NDArray, NDArray, NDArray], list[Operation]]


# To add an optimizer, add two functions and a row here; `check_supported` reads the table.
OPTIMIZERS: dict[type, Rule] = {
    SGD: Rule(_sgd_numbers, _sgd_step),
    Adam: Rule(_adam_numbers, _adam_step),
}
