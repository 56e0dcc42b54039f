"""Figures at the same time, each in a process of its own with a core to itself.

What children run must be importable, so it cannot stand in `__main__`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_silence() -> None:
    """A child leaves the terminal to its parent: progress, and words on an interruption."""
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (for as long as the process lives)


def in_turn(tasks: list[partial], jobs: int) -> Iterator[tuple[str, bool]]:
    """Yield what each task returns, in order: called here, or in so many processes at a time."""
    jobs = min(jobs, len(tasks))
    if jobs == 1:
        for task in tasks:
            yield task()
        return
    kept = {name: os.environ.get(name) for name in THREADS}
    os.environ.update({name: "1" for name in THREADS if kept[name] is None})
    try:  # children read these variables as they start: a core each
        with ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_in_silence) as pool:
            futures = [pool.submit(task) for task in tasks]
            try:
                for future in futures:
                    yield future.result()
            finally:
                pool.shutdown(cancel_futures=True)
    finally:
        for name in THREADS:
            if kept[name] is None:
                os.environ.pop(name, None)
