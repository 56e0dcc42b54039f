"""One operation of a training step: its name, formula and value, and where the library does it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from numpy.typing import NDArray

from tinyae.text import fields_in_short


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Step:
    """One operation.

    Attributes
    ----------
    phase : part of the training step, such as "forward" or "backward"
    name : the tutorials' name of the result, such as "ga1", the adjoint of a1
    formula : formula of the whole array, such as "gh1 · s1"
    value : the result, a copy
    inputs : what the formula reads, by name
    equation : number of the equation in the chapter, such as "14.9", or of a section
    source : where the library computes it, as "nn/layers.py:87 Linear.backward"
    rule : the formula of one entry (see `scalars`), or "" if there is none
    """

    phase: str
    name: str
    formula: str
    value: NDArray
    inputs: dict[str, NDArray] = field(default_factory=dict)
    equation: str = ""
    source: str = ""
    rule: str = ""

    __repr__ = fields_in_short


def source_of(function: Callable | None) -> str:
    """Return file, line and name of a function: "nn/layers.py:87 Linear.backward"."""
    if function is None:
        return ""
    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None)
    if code is None:
        return getattr(function, "__qualname__", "")
    path = Path(code.co_filename)
    return f"{path.parent.name}/{path.name}:{code.co_firstlineno} {function.__qualname__}"
