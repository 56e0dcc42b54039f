"""The vectorized core: a training step as a list of operations on buffers that are made once.

It is the mathematics of `Autoencoder.objective` (14.1, 14.2, 14.9 to 14.11, 14.18) and of the
optimizers, number for number, for chains of dense layers. What changes is where the numbers lie and
how often NumPy is called. `core/buffers.py` has the arrays and `core/block.py` the operations of a
step; the pieces of these are in `linear`, `units`, `outputs` and `penalties`, those of the
optimizer in `steps`, and here is the loop over an epoch, that of `LayerSteps` in
`training/epochs.py`.

What pays, and why (tutorial 13 takes these steps one by one; µs of a float32 step of 2-64-2 with
100 rows on one core, where the five products take 4, the layers 70 and this core 15):

- Fewer calls. NumPy takes a quarter of a µs for each call before it computes anything; the layers
  need about a hundred a step, the core 20, and their arguments are bound once.
- Columns. With an example in each column, W and b lie in theta as one matrix, and a row of ones
  under x̃ makes x W + b, and the gradients of both, one product each: a fifth of the step. Wide
  inputs keep their rows, since turning a batch around would cost more than it saves.
- A block is gathered, shuffled and spoilt with noise in one go, and a batch is a view of it (5 µs).
- 1/B, the rate and Adam's corrections are one scalar of the step (`core/steps.py`), and the loss is
  a few dot products at which nobody looks before the block is done.
- No temporaries. That is the smallest gain here, a twentieth, and a larger one where arrays outgrow
  the cache. All together a step of tied 784-256-784 with 128 rows takes 2.4 ms instead of 4.1; the
  products alone take 1.8.
- A tied W's gradient x̃ᵀ g + gᵀ h is one product [x̃; g]ᵀ [g; h] of arrays that lie one below the
  other, not two and a sum.
- `np.dot` with `out` asks less of NumPy than `np.matmul` does (.4 instead of .6 µs for small ones).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.core.block import Block
from tinyae.core.plan import Plan, Projection
from tinyae.core.stages import stages_of
from tinyae.core.steps import Steps
from tinyae.core.support import check_supported
from tinyae.nn.trainable import Trainable, inherits

BLOCK_BYTES = 1 << 18  # of clean rows: with noise and targets a block still fits a core's cache
SLOTS = 128  # batches a block at most
NARROW, COLUMNS = 32, 400  # inputs, and units of the widest layer, up to which columns pay
SLOTS_OF_A_MODEL = ("theta", "output", "corruption", "penalties", "code", "head")


class Core:
    """An autoencoder, compiled for an optimizer and a batch size: `epoch` is what `fit` calls.

    Parameters
    ----------
    model : an Autoencoder; its theta is what is trained, its grad is where the gradient lies
    optimizer : SGD or Adam
    batch_size, n : rows of a batch and of the data
    same_draws : draw noise as the layers do from the same generator. By default in float64 only,
        see `core/noise.py`
    memory : the optimizer's, of an earlier training that this one continues
    pairs : whether rows are (x_noisy, x)

    Raises
    ------
    UnsupportedError
        If the core does not run such a model; the message says what it is in it.
    """

    def __init__(
        self,
        model,
        optimizer,
        batch_size: int,
        n: int,
        *,
        same_draws: bool | None = None,
        memory: dict | None = None,
        pairs: bool = False,
    ):
        check_supported(model, optimizer)
        model.check_packed()
        self.model, self.batch_size = model, min(batch_size, n)
        self.compiled = {name: getattr(model, name) for name in SLOTS_OF_A_MODEL}
        stages, encoders = stages_of(model)
        widths = [model.d_in] + [stage.layer.d_out for stage in stages]
        self.columns = (
            all(stage.source is None for stage in stages)
            and model.d_in <= NARROW
            and max(widths) <= COLUMNS
        )
        bytes_of_a_batch = self.batch_size * model.d_in * model.dtype.itemsize
        slots = max(1, min(SLOTS, n // self.batch_size, BLOCK_BYTES // bytes_of_a_batch))
        self.steps = Steps(optimizer, model.theta, model.grad, self.batch_size, slots, memory)
        self.projection = None if inherits(model, Trainable, "project") else Projection(model)
        self.plan = Plan(
            stages=stages,
            encoders=encoders,
            d_in=model.d_in,
            dtype=model.dtype,
            batch_size=self.batch_size,
            columns=self.columns,
            output=model.output,
            corruption=model.corruption,
            penalties=model.penalties,
            grad=model.grad,
            steps=self.steps,
            same_draws=model.dtype == np.float64 if same_draws is None else same_draws,
            pairs=pairs,
            project=self.projection,
        )
        self.block = Block(self.plan, self.batch_size, slots)
        rest = n % self.batch_size
        self.last = Block(self.plan, rest, 1) if rest else None

    def epoch(
        self,
        rows,
        epoch: int,
        epochs: int,
        order: np.random.Generator | None,
        noise: np.random.Generator,
    ) -> tuple[float, int]:
        """One pass over the rows: the mean batch loss, weighted by length, and the batches taken.

        `order` draws the order of the rows (None: as they come), `noise` the corruption. Ends with
        the first block in which a loss is not finite, and returns that loss.

        Raises
        ------
        RuntimeError
            If the model was changed since it was compiled: what was compiled would not follow.
        """
        self._check_unchanged()
        *noisy, x = rows
        n, size = len(x), self.batch_size
        index = None if order is None else order.permutation(n)
        full, batches = n // size, -(-n // size)
        losses = np.empty(batches)
        i = 0
        while i < batches:
            block = self.block if i < full else self.last
            count = min(block.slots, full - i) if i < full else 1
            part = slice(i * size, min((i + count) * size, n))
            progress = [(epoch - 1 + j / batches) / epochs for j in range(i, i + count)]
            block.fill(x, part if index is None else index[part], noise, progress, *noisy)
            self.steps.prepare(progress)
            if self.projection is not None:
                self.projection.expect(progress)
            losses[i : i + count] = block.run(count)
            wrong = np.flatnonzero(~np.isfinite(losses[i : i + count]))
            if len(wrong):
                return float(losses[i + wrong[0]]), i + int(wrong[0]) + 1
            i += count
        self.model.grad *= self.model.dtype.type(1.0 / size)
        self.model.progress = epoch / epochs
        total = losses[:full].sum() * size + losses[full:].sum() * (n - full * size)
        return (float(total) / n if np.isfinite(self.model.theta).all() else np.nan), batches

    def loss_and_grad(self, x: NDArray, x_tilde: NDArray) -> float:
        """What `Autoencoder.loss_and_grad` returns and sets if the corruption makes x̃ of x."""
        block = Block(self.plan, len(x), 1)
        block.buffers.clean[...] = x
        block.buffers.noisy[...] = x_tilde
        for operation in block.passes[0]:
            operation()
        self.model.grad *= self.model.dtype.type(1.0 / self.batch_size)
        return float(block.losses(1)[0])

    @property
    def memory(self) -> dict:
        """What the optimizer remembers."""
        return self.steps.memory()

    def _check_unchanged(self) -> None:
        """Raise RuntimeError if theta or a slot of the model is not the one that was compiled."""
        self.model.check_packed()
        for name, value in self.compiled.items():
            if getattr(self.model, name) is not value:
                raise RuntimeError(
                    f"the model's {name} was exchanged during training, which the vectorized core "
                    'does not follow; train with core="layers", or call fit again'
                )
