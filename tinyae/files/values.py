"""NumPy's numbers, texts, types and generators as JSON, and back.

Each pair of functions is a description and its inverse. The first raises `UnwritableError` for what
a file cannot hold, the second an exception of any kind for a wrong description.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

Generator = np.random.Generator | RandomState
GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")
MOST_TEXT = 1 << 24  # characters of the arrays of texts in a file, all as wide as the longest
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


def generator_json(it: Generator) -> list:
    """Describe a generator by its class and its state."""
    state: Any
    if isinstance(it, RandomState):
        cls, state = "RandomState", it.get_state(legacy=False)
    else:
        cls, state = "Generator", it.bit_generator.state
    if state["bit_generator"] not in GENERATORS:
        raise UnwritableError(
            f"a generator of kind {state['bit_generator']}, whose state a file cannot hold: use "
            "one of NumPy's, such as Generator(PCG64(0))"
        )
    return [cls, _state_json(state)]


def generator_of(content: list) -> Any:
    """Return a generator of the class and state that `generator_json` described."""
    cls, state = content[0], _state_of(content[1])
    kind = state["bit_generator"]
    if kind not in GENERATORS or cls not in ("RandomState", "Generator"):
        raise ValueError(f"there is no generator of kind {kind!r:.40}")
    bits = getattr(np.random, kind)(0)
    if cls == "RandomState":
        found = RandomState(bits)
        found.set_state(state)
        return found
    bits.state = state
    return np.random.Generator(bits)


def _state_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _state_json(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return {"dtype": value.dtype.name, "values": value.tolist()}
    return value.item() if isinstance(value, np.generic) else value


def _state_of(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value.keys() == {"dtype", "values"}:
        return np.array(value["values"], NUMPY_TYPES[value["dtype"]])
    return {key: _state_of(entry) for key, entry in value.items()}
