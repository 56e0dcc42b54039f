"""Gradient descent with a gain for each parameter, which t-SNE needs (Jacobs 1988).

The points of a map move far along some directions and oscillate along others. A gain grows while
the gradient keeps the sign of the movement, and falls where it turns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MORE, LESS = 0.2, 0.8  # added to a gain that grows, and the factor of one that falls
LEAST = 0.01  # of a gain


@dataclass(frozen=True)
class Gains:
    """Momentum with gains a:  m <- μ m + a g,  θ <- θ − η m.

    Where m g > 0, a <- a + 0.2, and elsewhere a <- 0.8 a, but never below 0.01 (van der Maaten and
    Hinton 2008, section 3.4).

    Parameters
    ----------
    learning_rate, momentum : η and μ
    """

    learning_rate: float
    momentum: float

    def start(self, theta: NDArray) -> dict[str, Any]:
        """Return the state before the first step: m = 0 and a = 1."""
        return {"t": 0, "m": np.zeros_like(theta), "gain": np.ones_like(theta)}

    def step(self, theta: NDArray, grad: NDArray, state: dict[str, Any], progress: float) -> None:
        """Take one step."""
        m, gain = state["m"], state["gain"]
        state["t"] += 1
        gain[...] = np.maximum(np.where(m * grad > 0, gain + MORE, gain * LESS), LEAST)
        m *= self.momentum
        m += gain * grad
        theta -= self.learning_rate * m
