"""Optimizers: each computes a step of theta from the gradient.

An optimizer is a frozen setting without state. `start(theta)` returns the state, a dict of arrays
and counters. `step(theta, grad, state, progress)` changes theta and the state in place. `fit` keeps
the state. The learning rate may be a function of progress in [0, 1]. `core/steps.py` has the same
steps on buffers, for the vectorized core.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import real_number, settle
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.training.schedules import Setting, at, check_setting


class Optimizer(Protocol):
    """The methods that `fit` needs of its `optimizer`."""

    def start(self, theta: NDArray) -> dict:
        """Return the state before the first step."""
        ...

    def step(self, theta: NDArray, grad: NDArray, state: dict, progress: float) -> None:
        """Change theta in place; grad does not change."""
        ...


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent with momentum:  m <- μ m + g,  θ <- θ − η m  (Polyak 1964).

    The learning rate η has the unit of θ divided by that of the gradient, so a good value depends
    on the loss. 0.1 suits sigmoid codes of images. Codes of linear units or rectifiers need 0.01 or
    less.
    """

    learning_rate: Setting = 0.1
    momentum: float = 0.0

    def __post_init__(self) -> None:
        settle(self, "learning_rate", check_setting(self.learning_rate, "learning_rate"))
        settle(self, "momentum", real_number(self.momentum, "momentum", low=0.0, high=1.0 - 1e-12))

    def start(self, theta: NDArray) -> dict[str, Any]:
        """Return the state before the first step: m = 0."""
        return {"t": 0, "m": np.zeros_like(theta), "work": np.empty_like(theta)}

    @underflow_to_zero
    def step(self, theta: NDArray, grad: NDArray, state: dict[str, Any], progress: float) -> None:
        """Take one step."""
        state["t"] += 1
        m, work = state["m"], state["work"]
        m *= self.momentum
        m += grad
        np.multiply(m, at(self.learning_rate, progress), out=work)
        theta -= work
        if state["t"] % 100 == 0:
            flush(theta, m)


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba 2015): each step is scaled by the size of the parameter's own gradient.

    m <- β₁ m + (1 − β₁) g          v <- β₂ v + (1 − β₂) g²
    θ <- θ − η m̂ / (√v̂ + ε)        m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)
    """

    learning_rate: Setting = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        settle(self, "learning_rate", check_setting(self.learning_rate, "learning_rate"))
        for name in ("beta1", "beta2"):
            settle(self, name, real_number(getattr(self, name), name, low=0.0, high=1.0 - 1e-12))
        settle(self, "epsilon", real_number(self.epsilon, "epsilon", low=0.0, open_low=True))

    def start(self, theta: NDArray) -> dict[str, Any]:
        """Return the state before the first step: m = v = 0. m̂ and v̂ correct this bias."""
        return {"t": 0, "m": np.zeros_like(theta), "v": np.zeros_like(theta),
                "work": np.empty_like(theta)}  # fmt: skip

    @underflow_to_zero
    def step(self, theta: NDArray, grad: NDArray, state: dict[str, Any], progress: float) -> None:
        """Take one step: first the moving averages, then θ."""
        state["t"] += 1
        self._average(grad, state)
        self._move(theta, state, at(self.learning_rate, progress))
        if state["t"] % 100 == 0:
            flush(theta, state["m"], state["v"])

    def _average(self, grad: NDArray, state: dict) -> None:
        """Move both averages towards the gradient: m <- β₁ m + (1 − β₁) g, and v with g²."""
        m, v, work = state["m"], state["v"], state["work"]
        m *= self.beta1
        np.multiply(grad, 1.0 - self.beta1, out=work)
        m += work
        v *= self.beta2
        np.multiply(grad, grad, out=work)
        work *= 1.0 - self.beta2
        v += work

    def _move(self, theta: NDArray, state: dict, rate: float) -> None:
        """Correct the bias of both averages and move θ: θ <- θ − η m̂ / (√v̂ + ε)."""
        t, m, v, work = state["t"], state["m"], state["v"], state["work"]
        np.divide(v, 1.0 - self.beta2**t, out=work)
        np.sqrt(work, out=work)
        work += self.epsilon
        np.divide(m, work, out=work)
        work *= rate / (1.0 - self.beta1**t)
        theta -= work


def flush(*arrays: NDArray) -> None:
    """Set entries to zero that are close to the smallest normal number (1e-38 in float32).

    The weights and moving averages of dead units decrease exponentially towards zero. Numbers below
    the smallest normal number are subnormal, and arithmetic with them is a hundred times slower.
    """
    for array in arrays:
        array[np.abs(array) < 1e8 * np.finfo(array.dtype).tiny] = 0.0
