"""r(x) = g(f(x)) at very many points, such as a grid (14.1): block by block, without temporaries.

A field on 400 × 400 points through 64 units has ten million activations: a pass over all of them at
once writes and reads 41 MB several times, a block of them stays in the cache.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.models.stages import stages_of
from tinyae.nn.inplace import UNITS, Operation, activate
from tinyae.nn.parameters import joined

BLOCK = 1 << 16  # activations of the widest layer at a time
WIDEST = 512  # from here on the products take the time, and turning the rows around would not pay


class Reconstruction:
    """r for one model, compiled for blocks of rows where it is a chain of dense layers.

    Any other autoencoder goes through its own layers, block by block too.

    Parameters
    ----------
    model : an Autoencoder; later changes of its parameters are seen
    """

    def __init__(self, model):
        self.model = model
        widths = [model.d_in, model.d_code]
        try:
            self.stages, _ = stages_of(model)
            widths += [stage.layer.d_out for stage in self.stages]
            fits = all(stage.source is None for stage in self.stages)
            fits = fits and max(widths) <= WIDEST and type(model.output.mean) in UNITS
        except ValueError:
            fits = False
        self.rows = max(16, BLOCK // max(widths))
        self.operations: list[Operation] | None = self._compile(widths) if fits else None

    def _compile(self, widths: list[int]) -> list[Operation]:
        """An example in each column, as in the core: W and b are then one matrix."""
        rows, dtype = self.rows, self.model.dtype
        scratch = np.empty(rows * max(widths), dtype)
        found: list[Operation] = []
        x = self.x = np.ones((self.model.d_in + 1, rows), dtype)
        for stage in self.stages:
            y = np.ones((stage.layer.d_out + 1, rows), dtype)
            a = y[:-1]
            found.append(partial(np.dot, joined(stage.layer.params).T, x, a))
            found += activate(stage.unit, a, scratch[: a.size].reshape(a.shape))
            x = y
        self.r = x[:-1]
        return found + activate(self.model.output.mean, self.r, scratch)

    def __call__(self, x: NDArray) -> NDArray:
        """Return r(x), of x's shape (n, d), for rows that were checked."""
        self.model.check_packed()
        out = np.empty_like(x)
        for start in range(0, len(x), self.rows):
            block = x[start : start + self.rows]
            if self.operations is None:
                out[start : start + self.rows] = self.model.reconstruct(block)
                continue
            self.x[:-1, : len(block)] = block.T  # what is left of an earlier block does no harm
            for operation in self.operations:
                operation()
            out[start : start + self.rows] = self.r[:, : len(block)].T
        return out
