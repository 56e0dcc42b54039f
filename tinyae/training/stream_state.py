"""The state of a generator as JSON: numbers, texts, and arrays as lists.

NumPy's bit generators state what they are and where they are in one dict. PCG64 has whole numbers
of 128 bits, which JSON can hold. MT19937, Philox and SFC64 have arrays.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def generator_state(rng: np.random.Generator) -> dict[str, object]:
    """Return the state of the generator, such that `set_generator_state` can go back to it.

    Raises
    ------
    TypeError
        If the bit generator is not one of NumPy's and keeps something that JSON cannot hold.
    """
    return {name: _written(value) for name, value in rng.bit_generator.state.items()}


def set_generator_state(rng: np.random.Generator, state: Mapping[str, object]) -> None:
    """Give the generator this state; it must have the same kind of bit generator."""
    rng.bit_generator.state = {name: _read(value) for name, value in state.items()}


def _written(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _written(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return {"dtype": value.dtype.name, "values": value.tolist()}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(
        f"the state of this generator holds a {type(value).__name__}, which a checkpoint cannot "
        "keep: use a generator of NumPy, such as Generator(PCG64(0))"
    )


def _read(value: object) -> object:
    if not isinstance(value, dict):
        return value
    if set(value) == {"dtype", "values"}:
        return np.array(value["values"], value["dtype"])
    return {key: _read(entry) for key, entry in value.items()}
