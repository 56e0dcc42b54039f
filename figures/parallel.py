"""Run several figures at the same time, each in its own process and with its own core.

A child process can only run a function of a module that it can import, so these functions are not
in `__main__`. The children end when the parent ends, even when the parent is killed: each child
reads from a pipe that only the parent holds open, and the read returns when the pipe is closed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread

THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _begin(lifeline: Connection) -> None:
    """Prepare a child process: only the parent writes progress and messages to the terminal."""
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (for as long as the process lives)
    Thread(target=_end_with, args=(lifeline,), daemon=True).start()


def _end_with(lifeline: Connection) -> None:
    """End this process when the other end of the pipe is closed; no message is ever sent."""
    try:
        lifeline.recv()
    except (EOFError, OSError):
        os._exit(1)


@contextmanager
def delayed(number: int) -> Iterator[None]:
    """Deliver a signal that comes inside the block at its end.

    An exception while a pool starts its threads and processes would leave a pool that cannot be
    shut down.
    """
    came = []
    kept = signal.signal(number, lambda *_: came.append(number))
    try:
        yield
    finally:
        signal.signal(number, signal.SIG_DFL if kept is None else kept)
        if came:
            signal.raise_signal(number)


def as_finished(
    tasks: Mapping[str, partial[tuple[str, bool]]],
    jobs: int,
    failed: Callable[[str, BaseException], None] = lambda name, error: None,
) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Yield the name and the result of each task as soon as it is finished.

    The tasks are started in order. With more than one job they run in processes. After an error no
    more are started, and `failed` is called with the name of its task. Those that run are finished
    and yielded, and then the first error is raised. An interruption ends all at once.
    """
    jobs = min(jobs, len(tasks))
    if jobs == 1:
        for name, task in tasks.items():
            try:
                result = task()
            except Exception as error:
                failed(name, error)
                raise
            yield name, result
        return
    kept = {name: os.environ.get(name) for name in THREADS}
    os.environ.update({name: "1" for name in THREADS if kept[name] is None})
    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    try:  # the children read these variables when they start, so each uses one core
        with ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(theirs,)) as pool:
            try:
                with delayed(signal.SIGTERM), delayed(signal.SIGINT):
                    futures = {pool.submit(task): name for name, task in tasks.items()}
                left, first = list(tasks), None
                for future in as_completed(futures):
                    error = None if future.cancelled() else future.exception()
                    if error is not None and not isinstance(error, Exception):
                        raise error
                    if isinstance(error, BrokenProcessPool):  # one of those that ran has ended it
                        for name in left[:jobs]:
                            failed(name, error)
                        raise first or error
                    left.remove(futures[future])
                    if error is not None:
                        first = first or error
                        for other in futures:
                            other.cancel()
                        failed(futures[future], error)
                    elif not future.cancelled():
                        yield futures[future], future.result()
                if first is not None:
                    raise first
            except BaseException:
                ours.close()  # ends the children, so that the pool does not wait for their results
                raise
            finally:
                pool.shutdown(cancel_futures=True)
    finally:
        ours.close()
        theirs.close()
        for name in THREADS:
            if kept[name] is None:
                os.environ.pop(name, None)
