"""Figures at the same time, each in a process of its own with a core to itself.

What children run must be importable, so it cannot stand in `__main__`. However the parent ends, by
a signal or killed outright, its children end with it: each waits for the end of a pipe that nobody
but the parent holds open.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread

THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _begin(lifeline: Connection) -> None:
    """Start a child. It leaves the terminal to its parent: progress, words on an interruption."""
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (for as long as the process lives)
    Thread(target=_end_with, args=(lifeline,), daemon=True).start()


def _end_with(lifeline: Connection) -> None:
    """End this process at once when the other end is closed, which no message comes before."""
    try:
        lifeline.recv()
    except (EOFError, OSError):
        os._exit(1)


def in_turn(tasks: list[partial], jobs: int) -> Iterator[tuple[str, bool]]:
    """Yield what each task returns, in order: called here, or in so many processes at a time."""
    jobs = min(jobs, len(tasks))
    if jobs == 1:
        for task in tasks:
            yield task()
        return
    kept = {name: os.environ.get(name) for name in THREADS}
    os.environ.update({name: "1" for name in THREADS if kept[name] is None})
    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    try:  # children read these variables as they start: a core each
        with ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(theirs,)) as pool:
            futures = [pool.submit(task) for task in tasks]
            try:
                for future in futures:
                    yield future.result()
            except BaseException:
                ours.close()  # or the pool would wait for figures that nobody will see
                raise
            finally:
                pool.shutdown(cancel_futures=True)
    finally:
        ours.close()
        theirs.close()
        for name in THREADS:
            if kept[name] is None:
                os.environ.pop(name, None)
