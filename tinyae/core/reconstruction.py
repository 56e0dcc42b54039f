"""r(x) = g(f(x)) at very many points, such as a grid (14.1), computed in blocks.

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

BLOCK = 1 << 16  # activations of the widest layer in a block
WIDEST = 512  # for wider layers, a block would have too few rows for fast products
WORTH = 4  # with fewer blocks, making buffers costs more time than it saves


def reconstruct(model: Any, x: NDArray) -> NDArray:
    """Return what `model.reconstruct(x)` returns, for x (n, d) that was checked.

    If x has many rows and the model is a chain of narrow dense layers, it is computed in blocks on
    buffers, else with the layers. Do not use this function for a subclass that overrides `encode`,
    `decode` or `reconstruct`.
    """
    stages = _narrow_stages(model)
    if stages is not None:
        widest = max(model.d_in, *(stage.layer.d_out for stage in stages))
        rows = BLOCK // widest
        if len(x) >= WORTH * rows:
            r = _in_blocks(model, stages, x, rows)
            if np.isfinite(r).all():
                return r
    return model.reconstruct(x)  # raises the right error if something is wrong


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


def _in_blocks(model: Any, stages: list[Stage], x: NDArray, rows: int) -> NDArray:
    """Compute all blocks with the same operations on the same buffers.

    The examples are columns for the first stage, with a row of ones below, so that x W + b is one
    product. The other biases are repeated for each row, because broadcasting over short rows is
    slow.
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
        columns[:-1, : len(block)] = block.T  # results of the columns behind these are not read
        for operation in operations:
            operation()
        out[start : start + rows] = y[: len(block)]
    return out
