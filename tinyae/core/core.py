"""The vectorized core: a training step as a list of operations on buffers that are made once.

For chains of dense layers, it computes the same as `Autoencoder.objective` (14.1, 14.2, 14.9 to
14.11, 14.18) and the optimizers, up to rounding errors. The memory layout and the number of NumPy
calls are different. `core/buffers.py` has the arrays, and `core/block.py` has the operations of a
step. Their parts are in `linear`, `units`, `outputs`, `codes` and `penalties`, and those of the
optimizer in `steps`. This module has the loop over an epoch, like `LayerSteps` in
`training/epochs.py`.

The core is faster for these reasons (tutorial 15 explains and measures them one by one):

- Fewer calls. Each NumPy call has a fixed cost before it computes anything. In small nets these
  costs dominate. The core needs about a fifth of the layers' calls, and binds arguments once.
- Columns. If each example is a column, W and b are one matrix in theta. With a row of ones below
  x̃, x W + b is one product, and so are the gradients of W and b. Wide inputs keep one example in
  each row, since transposing a batch would cost more time than it saves.
- Blocks. The rows of many batches are gathered, shuffled and corrupted at once. A batch is a view
  of the block.
- Scalars. 1/B, the learning rate and Adam's corrections are one factor (`core/steps.py`). The loss
  is a few dot products, which are read only at the end of a block.
- No temporary arrays. This matters most if arrays are larger than the cache.
- Tied weights. The gradient x̃ᵀ g + gᵀ h of a tied W is one product [x̃; g]ᵀ [g; h] of arrays that
  are stored one below the other.
- The method `dot` of an array has a smaller fixed cost than `np.dot`, and that than `np.matmul`.
- Slots share the objects of most operations, so that these stay in the cache.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.core.adaptation import adapted
from tinyae.core.block import Block
from tinyae.core.compiled import Compiled
from tinyae.core.parts import Parts
from tinyae.core.plan import Plan, Projection
from tinyae.core.stages import stages_of
from tinyae.core.steps import Steps
from tinyae.core.support import check_supported
from tinyae.core.units import units_of
from tinyae.nn.trainable import Trainable, inherits
from tinyae.numerics.threads import Team
from tinyae.training.optimizers import SGD, Adam
from tinyae.training.place import Place
from tinyae.training.tuning import Tuning

# In float32, the noise of a seed depends on these four numbers, so they are the same everywhere.
BLOCK_BYTES = 1 << 18  # size of a block's clean rows and its code's noise, to fit into the cache
SLOTS = 128  # maximal number of batches in a block
NARROW, COLUMNS = 32, 400  # largest d_in, and largest width, for which columns are faster than rows
SLOTS_OF_A_MODEL = ("theta", "output", "corruption", "penalties", "code", "head")


class Core(Compiled):
    """An autoencoder, compiled for an optimizer and a batch size. `fit` calls `epoch`.

    Parameters
    ----------
    model : an Autoencoder. Its theta is trained, and its grad holds the gradient
    optimizer : SGD or Adam
    batch_size, n : number of rows of a batch and of the data
    same_draws : whether the noise is exactly that of the layers with the same generator. The
        default is True in float64 only, see `core/noise.py`
    memory : the optimizer's state from an earlier training that this one continues, or None
    pairs : whether the rows are (x_noisy, x)
    threads : how many threads share each batch, with one BLAS thread each. None is the calling
        thread alone, and BLAS as it is
    tuning : how to compute, see `core/adaptation.py`; None is what suits this machine

    Raises
    ------
    UnsupportedError
        If the core does not support the model. The message names the part.
    """

    def __init__(
        self,
        model: Any,
        optimizer: SGD | Adam,
        batch_size: int,
        n: int,
        *,
        same_draws: bool | None = None,
        memory: dict | None = None,
        pairs: bool = False,
        threads: int | None = None,
        tuning: Tuning | None = None,
    ):
        check_supported(model, optimizer)
        model.check_packed()
        self.batch_size = min(batch_size, n)
        stages, encoders = stages_of(model)
        widths = [model.d_in] + [stage.layer.d_out for stage in stages]
        narrow = (
            all(stage.source is None for stage in stages)
            and model.d_in <= NARROW
            and max(widths) <= COLUMNS
        )
        self.columns = narrow and threads in (None, 1)
        width = model.d_in + (0 if model.code is None else model.d_code)  # with the code's noise
        bytes_of_a_batch = self.batch_size * width * model.dtype.itemsize
        slots = max(1, min(SLOTS, n // self.batch_size, BLOCK_BYTES // bytes_of_a_batch))
        self.tuning = adapted(model.dtype) if tuning is None else tuning
        steps = Steps(optimizer, model.theta, model.grad, self.batch_size, slots,
                      self.tuning.part_bytes, memory)  # fmt: skip
        super().__init__(model, steps, SLOTS_OF_A_MODEL)
        self.projection = None if inherits(model, Trainable, "project") else Projection(model)
        self.plan = Plan(
            stages=stages,
            encoders=encoders,
            d_in=model.d_in,
            dtype=model.dtype,
            batch_size=self.batch_size,
            narrow=narrow,
            columns=self.columns,
            output=model.output,
            corruption=model.corruption,
            penalties=model.penalties,
            code=model.code,
            units=units_of(self.tuning),
            grad=model.grad,
            steps=steps,
            same_draws=model.dtype == np.float64 if same_draws is None else same_draws,
            pairs=pairs,
            project=self.projection,
        )
        self.team = None if threads is None else Team(min(threads, self.batch_size))
        self.threads = None if self.team is None else self.team.threads
        self.block = self._block(self.batch_size, slots)
        rest = n % self.batch_size
        self.last = self._block(rest, 1) if rest else None

    def epoch(
        self,
        rows: tuple[NDArray, ...],
        epoch: int,
        epochs: int,
        order: np.random.Generator | None,
        noise: np.random.Generator,
        place: Place | None = None,
        pause: Callable[[], None] | None = None,
    ) -> tuple[float, int]:
        """Train on all rows once; return the mean loss and the number of batches.

        The mean loss is the mean of the batch losses, weighted by the batch lengths. `order` draws
        the order of the rows; None means the given order. `noise` draws corruption and code. If
        a loss is not finite, training ends after its block, and this loss is returned. Batches that
        are done according to `place` are left out. `pause` is called after each block, when `place`
        tells which batches are done.

        Raises
        ------
        RuntimeError
            If the model was changed since it was compiled, because the core would not use the
            change.
        """
        self.check_unchanged()
        with nullcontext() if self.team is None else self.team:
            return self.steps_of_epoch(rows, epoch, epochs, order, noise, place, pause)

    def steps_of_epoch(
        self,
        rows: tuple[NDArray, ...],
        epoch: int,
        epochs: int,
        order: np.random.Generator | None,
        noise: np.random.Generator,
        place: Place | None,
        pause: Callable[[], None] | None,
    ) -> tuple[float, int]:
        """Train on all rows once, as `epoch`, while the threads of the team are there."""
        *noisy, x = rows
        n, size = len(x), self.batch_size
        place = Place() if place is None else place
        index = place.order_of_rows(order, n)
        full, batches = n // size, -(-n // size)
        while (i := len(place.losses)) < batches:
            block = self.block if i < full else self.last
            assert block is not None, "made for the batches that there are"
            count = min(block.slots, full - i) if i < full else 1
            part = slice(i * size, min((i + count) * size, n))
            progress = [(epoch - 1 + j / batches) / epochs for j in range(i, i + count)]
            block.fill(x, part if index is None else index[part], noise, progress, *noisy)
            self.steps.prepare(progress)
            if self.projection is not None:
                self.projection.expect(progress)
            losses = block.run(count)
            wrong = np.flatnonzero(~np.isfinite(losses))
            if len(wrong):
                return float(losses[wrong[0]]), i + int(wrong[0]) + 1
            place.losses += losses.tolist()
            if pause is not None:
                pause()
        return self.end_epoch(place.mean_loss(size, n), epoch / epochs), batches

    def loss_and_grad(
        self, x: NDArray, x_tilde: NDArray, rng: np.random.Generator | None = None
    ) -> float:
        """Return the loss for x and a given x̃, and set grad, as `Autoencoder.loss_and_grad`.

        `rng` draws the noise of the code, if there is one.
        """
        # exp may overflow in a sigmoid, which gives the right value.
        ignored = np.errstate(over="ignore", under="ignore")
        with ignored, nullcontext() if self.team is None else self.team:
            loss = self._block(len(x), 1).gradient(x, x_tilde, rng, self.model.progress)
        self.model.grad *= self.model.dtype.type(1.0 / self.batch_size)
        return loss

    def _block(self, rows: int, slots: int) -> Block | Parts:
        """Return a new block: one for each thread, if there are several."""
        if self.team is None or self.team.threads == 1:
            return Block(self.plan, rows, slots)
        return Parts(self.plan, rows, slots, self.team)
