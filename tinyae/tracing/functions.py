"""The functions that rules may use, for one number: units and costs of sections 14.1 to 14.8."""

from __future__ import annotations

import math
from collections.abc import Callable


def _sigmoid(a: float) -> float:
    return 0.5 * (1.0 + math.tanh(0.5 * a))


def _softplus(a: float) -> float:
    return max(a, 0.0) + math.log1p(math.exp(-abs(a)))


def _soft(u: float, t: float) -> float:
    return math.copysign(max(abs(u) - t, 0.0), u)


def _sign(h: float) -> float:
    return float((h > 0) - (h < 0))


def _step(a: float) -> float:
    return float(a > 0)


FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs, "exp": math.exp, "log": math.log, "max": max, "sigmoid": _sigmoid, "sign": _sign,
    "soft": _soft, "softplus": _softplus, "sqrt": math.sqrt, "step": _step, "tanh": math.tanh,
}  # fmt: skip
