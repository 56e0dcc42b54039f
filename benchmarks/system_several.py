"""tinyae's core for several seeds of one network: side by side, or one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.workloads import Job, weights_of
from tinyae.core.side_by_side import SideBySide
from tinyae.training.loop import Turn
from tinyae.training.place import Place

SEEDS = 5


def jobs(job: Job) -> list[Job]:
    """Return the job with the initial weights of each seed."""
    return [replace(job, weights=weights_of(job.workload.model(k))) for k in range(SEEDS)]


def make(job: Job, system: str) -> Callable[[], float]:
    """Return the function that is timed: one epoch of each seed, and the mean of their losses."""
    workload, optimizer, rows = job.workload, job.workload.rule(), (job.x,)
    models = [workload.model(k) for k in range(SEEDS)]
    rngs = [np.random.default_rng(k) for k in range(SEEDS)]
    if system == "side":
        together = SideBySide(models, optimizer, workload.batch, len(job.x))

        def epoch() -> float:
            turns = [Turn(rows, 1, 1, rng, rng, Place(), None) for rng in rngs]
            return float(np.mean([loss for loss, _ in together.epoch(turns)]))

        return epoch
    engines = [model.vectorized(optimizer, workload.batch, len(job.x)) for model in models]

    def each() -> float:
        pairs = zip(engines, rngs, strict=True)
        return float(np.mean([engine.epoch(rows, 1, 1, rng, rng)[0] for engine, rng in pairs]))

    return each
