"""What the sizes of blocks and parts are worth on this machine: `python -m benchmarks constants`.

Each constant is set to a fourth, a half, two and four times its value, and a job that depends on it
is timed in turn with the others, in one process on one thread. A number is the least processor time
over that with the constant as it is: 1.00 everywhere means that the value does not matter here, and
a number clearly below 1 means that another value would be faster.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from benchmarks import jobs, report
from benchmarks.jobs import Call

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class Constant:
    """A number of the library, and a job whose time depends on it.

    Attributes
    ----------
    name : how it is called
    modules : below tinyae, all that read it
    title : what the job is
    make : -> the job, which is made again for each value
    """

    name: str
    modules: tuple[str, ...]
    title: str
    make: Callable[[], Call]


def kernel() -> Call:
    """Return kernel PCA of 2000 points."""
    from tinyae.datasets import swiss_roll
    from tinyae.embeddings import GaussianKernel, KernelPCA

    x, _ = swiss_roll(2000, rng=0)
    return lambda: KernelPCA(kernel=GaussianKernel(5.0)).fit(x)


def stochastic_neighbors() -> Call:
    """Return ten steps of t-SNE of 1000 points, with the law of the neighbours."""
    from tinyae.datasets import swiss_roll
    from tinyae.embeddings import TSNE

    x, _ = swiss_roll(1000, rng=0)
    return lambda: TSNE(steps=10).fit(x)


def small_net() -> Call:
    """Return an epoch of a net for the plane."""
    from tinyae import Autoencoder, GaussianNoise, fit

    model = Autoencoder.dense((2, 64), corruption=GaussianNoise(0.1), dtype=np.float32)
    x = np.random.default_rng(0).standard_normal((20_000, 2)).astype(np.float32)
    return lambda: fit(model, x, epochs=1, core="vectorized")


CONSTANTS = (
    Constant("BLOCK_BYTES", ("core.core",), "fit, 2-64-2", small_net),
    Constant("BLOCK_BYTES", ("core.core",), "fit, 784-256-784",
             lambda: jobs.train(2000, 784, 256)),
    Constant("CACHE_BYTES",
             ("numerics.units", "embeddings.kernel_pca", "embeddings.spectral"),
             "kernel PCA of 2000 points", kernel),
    Constant("CACHE_BYTES", ("embeddings.perplexity",), "t-SNE of 1000 points",
             stochastic_neighbors),
    Constant("STRIP_BYTES", ("embeddings.joint_law",), "t-SNE of 1000 points",
             stochastic_neighbors),
    Constant("GAP_BYTES", ("embeddings.neighbors",), "10 neighbours of 4000 points in 64 numbers",
             lambda: jobs.neighbors(4000, 64, 10)),
    Constant("QUICK_BYTES", ("sparse_coding.inference",), "codes of 1000 rows, 196 atoms",
             lambda: jobs.sparse_codes(1000, 144, 196)),
    Constant("QUICK_ROWS", ("sparse_coding.inference",), "codes of 1000 rows, 784 atoms",
             lambda: jobs.sparse_codes(1000, 144, 784)),
    Constant("ENTRIES", ("sparse_coding.equations",), "codes of 1000 rows, 196 atoms",
             lambda: jobs.sparse_codes(1000, 144, 196)),
    *(Constant(name, ("applications.exhaustive",), "32 searches among 200 000 codes of 64 bits",
               lambda: jobs.nearest(200_000, 64, 10)) for name in ("BLOCK", "FIRST", "SORTED")),
)  # fmt: skip


@contextmanager
def set_to(constant: Constant, factor: float) -> Iterator[None]:
    """Within the block, the constant has so many times its value in all its modules."""
    modules = [import_module(f"tinyae.{name}") for name in constant.modules]
    kept = [getattr(module, constant.name) for module in modules]
    for module, value in zip(modules, kept, strict=True):
        setattr(module, constant.name, max(1, int(factor * value)))
    try:
        yield
    finally:
        for module, value in zip(modules, kept, strict=True):
            setattr(module, constant.name, value)


def measure(constant: Constant, *, rounds: int, seconds: float) -> np.ndarray:
    """Return the processor seconds of a call, an array (rounds, values)."""
    found = np.empty((rounds, len(FACTORS)))
    for row in found:
        for i, factor in enumerate(FACTORS):
            with set_to(constant, factor):
                call = constant.make()
                call()  # imports modules and allocates memory
                calls, start = 0, time.process_time()
                while (spent := time.process_time() - start) < seconds or not calls:
                    call()
                    calls += 1
                row[i] = spent / calls
    return found


def line(constant: Constant, found: np.ndarray) -> str:
    """Return the line of the table: for each value, the least time over that with factor 1."""
    value = getattr(import_module(f"tinyae.{constant.modules[0]}"), constant.name)
    least = found.min(axis=0)  # other work on the machine only adds time
    ratios = least / least[FACTORS.index(1.0)]
    cells = " | ".join(f"{ratio:.2f}" for ratio in ratios)
    where = ", ".join(f"`{name.replace('.', '/')}.py`" for name in constant.modules)
    return f"| `{constant.name}` = {value} in {where} | {constant.title} | {cells} |"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; print the table and, if asked, write it; return 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks constants", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of measurement (5)")
    parser.add_argument("--seconds", type=float, default=0.2, help="of one timing, about (0.2)")
    parser.add_argument("--write", action="store_true",
                        help="write the results to this machine's page")  # fmt: skip
    options = parser.parse_args(arguments)
    if options.rounds < 1 or not options.seconds > 0:
        parser.error("--rounds must be at least 1, and --seconds above 0")
    report.begin()
    run = report.Run(options.rounds, 1)
    heads = " | ".join(f"× {factor:g}" for factor in FACTORS)
    lines = [" ".join((__doc__ or "").partition("\n\n")[2].split()), "",
             f"| constant | job | {heads} |", f"|---|---|{'---:|' * len(FACTORS)}"]  # fmt: skip
    print("\n".join(lines))
    for constant in CONSTANTS:
        lines.append(line(constant, measure(constant, rounds=options.rounds,
                                            seconds=options.seconds)))  # fmt: skip
        print(lines[-1], flush=True)
    lines += ["", run.words()]
    print(lines[-1])
    if options.write:
        report.write({"constants, 1 thread": "\n".join(lines)})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
