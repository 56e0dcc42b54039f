"""Underflow to zero is harmless in this library, and it never raises an error.

exp(−a) of a distant point, the derivative of a saturated unit and products of such small numbers
underflow to zero, as they should. NumPy ignores underflow unless the user calls
`np.seterr(under="raise")`. That setting is meant for the user's own arithmetic, so it is suspended
here. Overflow, division by zero and invalid operations follow the user's settings.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")


def underflow_to_zero(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function; while it runs, underflow is ignored.

    `np.errstate` is itself a decorator, but before NumPy 2 it is not safe for several threads.
    """

    @functools.wraps(function)
    def ignoring(*args: P.args, **kwargs: P.kwargs) -> R:
        with np.errstate(under="ignore"):
            return function(*args, **kwargs)

    return ignoring
