"""Several seeds of one small network side by side: `python -m benchmarks side [NET ...]`.

Five networks with different initial weights are trained: by tinyae's core side by side, as by
`fit` of a list, and one after the other; by JAX one after the other, and by its `vmap` over all
five. The systems run in turn, each in its own process on one thread. A time is processor time for
one step of one network; a ratio is that of a system over that of side by side, in the same round.
The loss is the mean over the five networks after the warm-up.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks import report
from benchmarks.runner import SECONDS, Worker, cores_for, only
from benchmarks.system_several import SEEDS
from benchmarks.systems import SIDE
from benchmarks.workloads import WORKLOADS, prepare

NETS = ("spiral", "spiral16")
COLUMNS = ("", "µs / step", "ratio", "least … most", "loss")


def measured(name: str, systems: Sequence[str], *, rounds: int, seconds: float) -> dict[str, dict]:
    """Return the loss of each system and its µs of processor time per step in each round."""
    workload, workers, found = WORKLOADS[name], {}, {}
    with tempfile.TemporaryDirectory() as place, only(1):
        folder, core = Path(place), cores_for(1)[-1]
        prepare(workload, folder)
        try:
            for system in systems:
                workers[system] = Worker(system, folder, 1, core)
            for system, worker in workers.items():
                ready = worker.answer()
                if ready is None:
                    raise RuntimeError(f"{SIDE[system].title} failed: {worker.last_words()}")
                found[system] = {"loss": ready["loss"], "us": []}
            epochs = {s: max(1, round(seconds / worker.run(2)["cpu"] * 2))
                      for s, worker in workers.items()}  # fmt: skip
            for _ in range(rounds):
                for system, worker in workers.items():
                    cpu = worker.run(epochs[system])["cpu"]
                    steps = epochs[system] * workload.steps * SEEDS
                    found[system]["us"].append(1e6 * cpu / steps)
        finally:
            for worker in workers.values():
                worker.close()
    return found


def section(name: str, *, rounds: int, seconds: float = SECONDS) -> str:
    """Measure a network; return the text of its section."""
    run = report.Run(rounds, 1)
    systems = [s for s, it in SIDE.items() if not it.peer or find_spec(it.peer)]
    found = measured(name, systems, rounds=rounds, seconds=seconds)
    base = np.array(found["side"]["us"])
    lines = [
        f"{SEEDS} networks {WORKLOADS[name].title}. Times are processor time of one step of one "
        "network.", "", f"| {' | '.join(COLUMNS)} |", "|---|---:|---:|---:|---:|",
    ]  # fmt: skip
    for system, result in found.items():
        us = np.array(result["us"])
        ratio = us / base
        lines.append(
            f"| {SIDE[system].title} | {np.median(us):.2f} | {np.median(ratio):.2f} "
            f"| {ratio.min():.2f} … {ratio.max():.2f} | {result['loss']:.5g} |"
        )
    lines.append("")
    for system in set(SIDE) - set(systems):
        lines.append(f"Without {SIDE[system].title}: {SIDE[system].peer} is not installed.")
    return "\n".join([*lines, run.words()])


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks side", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NET", help=f"of {' '.join(NETS)} (all)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of measurement (9)")
    parser.add_argument("--write", action="store_true",
                        help="write the results to this machine's page")  # fmt: skip
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in NETS]
    if unknown:
        parser.error(f"no network {', '.join(unknown)}; there are {', '.join(NETS)}")
    if options.rounds < 1:
        parser.error(f"--rounds must be at least 1, got {options.rounds}")
    report.begin()
    for name in options.names or NETS:
        text = section(name, rounds=options.rounds)
        print(f"\n{text}", flush=True)
        if options.write:
            report.write({f"side {name}, {report.threads_words(1)}": text})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
