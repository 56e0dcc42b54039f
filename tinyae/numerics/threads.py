"""A team of threads of one process that compute at the same time, each with one BLAS thread.

NumPy releases Python's lock in matrix products and in element-wise calls on large arrays. So the
threads of one process can use several cores. Starting a job on another thread takes 10 to 50
microseconds, so a job should take longer than that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

import numpy as np

from tinyae.numerics.blas import hold, release

Job = Callable[[], object]


class Team:
    """Some threads, of which the calling one is the first. The others live as long as the block.

    ::

        with Team(2) as team:
            team.run([first, second])

    Within the block, BLAS is held to one thread, see `tinyae.numerics.blas`. If Ctrl-C comes in the
    instant in which the block ends, the threads end when the team is used again or deleted.

    Parameters
    ----------
    threads : number of threads, including the calling one
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._workers: list[Worker] = []
        self._begun = False  # whether there may be threads, or BLAS is held

    def __repr__(self) -> str:
        return f"Team({self.threads})"

    def __enter__(self) -> Team:
        try:
            if self._begun:
                self._end()
            self._begun = True
            hold(self)
            for _ in range(self.threads - 1):
                self._workers.append(Worker())
                self._workers[-1].start()
        except BaseException:
            uninterrupted(self._end)
            raise
        return self

    def __exit__(self, *error: object) -> None:
        uninterrupted(self._end)

    def __del__(self) -> None:
        # Python may raise `KeyboardInterrupt` at the first instruction of `__exit__`.
        if self._begun:
            self._end()

    def run(self, jobs: Sequence[Job]) -> None:
        """Run the jobs at the same time, one on each thread; return when all are done.

        The first job runs on the calling thread. There may be fewer jobs than threads. If a job
        raises an exception, this exception is raised when all jobs are done. If several do, it is
        that of the first job. Ctrl-C reaches the calling thread only. `KeyboardInterrupt` is raised
        when the jobs of the other threads are done.
        """
        own, *others = jobs
        workers = self._workers[: len(others)]
        try:
            for worker, job in zip(workers, others, strict=True):
                worker.inbox.put(job)
            own()
            errors = [worker.outbox.get() for worker in workers]
        except BaseException:
            uninterrupted(self._settle)
            raise
        first = next((error for error in errors if error is not None), None)
        if first is not None:
            try:
                raise first
            finally:  # its traceback holds this frame
                del first, errors

    def _settle(self) -> None:
        """Wait until no job is running, however many were handed out before an exception."""
        for worker in self._workers:
            mark = object()
            worker.inbox.put(mark)
            while worker.outbox.get() is not mark:
                pass  # an answer to an earlier job

    def _end(self) -> None:
        """End the threads, and let BLAS use the number of threads from before."""
        for worker in self._workers:
            worker.inbox.put(None)
        for worker in self._workers:
            # One that was not started, or whose start was interrupted, cannot be joined. If it
            # starts later, it finds None in its inbox.
            with suppress(RuntimeError):
                worker.join()
        self._workers = []
        release(self)
        self._begun = False


class Worker(threading.Thread):
    """A thread that does the jobs from its inbox, and answers each with None or its exception.

    None in the inbox ends the thread. Anything else that is not callable is the answer itself. The
    thread uses the caller's settings for floating-point errors (`numpy.errstate`).
    """

    def __init__(self) -> None:
        super().__init__(name="tinyae", daemon=True)
        # Each operation of these queues is one call of C code. So Ctrl-C comes before or after it.
        self.inbox: SimpleQueue[Any] = SimpleQueue()
        self.outbox: SimpleQueue[Any] = SimpleQueue()
        self.settings: Any = np.geterr()

    def run(self) -> None:
        """Do the jobs until None comes."""
        with np.errstate(**self.settings):
            while (job := self.inbox.get()) is not None:
                answer = None
                if callable(job):
                    try:
                        job()
                    except BaseException as error:
                        answer = error
                else:
                    answer = job
                self.outbox.put(answer)
                del job, answer  # otherwise their arrays are not freed before the next job


def shares(n: int, threads: int) -> list[slice]:
    """Return the parts of n things, one for each thread: they differ in length by at most one."""
    return [slice(n * i // threads, n * (i + 1) // threads) for i in range(threads)]


def uninterrupted(action: Job) -> None:
    """Do the action to its end. Ctrl-C begins it again, and `KeyboardInterrupt` is raised then.

    The action must allow to be done again after any part of it.
    """
    interruption: KeyboardInterrupt | None = None
    while True:
        try:
            action()
            break
        except KeyboardInterrupt as error:
            interruption = error
    if interruption is not None:
        raise interruption
