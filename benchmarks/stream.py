"""Train one epoch from a memory map and measure its memory: `python -m benchmarks.stream FILE`.

Measured is anonymous memory, which the process itself has requested. Pages of the mapped file are
not counted, because the system can release them when it needs memory. A thread reads the amount
every 2 ms (Linux).
"""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import numpy as np

from tinyae import Adam, Autoencoder, GaussianNoise, fit

WIDTH, UNITS, BATCH = 8, 32, 256
BLOCK = 1 << 18  # rows written at a time


def anonymous_mb() -> float:
    """Return the anonymous resident memory of this process, in MB; NaN without /proc."""
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024 / 1e6
    return float("nan")


class Peak:
    """The peak of anonymous memory while the block runs, beyond that at its start."""

    def __enter__(self) -> Peak:
        gc.collect()  # what is garbage already would be freed meanwhile, and hide what is taken
        self.start = self.most = anonymous_mb()
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def _watch(self) -> None:
        while not self.done.wait(0.002):
            self.most = max(self.most, anonymous_mb())

    def __exit__(self, *error) -> None:
        self.done.set()
        self.thread.join()
        self.most = max(self.most, anonymous_mb())

    @property
    def beyond(self) -> float:
        """Return the megabytes above the start."""
        return self.most - self.start


def write_rows(path: Path, n: int) -> None:
    """Write n rows of float32 to a file, block by block."""
    rng = np.random.default_rng(0)
    x = np.lib.format.open_memmap(path, "w+", np.float32, (n, WIDTH))
    for start in range(0, n, BLOCK):
        part = x[start : start + BLOCK]
        z = rng.standard_normal((len(part), 2), np.float32)
        part[...] = np.tanh(z @ np.ones((2, WIDTH), np.float32)) + 0.1
    x.flush()


def epoch(path: Path) -> float:
    """Train for one epoch on the rows of the file; return seconds."""
    x = np.load(path, mmap_mode="r")
    model = Autoencoder.dense((WIDTH, UNITS), corruption=GaussianNoise(0.1), dtype=np.float32)
    start = time.perf_counter()
    fit(model, x, epochs=1, batch_size=BATCH, optimizer=Adam(1e-3), core="vectorized",
        verbose=False)  # fmt: skip
    return time.perf_counter() - start


def main(path: str, traced: str = "") -> None:
    """Print seconds and peak as JSON; with a second argument, tracemalloc's peak instead."""
    if traced:
        tracemalloc.start()
        epoch(Path(path))
        print(json.dumps({"traced": tracemalloc.get_traced_memory()[1] / 1e6}))
        return
    with Peak() as peak:
        seconds = epoch(Path(path))
    print(json.dumps({"seconds": seconds, "beyond": peak.beyond}))


if __name__ == "__main__":
    main(*sys.argv[1:])
