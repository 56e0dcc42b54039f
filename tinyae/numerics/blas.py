"""The number of threads that BLAS, NumPy's library for matrix products, uses in this process.

Most BLAS libraries split each product over threads of their own. If a program splits its work
itself, each of its threads should use one BLAS thread. Otherwise there are more threads than cores,
and they wait for each other. NumPy has no function for this. The package threadpoolctl has one, if
it is installed. Without it, the number is the one that an environment variable gave when Python was
started.
"""

from __future__ import annotations

import functools
import os
import threading
from typing import Any

import numpy as np

from tinyae.checks.callers import warn_caller

VARIABLES = {
    "openblas": "OPENBLAS_NUM_THREADS",
    "mkl": "MKL_NUM_THREADS",
    "blis": "BLIS_NUM_THREADS",
    "accelerate": "VECLIB_MAXIMUM_THREADS",
}
_lock = threading.RLock()  # a holder may be deleted, and released, by the collector of garbage
_holders: set[int] = set()
_limits: list[Any] = []  # what restores the number of threads from before; one entry at most
_told: list[bool] = []  # whether the warning was given in this process


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def hold(holder: object) -> None:
    """Let BLAS use one thread in the whole process until `release(holder)`, where that can be set.

    Several holders may overlap. The first sets the number, and the last restores the one before.
    """
    with _lock:
        if not _holders and (found := _controller()) is not None:
            # What restores the number is kept before it is set, because Ctrl-C may come in between.
            _limits.append(found.limit(limits=None, user_api="blas"))
            found.limit(limits=1, user_api="blas")
        _holders.add(id(holder))


def release(holder: object) -> None:
    """End a `hold`. To release twice changes nothing, so an interrupted release may be repeated."""
    with _lock:
        _holders.discard(id(holder))
        while not _holders and _limits:
            _limits[-1].restore_original_limits()
            _limits.pop()


def warn_if_not_held(threads: int | str) -> None:
    """Warn, once in a process, if BLAS would start threads of its own in each of several threads.

    Nothing is said if `hold` can set the number, if an environment variable gives one thread, or on
    one core.
    """
    variable = variable_of_blas()
    given = [os.environ.get(name, "") for name in (variable, "OMP_NUM_THREADS")]
    if _controller() is not None or "1" in given or usable_cores() == 1 or _told:
        return
    _told.append(True)
    warn_caller(
        f"threads={threads!r}: NumPy's BLAS may start threads of its own in each of them, which is "
        "slow, and cannot be held to one from here. Install threadpoolctl (pip install "
        f"threadpoolctl), or set {variable}=1 in the environment before Python starts",
        RuntimeWarning,
    )


def variable_of_blas() -> str:
    """Return the environment variable that NumPy's BLAS reads for its number of threads."""
    try:
        parts: Any = np.show_config(mode="dicts")
        name = str(parts["Build Dependencies"]["blas"]["name"]).lower()
    except (KeyError, TypeError):  # NumPy 1.24 has no dicts
        return "OMP_NUM_THREADS"
    return next((variable for key, variable in VARIABLES.items() if key in name), "OMP_NUM_THREADS")


@functools.cache
def _controller() -> Any:
    """Return what sets the number of threads of the BLAS libraries, or None if nothing can.

    The libraries are those that are loaded at the first call; NumPy's is one of them.
    """
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    found = ThreadpoolController().select(user_api="blas")
    return found if found.lib_controllers else None
