"""Nearest neighbours of 20 000 × 784 points, beside scikit-learn: `python -m benchmarks neighbors`.

Each run has its own process, so that its peak memory can be measured, and the methods run in turn.
Both libraries are exact, and their results are compared. The number of threads is set by the
environment: set OPENBLAS_NUM_THREADS and OMP_NUM_THREADS to the same number.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import machine, report
from benchmarks.child import answer

METHODS = {
    "tinyae float64": ("tinyae", np.float64),
    "scikit-learn float64": ("sklearn", np.float64),
    "tinyae float32": ("tinyae", np.float32),
    "scikit-learn float32": ("sklearn", np.float32),
}


def peak_mb() -> float:
    """Return the peak resident memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def resident_mb() -> float:
    """Return the present resident memory of this process, in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def measure(method: str, path: Path, k: int) -> None:
    """Find the neighbours once; print seconds and megabytes as JSON, save the result beside x."""
    library, dtype = METHODS[method]
    if library == "tinyae":
        from tinyae.embeddings import nearest_neighbors as find
    else:
        from sklearn.neighbors import NearestNeighbors

        def find(x, k):
            distances, indices = (
                NearestNeighbors(n_neighbors=k, algorithm="brute").fit(x).kneighbors()
            )
            return indices, distances

    x = np.load(path.with_name(f"{np.dtype(dtype)}.npy"))
    find(x[:500], k)  # a first call, which loads libraries
    before, start = resident_mb(), time.perf_counter()
    indices, distances = find(x, k)
    seconds = time.perf_counter() - start
    np.savez(path.with_name(f"{method.replace(' ', '_')}.npz"), i=indices, d=distances)
    print(json.dumps({"seconds": seconds, "data": x.nbytes / 1e6, "beyond": peak_mb() - before}))


def main(arguments: list[str] | None = None) -> int:
    """Run all methods in turn and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks neighbors", description=__doc__)
    parser.add_argument("-n", type=int, default=20_000, help="points (20000)")
    parser.add_argument("-k", type=int, default=10, help="neighbours (10)")
    parser.add_argument("--rounds", type=int, default=2, help="how often each method runs (2)")
    parser.add_argument("--one", choices=METHODS, help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        measure(options.one, options.path, options.k)
        return 0
    from tinyae.datasets import strokes

    report.begin()
    run = report.Run(options.rounds, machine.blas_threads())
    print(f"{options.n} generated digits of 784 pixels, k = {options.k}")
    found: dict[str, list[dict]] = {method: [] for method in METHODS}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npy"
        x, _ = strokes(options.n, dtype=np.float32)
        for dtype in (np.float32, np.float64):
            np.save(path.with_name(f"{np.dtype(dtype)}.npy"), x.astype(dtype))
        for _ in range(options.rounds):
            for method, runs in found.items():
                arguments = ("--one", method, "--path", str(path), "-k", str(options.k))
                runs.append(answer("benchmarks.neighbors", *arguments))
        answers = {
            method: np.load(Path(folder) / f"{method.replace(' ', '_')}.npz") for method in METHODS
        }
        reference = answers["scikit-learn float64"]
        heads = ("seconds", "memory beyond x", "rows unlike", "distance error")
        print(" " * 22 + "{:>18}{:>18}{:>13}{:>16}".format(*heads))
        for method, runs in found.items():
            seconds = ", ".join(f"{run['seconds']:.1f}" for run in runs)
            memory = max(run["beyond"] for run in runs)
            unlike = int((answers[method]["i"] != reference["i"]).any(axis=1).sum())
            error = np.abs(answers[method]["d"] - reference["d"]).max()
            print(f"{method:<22}{seconds:>18}{memory:>15.0f} MB{unlike:>13}{error:>16.1e}")
    print(f"x itself: {found['tinyae float64'][0]['data']:.0f} MB in float64")
    print(run.words(f"OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'not set')}"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
