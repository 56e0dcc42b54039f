"""r(x) − x with r(x) = g(f(x)) at very many points, such as a grid (14.1), computed in blocks.

On a grid of 400 × 400 points, 64 units have ten million activations, which do not fit into the
cache. The activations of a block fit into it, and no temporary arrays are made.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.core.linear import joined
from tinyae.core.operations import Operation
from tinyae.core.stages import Stage, stages_of
from tinyae.core.units import UNITS
from tinyae.nn.trainable import UnsupportedError
from tinyae.numerics.threads import Team

BLOCK = 1 << 16  # activations of the widest layer in a block
WIDEST = 512  # for wider layers, a block would have too few rows for fast products
WORTH = 4  # with fewer blocks, making buffers costs more time than it saves


def residuals(model: Any, x: NDArray, over: float, threads: int | None = None) -> NDArray:
    """Return (r(x) − x) / over with r(x) = `model.reconstruct(x)`, for x (n, d) that was checked.

    If x has many rows and the model is a chain of narrow dense layers, it is computed in blocks on
    buffers, else with the layers. The blocks are shared out over the threads, of which each has one
    BLAS thread; None is the calling thread, and BLAS as it is. The number of threads does not
    change a bit. Do not use this function for a subclass that overrides `encode`, `decode` or
    `reconstruct`.
    """
    stages = _narrow_stages(model)
    if stages is not None:
        widest = max(model.d_in, *(stage.layer.d_out for stage in stages))
        rows = BLOCK // widest
        if len(x) >= WORTH * rows:
            r = _in_blocks(model, stages, x, over, rows, threads)
            if np.isfinite(r).all():
                return r
    r = model.reconstruct(x)  # raises the right error if something is wrong
    r -= x
    r /= over
    return r


def _narrow_stages(model: Any) -> list[Stage] | None:
    """Return the model's stages if `_in_blocks` supports them, else None."""
    model.check_packed()
    if model.mean_encoder is not model.encoder:  # the code h is not the output of the encoder
        return None
    try:
        stages, _ = stages_of(model)
    except UnsupportedError:
        return None
    narrow = max(model.d_in, *(stage.layer.d_out for stage in stages)) <= WIDEST
    return stages if narrow and type(model.output.mean) in UNITS else None


def _in_blocks(
    model: Any, stages: list[Stage], x: NDArray, over: float, rows: int, threads: int | None
) -> NDArray:
    """Compute all blocks. Each thread has its own buffers, and consecutive blocks."""
    out = np.empty_like(x, order="C")
    starts = range(0, len(x), rows)
    k = min(threads or 1, len(starts))
    jobs = [
        partial(Blocks(model, stages, rows, x.dtype).compute, x, over, out,
                starts[len(starts) * i // k : len(starts) * (i + 1) // k])
        for i in range(k)
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

    def __init__(self, model: Any, stages: list[Stage], rows: int, dtype: np.dtype):
        first, *others = stages
        self.columns = np.ones((model.d_in + 1, rows), dtype)
        scratch = np.empty(rows * max(stage.layer.d_out for stage in stages), dtype)
        y = np.empty((rows, first.layer.d_out), dtype)
        found: list[Operation] = [partial(np.dot, self.columns.T, joined(first.layer.params), y)]
        found += UNITS[type(first.unit)].f(y, scratch[: y.size].reshape(y.shape))
        for stage in others:
            below, y = y, np.empty((rows, stage.layer.d_out), dtype)
            W, b = stage.layer.params["W"], np.tile(stage.layer.params["b"], (rows, 1))
            found += [partial(np.dot, below, W, y), partial(np.add, y, b, y)]
            found += UNITS[type(stage.unit)].f(y, scratch[: y.size].reshape(y.shape))
        found += UNITS[type(model.output.mean)].f(y, scratch[: y.size].reshape(y.shape))
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
