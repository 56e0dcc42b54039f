"""Operations: the vectorized core is built of these functions without arguments.

The functions of this package return lists of operations on arrays that exist already. A `Block`
puts them in order once, and then runs them for every batch.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

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


def series(first: list[Operation], second: list[Operation], count: int) -> list[list[Operation]]:
    """Return the operations of `count` slots, given those of the first two.

    Where the arrays of both slots lie in one buffer, at addresses p and p + step, slot i has its
    array at p + i step. All other arrays are those of the first slot: they do not depend on the
    slot, or they are scratch. Other arguments must be the same in both slots. An operation that is
    then the same in all slots is one object. It stays in the cache of the processor, where an
    object for each slot would not fit.
    """
    found = [_of_slots(a, b, count) for a, b in zip(first, second, strict=True)]
    return [list(slot) for slot in zip(*found, strict=True)]


def _of_slots(first: Operation, second: Operation, count: int) -> list[Operation]:
    """Return one operation of each slot."""
    if not isinstance(first, partial):
        assert first is second, "a function without arrays does not depend on the slot"
        return [first] * count
    assert isinstance(second, partial), "the slots have the same operations"
    values = _values(first)
    places = [_places(a, b, count) for a, b in zip(values, _values(second), strict=True)]
    if all(place is None for place in places):
        return [first] * count
    return [
        _with_values(
            first, [v if p is None else p[i, ...] for v, p in zip(values, places, strict=True)]
        )
        for i in range(count)
    ]


def _places(a: object, b: object, count: int) -> NDArray | None:
    """Return the arrays of all slots on a first axis; None if all slots take the first one's."""
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        assert a is b or a == b, "an argument that depends on the slot and is no array"
        return None
    step, memory = _address(b) - _address(a), _memory_of(a)
    if step == 0 or memory is not _memory_of(b):
        return None
    offset = _address(a) - _address(memory)  # NumPy checks that all slots lie within the memory
    return np.ndarray((count, *a.shape), a.dtype, memory, offset, (step, *a.strides))


def _values(operation: partial) -> list[Any]:
    """Return the function, or the array whose method it is, and all arguments."""
    owner = getattr(operation.func, "__self__", None)  # of a method, such as `dot` of an array
    func = owner if isinstance(owner, np.ndarray) else operation.func
    return [func, *operation.args, *operation.keywords.values()]


def _with_values(operation: partial, values: list[Any]) -> Operation:
    """Return the same operation with other values, in the order of `_values`."""
    func, *rest = values
    if isinstance(func, np.ndarray):
        func = getattr(func, operation.func.__name__)
    n = len(operation.args)
    return partial(func, *rest[:n], **dict(zip(operation.keywords, rest[n:], strict=True)))


def _address(array: NDArray) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _memory_of(array: NDArray) -> NDArray:
    """Return the array that owns the memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def meet() -> None:
    """Let the threads of a step wait for each other here; `Parts` cuts lists of operations there.

    It does nothing itself.
    """
