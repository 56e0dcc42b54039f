"""The plan of the vectorized core: its settings, which are fixed before buffers are allocated.

A plan refers to settings, layers and arrays, but not to the `Core` that made it. So the buffers
are not part of a reference cycle, and their memory is freed at the end of `fit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.core.stages import Stage
from tinyae.core.steps import Steps
from tinyae.core.units import Unit
from tinyae.criterion.code import Code
from tinyae.criterion.corruption import Corruption
from tinyae.criterion.output import Output
from tinyae.criterion.penalties import Penalty
from tinyae.nn.activations import Elementwise


@dataclass(frozen=True)
class Plan:
    """A compiled model, for blocks of any number of rows.

    stages, encoders : affine maps with their units, and the number of those in the encoder
    d_in, dtype, batch_size : width and dtype of x, number of rows of a full batch
    narrow : whether the net is narrow enough that columns are faster than rows
    columns : whether each example is a column of the buffers: in narrow nets, on one thread
    output, corruption, penalties, code : the slots of the model
    units : the table of the units, see `units_of`
    grad : the model's gradient
    steps : the steps of the optimizer
    same_draws : whether the noise is exactly that of the layers
    pairs : whether the rows are (x_noisy, x)
    project : function that is called after each step, or None
    """

    stages: list[Stage]
    encoders: int
    d_in: int
    dtype: np.dtype
    batch_size: int
    narrow: bool
    columns: bool
    output: Output
    corruption: Corruption | None
    penalties: tuple[Penalty, ...]
    code: Code | None
    units: dict[type[Elementwise], Unit]
    grad: NDArray
    steps: Steps
    same_draws: bool
    pairs: bool
    project: Callable[[], None] | None

    @property
    def models(self) -> tuple[int, ...]:
        """(K,) if K models are trained side by side, else (). All arrays have these axes."""
        return self.stages[0].layer.params["W"].shape[:-2]

    @property
    def widths(self) -> list[int]:
        """Width of the input and of every stage after it. No other array is wider."""
        return [self.d_in, *(stage.layer.d_out for stage in self.stages)]


@dataclass(frozen=True)
class Share:
    """What one of several threads does of each batch.

    index, threads : number of the thread, from 0, and how many there are
    rows : which rows of the batch are its own
    whole : the `Buffers` of whole batches, of which those of the thread are views
    sums : sums over the rows of each thread, which the others read: arrays (threads, units), in the
        order in which the penalties ask for them
    """

    index: int
    threads: int
    rows: slice
    whole: Any
    sums: dict[int, NDArray]


class Projection:
    """Calls the model's `project` after each step, with the progress of that step."""

    def __init__(self, model: Any):
        self.model = model
        self.ahead: Iterator[float] = iter(())

    def expect(self, progress: list[float]) -> None:
        """Store the progress of the next steps."""
        self.ahead = iter(progress)

    def __call__(self) -> None:
        """Set the model's progress and project its parameters."""
        self.model.progress = next(self.ahead)
        self.model.project()
