"""How many threads are fastest for a model: measured, on a copy, by some steps with each number.

The choice depends on times, so it may be another one in the next process, and then the results
differ by rounding errors. So `fit` notes the choice in its history, and takes it as `threads`.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import Any

import numpy as np

from tinyae.checks.generators import generator
from tinyae.core.adaptation import adapted
from tinyae.core.core import Core
from tinyae.numerics.blas import usable_cores
from tinyae.training.optimizers import SGD, Adam
from tinyae.training.tuning import Tuning

# How long to measure: times that a user notices, and the noise of a clock, not one processor.
SECONDS = 0.02  # of steps with each number of threads
ROUNDS = 3  # least number of rounds, in which each number of threads has its turn
BATCHES = 16  # of the block that is measured, at most
LONG = 0.5  # seconds of a block, after which one counted round is enough
GAIN = 0.9  # more threads are chosen only if a step takes at most this share of the time

_measured: dict[tuple[object, ...], int] = {}  # choices of this process, for each kind of step


def fastest_threads(
    model: Any,
    optimizer: SGD | Adam,
    batch_size: int,
    n: int,
    *,
    same_draws: bool | None = None,
    pairs: bool = False,
    tuning: Tuning | None = None,
) -> int:
    """Return how many threads to use, as `Core` has its arguments: at most one for each core.

    It is measured once in a process for a model of this description, with such batches. Neither the
    model nor a random stream of its training changes.
    """
    rows = min(batch_size, n)
    most = min(usable_cores(), rows)
    if most == 1:
        return 1
    batches = min(BATCHES, n // rows)
    tuning = adapted(model.dtype) if tuning is None else tuning
    key = repr(model), type(optimizer), model.dtype, rows, batches, same_draws, pairs, most, tuning
    if key not in _measured:
        counts = sorted({1, most, *(2**i for i in range(1, most.bit_length()) if 2**i < most)})
        cores = {
            count: Core(model.astype(model.dtype), optimizer, rows, rows * batches,
                        same_draws=same_draws, pairs=pairs, threads=count,
                        tuning=tuning)
            for count in counts
        }  # fmt: skip
        seconds = _seconds(cores)
        best = min(counts, key=seconds.__getitem__)
        _measured[key] = best if seconds[best] <= GAIN * seconds[1] else 1
    return _measured[key]


def _seconds(cores: dict[int, Core]) -> dict[int, float]:
    """Return the least seconds of a block of steps with each number of threads, in turn."""
    found = dict.fromkeys(cores, np.inf)
    spent, rounds = 0.0, -1  # the first round is not counted: memory is new
    while rounds < ROUNDS or spent < SECONDS * len(cores):
        for count, core in cores.items():
            took = _block(core)
            spent += took
            if rounds >= 0:
                found[count] = min(found[count], took)
        rounds += 1
        if rounds == 1 and max(found.values()) > LONG:
            break
    return found


def _block(core: Core) -> float:
    """Return the seconds of the steps of one block, with threads that are already there."""
    rng = generator(0, "noise")
    size = core.batch_size * core.block.slots
    x = rng.random((size, core.model.d_in)).astype(core.model.dtype)
    rows = (x, x) if core.plan.pairs else (x,)
    with nullcontext() if core.team is None else core.team, np.errstate(all="ignore"):
        start = time.perf_counter()
        core.steps_of_epoch(rows, 1, 1, None, rng, None, None)
        return time.perf_counter() - start
