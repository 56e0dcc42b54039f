"""How the core is adapted to the machine: by a short measurement, and by the sizes of the caches.

The forms of the sigmoid and of the hyperbolic tangent are measured. The two forms of each differ in
time by up to a factor of two: which of `exp` and `tanh` is fast depends on the vector instructions
of the processor and on the version of NumPy. A measurement may give another result in the next
process if both take about the same time. Therefore "exp" must be clearly faster to be taken.
Everything else follows from the sizes of the caches, and is always the same on one machine.

The error of the hyperbolic tangent by exp is a rounding error of 1, so it loses digits of
activations near 0. In float32 the hyperbolic tangent is therefore always NumPy's. In float64,
enough digits are left unless the initial weights are below about 1e-6.
"""

from __future__ import annotations

import functools
import threading
import time

import numpy as np

from tinyae.checks.generators import generator
from tinyae.core.units import FORMS
from tinyae.nn.activations import Elementwise, Sigmoid, Tanh
from tinyae.numerics.caches import caches
from tinyae.training.tuning import Tuning

ENTRIES = 1 << 12  # of the array that is measured: it fits into the cache of level 1 or 2
ROUNDS = 10  # each form is timed once in a round: about a millisecond for a unit
_lock = threading.Lock()
GAIN = 0.9  # "exp" is taken if it needs at most this share of the time of "tanh"


def adapted(dtype: np.dtype) -> Tuning:
    """Return the tuning for this machine and numbers of this dtype."""
    dtype = np.dtype(dtype)
    with _lock:  # two threads must not measure at the same time, and find different forms
        sigmoid = fastest(Sigmoid, dtype)
        tanh = "tanh" if dtype == np.float32 else fastest(Tanh, dtype)
    return Tuning(sigmoid=sigmoid, part_bytes=part_bytes(), tanh=tanh)


def part_bytes() -> int:
    """Return the bytes of a part: with three others of its length, it fills the cache of level 2.

    The step of an optimizer reads and writes three to five vectors.
    """
    return caches().l2 // 4


@functools.cache
def fastest(unit: type[Elementwise], dtype: np.dtype) -> str:
    """Return the name of the faster form of a unit, measured once in a process."""
    return chosen(seconds(unit, dtype))


def chosen(seconds: dict[str, float]) -> str:
    """Return the form to take, given the time of each."""
    return "exp" if seconds["exp"] <= GAIN * seconds["tanh"] else "tanh"


def seconds(unit: type[Elementwise], dtype: np.dtype) -> dict[str, float]:
    """Return the least time of each form of a unit, on the same numbers in turn."""
    x = generator(0, "noise").normal(0.0, 2.0, ENTRIES).astype(dtype)
    a, t = np.empty((2, ENTRIES), dtype)
    forms = {name: form.f(a, t) for name, form in FORMS[unit].items()}
    found = dict.fromkeys(forms, np.inf)
    for _ in range(ROUNDS):
        for name, operations in forms.items():
            a[...] = x
            start = time.perf_counter()
            for operation in operations:
                operation()
            found[name] = min(found[name], time.perf_counter() - start)
    return found
