"""The workloads: networks, their data and their initial weights, the same for every system.

A workload is a frozen setting. `prepare` writes everything that the systems need to a folder: rows
of generated data, weights and biases, and the setting itself. `load` reads it in the process of a
system. Everything is float32. The time of a training workload is that of epochs: in each, the
system shuffles the rows, adds new noise, takes all the steps and sums the losses. The time of a
field workload is that of evaluations of (r(x) − x) / σ² on a grid.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae import (
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Contractive,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    Identity,
    ReLU,
    Sigmoid,
    Tanh,
    fit,
)
from tinyae.core.stages import stages_of
from tinyae.datasets import spiral, strokes

UNITS = {"tanh": Tanh, "sigmoid": Sigmoid, "relu": ReLU, "identity": Identity}
OUTPUTS = {"gaussian": GaussianOutput, "bernoulli": BernoulliOutput}
GRID = 400  # points along a side of a field


@dataclass(frozen=True)
class Workload:
    """One job, described by names and numbers only, so that it can be written as JSON.

    `sizes` are the widths from the input to the code. `steps` is the number of steps in an epoch; a
    field has one. `lam` is the strength of a contractive penalty in closed form. With `variational`
    the code is Gaussian, and its layer has two units for each number. `warmup` is the number of
    epochs before the timing; the last of them gives the reported loss. `points` is the
    number of points of a field that PyTorch and JAX process at a time; 0 means all of them.
    """

    name: str
    title: str
    sizes: tuple[int, ...]
    batch: int
    steps: int
    activation: str = "tanh"
    code_activation: str = ""
    output: str = "gaussian"
    tied: bool = False
    optimizer: str = "adam"
    rate: float = 1e-3
    sigma: float = 0.0
    lam: float = 0.0
    variational: bool = False
    warmup: int = 3
    field: bool = False
    points: int = 0

    @property
    def units(self) -> list[str]:
        """Return the name of the unit after each affine map, from the input to the output."""
        hidden = [self.activation] * (len(self.sizes) - 2)
        return [*hidden, self.code_activation or self.activation, *hidden, "identity"]

    def model(self, seed: int = 0) -> Autoencoder:
        """Return the network with its initial weights; those of seed 0 are given to all systems."""
        return Autoencoder.dense(
            self.sizes, activation=UNITS[self.activation],
            code_activation=UNITS[self.code_activation] if self.code_activation else None,
            output=OUTPUTS[self.output](), tied=self.tied, rng=seed, dtype=np.float32,
            corruption=GaussianNoise(self.sigma) if self.sigma else None,
            penalties=[Contractive(self.lam)] if self.lam else (),
            code=GaussianCode() if self.variational else None,
        )  # fmt: skip

    def rule(self) -> SGD | Adam:
        """Return the optimizer; SGD has momentum .9."""
        return Adam(self.rate) if self.optimizer == "adam" else SGD(self.rate, 0.9)


@dataclass(frozen=True)
class Job:
    """A workload, its rows x (n, d), and (W, b) of each affine map, where a tied W is None."""

    workload: Workload
    x: NDArray
    weights: list[tuple[NDArray | None, NDArray]]
    threads: int

    @property
    def at_once(self) -> bool:
        """Return whether the noise of an epoch is drawn in one call: faster for small data."""
        return self.x.size <= 1 << 20


PIXELS = dict(sizes=(784, 256), batch=128, steps=48, activation="sigmoid", output="bernoulli")
TIED = dict(tied=True, optimizer="sgd", rate=2e-3, **PIXELS)
SPIRAL = dict(sizes=(2, 64), sigma=0.1, warmup=10)
WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("spiral", "2-64-2 tanh, noise .1, squared error, batch 100, Adam",
                 batch=100, steps=100, **SPIRAL),
        Workload("spiral16", "2-64-2 tanh, noise .1, squared error, batch 16, Adam",
                 batch=16, steps=600, **SPIRAL),
        Workload("tied", "784-256-784 tied sigmoid, Bernoulli, batch 128, SGD with momentum",
                 **TIED),
        Workload("noisy", "784-256-784 tied sigmoid, noise .1, Bernoulli, batch 128, SGD with "
                 "momentum", sigma=0.1, **TIED),
        Workload("untied", "784-256-784 sigmoid, Bernoulli, batch 128, Adam", **PIXELS),
        Workload("contractive", "784-256-784 tied sigmoid, Bernoulli, contraction 1 in closed "
                 "form, batch 128, SGD with momentum", lam=1.0, **TIED),
        Workload("wide", "784-1000-784 sigmoid, Bernoulli, batch 100, Adam",
                 **{**PIXELS, "sizes": (784, 1000), "batch": 100, "steps": 24}),
        Workload("deep", "784-1000-500-250-30 unfolded ReLU, linear code, Bernoulli, batch 256, "
                 "Adam", sizes=(784, 1000, 500, 250, 30), batch=256, steps=8, activation="relu",
                 code_activation="identity", output="bernoulli"),
        Workload("variational", "784-500-20 tanh, Gaussian code, Bernoulli, batch 100, Adam",
                 sizes=(784, 500, 20), batch=100, steps=48, code_activation="identity",
                 output="bernoulli", variational=True),
        Workload("squares", "784-256-784 ReLU, squared error, batch 128, Adam",
                 sizes=(784, 256), batch=128, steps=48, activation="relu"),
        Workload("field", f"(r(x) − x) / σ² of a trained 2-64-2 tanh net on {GRID} × {GRID} points",
                 batch=GRID * GRID, steps=1, field=True, **SPIRAL),
        Workload("parts", "the same, which PyTorch and JAX are given in parts of 1000 points",
                 batch=GRID * GRID, steps=1, field=True, points=1000, **SPIRAL),
    )
}  # fmt: skip


def rows(workload: Workload) -> NDArray:
    """Return the data: the grid of a field, a spiral for two inputs, or pictures of strokes."""
    if workload.field:
        line = np.linspace(-1.5, 1.5, GRID, dtype=np.float32)
        return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    n = workload.batch * workload.steps
    if workload.sizes[0] == 2:
        return spiral(n, noise=0.02, rng=0).astype(np.float32)
    return strokes(n, rng=0, dtype=np.float32)[0]


def weights_of(model: Autoencoder) -> list[tuple[NDArray | None, NDArray]]:
    """Return (W, b) of each affine map; a tied W is None."""
    layers = [(stage.layer.params, stage.source) for stage in stages_of(model)[0]]
    return [(None if source is not None else p["W"], p["b"]) for p, source in layers]


def prepare(workload: Workload, folder: Path) -> None:
    """Write data, weights and setting to the folder; the network of a field is trained first."""
    model = workload.model()
    if workload.field:
        points = spiral(5000, noise=0.02, rng=0).astype(np.float32)
        fit(model, points, epochs=20, optimizer=workload.rule(), core="vectorized", verbose=False)
    arrays = {}
    for i, (W, b) in enumerate(weights_of(model)):
        arrays |= {f"b{i}": b} if W is None else {f"b{i}": b, f"W{i}": W}
    np.savez(folder / "weights.npz", **arrays)
    np.save(folder / "x.npy", rows(workload))
    (folder / "workload.json").write_text(json.dumps(asdict(workload)), encoding="utf-8")


def load(folder: Path, threads: int) -> Job:
    """Read what `prepare` wrote to the folder."""
    setting = json.loads((folder / "workload.json").read_text(encoding="utf-8"))
    workload = Workload(**{**setting, "sizes": tuple(setting["sizes"])})
    with np.load(folder / "weights.npz") as arrays:
        weights = [
            (arrays[f"W{i}"] if f"W{i}" in arrays else None, arrays[f"b{i}"])
            for i in range(len(workload.units))
        ]
    return Job(workload, np.load(folder / "x.npy"), weights, threads)
