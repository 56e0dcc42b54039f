"""What a run on 10^8 rows over 16 machines would take, on paper: `python -m benchmarks cluster`.

No such run was made. Measured here are the growth of time on this machine, by `python -m benchmarks
growth --write` before, and what dask.distributed adds to a step of `tutorials/data_parallel.py`: a
step whose gradient costs nothing, with two worker processes, for several numbers of parts. It needs
`pip install "tinyae[dask]"`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np

from benchmarks import pages, report
from benchmarks.interval import exponent
from tinyae.numerics.blas import usable_cores
from tutorials.data_parallel import cluster, missing, on_cluster

ROWS, MACHINES = 10**8, 16
PARTS = (1, 2, 4, 8, 16)
SIZES = {"2-64-2": 322, "784-256-784": 402_448}  # numbers that a model trains
BATCH = 1000  # rows of a step on each machine
LINK = 1.25e9  # bytes per second of a network of 10 Gbit/s
INPUTS, BITS = 784, 64


class Idle:
    """A model whose gradient costs nothing, so that a step measures only the messages."""

    def __init__(self, size: int):
        self.theta, self.grad = np.zeros((2, size), np.float32)

    def copy(self) -> Idle:
        """Return another one of this size."""
        return Idle(len(self.theta))

    def loss_and_grad(self, x: np.ndarray, rng: np.random.Generator) -> float:
        """Return 0; the gradient is 0."""
        return 0.0


def overhead(rounds: int) -> dict[str, list[float]]:
    """Return the median seconds of a step by size of the model, for each of `PARTS`."""
    found: dict[str, list[list[float]]] = {name: [[] for _ in PARTS] for name in SIZES}
    rows = np.zeros((max(PARTS), 1), np.float32)
    with cluster(2) as client:
        for name, size in SIZES.items():
            model = Idle(size)
            submit = on_cluster(client, model, rows)
            for step in range(rounds + 1):
                for times, parts in zip(found[name], PARTS, strict=True):
                    jobs = [(np.array([p]), (0, step, p)) for p in range(parts)]
                    start = time.perf_counter()
                    submit(model.theta, jobs)
                    if step:  # the first one imports modules in the workers
                        times.append(time.perf_counter() - start)
    return {name: [float(np.median(t)) for t in times] for name, times in found.items()}


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it, with two digits."""
    for unit, size in (("years", 365.25 * 86400), ("days", 86400.0), ("hours", 3600.0),
                       ("minutes", 60.0), ("s", 1.0)):  # fmt: skip
        if seconds >= size:
            return f"{seconds / size:.{1 if seconds < 10 * size else 0}f} {unit}"
    return f"{1e3 * seconds:.2g} ms"


def table(found: dict[str, list[float]]) -> list[str]:
    """Return the table of the milliseconds of an idle step."""
    lines = [f"| model | {' | '.join(f'{p} part' + 's' * (p > 1) for p in PARTS)} |",
             f"|---|{'---:|' * len(PARTS)}"]  # fmt: skip
    for name, seconds in found.items():
        cells = " | ".join(f"{1e3 * s:.1f} ms" for s in seconds)
        lines.append(f"| {name}, {SIZES[name]} numbers | {cells} |")
    return lines


def per_row(sweep: dict[str, list[float]]) -> float:
    """Return the seconds of a row, at the largest number of rows."""
    return sweep["seconds"][-1] / sweep["values"][-1]


def paper(growth: dict[str, dict[str, list[float]]], messages: dict[str, list[float]]) -> list[str]:
    """Return what the run would take, with every assumption, from measured figures."""
    threads = growth.get("fit, threads", {"values": [1, 1], "seconds": [1.0, 1.0]})
    cores, gain = threads["values"][-1], max(1.0, threads["seconds"][0] / threads["seconds"][-1])
    row = per_row(growth["fit, n"])
    name = "784-256-784"
    step, steps = BATCH * row / gain, ROWS / MACHINES / BATCH
    message = messages[name][PARTS.index(MACHINES)]
    wire = 2 * MACHINES * SIZES[name] * 4 / LINK
    epoch = steps * (step + message + wire)
    share = step / (step + message + wire)
    alone = ROWS * row / gain
    near = growth["neighbours, n"]
    power = exponent(np.array(near["values"]), np.array(near["seconds"]))
    far = [near["seconds"][-1] * (ROWS / near["values"][-1]) ** e / MACHINES / cores
           for e in (power.middle, 2.0)]  # fmt: skip
    look = growth["lookup, n"]
    slope = exponent(np.array(look["values"]), np.array(look["seconds"]))
    power_of_look = max(0.0, slope.middle)  # a time that shrinks with the rows is noise
    query = look["seconds"][-1] * (ROWS / look["values"][-1]) ** power_of_look / 256
    entry = look["bytes"][-1] / look["values"][-1]
    each = {title: per_row(growth[f"{what}, n"]) * ROWS / MACHINES / cores for what, title in (
        ("tangents", "ten tangents of every row (784-256)"),
        ("sparse codes", "sparse codes of every row (144 numbers, 196 atoms)"))}  # fmt: skip
    ahead = f"would take {1e6 * query:.0f} µs, if its time goes on growing with the power"
    return [
        f"**10⁸ rows over {MACHINES} machines, on paper**", "", "Assumptions:", "",
        f"1. Every machine is like this one, with {cores} cores and nothing else to do. None is "
        "slower than the others, and none fails.",
        f"2. A step on {cores} threads takes 1 / {gain:.2f} of its time on one, as measured for "
        "784-1000-784.",
        f"3. An epoch of 784-256-784 in float32 takes {1e6 * row:.0f} µs for a row, as with the "
        "most rows that were measured, also where rows come from a memory map of "
        f"{ROWS / MACHINES * INPUTS * 4 / 1e9:.0f} GB on a local disk.",
        f"4. Each machine computes the gradient of {BATCH} rows in each step.",
        f"5. A step sends {SIZES[name] * 4 / 1e6:.1f} MB of parameters to each machine and gets as "
        "much of gradients from it, through the one process that takes the step, over "
        f"{LINK * 8 / 1e9:.0f} Gbit/s.",
        f"6. dask's own part of a step is that of {MACHINES} parts on the two workers of this "
        f"machine, {1e3 * message:.0f} ms, in which parameters and gradients are copied too. It "
        "does not overlap with computation or with the network.", "",
        f"Training in step: an epoch has {steps:.0f} steps. A step computes for "
        f"{1e3 * step:.0f} ms, dask takes {1e3 * message:.0f} ms and the network "
        f"{1e3 * wire:.0f} ms. The epoch takes {duration(epoch)}, of which {share:.0%} is "
        f"computation. One machine alone would take {duration(alone)}: {MACHINES} machines are "
        f"{alone / epoch:.1f} times as fast. With {10 * BATCH} rows of each machine in a step, the "
        f"epoch would take {duration(alone / MACHINES + steps / 10 * (message + wire))}. If the "
        "machines train by themselves, and their parameters are averaged after the epoch, it takes "
        f"{duration(alone / MACHINES + message + wire)}. Larger batches and averages are other "
        "algorithms, which may need more epochs; this was not measured.", "",
        "Rows that do not depend on each other need no messages, and each core runs a process: "
        + "; ".join(f"{title} in {duration(s)}" for title, s in each.items()) + ".", "",
        "Nearest neighbours of all rows among all: in the sizes measured, time grows with the "
        f"power {power} of the rows. That would be {duration(far[0])}; with the square, which is "
        f"the number of pairs, it is {duration(far[1])}. Both extrapolate by a factor of "
        f"{ROWS / near['values'][-1]:.0f} in rows. Codes in a hash table need no pass over all "
        f"rows: a look-up within radius 2 among 10⁸ codes of {BITS} bits {ahead} "
        f"{power_of_look:.2f}. With {entry:.0f} bytes for an entry, its tables and its bits as "
        f"booleans, as measured, they take {ROWS * entry / 1e9:.1f} GB: one machine is enough.",
    ]  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run the command; print the section and, if asked, write it; return 0, or 2 if it cannot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks cluster", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="steps of each kind (20)")
    parser.add_argument("--write", action="store_true",
                        help="write the results to this machine's page")  # fmt: skip
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error(f"--rounds must be at least 1, got {options.rounds}")
    path = pages.own_page().with_suffix("") / "growth.json"
    why = missing()
    if not why and not path.exists():
        why = "the growth was not measured on this machine: python -m benchmarks growth --write"
    if why:
        print(f"cluster: {why}", file=sys.stderr)
        return 2
    report.begin()
    run = report.Run(options.rounds, 1)
    messages = overhead(options.rounds)
    growth = json.loads(path.read_text(encoding="utf-8"))
    lines = [
        "A step of `tutorials/data_parallel.py` whose gradient costs nothing, through "
        "dask.distributed, with two worker processes of one thread on this machine: the median "
        f"time by the clock, on {usable_cores()} cores.", "",
        *table(messages), "", *paper(growth, messages), "", run.words(),
    ]  # fmt: skip
    print("\n".join(lines))
    if options.write:
        report.write({"cluster, 1 thread": "\n".join(lines)})
    return 0
