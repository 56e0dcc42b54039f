"""Ten steps of inference from a predicted code, along a subgradient and proximal (section 14.8)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinyae.sparse_coding.descent import Descent
from tinyae.sparse_coding.lasso import Lasso

RATES = (0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.5)  # of subgradient steps, in units of 1/(2L)
SCHEDULES: dict[str, Callable[[int], float]] = {
    "constant": lambda k: 1.0,
    "1/√k": lambda k: k**-0.5,
    "1/k": lambda k: 1 / k,
}


def subgradient(
    problem: Lasso,
    h: np.ndarray,
    L: float,
    rate: float = 1.0,
    schedule: Callable[[int], float] = SCHEDULES["constant"],
    steps: int = 10,
) -> list[np.ndarray]:
    """Return the codes after 0, 1, … steps along 2 (h A − c) + λ sign h.

    Step k has the length rate · schedule(k) / 2L.
    """
    codes = [h]
    for k in range(1, steps + 1):
        slope = 2 * (h @ problem.A - problem.c) + problem.lam * np.sign(h)
        h = h - rate * schedule(k) / (2 * L) * slope
        codes.append(h)
    return codes


def proximal(problem: Lasso, h: np.ndarray, steps: int = 10) -> tuple[list[np.ndarray], float]:
    """Return the codes after 0, 1, … proximal steps, and the constant L of their length."""
    descent = Descent(problem, h, accelerated=False)
    codes = [h]
    for _ in range(steps):
        descent.step()
        codes.append(descent.now.h)
    return codes, descent.L
