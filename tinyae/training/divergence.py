"""What happens when a training diverges: finite parameters come back, and an error says why."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.nn.trainable import Trainable
from tinyae.training.history import DivergenceError, History
from tinyae.training.optimizers import Optimizer


def diverged(
    model: Trainable,
    before: NDArray,
    best: NDArray | None,
    optimizer: Optimizer,
    epoch: int,
    batch: int,
    history: History,
) -> DivergenceError:
    """Restore finite parameters and return the error that says what went wrong.

    `before` is theta at the start of the epoch. `best` is theta of the best epoch if `fit` restores
    that one, else None.
    """
    largest = np.abs(model.theta).max()
    if np.isfinite(largest):
        cause = f"the loss overflowed while the largest parameter was {largest:.3g}"
    else:
        cause = "a step made parameters infinite or NaN"
    model.theta[...] = before if best is None else best
    state = "the start of that epoch"
    if best is not None:
        state = f"epoch {history.best_epoch}, the best on the validation rows"
    history.stopped = "diverged"
    return DivergenceError(
        f"training diverged in epoch {epoch}, batch {batch}: {cause}. The model was set back to "
        f"{state}. A smaller learning rate usually helps; it was {optimizer}",
        history,
    )
