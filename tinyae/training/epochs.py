"""One epoch of mini-batches with the model's own layers: one optimizer step for each batch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinyae.nn.trainable import Trainable, evaluate
from tinyae.training.optimizers import Optimizer
from tinyae.training.place import Place
from tinyae.training.rows import Rows


class LayerSteps:
    """The training steps of `fit(core="layers")`, for any model and any optimizer.

    The vectorized core, `Core` in `core/core.py`, has the same method `epoch`.
    """

    def __init__(
        self, model: Trainable, optimizer: Optimizer, batch_size: int, memory: dict | None = None
    ):
        self.model, self.optimizer, self.batch_size = model, optimizer, batch_size
        self.memory = optimizer.start(model.theta) if memory is None else memory
        warm_allocator()

    def epoch(
        self,
        rows: Rows,
        epoch: int,
        epochs: int,
        order: np.random.Generator | None,
        noise: np.random.Generator,
        place: Place | None = None,
        pause: Callable[[], None] | None = None,
    ) -> tuple[float, int]:
        """Train on all rows once; return the mean loss and the number of batches.

        The mean loss is the mean of the batch losses, weighted by the batch lengths. `rows` were
        checked before. `order` draws the order of the rows; None means the given order. `noise` is
        the generator for the model's noise. If the loss of a batch is not finite, the epoch ends
        there and this loss is returned. Batches that are done according to `place` are left out.
        `pause` is called after each batch, when `place` tells which batches are done.
        """
        model, size, n = self.model, self.batch_size, len(rows[0])
        model.check_packed()
        batches = -(-n // size)
        place = Place() if place is None else place
        index = place.order_of_rows(order, n)
        for i in range(len(place.losses), batches):
            part = slice(i * size, (i + 1) * size)
            batch = [r[part] if index is None else r[index[part]] for r in rows]
            model.progress = (epoch - 1 + i / batches) / epochs
            loss = evaluate(model, batch, noise)  # sets model.grad
            if not np.isfinite(loss):
                return loss, i + 1
            self.optimizer.step(model.theta, model.grad, self.memory, model.progress)
            model.project()
            place.losses.append(float(loss))
            if pause is not None:
                pause()
        model.progress = epoch / epochs
        finite = np.isfinite(model.theta).all()
        return (place.mean_loss(size, n) if finite else np.nan), batches

    def restore(self, memory: dict) -> None:
        """Set the state of the optimizer to that of a checkpoint."""
        self.memory.update(memory)


def warm_allocator() -> None:
    """Make the C library keep freed memory instead of returning it to the system at every step.

    glibc returns a freed block above 128 kB to the system at once, until a larger block has been
    freed. Layers allocate such blocks at every step, and new pages from the system would make the
    training of a small network several times slower. So a large block is allocated and freed here;
    it is never written to.
    """
    np.empty(31 << 20, np.uint8)
