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
    found = np.array(value, dtype)
    found.flags.writeable = False
    return found


def product(a: NDArray, b: NDArray, out: NDArray) -> Operation:
    """out <- a b for matrices and vectors. A leading axis of a or b has one entry for each model.

    The method `dot` has the smallest fixed cost, but it has another meaning for three dimensions.
    """
    if max(a.ndim, b.ndim) <= 2:
        return partial(a.dot, b, out)
    return partial(np.matmul, a, b, out)


def turned(a: NDArray) -> NDArray:
    """Return the transposed matrix, or that of each model."""
    return a.swapaxes(-1, -2)


def inner(a: NDArray, b: NDArray, out: NDArray) -> Operation:
    """out <- Σ a b over the last axis, for vectors, or for one vector of each model."""
    if a.ndim == 1:
        return partial(a.dot, b, out)
    return partial(np.matmul, a[:, None, :], b[:, :, None], out[:, None, None])


def flat(z: NDArray) -> NDArray:
    """Return a matrix as a vector, or the matrix of each model as a vector. It must be a view."""
    return z.reshape(*z.shape[:-2], -1)


def total(z: NDArray, ones: NDArray, out: NDArray) -> list[Operation]:
    """out <- Σ z. Each row is summed first, so that `ones` is short and fits into the cache."""
    sums = np.empty(z.shape[:-1], z.dtype)
    return [product(z, ones[: z.shape[-1]], sums), product(sums, ones[: z.shape[-2]], out)]


def shared(slots: list[list[Operation]]) -> list[list[Operation]]:
    """Return the operations of each slot, with one object for those that do not depend on the slot.

    These do the same in the first two slots, with the same memory. One object for all slots stays
    in the cache of the processor, where an object for each slot would not fit.
    """
    if len(slots) < 2:
        return slots
    first, second = slots[:2]
    same = [_identity(a) == _identity(b) for a, b in zip(first, second, strict=True)]
    return [
        [of_all if fixed else own for own, of_all, fixed in zip(each, first, same, strict=True)]
        for each in slots
    ]


def _identity(operation: Operation) -> object:
    """Return a key that is equal for operations that do the same with the same memory."""
    if not isinstance(operation, partial):
        return operation
    values = [*operation.args, *operation.keywords.values()]
    owner = getattr(operation.func, "__self__", None)  # of a method, such as `dot` of an array
    if isinstance(owner, np.ndarray):
        values.append(owner)
    name = operation.func.__name__
    return (
        name,
        *operation.keywords,
        *(_memory(v) if isinstance(v, np.ndarray) else v for v in values),
    )


def _memory(array: NDArray) -> object:
    """Return what an array looks at, or the value of a constant (see `number`)."""
    if array.ndim == 0 and not array.flags.writeable:
        return array.dtype, float(array)
    return array.dtype, array.ctypes.data, array.shape, array.strides


def meet() -> None:
    """Let the threads of a step wait for each other here; `Parts` cuts lists of operations there.

    It does nothing itself.
    """
