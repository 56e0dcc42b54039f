"""The matrix products of a step or a field alone: a lower limit for the core's time on this BLAS.

The operands have the shapes and the memory layout of tinyae's core. `np.dot` with `out` is NumPy's
call with the least other work. The operands are arbitrary numbers and do not change.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads import Job

POINTS = 1024  # of a field at a time


def make(job: Job, system: str) -> Callable[[], object]:
    """Return the function that is timed: the products of an epoch, or of one field."""
    workload = job.workload
    layers = [workload.sizes, workload.sizes[::-1]]
    widths = [*layers[0], *layers[1][1:]]
    if workload.field:
        (d, k, _), times = widths, -(-len(job.x) // POINTS)
        x, W, V = operand(d + 1, POINTS), operand(d + 1, k), operand(k, d)
        h, r = np.empty((POINTS, k), np.float32), np.empty((POINTS, d), np.float32)
        found = [partial(np.dot, x.T, W, h), partial(np.dot, h, V, r)]
    else:
        core = workload.model().vectorized(workload.rule(), workload.batch, len(job.x))
        if workload.tied:
            found = tied(*workload.sizes, workload.batch)
        else:
            found = (in_columns if core.columns else in_rows)(widths, workload.batch)
        times = workload.steps

    def run() -> float:
        for _ in range(times):
            for product in found:
                product()
        return float("nan")

    return run


def operand(*shape: int) -> NDArray:
    """Return random numbers, small enough that repeated products do not overflow."""
    return np.random.default_rng(0).standard_normal(shape, np.float32) * np.float32(0.05)


def in_rows(widths: list[int], batch: int) -> list[Callable]:
    """Return the products y = x W of each layer, then gW = xᵀ g and gx = g Wᵀ.

    The first layer has no gx.
    """
    pairs = list(zip(widths, widths[1:], strict=False))
    W, gW = [operand(*pair) for pair in pairs], [np.empty(pair, np.float32) for pair in pairs]
    x, g = [operand(batch, d) for d in widths], [operand(batch, d) for d in widths]
    found = [partial(np.dot, x[i], W[i], x[i + 1]) for i in range(len(W))]
    for i in reversed(range(len(W))):
        found.append(partial(np.dot, x[i].T, g[i + 1], gW[i]))
        if i:
            found.append(partial(np.dot, g[i + 1], W[i].T, g[i]))
    return found


def in_columns(widths: list[int], batch: int) -> list[Callable]:
    """Return the same products with one example in each column and the bias as a part of W."""
    pairs = list(zip(widths, widths[1:], strict=False))
    W = [operand(d + 1, after) for d, after in pairs]
    gW = [np.empty_like(w) for w in W]
    x, g = [operand(d + 1, batch) for d in widths], [operand(d, batch) for d in widths]
    found = [partial(np.dot, W[i].T, x[i], x[i + 1][:-1]) for i in range(len(W))]
    for i in reversed(range(len(W))):
        found.append(partial(np.dot, x[i], g[i + 1].T, gW[i]))
        if i:
            found.append(partial(np.dot, W[i][:-1], g[i + 1], g[i]))
    return found


def tied(d: int, k: int, batch: int) -> list[Callable]:
    """Return h = x W, a = h Wᵀ, gh = ga W, and both parts of gW as one product."""
    W, gW = operand(d, k), np.empty((d, k), np.float32)
    P, Q = operand(2 * batch, d), operand(2 * batch, k)
    x, ga, gh, h = P[:batch], P[batch:], Q[:batch], Q[batch:]
    return [partial(np.dot, x, W, h), partial(np.dot, h, W.T, ga),
            partial(np.dot, ga, W, gh), partial(np.dot, P.T, Q, gW)]  # fmt: skip
