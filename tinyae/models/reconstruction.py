"""r(x) = g(f(x)) at very many points, such as a grid (14.1): block by block, without temporaries.

A field on 400 × 400 points through 64 units has ten million activations. A pass over all of them
at once writes and reads 41 MB several times; a block of them stays in the cache.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.models.stages import Stage, stages_of
from tinyae.nn.inplace import UNITS, Operation, activate
from tinyae.nn.parameters import joined

BLOCK = 1 << 16  # activations of the widest layer at a time
WIDEST = 512  # units from which on the products take the time, and turning rows would not pay
WORTH = 4  # blocks from which on it pays to make buffers


def reconstruct(model, x: NDArray) -> NDArray:
    """Return what `model.reconstruct(x)` returns, for x (n, d) that was checked.

    Where x is long and the model a chain of narrow untied dense layers it goes through buffers,
    block by block; else through the layers.
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
    except ValueError:
        return None
    narrow = all(s.source is None and s.layer.d_out <= WIDEST for s in stages)
    fits = narrow and model.d_in <= WIDEST and type(model.output.mean) in UNITS
    return stages if fits else None


def _in_blocks(model, stages: list[Stage], x: NDArray, rows: int) -> NDArray:
    """An example in each column, as in the core: W and b are then one matrix."""
    scratch = np.empty(max(rows * stage.layer.d_out for stage in stages), x.dtype)
    operations: list[Operation] = []
    first = y = np.ones((model.d_in + 1, rows), x.dtype)
    for stage in stages:
        below, y = y, np.ones((stage.layer.d_out + 1, rows), x.dtype)
        a = y[:-1]
        operations.append(partial(np.dot, joined(stage.layer.params).T, below, a))
        operations += activate(stage.unit, a, scratch[: a.size].reshape(a.shape))
    r = y[:-1]
    operations += activate(model.output.mean, r, scratch[: r.size].reshape(r.shape))
    out = np.empty_like(x)
    for start in range(0, len(x), rows):
        block = x[start : start + rows]
        first[:-1, : len(block)] = block.T  # what is left beside it of an earlier block is not read
        for operation in operations:
            operation()
        out[start : start + rows] = r[:, : len(block)].T
    return out
