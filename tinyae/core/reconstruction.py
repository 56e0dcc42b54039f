"""r(x) − x with r(x) = g(f(x)) at very many points, such as a grid (14.1), computed in blocks.

On a grid of 400 × 400 points, 64 units have ten million activations, which do not fit into the
cache. The activations of a block fit into it, and no temporary arrays are made.

A sigmoid is 1/(1 + exp(−a)). Where `exp` is the faster function (see `core/adaptation.py`), the
minus sign is part of the weights and biases of its stage.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.core.adaptation import adapted
from tinyae.core.operations import Operation, number
from tinyae.core.stages import Stage, stages_of
from tinyae.core.units import UNITS, units_of
from tinyae.nn.activations import Elementwise, Identity, Sigmoid
from tinyae.nn.trainable import UnsupportedError
from tinyae.numerics.threads import Team, shares
from tinyae.training.tuning import Tuning

FEWEST = 128  # rows of a block, also in wide nets, since products of fewer rows are slow
WORTH = 4  # with fewer blocks, making buffers costs more time than it saves


def residuals(
    model: Any,
    x: NDArray,
    over: float,
    threads: int | None = None,
    tuning: Tuning | None = None,
) -> NDArray:
    """Return (r(x) − x) / over with r(x) = `model.reconstruct(x)`, for x (n, d) that was checked.

    If x has many rows and the model is a chain of dense layers, it is computed in blocks on
    buffers, else with the layers. The blocks are shared out over the threads, of which each has one
    BLAS thread; None is the calling thread, and BLAS as it is. The number of threads does not
    change a bit. `tuning` says how to compute; None is what suits this machine. Do not use this
    function for a subclass that overrides `encode`, `decode` or `reconstruct`.
    """
    stages = _stages(model)
    if stages is not None:
        tuning = adapted(x.dtype) if tuning is None else tuning
        # The largest array of a block fills two parts: about half of the cache of level 2.
        widest = max(model.d_in, *(stage.layer.d_out for stage in stages))
        rows = max(FEWEST, 2 * tuning.part_bytes // (widest * x.itemsize))
        if len(x) >= WORTH * rows:
            with np.errstate(over="ignore", under="ignore"):  # exp(a) may be infinite or 0
                r = _in_blocks(model, stages, x, over, rows, threads, tuning)
            if np.isfinite(r).all():
                return r
    r = model.reconstruct(x)  # raises the right error if something is wrong
    r -= x
    r /= over
    return r


def _stages(model: Any) -> list[Stage] | None:
    """Return the model's stages if `_in_blocks` supports them, else None."""
    model.check_packed()
    if model.mean_encoder is not model.encoder:  # the code h is not the output of the encoder
        return None
    try:
        stages, _ = stages_of(model)
    except UnsupportedError:
        return None
    return stages if type(model.output.mean) in UNITS else None


def _in_blocks(
    model: Any,
    stages: list[Stage],
    x: NDArray,
    over: float,
    rows: int,
    threads: int | None,
    tuning: Tuning,
) -> NDArray:
    """Compute all blocks. Each thread has its own buffers, and consecutive blocks."""
    out = np.empty_like(x, order="C")
    starts = range(0, len(x), rows)
    k = min(threads or 1, len(starts))
    jobs = [
        partial(Blocks(model, stages, rows, x.dtype, tuning).compute, x, over, out,
                starts[part])
        for part in shares(len(starts), k)
    ]  # fmt: skip
    if threads is None:
        jobs[0]()
    else:
        with Team(k) as team:
            team.run(jobs)
    return out


class Blocks:
    """The operations that compute r(x) of a block of `rows` points, on buffers made once.

    The examples are columns for the first stage, with a row of ones below, so that x W + b is one
    product. The other biases are repeated for each row, because broadcasting over short rows is
    slow.
    """

    def __init__(self, model: Any, stages: list[Stage], rows: int, dtype: np.dtype, tuning: Tuning):
        units: list[Elementwise] = [stage.unit for stage in stages]
        mean = model.output.mean
        if type(units[-1]) is Identity:
            units[-1], mean = mean, Identity()
        table = units_of(tuning)
        self.columns, y = np.ones((model.d_in + 1, rows), dtype), np.empty(0, dtype)
        scratch = np.empty(rows * max(stage.layer.d_out for stage in stages), dtype)
        one = number(1.0, dtype)
        found: list[Operation] = []
        for i, (stage, unit) in enumerate(zip(stages, units, strict=True)):
            below, y = y, np.empty((rows, stage.layer.d_out), dtype)
            W, b = stage.layer.params["W"], stage.layer.params["b"]
            folded = tuning.sigmoid == "exp" and type(unit) is Sigmoid
            if folded:
                W, b = -W, -b
            if i == 0:
                found.append(partial(np.dot, self.columns.T, np.vstack([W, b]), y))
            else:
                repeated = np.tile(b, (rows, 1))
                found += [partial(np.dot, below, W, y), partial(np.add, y, repeated, y)]
            if folded:
                found += [partial(np.exp, y, y), partial(np.add, y, one, y),
                          partial(np.divide, one, y, y)]  # fmt: skip
            else:
                found += table[type(unit)].f(y, scratch[: y.size].reshape(y.shape))
        found += table[type(mean)].f(y, scratch[: y.size].reshape(y.shape))
        self.rows, self.operations, self.r = rows, found, y

    def compute(self, x: NDArray, over: float, out: NDArray, starts: range) -> None:
        """Write (r(x) − x) / over of the blocks that begin at `starts` into `out`."""
        for start in starts:
            block = x[start : start + self.rows]
            self.columns[:-1, : len(block)] = block.T  # the columns behind these are not read
            for operation in self.operations:
                operation()
            part = out[start : start + self.rows]
            np.subtract(self.r[: len(block)], block, out=part)
            part /= over
