"""How far a training is: the epoch, the batches of it that are done, and what is kept of before.

`fit` goes on from a `Place`. Together with theta, the streams and the optimizer's state it is all
that a checkpoint has to hold (`training/checkpoint.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tinyae.text import fields_in_short
from tinyae.training.history import History


@dataclass(repr=False)
class Place:
    """The place of a training in its epochs.

    Attributes
    ----------
    history : of the epochs that are done
    epoch : the epoch that comes next or is being trained, from 1
    losses : losses of the batches of this epoch that are done
    index : order (n,) of the rows in this epoch; None if it is not drawn yet, or not needed
    before : theta at the start of this epoch; None if it has not started
    best : the epoch with the lowest validation loss, and theta after it; None without one
    seconds : wall-clock time of the training before this call of `fit`
    """

    history: History = field(default_factory=History)
    epoch: int = 1
    losses: list[float] = field(default_factory=list)
    index: NDArray | None = None
    before: NDArray | None = None
    best: tuple[int, NDArray] | None = None
    seconds: float = 0.0

    __repr__ = fields_in_short

    def order_of_rows(self, order: np.random.Generator | None, n: int) -> NDArray | None:
        """Return the order of the n rows in this epoch, drawn once; None is the given order."""
        if order is not None and self.index is None:
            self.index = order.permutation(n)
        return self.index

    def mean_loss(self, batch_size: int, n: int) -> float:
        """Return the mean of the batch losses of a whole epoch, weighted by the batch lengths."""
        full, losses = n // batch_size, np.array(self.losses)
        whole, rest = losses[:full].sum(), losses[full:].sum()
        return float(whole * batch_size + rest * (n - full * batch_size)) / n

    def epochs_left(self, epochs: int) -> range:
        """Return the epochs that are to be trained; none if the training has ended before."""
        return range(self.epoch, epochs + 1) if self.history.stopped == "epochs" else range(0)

    def next_epoch(self) -> None:
        """Forget what belongs to the epoch that is done."""
        self.epoch, self.losses, self.index, self.before = self.epoch + 1, [], None, None

    def keep_whole_epochs(self, validated: bool) -> None:
        """After an interruption, leave out of the history what was noted of an epoch in part."""
        if validated:
            del self.history.loss[len(self.history.validation) :]
        self.history.best_epoch = self.best[0] if self.best else None
