"""Jobs through tinyae's public names, one of them timed in this process.

`child.answer` runs this file by its path, and the tinyae that it imports may be that of an older
commit. So it imports no other module of the benchmarks and makes its own data. A job is a function
that makes data and model, and returns what is timed. Times are those of a call; memory is the most
that Python and NumPy hold during a call, data and model with it.
"""

from __future__ import annotations

import json
import runpy
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

Call = Callable[[], object]
TANGENTS, QUERIES, RADIUS = 10, 256, 2
WARM = 16  # searches after which a table of codes has built its tables of chunks, if it ever does
COPIES, DIFFER = 50, 0.05  # of each centre of the codes, and the probability that a bit differs


def pictures(n: int, d: int) -> np.ndarray:
    """Return rows (n, d) of float32 in [0, 1] that depend on ten numbers each."""
    rng = np.random.default_rng(0)
    z, A = rng.standard_normal((n, 10), np.float32), rng.standard_normal((10, d), np.float32)
    return 1 / (1 + np.exp(-z @ A))


def train(
    n: int, d: int, k: int, deeper: tuple[int, ...] = (), batch: int = 100, unit: str = "Sigmoid",
    code_unit: str = "", output: str = "BernoulliOutput", noise: float = 0.0, tied: bool = False,
    epochs: int = 1, threads: int = 1,
) -> Call:  # fmt: skip
    """Return epochs of `fit` on n rows through d-k-…-k-d, by the vectorized core."""
    import tinyae

    model = tinyae.Autoencoder.dense(
        (d, k, *deeper), activation=getattr(tinyae, unit), output=getattr(tinyae, output)(),
        code_activation=getattr(tinyae, code_unit) if code_unit else None, tied=tied,
        corruption=tinyae.GaussianNoise(noise) if noise else None, dtype=np.float32,
    )  # fmt: skip
    x = pictures(n, d)
    more = {"threads": threads} if threads > 1 else {}  # older commits have no threads
    return lambda: tinyae.fit(
        model, x, epochs=epochs, batch_size=batch, optimizer=tinyae.Adam(1e-3), core="vectorized",
        verbose=False, **more,
    )  # fmt: skip


def field(n: int, d: int, k: int, threads: int = 1) -> Call:
    """Return the evaluation of `score_field` on n points of a d-k-d net."""
    from tinyae import Autoencoder, GaussianNoise, score_field

    model = Autoencoder.dense((d, k), corruption=GaussianNoise(0.1), dtype=np.float32)
    x = pictures(n, d)
    more = {"threads": threads} if threads > 1 else {}
    return lambda: score_field(model, x, 0.1, **more)


def tangent_planes(n: int, d: int, k: int) -> Call:
    """Return `tangents` of n points, ten each, of a sigmoid encoder d-k."""
    from tinyae import Autoencoder, BernoulliOutput, tangents

    model = Autoencoder.dense((d, k), output=BernoulliOutput(), dtype=np.float32)
    x = pictures(n, d)
    return lambda: tangents(model, x, TANGENTS)


def neighbors(n: int, d: int, k: int) -> Call:
    """Return the search for the k nearest neighbours of each of n points."""
    from tinyae.embeddings import nearest_neighbors

    x = pictures(n, d)
    return lambda: nearest_neighbors(x, k)


def codes_of(n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Return n codes of d bits near random centres, and queries of the same kind."""
    rng = np.random.default_rng(1)
    centers = rng.random((max(1, n // COPIES), d)) < 0.5
    codes = centers[np.arange(n) % len(centers)] ^ (rng.random((n, d), np.float32) < DIFFER)
    asked = centers[rng.integers(len(centers), size=QUERIES)]
    return codes, asked ^ (rng.random(asked.shape) < DIFFER)


def lookup(n: int, d: int) -> Call:
    """Return 256 searches in tables of n codes for all within radius 2."""
    from tinyae import HammingTable

    codes, asked = codes_of(n, d)
    table = HammingTable(codes)
    for _ in range(WARM):
        table.lookup(asked, RADIUS)
    return lambda: table.lookup(asked, RADIUS)


def nearest(n: int, d: int, k: int, threads: int = 1) -> Call:
    """Return 32 exhaustive searches among n codes for the k nearest."""
    from tinyae import HammingTable

    codes, asked = codes_of(n, d)
    table = HammingTable(codes)
    more = {"threads": threads} if threads > 1 else {}
    return lambda: table.nearest(asked[:32], k, **more)


def sparse_codes(n: int, d: int, k: int) -> Call:
    """Return `sparse_code` of n rows with k random atoms; λ is 1 for rows of unit variance."""
    from tinyae import sparse_code

    rng = np.random.default_rng(0)
    D = rng.standard_normal((k, d))
    D /= np.linalg.norm(D, axis=1, keepdims=True)
    h = rng.standard_normal((n, k)) * (rng.random((n, k)) < 10 / k)
    x = h @ D * np.sqrt(d / 10) + 0.1 * rng.standard_normal((n, d))
    return lambda: sparse_code(x, D, 1.0)


def reference(kind: str, sizes: tuple[int, ...], batch: int, steps: int) -> Call:
    """Return what does not depend on tinyae: "training" or "products" of frozen.py."""
    return runpy.run_path(str(Path(__file__).with_name("frozen.py")))[kind](sizes, batch, steps)


JOBS: dict[str, Callable[..., Call]] = {
    job.__name__: job
    for job in (
        train,
        field,
        tangent_planes,
        neighbors,
        lookup,
        nearest,
        sparse_codes,
        reference,
    )  # fmt: skip
}


def timed(call: Call, seconds: float) -> dict[str, float]:
    """Return the seconds of one call by the processor and by the clock, after a first one."""
    call()
    calls, cpu, start = 0, time.process_time(), time.perf_counter()
    while True:
        call()
        calls += 1
        spent = time.process_time() - cpu
        if spent >= seconds:
            return {"cpu": spent / calls, "clock": (time.perf_counter() - start) / calls}


def peak(make: Callable[[], Call]) -> dict[str, float]:
    """Return the most bytes that are held during a call, with what `make` made for it."""
    make()()  # imports modules, which are not counted
    tracemalloc.start()
    call = make()
    tracemalloc.reset_peak()
    call()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"bytes": found}


def main(job: str, settings: str, seconds: str) -> None:
    """Print the measurement as JSON; zero seconds mean that memory is measured."""
    make = partial(JOBS[job], **json.loads(settings))
    print(json.dumps(timed(make(), float(seconds)) if float(seconds) else peak(make)))


if __name__ == "__main__":
    main(*sys.argv[1:])
