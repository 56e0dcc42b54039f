"""What the vectorized core settles once, before any buffer exists: read by its blocks, by no model.

A plan leads to settings, layers and arrays, never back to the `Core` that made it. So the buffers
of a training form no reference cycle: they are freed as soon as `fit` is done with them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinyae.core.stages import Stage
from tinyae.core.steps import Steps
from tinyae.criterion.corruption import Corruption
from tinyae.criterion.output import Output
from tinyae.criterion.penalties import Penalty


@dataclass(frozen=True)
class Plan:
    """A compiled model, for blocks of any number of rows.

    stages, encoders : affine maps with their units, and how many of them are the encoder's
    d_in, dtype, batch_size : width and dtype of x, rows of a full batch
    columns : whether an example lies in a column of the buffers
    output, corruption, penalties : the slots of the model
    grad : the model's gradient
    steps : the optimizer's
    same_draws : whether noise is drawn number for number as the layers draw it
    pairs : whether rows are (x_noisy, x)
    project : called after each step, or None
    """

    stages: list[Stage]
    encoders: int
    d_in: int
    dtype: np.dtype
    batch_size: int
    columns: bool
    output: Output
    corruption: Corruption | None
    penalties: tuple[Penalty, ...]
    grad: NDArray
    steps: Steps
    same_draws: bool
    pairs: bool
    project: Callable[[], None] | None

    @property
    def widths(self) -> list[int]:
        """Width of the input and of every stage after it."""
        return [self.d_in, *(stage.layer.d_out for stage in self.stages)]


class Projection:
    """A model's own `project`, called after each step at that step's progress."""

    def __init__(self, model):
        self.model = model
        self.ahead = iter(())

    def expect(self, progress: list[float]) -> None:
        """Note the progress at the steps that come next."""
        self.ahead = iter(progress)

    def __call__(self) -> None:
        """Let the model project its parameters."""
        self.model.progress = next(self.ahead)
        self.model.project()
