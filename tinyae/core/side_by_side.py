"""Like models that are trained side by side: one NumPy call does the same operation for all.

In a small net, the fixed cost of a call is larger than its arithmetic. With K models of the same
description, each array of the vectorized core gets an axis of length K, and a step has the calls of
one model. Every model has its own rows, their own order and its own noise, which are those it would
have alone. So it ends with the parameters that it would have alone, up to rounding errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.core.block import Block
from tinyae.core.compiled import check_unchanged, parts_of
from tinyae.core.core import SLOTS_OF_A_MODEL, Core
from tinyae.core.filling import Noise, fill
from tinyae.core.stack import stacked
from tinyae.core.stages import stages_of
from tinyae.core.support import check_supported
from tinyae.nn.trainable import UnsupportedError
from tinyae.training.loop import Turn
from tinyae.training.memory import summed
from tinyae.training.optimizers import SGD, Adam
from tinyae.training.tuning import Tuning

LARGEST = 1 << 15  # numbers in an array of one model, above which calls cost little beside the rest


class SideBySide:
    """K like autoencoders, compiled for an optimizer and a batch size. `fit` calls `epoch`.

    Parameters
    ----------
    models : Autoencoders of one description. The theta of each is trained
    optimizer : SGD or Adam
    batch_size, n : number of rows of a batch, and of the data of each model
    same_draws, pairs : as `Core` has them
    memories : the optimizer's state of each model from an earlier training, or None
    tuning : how to compute; None is what suits this machine

    Raises
    ------
    UnsupportedError
        If the core does not support the models, or not side by side. The message names the part.
    """

    def __init__(
        self,
        models: Sequence[Any],
        optimizer: SGD | Adam,
        batch_size: int,
        n: int,
        *,
        same_draws: bool | None = None,
        memories: Sequence[dict | None] | None = None,
        pairs: bool = False,
        tuning: Tuning | None = None,
    ):
        check_supported(models[0], optimizer)
        for model in models:
            model.check_packed()
        self.models, rows = list(models), min(batch_size, n)
        self.compiled = [parts_of(model, SLOTS_OF_A_MODEL) for model in models]
        stages, _ = stages_of(models[0])
        widest = rows * max(models[0].d_in, *(stage.layer.d_out for stage in stages))
        if widest > LARGEST:
            raise UnsupportedError(
                f"arrays of {widest} numbers, which are faster one model after another"
            )
        memory = _joined(optimizer, self.models, memories or [None] * len(self.models), rows)
        self.stack = stacked(self.models)
        self.core = Core(self.stack, optimizer, batch_size, n, same_draws=same_draws,
                         memory=memory, pairs=pairs, tuning=tuning)  # fmt: skip
        self.tuning = self.core.tuning
        self.filled = [
            (block, [block.buffers.of_model(k) for k in range(len(self.models))])
            for block in (self.core.block, self.core.last)
            if isinstance(block, Block)
        ]

    def epoch(self, turns: Sequence[Turn]) -> list[tuple[float, int]]:
        """Train each model on its rows once; return what `Core.epoch` returns for each.

        A model whose loss is not finite does not change the others, which go on. After an
        interruption, each model has the parameters of that moment; a step may be half done.
        """
        core, count = self.core, len(self.models)
        for model, parts in zip(self.models, self.compiled, strict=True):
            check_unchanged(model, parts)
        n, size = len(turns[0].rows[-1]), core.batch_size
        epoch, epochs = turns[0].epoch, turns[0].epochs
        indices = [turn.place.order_of_rows(turn.order, n) for turn in turns]
        full, batches = n // size, -(-n // size)
        losses, i = np.empty((batches, count)), 0
        thetas = core.model.theta.reshape(count, -1)
        for row, model in zip(thetas, self.models, strict=True):
            row[...] = model.theta  # a callback may have changed it
        try:
            while i < batches:
                block, views = self.filled[0 if i < full else -1]
                done = min(block.slots, full - i) if i < full else 1
                part = slice(i * size, min((i + done) * size, n))
                progress = [(epoch - 1 + j / batches) / epochs for j in range(i, i + done)]
                for turn, index, view in zip(turns, indices, views, strict=True):
                    x, x_noisy = turn.rows[-1], turn.rows[0] if core.plan.pairs else None
                    noise = Noise(view.eps, view.betas)
                    noise.draw(core.plan, block.rows, turn.noise, progress, x_noisy is None)
                    fill(core.plan, view, x, part if index is None else index[part], noise,
                         slice(None), progress, x_noisy)  # fmt: skip
                core.steps.prepare(progress)
                losses[i : i + done] = block.run(done)
                i += done
        finally:
            gradients = core.model.grad.reshape(count, -1) / core.model.dtype.type(size)
            for model, theta, gradient in zip(self.models, thetas, gradients, strict=True):
                model.theta[...], model.grad[...] = theta, gradient
        for model in self.models:
            model.progress = epoch / epochs
        return [self._ended(k, losses[:, k], n) for k in range(count)]

    def memory(self, k: int) -> dict:
        """Return the state of the optimizer of model k, for its next training."""
        found = self.core.memory
        each = {
            name: value.reshape(len(self.models), -1)[k].copy()
            for name, value in found.items()
            if isinstance(value, np.ndarray)
        }
        return {**found, **each}

    def _ended(self, k: int, losses: NDArray, n: int) -> tuple[float, int]:
        """Return the mean loss of model k in this epoch, or its first loss that is not finite."""
        size, wrong = self.core.batch_size, np.flatnonzero(~np.isfinite(losses))
        if len(wrong):
            return float(losses[wrong[0]]), int(wrong[0]) + 1
        weights = np.minimum(size, n - size * np.arange(len(losses)))
        finite = np.isfinite(self.models[k].theta).all()
        return (float(losses @ weights) / n if finite else np.nan), len(losses)


def _joined(
    optimizer: SGD | Adam, models: Sequence[Any], memories: Sequence[dict | None], rows: int
) -> dict:
    """Return the optimizer's states of all models as one, in the form of the core."""
    each = [
        summed(optimizer, optimizer.start(model.theta) if memory is None else memory, rows)
        for model, memory in zip(models, memories, strict=True)
    ]
    if len({(memory["t"], memory["flushed"]) for memory in each}) > 1:
        raise UnsupportedError("models after different numbers of steps")
    arrays = [name for name, value in each[0].items() if isinstance(value, np.ndarray)]
    return {**each[0], **{name: np.concatenate([m[name] for m in each]) for name in arrays}}
