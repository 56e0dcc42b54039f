"""Run one system in its own process: `python -m benchmarks.worker SYSTEM FOLDER THREADS`.

When it is ready it prints the loss. Then it reads lines with a number, runs that many epochs, and
prints their time. The runner has set threads and core before the process starts.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path

import numpy as np

from benchmarks.systems import SIDE, SYSTEMS
from benchmarks.workloads import load


def main(system: str, folder: str, threads: str) -> None:
    """Run epochs on request until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not be taken for an answer

    def answer(what: dict) -> None:
        print(json.dumps(what), file=answers, flush=True)

    job = load(Path(folder), int(threads))
    run = import_module({**SYSTEMS, **SIDE}[system].module).make(job, system)
    for _ in range(job.workload.warmup):
        result = run()
    # The result of a field workload is compared by its mean square.
    loss = float(np.square(np.asarray(result)).mean() if np.ndim(result) else result)
    answer({"loss": loss})
    for line in sys.stdin:
        epochs = int(line)
        cpu, start = time.process_time(), time.perf_counter()
        for _ in range(epochs):
            run()
        wall = time.perf_counter() - start
        answer({"us": 1e6 * wall / (epochs * job.workload.steps), "wall": wall,
                "cpu": time.process_time() - cpu})  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
