"""Numbers too small to be written become zero: here that is what is wanted, and no error.

exp(−a) of a far point, the slope of a saturated unit and their products with other small numbers
all vanish in this way. NumPy says nothing about it unless the caller has asked for it with
`np.seterr(under="raise")`, and the caller asked about their own arithmetic, not about this.
Overflow, division by zero and invalid operations are left to the caller's settings.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")


def underflow_to_zero(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function, run with underflow ignored.

    `np.errstate` is itself a decorator, but before NumPy 2 not one for several threads at a time.
    """

    @functools.wraps(function)
    def ignoring(*args: P.args, **kwargs: P.kwargs) -> R:
        with np.errstate(under="ignore"):
            return function(*args, **kwargs)

    return ignoring
