"""Damaging files: every bit and every length, and what loading them leads to and costs."""

import time
import tracemalloc

import numpy as np
import pytest

from tests.saved_objects import MODELS
from tinyae import load

# The kinds of objects whose files are damaged. All that the others consist of is in these, too.
KINDS = [name for name in MODELS if name not in ("encoder of a stack", "kernel", "hash, new")]


def content(it):
    """All that an object holds: values, and the dtypes, shapes and bytes of arrays."""
    if isinstance(it, np.ndarray) and it.dtype == object:
        return it.shape, it.tolist()
    if isinstance(it, np.ndarray):
        return it.dtype, it.shape, it.tobytes()
    if isinstance(it, np.generic):
        return type(it), it.tobytes()
    if isinstance(it, list | tuple):
        return type(it), [content(part) for part in it]
    if isinstance(it, dict):
        return {key: content(part) for key, part in it.items() if key not in ("grad", "grads")}
    if isinstance(it, np.random.RandomState):
        return content(it.get_state(legacy=False))
    if isinstance(it, np.random.Generator):
        return content(it.bit_generator.state)
    if not isinstance(it, type) and hasattr(it, "__dict__"):
        state = it.__getstate__() if type(it).__name__ == "HammingTable" else vars(it)
        return type(it), content({key: part for key, part in state.items() if key != "training"})
    return type(it), repr(it)


def outcome(path, data, model, **options):
    """What loading these bytes leads to: "refused", "equal", or anything that must not happen."""
    path.write_bytes(data)
    try:
        twin = load(path, **options)
    except ValueError:
        return "refused"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "equal" if content(twin) == content(model) else "another model"


def damage(whole, step, offset=0):
    """Every step-th of all single-bit flips and of all truncations of these bytes."""
    for bit in range(offset, 8 * len(whole), step):
        altered = bytearray(whole)
        altered[bit // 8] ^= 1 << bit % 8
        yield bytes(altered)
    for length in range(offset, len(whole), step):
        yield whole[:length]


def found_in(model, path, step, offset=0):
    """How many damaged files there are, how often one is refused or equal, and everything else."""
    whole = path.read_bytes()
    found = [outcome(path, data, model) for data in damage(whole, step, offset)]
    path.write_bytes(whole)
    others = [what for what in found if what not in ("refused", "equal")]
    return len(found), found.count("refused"), found.count("equal"), others


def cost(call):
    """The seconds of work and the peak of allocated bytes of a call that raises ValueError."""
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(ValueError) as error:
            call()
        return str(error.value), time.process_time() - start, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
