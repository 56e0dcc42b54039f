"""Operations: the vectorized core is built of these functions without arguments.

The functions of this package return lists of operations on arrays that exist already. A `Block`
puts them in order once, and then runs them for every batch.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

Operation = Callable[[], object]
Term = Callable[[float], NDArray]  # term(w): a 0-d array with the weight w in the loss


def number(value: float, dtype: np.dtype) -> NDArray:
    """Return the value as a 0-d array, because NumPy converts a Python float at every call."""
    return np.array(value, dtype)


def total(z: NDArray, ones: NDArray, out: NDArray) -> list[Operation]:
    """out <- Σ z. Each row is summed first, so that `ones` is short and fits into the cache."""
    sums = np.empty(len(z), z.dtype)
    return [
        partial(np.dot, z, ones[: z.shape[1]], sums),
        partial(np.dot, sums, ones[: len(z)], out),
    ]


def meet() -> None:
    """Let the threads of a step wait for each other here; `Parts` cuts lists of operations there.

    It does nothing itself.
    """
