"""Time per example of the core for several batch sizes and depths, and of streamed files.

How time grows with rows, inputs and hidden units is measured by `python -m benchmarks growth`.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.child import answer
from benchmarks.report import Run
from benchmarks.runner import environment, measure
from benchmarks.stream import BATCH, UNITS, WIDTH, write_rows
from benchmarks.workloads import WORKLOADS, Workload

STREAMS = (10**4, 10**5, 10**6, 10**7)
LIMIT = 200  # MB above the interpreter


def sweeps() -> dict[str, list[tuple[str, Workload]]]:
    """Return the workloads by what is varied in 784-256-784 (untied), each with its value."""
    base = replace(WORKLOADS["untied"], batch=100, steps=20, warmup=1)
    return {
        "batch": [(str(b), replace(base, batch=b, steps=max(2, 3000 // b)))
                  for b in (10, 30, 100, 300, 1000)],
        "depth": [(str(depth), replace(base, sizes=(784,) + (256,) * depth))
                  for depth in (1, 2, 3, 4)],
    }  # fmt: skip


def swept(*, rounds: int, threads: int) -> list[str]:
    """Measure the sweeps; return a table."""
    lines = ["| varied | value | µs / example | matrix products only | share |",
             "|--------|------:|-------------:|---------------------:|------:|"]  # fmt: skip
    for name, cases in sweeps().items():
        for value, workload in cases:
            result = measure(workload, ["core", "blas"], rounds=rounds, threads=threads)
            ours, limit = (result.step(system) / workload.batch for system in ("core", "blas"))
            share = np.median(result.ratios("blas"))
            lines.append(
                f"| {name:<6} | {value:>5} | {ours:>12.2f} | {limit:>20.2f} | {share:.2f} |"
            )
    return lines


def streamed(threads: int, sizes: tuple[int, ...] = STREAMS) -> list[str]:
    """Stream files of these numbers of rows; return a table."""
    lines = ["| rows | file, MB | seconds | µs / example | peak, MB | traced, MB |",
             "|-----:|---------:|--------:|-------------:|---------:|-----------:|"]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        for n in sizes:
            write_rows(path, n)
            found = {**_stream(path, threads), **_stream(path, threads, "traced")}
            lines.append(
                f"| {n} | {path.stat().st_size / 1e6:.1f} | {found['seconds']:.2f} "
                f"| {1e6 * found['seconds'] / n:.3f} | {found['beyond']:.1f} "
                f"| {found['traced']:.1f} |"
            )
    return lines


def _stream(path: Path, threads: int, *traced: str) -> dict:
    """Run one epoch in its own process, so that its memory holds nothing else."""
    return answer("benchmarks.stream", str(path), *traced, env=environment(threads))


def section(*, rounds: int, threads: int) -> str:
    """Measure everything; return the text of the section."""
    run = Run(rounds, threads)
    return "\n".join([
        "tinyae's core alone. One thing is varied in 784-256-784 (sigmoid, Bernoulli, untied, "
        "batch 100, Adam); depth counts hidden layers of 256 up to the code.", "",
        *swept(rounds=rounds, threads=threads), "",
        f"One epoch of `fit(core=\"vectorized\")` on rows of {WIDTH} numbers that are streamed, "
        f"shuffled, from a memory map through {WIDTH}-{UNITS}-{WIDTH} with noise, batch {BATCH}. "
        "The peak is anonymous memory above the interpreter after its imports, of which at most "
        f"{LIMIT} MB are wanted; traced is the peak of what Python and NumPy allocate.", "",
        *streamed(threads), "",
        run.words(),
    ])  # fmt: skip
