"""NumPy's numbers, texts, types and generators as JSON, and back.

Each pair of functions is a description and its inverse. The first raises `UnwritableError` for what
a file cannot hold, the second an exception of any kind for a wrong description.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Generator = np.random.Generator | np.random.RandomState
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


def generator_state(it: Generator) -> tuple[str, str, dict]:
    """Return (class, kind, state) of a generator; the state is a dict of numbers and arrays."""
    state: Any
    if isinstance(it, np.random.RandomState):
        cls, state = "RandomState", it.get_state(legacy=False)
    else:
        cls, state = "Generator", it.bit_generator.state
    if state["bit_generator"] not in GENERATORS:
        raise UnwritableError(f"a generator of kind {state['bit_generator']}")
    return cls, state["bit_generator"], state


def generator_with(cls: str, kind: str, state: dict) -> Generator:
    """Return a generator of this class and kind in this state."""
    if kind not in GENERATORS or cls not in ("RandomState", "Generator"):
        raise ValueError(f"there is no generator of kind {kind!r:.40}")
    bits = getattr(np.random, kind)(0)
    if cls == "RandomState":
        found = np.random.RandomState(bits)
        found.set_state(state)
        return found
    bits.state = state
    return np.random.Generator(bits)
