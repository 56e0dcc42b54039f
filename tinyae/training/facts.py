"""What a training is, as facts that can be compared: model, rows, settings, and where it starts.

A checkpoint holds the facts of its training. They say whether a later call of `fit` is the same
training, and by what it differs. Objects are described attribute by attribute, with the exact
values of their settings; an array is described by its dtype, its shape and a SHA-256 of its bytes.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from numbers import Real
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from tinyae.files.values import generator_json
from tinyae.nn.layers import Layer
from tinyae.nn.trainable import Trainable
from tinyae.numerics.blocks import row_blocks
from tinyae.training.memory import without_scratch
from tinyae.training.rows import Rows
from tinyae.training.state import TrainingState
from tinyae.training.weights import Weights

# What training changes, or what is described in another way.
LEFT_OUT = {"theta", "grad", "training", "progress", "params", "grads"}
POINTS = np.linspace(0.0, 1.0, 9)  # of progress, at which a function of it is described
BLOCK_BYTES = 1 << 24  # of rows that are made contiguous at a time, for their checksum
START = "weights, streams and optimizer's state at the start"
OWN, SCHEDULE = "class of one's own", "at progress 0 to 1"


def facts_of(
    model: Trainable,
    rows: Rows,
    held_out: Rows | None,
    training: TrainingState,
    *,
    rng: np.random.Generator | int,
    validation: object,
    callback: object,
    settings: dict[str, object],
) -> dict[str, object]:
    """Return the facts of a training that is about to start.

    Parameters
    ----------
    model, rows, held_out, training : as `fit` has them before the first step
    rng, validation, callback : as `fit` was given them
    settings : its other arguments, by name
    """
    share = validation if validation is None or isinstance(validation, Real) else "rows"
    name = None if callback is None else getattr(callback, "__qualname__", None)
    return {
        "model": described(model),
        "dtype": str(model.theta.dtype),
        "parameters": {name: list(p.shape) for name, p in model.parameters().items()},
        **{name: described(value) for name, value in settings.items()},
        "rng": source_fact(rng),
        "validation": described(share),
        "callback": name or (callback and type(callback).__qualname__),
        "rows": row_facts(rows),
        "rows held out": row_facts(held_out),
        START: start_fact(model, training, rng),
    }


def row_facts(rows: Rows | None) -> list[str] | None:
    """Return dtype, shape and SHA-256 of each array of the rows."""
    if rows is None:
        return None
    return [checksum(r.values if isinstance(r, Weights) else r) for r in rows]


def source_fact(rng: np.random.Generator | int) -> object:
    """Return the seed, or the kind and the state of a generator that was given."""
    if not isinstance(rng, np.random.Generator):
        return int(rng)
    state = repr(generator_json(rng)).encode()
    kind = type(rng.bit_generator).__name__
    return f"a {kind} generator in state {hashlib.sha256(state).hexdigest()[:16]}"


def start_fact(model: Trainable, training: TrainingState, rng: np.random.Generator | int) -> str:
    """Return a SHA-256 of everything from which a training starts and that it changes."""
    found = hashlib.sha256(checksum(model.theta).encode())
    for name in model.checkpointed:
        found.update(repr(described(getattr(model, name))).encode())
    memory = without_scratch(training.optimizer, training.memory or {})
    found.update(repr(described(memory)).encode())
    if not isinstance(rng, np.random.Generator):
        for stream in (training.order, training.noise):
            found.update(repr(generator_json(stream)).encode())
    return found.hexdigest()


def checksum(array: NDArray) -> str:
    """Return dtype, shape and SHA-256 of an array, of which a block at a time is copied."""
    found = hashlib.sha256()
    if array.ndim == 0:
        found.update(array.tobytes())
    else:
        width = max(1, array[:1].nbytes // max(1, array.itemsize))
        for part in row_blocks(len(array), width, BLOCK_BYTES):
            found.update(np.ascontiguousarray(array[part]).data)
    return f"{array.dtype} {array.shape}, SHA-256 {found.hexdigest()[:32]}"


def described(value: object, seen: dict[int, int] | None = None, ours: bool = True) -> object:
    """Return a description of a value that consists of what JSON can hold.

    That of a model leaves out theta, and does not change in a training unless the model keeps
    something that is not named in its `checkpointed`.

    Parameters
    ----------
    value : anything
    seen : numbers of the objects that were described before, by `id`
    ours : whether it belongs to an object of tinyae, where a function is one of progress
    """
    seen = {} if seen is None else seen
    if isinstance(value, np.bool_ | np.integer | np.floating):
        value = value.item() if value.itemsize <= 8 else repr(value)  # wider than float64
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, np.ndarray):
        return checksum(value)
    if isinstance(value, np.random.Generator):
        return source_fact(value)
    if isinstance(value, type | ModuleType):
        return f"{type(value).__name__} {value.__name__}"
    if isinstance(value, bytes | set | frozenset | complex):
        return repr(sorted(value, key=repr) if isinstance(value, set | frozenset) else value)
    if id(value) in seen:
        return f"object {seen[id(value)]} again"
    seen[id(value)] = len(seen) + 1
    if isinstance(value, list | tuple):
        return [described(entry, seen, ours) for entry in value]
    if isinstance(value, dict):
        return {str(key): described(entry, seen, ours) for key, entry in value.items()}
    if callable(value) and not hasattr(value, "__dataclass_fields__"):
        if not isinstance(value, Layer | Trainable):
            return _function(value, ours)
    return _object(value, seen)


def _object(value: object, seen: dict[int, int]) -> dict[str, object]:
    """Return the class and the attributes of an object."""
    ours = type(value).__module__.partition(".")[0] in ("tinyae", "numpy", "builtins")
    found: dict[str, object] = {"class": type(value).__qualname__}
    if not ours:
        found[OWN] = True
    if callable(value) and not isinstance(value, Layer | Trainable):
        found |= {SCHEDULE: True}
    if isinstance(value, Layer):
        found |= {key: list(p.shape) for key, p in value.params.items()}
    skipped = LEFT_OUT | set(getattr(value, "checkpointed", ()))
    if not hasattr(value, "__dict__"):  # such as a Fraction
        found["text"] = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
    for name, entry in getattr(value, "__dict__", {}).items():
        if name not in skipped:
            found[name] = described(entry, seen, ours)
    return found


def _function(value: Callable, ours: bool) -> dict[str, object]:
    """Return the name of a function and, if it belongs to a setting, its values over progress."""
    name = getattr(value, "__qualname__", type(value).__qualname__)
    over = [float(value(float(point))) for point in POINTS] if ours else True
    return {"function": name, SCHEDULE: over}
