"""The core on one thread beside itself on several: `python -m benchmarks threads`.

For each network, one process trains three copies in turn: with `threads=1`, with `threads=k`, and
with the products alone on k threads of BLAS. A gain is the time with one thread over that of
another way, in the same round. With `--busy`, other processes compute all the time beside them.
"""

from __future__ import annotations

import argparse
import json
import time
from importlib.util import find_spec

import numpy as np

from benchmarks import report
from benchmarks.busy import heading, neighbours
from benchmarks.child import answer
from benchmarks.runner import SECONDS, busy_seconds, environment, only
from benchmarks.workloads import WORKLOADS, rows
from tinyae import fit

RUNS, BATCHES = 20, 4  # trainings whose bits are compared, and steps of each
NETS = ("tied", "noisy", "untied", "contractive", "wide", "deep", "spiral")


def turns(name: str, threads: int, rounds: int, seconds: float) -> dict:
    """Train the copies of one network in turn; return µs per step by way, and the other load."""
    workload = WORKLOADS[name]
    x, rng = rows(workload), np.random.default_rng(0)
    ways: dict[str, int | None] = {"one": 1, "several": threads}
    if find_spec("threadpoolctl"):  # else BLAS has one thread in this process
        ways["blas"] = None
    engines = {
        way: workload.model().vectorized(workload.rule(), workload.batch, len(x), threads=count)
        for way, count in ways.items()
    }
    epochs, found, beside = {}, {way: [] for way in ways}, []
    losses = {}
    for way, engine in engines.items():  # warm up, from the same state of the generator
        epoch = np.random.default_rng(0)
        losses[way] = [engine.epoch((x,), 1, 1, epoch, epoch)[0] for _ in range(2)][-1]
        start = time.perf_counter()
        engine.epoch((x,), 1, 1, rng, rng)
        epochs[way] = max(1, round(seconds / (time.perf_counter() - start)))
    for _ in range(rounds):
        for way, engine in engines.items():
            busy, cpu, start = busy_seconds(), time.process_time(), time.perf_counter()
            for _ in range(epochs[way]):
                engine.epoch((x,), 1, 1, rng, rng)
            wall = time.perf_counter() - start
            found[way].append(1e6 * wall / (epochs[way] * workload.steps))
            beside.append((busy_seconds() - busy - (time.process_time() - cpu)) / wall)
    return {"us": found, "losses": losses, "beside": max(0.0, *beside),
            "unlike": unlike(name, threads)}  # fmt: skip


def unlike(name: str, threads: int) -> int:
    """Train so many times from the same seed; return how many results differ from the first."""
    workload = WORKLOADS[name]
    x, found = rows(workload)[: BATCHES * workload.batch], []
    for _ in range(RUNS):
        model = workload.model()
        fit(model, x, epochs=1, batch_size=workload.batch, optimizer=workload.rule(), rng=0,
            core="vectorized", threads=threads, verbose=False)  # fmt: skip
        found.append(model.theta.tobytes())
    return sum(theta != found[0] for theta in found)


def section(names: list[str], *, threads: int, rounds: int, busy: int, seconds: float) -> str:
    """Measure the networks; return the text of the section."""
    words, run = report.threads_words(threads), report.Run(rounds, threads)
    lines = [
        "tinyae's core alone. A gain is the time with `threads=1` over the time with "
        f"`threads={threads}`, or with BLAS on {words}, in the same round: the median, the least "
        "and the most."
        + (f" {busy} other process{'es' * (busy > 1)} computed all the time." if busy else "")
        + f" {RUNS} trainings from the same seed with `threads={threads}` are compared bit by bit.",
        "",
        f"| net         | one thread, µs / step | {words}, µs / step | gain | least … most | "
        "gain of BLAS | least … most | different bits | beside |",
        "|-------------|----------------------:|---------------------:|-----:|-------------:|"
        "-------------:|-------------:|---------------:|-------:|",
    ]  # fmt: skip
    blas = threads if find_spec("threadpoolctl") else 1
    with only(threads), neighbours(busy):
        for name in names:
            result = answer("benchmarks.threads", "--one", name, "--threads", str(threads),
                            "--rounds", str(rounds), "--seconds", str(seconds),
                            env=environment(blas))  # fmt: skip
            us = {way: np.array(times) for way, times in result["us"].items()}
            gains = {way: us["one"] / us[way] for way in ("several", "blas") if way in us}
            cells = [
                f"{np.median(gains[w]):.2f} | {gains[w].min():.2f} … {gains[w].max():.2f}"
                if w in gains else "– | –" for w in ("several", "blas")
            ]  # fmt: skip
            lines.append(
                f"| {name:<11} | {np.median(us['one']):.1f} | {np.median(us['several']):.1f} "
                f"| {' | '.join(cells)} | {result['unlike']} of {RUNS} "
                f"| {report.known(result['beside'], '.2f')} |"
            )
            print(lines[-1], flush=True)
    return "\n".join([*lines, "", run.words()])


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks threads", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NET", help=f"of {' '.join(NETS)} (all)")
    parser.add_argument("--threads", type=int, default=2, help="threads of the second way (2)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of measurement (9)")
    parser.add_argument("--seconds", type=float, default=SECONDS,
                        help=f"of one timing, about ({SECONDS})")  # fmt: skip
    parser.add_argument("--busy", type=int, default=0, metavar="N",
                        help="other processes that compute all the time (0)")  # fmt: skip
    parser.add_argument("--write", action="store_true",
                        help="write the results to this machine's page")  # fmt: skip
    parser.add_argument("--one", choices=NETS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(turns(options.one, options.threads, options.rounds, options.seconds)))
        return 0
    unknown = [name for name in options.names if name not in NETS]
    if unknown:
        parser.error(f"no network {', '.join(unknown)}; there are {', '.join(NETS)}")
    if min(options.threads, options.rounds) < 1 or options.busy < 0:
        parser.error("--threads and --rounds must be at least 1, and --busy at least 0")
    report.begin()
    text = section(options.names or list(NETS), threads=options.threads, rounds=options.rounds,
                   busy=options.busy, seconds=options.seconds)  # fmt: skip
    print(f"\n{text}")
    if options.write:
        name = heading("threads", options.busy)
        report.write({f"{name}, {report.threads_words(options.threads)}": text})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
