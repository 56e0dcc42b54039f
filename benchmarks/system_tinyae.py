"""tinyae as `fit` runs it: the vectorized core, or the layers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.workloads import Job
from tinyae import score_field
from tinyae.core.stages import stages_of
from tinyae.training.epochs import LayerSteps


def make(job: Job, system: str) -> Callable[[], object]:
    """Return the function that is timed, for `system` "core" or "layers"."""
    workload, x = job.workload, job.x
    model, optimizer = workload.model(), workload.rule()
    for stage, (W, b) in zip(stages_of(model)[0], job.weights, strict=True):
        stage.layer.params["b"][...] = b
        if W is not None:
            stage.layer.params["W"][...] = W
    if workload.field:
        if system == "core":
            return lambda: score_field(model, x, workload.sigma)
        return lambda: (model.reconstruct(x) - x) / workload.sigma**2
    if system == "core":
        threads = None if job.threads == 1 else "auto"  # at most one for each core it may use
        engine = model.vectorized(optimizer, workload.batch, len(x), threads=threads)
    else:
        engine = LayerSteps(model, optimizer, workload.batch)
    rng = np.random.default_rng(0)
    return lambda: engine.epoch((x,), 1, 1, rng, rng)[0]
