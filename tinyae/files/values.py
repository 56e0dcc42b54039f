"""NumPy's numbers, texts, types and generators as JSON, and back.

Each pair of functions is a description and its inverse. The first raises `UnwritableError` for what
a file cannot hold, the second an exception of any kind for a wrong description.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")
MOST_TEXT = 1 << 24  # characters of an array of texts, in which all have the width of the longest
PYTHON_TYPES = {it.__name__: it for it in (bool, int, float, str)}
NUMPY_TYPES = {
    name: np.dtype(name).type
    for name in ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
                 "float16", "float32", "float64")
}  # fmt: skip


class UnwritableError(TypeError):
    """What a file cannot hold. The message completes "save cannot write x, ..."."""


def number_json(it: np.generic) -> object:
    """Describe a number of NumPy with its dtype; a text becomes one of Python."""
    if isinstance(it, np.str_):
        return str(it)
    if it.dtype.name not in NUMPY_TYPES:
        raise UnwritableError(f"a number of dtype {it.dtype}")
    return {"number": [it.dtype.name, it.item()]}


def number_of(content: list) -> np.generic:
    """Return the number that `number_json` described."""
    name, number = content
    return NUMPY_TYPES[name](number)


def texts_json(array: NDArray) -> dict:
    """Describe an array of texts, of dtype object or of a fixed width."""
    items = array.ravel().tolist()
    if not all(isinstance(item, str) for item in items):
        raise UnwritableError("an array of objects that are no texts")
    if array.dtype.kind == "U" and array.nbytes > 4 * MOST_TEXT:
        raise UnwritableError(f"an array of texts that takes {array.nbytes} bytes")
    kind = "object" if array.dtype.kind == "O" else f"U{array.dtype.itemsize // 4}"
    return {"texts": [kind, list(array.shape), [str(item) for item in items]]}


def texts_of(content: list) -> NDArray:
    """Return the array that `texts_json` described."""
    kind, shape, items = content
    if not all(isinstance(item, str) for item in items):
        raise ValueError("an array of texts holds something else")
    if kind != "object" and len(items) * int(kind.removeprefix("U")) > MOST_TEXT:
        raise ValueError("an array of texts would take much more memory than its file")
    found = np.empty(len(items), kind)
    found[:] = items
    return found.reshape(shape)


def type_json(it: type) -> dict | None:
    """Describe a type of NumPy or Python that is a value, such as `dtype=np.float32`; else None."""
    for kind, known in (("numpy", NUMPY_TYPES), ("python", PYTHON_TYPES)):
        if known.get(it.__name__.removesuffix("_")) is it:  # in NumPy 1, bool is bool_
            return {kind: it.__name__.removesuffix("_")}
    return None


def generator_state(it: np.random.Generator) -> tuple[str, dict]:
    """Return the kind of a generator and its state: a dict of numbers, arrays and dicts."""
    name = type(it.bit_generator).__name__
    if name not in GENERATORS:
        raise UnwritableError(f"a generator of kind {name}")
    return name, dict(it.bit_generator.state)


def generator_with(name: str, state: dict) -> np.random.Generator:
    """Return a generator of this kind in this state."""
    if name not in GENERATORS:
        raise ValueError(f"there is no generator of kind {name!r:.40}")
    bits = getattr(np.random, name)(0)
    bits.state = state
    return np.random.Generator(bits)
