"""r(x) = g(f(x)) at very many points, such as a grid (14.1): block by block, without temporaries.

A field on 400 × 400 points through 64 units has ten million activations. A pass over all of them
at once writes and reads 41 MB several times; a block of them stays in the cache.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.core.linear import joined
from tinyae.core.operations import Operation
from tinyae.core.stages import Stage, stages_of
from tinyae.core.units import UNITS
from tinyae.nn.trainable import UnsupportedError

BLOCK = 1 << 16  # activations of the widest layer at a time
WIDEST = 512  # units up to which a block has enough rows for its products to be quick
WORTH = 4  # blocks from which on it pays to make buffers


def reconstruct(model, x: NDArray) -> NDArray:
    """Return what `model.reconstruct(x)` returns, for x (n, d) that was checked.

    Where x is long and the model a chain of narrow dense layers it goes through buffers, block by
    block; else through the layers. Not for a subclass with an `encode`, `decode` or `reconstruct`
    of its own.
    """
    stages = _narrow_stages(model)
    if stages is not None:
        widest = max(model.d_in, *(stage.layer.d_out for stage in stages))
        rows = BLOCK // widest
        if len(x) >= WORTH * rows:
            r = _in_blocks(model, stages, x, rows)
            if np.isfinite(r).all():
                return r
    return model.reconstruct(x)  # which also says what is wrong, if anything is


def _narrow_stages(model) -> list[Stage] | None:
    """The model's stages, if they are such as `_in_blocks` takes."""
    model.check_packed()
    try:
        stages, _ = stages_of(model)
    except UnsupportedError:
        return None
    narrow = max(model.d_in, *(stage.layer.d_out for stage in stages)) <= WIDEST
    return stages if narrow and type(model.output.mean) in UNITS else None


def _in_blocks(model, stages: list[Stage], x: NDArray, rows: int) -> NDArray:
    """Every block through the same operations on the same buffers.

    A row of ones below x, which lies in columns, makes the first stage's x W + b one product.
    Other biases are repeated for each row: added to rows of two, they would cost as much as tanh.
    """
    first, *others = stages
    columns = np.ones((model.d_in + 1, rows), x.dtype)
    scratch = np.empty(rows * max(stage.layer.d_out for stage in stages), x.dtype)
    y = np.empty((rows, first.layer.d_out), x.dtype)
    operations: list[Operation] = [partial(np.dot, columns.T, joined(first.layer.params), y)]
    operations += UNITS[type(first.unit)].f(y, scratch[: y.size].reshape(y.shape))
    for stage in others:
        below, y = y, np.empty((rows, stage.layer.d_out), x.dtype)
        W, b = stage.layer.params["W"], np.tile(stage.layer.params["b"], (rows, 1))
        operations += [partial(np.dot, below, W, y), partial(np.add, y, b, y)]
        operations += UNITS[type(stage.unit)].f(y, scratch[: y.size].reshape(y.shape))
    operations += UNITS[type(model.output.mean)].f(y, scratch[: y.size].reshape(y.shape))
    out = np.empty_like(x, order="C")
    for start in range(0, len(x), rows):
        block = x[start : start + rows]
        columns[:-1, : len(block)] = block.T  # what an earlier block left after it is not read
        for operation in operations:
            operation()
        out[start : start + rows] = y[: len(block)]
    return out
