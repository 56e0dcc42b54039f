"""How one entry of a step comes about, in words and numbers."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from tinyae.tracing.scalars import Expansion, expand, number
from tinyae.tracing.step import Step


def expansion(step: Step, index: tuple[int, ...]) -> Expansion | None:
    """Return the sum behind one entry, or None for a step without a rule."""
    return expand(step.rule, step.inputs, index) if step.rule else None


def explanation(step: Step, index: tuple[int, ...] | int) -> str:
    """Return the formula of an entry with indices, with numbers, its value, and the equation."""
    index = checked_index(step, index)
    entry = f"{step.name}[{','.join(map(str, index))}]" if index else step.name
    value = number(step.value[index])
    found = expansion(step, index)
    where = ", ".join(word for word in (step.equation, step.source) if word)
    if found is None:
        read = f", from {', '.join(step.inputs)}" if step.inputs else ""
        return f"{entry} = {value}\n  {step.formula}{read}" + (f"\n  ({where})" if where else "")
    lines = [f"{entry} = {found.symbols}", f"  = {found.numbers}", f"  = {value}"]
    return "\n".join(lines + ([f"  ({where})"] if where else []))


def checked_index(step: Step, index: tuple[int, ...] | int) -> tuple[int, ...]:
    """Return the index as a tuple of whole numbers from 0, or raise ValueError."""
    shape = np.shape(step.value)
    index = tuple(index) if isinstance(index, tuple | list) else (index,)
    fits = len(index) == len(shape) and all(
        isinstance(i, Integral) and not isinstance(i, bool) and -size <= i < size
        for i, size in zip(index, shape, strict=True)
    )
    if not fits and not shape:
        raise ValueError(f"{step.name} is one number: leave the index out; got {index!r:.60}")
    if not fits:
        example = tuple(0 for _ in shape)
        raise ValueError(
            f"{step.name} has shape {shape}, so an index is {len(shape)} whole number"
            f"{'s' * (len(shape) > 1)} below these sizes, such as {example}; got {index!r:.60}"
        )
    return tuple(int(i) % size for i, size in zip(index, shape, strict=True))
