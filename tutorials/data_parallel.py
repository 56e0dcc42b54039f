"""Synchronous data-parallel training: parts of a batch on several workers, one step for all.

Each step sends theta to the workers. A worker computes loss and gradient of one part of the batch.
The means of the parts, weighted by their numbers of rows, are loss and gradient of the batch, and
the optimizer takes one step. The noise of a part has the seed (seed, step, part). So the result
depends on the number of parts, but not on the number of workers, on their order, or on one that
dies. Tutorial 20 uses this module. It needs dask.distributed only for `on_cluster` and `cluster`.

A worker imports this module by its name, so `gradient` must not be defined in a script or notebook.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae import Adam, Autoencoder, BernoulliOutput, GaussianNoise, fit
from tinyae.nn import Trainable

FOLDER = Path(__file__).resolve().parent
RETRIES = 5  # of a part whose worker dies

Seed = tuple[int, int, int]  # (seed, step, part)
Part = tuple[NDArray, Seed]  # the rows of a part, and the seed of its noise
Found = tuple[int, float, NDArray]  # number of rows, mean loss, its gradient
Submit = Callable[[NDArray, Sequence[Part]], list[Found]]


def gradient(model: Trainable, theta: NDArray, data, rows: NDArray, seed: Seed) -> Found:
    """Return (number of rows, loss, gradient) of one part of a batch at theta.

    Parameters
    ----------
    model : a template, which does not change; it may be shared by several parts
    theta : the parameters
    data : array (n, d), or the path of an .npy file, which is mapped and not read as a whole
    rows : the indices of the part
    seed : of the noise in this part
    """
    x = np.load(data, mmap_mode="r")[rows] if isinstance(data, str | os.PathLike) else data[rows]
    twin = model.copy()
    twin.theta[...] = theta
    loss = twin.loss_and_grad(x, rng=np.random.default_rng(seed))
    return len(rows), loss, twin.grad


def train(
    model: Trainable,
    n: int,
    submit: Submit,
    optimizer,
    *,
    parts: int = 2,
    epochs: int = 1,
    batch_size: int = 100,
    seed: int = 0,
    each_step: Callable[[int], object] | None = None,
) -> list[float]:
    """Train the model on n rows in place and return the mean loss of each epoch.

    Parameters
    ----------
    submit : `here(...)` or `on_cluster(...)`: computes (rows, loss, gradient) of each part, in the
        order of the parts
    optimizer : such as `Adam()`
    parts : into how many parts a batch is divided
    each_step : is called after each step with the number of steps so far
    """
    order, state, losses = np.random.default_rng(seed), optimizer.start(model.theta), []
    starts = range(0, n, batch_size)
    for epoch in range(epochs):
        index, total = order.permutation(n), 0.0
        for i, start in enumerate(starts):
            step = epoch * len(starts) + i
            batch = np.array_split(index[start : start + batch_size], parts)
            jobs = [(rows, (seed, step, p)) for p, rows in enumerate(batch) if len(rows)]
            found = submit(model.theta.copy(), jobs)
            loss, model.grad[...] = mean(found)
            optimizer.step(model.theta, model.grad, state, step / (epochs * len(starts)))
            model.project()
            total += loss * sum(count for count, *_ in found)
            if each_step is not None:
                each_step(step + 1)
        losses.append(total / n)
    return losses


def mean(found: Sequence[Found]) -> tuple[float, NDArray]:
    """Return loss and gradient of all rows: Σ n_p loss_p / n and Σ n_p grad_p / n.

    The sums are in the order of the parts, whichever worker was first. Floating-point sums in
    another order would have other bits.
    """
    n = sum(count for count, *_ in found)
    loss = sum(count * loss for count, loss, _ in found) / n
    grad = np.zeros_like(found[0][2])
    for count, _, g in found:
        grad += count * g
    return loss, grad / n


def here(model: Trainable, data) -> Submit:
    """Return the `submit` that computes the parts one after the other in this process."""

    def submit(theta: NDArray, jobs: Sequence[Part]) -> list[Found]:
        return [gradient(model, theta, data, rows, seed) for rows, seed in jobs]

    return submit


def on_cluster(client, model: Trainable, data) -> Submit:
    """Return the `submit` that computes the parts on the workers of a `dask.distributed.Client`.

    The model is sent once, and theta with every step. `data` is a path that every worker can read,
    or an array, which is sent once too. If a worker dies, another one computes its part again, up
    to `RETRIES` times. If the last copy of the model died with it, the model is sent again.
    """

    def sent() -> list:
        # Each call gets new keys: with hash=True, an equal model would be released with this one.
        given = [model] if isinstance(data, str | os.PathLike) else [model, data]
        return client.scatter(given, broadcast=True, hash=False)

    shared = sent()

    def submit(theta: NDArray, jobs: Sequence[Part]) -> list[Found]:
        nonlocal shared
        for left in reversed(range(RETRIES)):
            template, x = shared if len(shared) == 2 else (*shared, data)
            futures = [client.submit(gradient, template, theta, x, rows, seed, pure=False,
                                     retries=RETRIES) for rows, seed in jobs]  # fmt: skip
            try:
                return client.gather(futures)
            except CancelledError:
                if not left:
                    raise
                shared = sent()
        raise AssertionError("the last round returns or raises")

    return submit


def missing() -> str:
    """Return why no cluster can be started here, or "" if one can."""
    if sys.platform == "win32":
        return "on Windows dask.distributed starts no workers by commands"
    if find_spec("distributed") is None:
        return 'dask.distributed is not installed: pip install "tinyae[dask]"'
    return ""


@contextmanager
def cluster(workers: int = 2) -> Iterator[object]:
    """Start worker processes on this machine and yield the client; stop them at the end.

    The workers import what this process can import. Each uses one thread, unless the variables of
    the environment say another number: the number of threads may change the last bits.

    They are started by commands. Processes made by `multiprocessing`, as `LocalCluster` makes them,
    first import the main script again, and a tutorial would run once more in each of them.
    """
    from distributed import Client
    from distributed.deploy import SubprocessCluster

    places = [str(FOLDER), *(p for p in sys.path if p)]
    variables = {"PYTHONPATH": os.pathsep.join(dict.fromkeys(places))}
    for library in ("OPENBLAS", "MKL", "OMP"):
        name = f"{library}_NUM_THREADS"
        variables[name] = os.environ.get(name, "1")
    with (
        environ(variables),
        SubprocessCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=50,
            worker_kwargs={"memory_limit": "2 GiB", "dashboard": False},
        ) as started,
        Client(started) as client,
    ):  # fmt: skip
        client.wait_for_workers(workers, timeout=60)
        yield client


@contextmanager
def environ(values: dict[str, str]) -> Iterator[None]:
    """Set variables of the environment, which new processes inherit, and put them back."""
    kept = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def trial(data: str | os.PathLike, k: int, sigma: float, *, epochs: int = 2) -> float:
    """Return the error of a denoising autoencoder on held-out rows, for a search over settings.

    Parameters
    ----------
    data : path of an .npy file; the last fifth of its rows is held out
    k : numbers of the code
    sigma : standard deviation of the noise in training

    Returns
    -------
    squared error per example for inputs with noise of standard deviation 0.3
    """
    x = np.load(data, mmap_mode="r")
    n = len(x) * 4 // 5
    model = Autoencoder.dense((x.shape[1], k), output=BernoulliOutput(), dtype=x.dtype,
                              corruption=GaussianNoise(sigma))  # fmt: skip
    fit(model, x[:n], optimizer=Adam(3e-3), epochs=epochs, core="vectorized")
    noisy = GaussianNoise(0.3).corrupt(x[n:], np.random.default_rng(0))
    return float(((x[n:] - model.reconstruct(noisy)) ** 2).sum(axis=1).mean())
