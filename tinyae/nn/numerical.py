"""Numerical derivatives of a model's loss along a direction of its parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMPLEX_STEP = 1e-30
CENTRAL_STEP = 6e-6  # cube root of the machine epsilon: truncation and rounding errors balance


def unit(size: int, i: int) -> NDArray:
    """Return unit vector i of the parameter space."""
    e = np.zeros(size)
    e[i] = 1.0
    return e


def complex_step(model: Any, loss: Callable[[], complex]) -> Callable[[NDArray], float]:
    """Return d ↦ Im loss(θ + i h d) / h, where `loss` reads the complex θ of the model."""
    theta = model.theta.copy()

    def derivative(d: NDArray) -> float:
        model.theta[...] = theta + 1j * COMPLEX_STEP * d
        return float(np.imag(loss()) / COMPLEX_STEP)

    return derivative


def central(model: Any, loss: Callable[[], float]) -> Callable[[NDArray], float]:
    """Return d ↦ [loss(θ + h d) − loss(θ − h d)] / 2h. Each call restores θ."""
    theta = model.theta.copy()

    def derivative(d: NDArray) -> float:
        model.theta[...] = theta + CENTRAL_STEP * d
        above = loss()
        model.theta[...] = theta - CENTRAL_STEP * d
        below = loss()
        model.theta[...] = theta
        return float((above - below) / (2.0 * CENTRAL_STEP))

    return derivative
