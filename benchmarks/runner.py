"""Time several systems at one job, in turn, each in its own process, in several rounds.

Other work of the machine then affects all systems equally, and the ratio of two times is computed
within a round. With one thread every process is timed on the same core (Linux). The other work of
the machine is measured too, so that a disturbed run can be recognised.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks import machine
from benchmarks.busy import neighbours
from benchmarks.systems import can
from benchmarks.workloads import Workload, prepare

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 0.35  # of one timing
MOST = 2000  # epochs in one timing
LIBRARIES = ("OPENBLAS", "OMP", "MKL")


@dataclass
class Timing:
    """One system's microseconds per step in each round, and its loss after the warm-up.

    `cores` is the processor time of the process, with all its threads, over the time of the clock.
    `foreign` is the number of cores that were busy with other work, NaN if it is unknown.
    """

    loss: float
    us: list[float] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)
    foreign: list[float] = field(default_factory=list)


@dataclass
class Result:
    """The measurements of a workload by system, and the reasons why other systems are missing.

    `busy` is the number of processes that computed beside it; `load` is the machine's, before.
    """

    workload: Workload
    threads: int
    timings: dict[str, Timing] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    busy: int = 0
    load: float = field(default_factory=machine.load)

    def ratios(self, name: str) -> np.ndarray:
        """Return the time of the system over that of the core, for each round."""
        return np.array(self.timings[name].us) / np.array(self.timings["core"].us)

    def step(self, name: str) -> float:
        """Return the median microseconds of a step."""
        return float(np.median(self.timings[name].us))


class Worker:
    """A process that runs one system on request. It starts on the given core, if there is one.

    Libraries count the available cores when they are loaded; with one thread they find one.
    """

    def __init__(self, name: str, folder: Path, threads: int, core: int | None):
        self.errors = folder / f"{name}.txt"
        with self.errors.open("w") as errors, on(core):
            self.process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.worker", name, str(folder), str(threads)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT,
                env=environment(threads),
            )  # fmt: skip

    def answer(self) -> dict | None:
        """Return the next answer of the process, or None if it has ended."""
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def move(self, core: int | None) -> None:
        """Move all its threads to a core, if one is given."""
        if core is not None:
            for thread in Path(f"/proc/{self.process.pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), {core})

    def run(self, epochs: int) -> dict:
        """Run so many epochs; return the answer, the cores used, and the load by other work."""
        before = busy_seconds()
        self.process.stdin.write(f"{epochs}\n")
        self.process.stdin.flush()
        answer = self.answer()
        if answer is None:
            raise RuntimeError(f"a system ended while it was timed: {self.last_words()}")
        foreign = (busy_seconds() - before - answer["cpu"]) / answer["wall"]
        cores = answer["cpu"] / answer["wall"]
        return {**answer, "foreign": max(foreign, 0.0), "cores": cores}

    def last_words(self) -> str:
        """Return the last line of its standard error."""
        lines = self.errors.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no error message"

    def close(self) -> None:
        """End the process: close its input, and kill it if it does not end then."""
        with suppress(OSError):  # it may have ended before it read everything
            self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def measure(
    workload: Workload, systems: list[str], *, rounds: int, threads: int, busy: int = 0,
    seconds: float = SECONDS,
) -> Result:  # fmt: skip
    """Time the systems in turn, each for about `seconds` in a round; return the result.

    So many other processes are `busy` beside them all the time.
    """
    result = Result(workload, threads, busy=busy)
    with tempfile.TemporaryDirectory() as name, only(threads), neighbours(busy):
        folder = Path(name)
        prepare(workload, folder)
        cores, workers, epochs = cores_for(threads), {}, {}
        try:
            answers = {}
            for system in (s for s in systems if can(s, workload)):
                workers[system] = Worker(system, folder, threads, cores[len(workers) % len(cores)])
                if threads > 1:  # else they start in parallel. tinyae times threads when it starts
                    answers[system] = workers[system].answer()
            for system, worker in list(workers.items()):
                ready = answers[system] if system in answers else worker.answer()
                if ready is None:
                    result.missing[system] = f"failed: {worker.last_words()}"
                    workers.pop(system).close()
                    continue
                worker.move(cores[-1])
                result.timings[system] = Timing(ready["loss"])
            for system, worker in workers.items():
                wall = min(worker.run(1)["wall"] for _ in range(2))
                epochs[system] = int(np.clip(round(seconds / wall), 1, MOST))
            for _ in range(rounds):
                for system, worker in workers.items():
                    time.sleep(0.05)  # until the threads of the last system are idle
                    answer = worker.run(epochs[system])
                    result.timings[system].us.append(answer["us"])
                    result.timings[system].cores.append(answer["cores"])
                    result.timings[system].foreign.append(answer["foreign"])
        finally:
            for worker in workers.values():
                worker.close()
    return result


def environment(threads: int) -> dict[str, str]:
    """Return the environment variables of a process with so many threads."""
    counts = {f"{library}_NUM_THREADS": str(threads) for library in LIBRARIES}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    found = {**os.environ, **counts, "PYTHONPATH": path, "JAX_PLATFORMS": "cpu"}
    if threads == 1:
        found["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return found


def cores_for(threads: int) -> list[int] | list[None]:
    """Return the cores of this process; [None], which means any core, if none can be chosen.

    A core is chosen only for one thread, and only where the system allows it.
    """
    if threads > 1 or not hasattr(os, "sched_setaffinity"):
        return [None]
    return sorted(os.sched_getaffinity(0))


@contextmanager
def only(threads: int) -> Iterator[None]:
    """Use only as many cores as threads, because some libraries use all that they find."""
    if threads == 1 or not hasattr(os, "sched_setaffinity"):
        yield
        return
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(ours)[:threads]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


@contextmanager
def on(core: int | None) -> Iterator[None]:
    """Within the block, start processes on a core, if one is given; they inherit it."""
    if core is None:
        yield
        return
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


def busy_seconds() -> float:
    """Return the seconds of work of all cores since the start of the machine (Linux)."""
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return float("nan")
    user, nice, system, _idle, _wait, *interrupts = map(int, fields[:8])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")
