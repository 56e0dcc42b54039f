"""Ten tangents of 1000 digits through a 784-256 sigmoid encoder: `python -m benchmarks tangents`.

The methods run in turn in each round, so that other work of the machine affects all equally. The
slow ones are timed on a tenth of the points, and their time is multiplied by ten. PyTorch's methods
run if it is installed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from benchmarks import machine, report
from tinyae import Adam, Autoencoder, BernoulliOutput, Contractive, fit, tangents
from tinyae.datasets import strokes
from tinyae.training import Cosine

K = 10
POINTS = 1000
SAMPLE = 100  # points in a round for the slow methods
Answer = tuple[np.ndarray, np.ndarray]


def trained(lam: float) -> tuple[Autoencoder, np.ndarray]:
    """Return a tied network in float32, trained for six epochs on strokes, and fresh points."""
    x, _ = strokes(4000 + POINTS, rng=0, dtype=np.float32)
    model = Autoencoder.dense((784, 256), tied=True, output=BernoulliOutput(), rng=0,
                              dtype=np.float32, penalties=Contractive(lam))  # fmt: skip
    fit(model, x[:4000], epochs=6, optimizer=Adam(Cosine(3e-3)), rng=0)
    return model, x[4000:]


def numpy_svd(J: np.ndarray) -> Answer:
    """Return tangents and singular values from the decomposition of each Jacobian."""
    _, s, V = np.linalg.svd(J, full_matrices=False)
    return V[:, :K], s[:, :K]


def ways(model: Autoencoder, x: np.ndarray) -> dict[str, tuple[Callable[[], Answer], int]]:
    """Return the methods by name: a function and the number of points that it processes."""
    J = model.jacobian(x[:SAMPLE])
    found = {
        "tinyae.tangents": (lambda: tangents(model, x, K), len(x)),
        "numpy.linalg.svd": (lambda: numpy_svd(J), len(J)),
    }
    try:
        import torch
    except ImportError:
        return found
    torch.set_num_threads(1)
    Jt = torch.from_numpy(J)

    def torch_svd():
        _, s, V = torch.linalg.svd(Jt, full_matrices=False)
        return V[:, :K].numpy(), s[:, :K].numpy()

    def lowrank(rounds):
        def run():
            _, s, V = torch.svd_lowrank(Jt, q=K + 10, niter=rounds)
            return V[:, :, :K].transpose(1, 2).numpy(), s[:, :K].numpy()

        return run

    found["torch.linalg.svd"] = (torch_svd, len(J))
    for rounds in (6, 12, 24):
        found[f"torch.svd_lowrank, {rounds} rounds"] = (lowrank(rounds), len(J))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison and print seconds per 1000 points, ratios and errors."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks tangents", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each method runs (3)")
    options = parser.parse_args(arguments)
    report.begin()
    run = report.Run(options.rounds, machine.blas_threads())
    for lam in (0.1, 2.0):
        model, x = trained(lam)
        timed = ways(model, x)
        exact = numpy_svd(model.astype(np.float64).jacobian(x[:SAMPLE]))[1]
        seconds, errors = {name: [] for name in timed}, {}
        for _ in range(options.rounds):
            for name, (way, count) in timed.items():
                start = time.perf_counter()
                s = way()[1]
                seconds[name].append((time.perf_counter() - start) * POINTS / count)
                errors[name] = float(np.abs(s[:SAMPLE] / exact - 1).max())
        own = np.array(seconds["tinyae.tangents"])
        print(f"λ = {lam}; {options.rounds} rounds")
        print(f"{'':<32}{'s / 1000 points':>17}{'times ours':>12}{'least … most':>18}{'error':>9}")
        for name, values in seconds.items():
            ratio = np.array(values) / own
            spread = f"{ratio.min():.1f} … {ratio.max():.1f}"
            print(f"{name:<32}{np.median(values):>17.2f}{np.median(ratio):>12.1f}{spread:>18}"
                  f"{errors[name]:>9.0e}")  # fmt: skip
    print(run.words())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
