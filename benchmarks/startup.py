"""Seconds of `import tinyae` beyond those of `import numpy`: `python -m benchmarks startup`.

New interpreters run in turn, one with each import, so that other work of the machine affects both.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

from benchmarks import machine, report


def seconds(module: str) -> float:
    """Return the seconds that a new interpreter needs to start and import a module."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return time.perf_counter() - start


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="interpreters of each kind (15)")
    rounds = max(1, parser.parse_args(arguments).rounds)
    report.begin()
    run = report.Run(rounds, machine.blas_threads())
    for module in ("numpy", "tinyae"):  # the first start reads files from the disk
        seconds(module)
    pairs = [(seconds("numpy"), seconds("tinyae")) for _ in range(rounds)]
    beyond = [ours - numpys for numpys, ours in pairs]
    print(f"import numpy                    {statistics.median(n for n, _ in pairs):.3f} s")
    print(f"import tinyae                   {statistics.median(t for _, t in pairs):.3f} s")
    print(f"beyond NumPy's, median of {rounds:<4}  {statistics.median(beyond):.3f} s "
          f"({min(beyond):.3f} … {max(beyond):.3f})")  # fmt: skip
    print(run.words())
    return 0


if __name__ == "__main__":
    sys.exit(main())
