"""The end of a training whose loss no longer falls."""

from __future__ import annotations

import numpy as np

from tinyae.nn.trainable import Trainable
from tinyae.training.history import History


class Stalled:
    """A callback of `fit` that ends training once the loss has stopped falling.

    Parameters
    ----------
    tol : by which share of itself the lowest loss must fall within `patience` epochs. The loss is
        that on the validation rows if there are any
    patience : number of epochs
    """

    def __init__(self, tol: float, patience: int):
        self.tol, self.patience = tol, patience

    def __call__(self, epoch: int, model: Trainable, history: History) -> bool:
        """Return whether training ends after this epoch."""
        losses = history.validation or history.loss
        if len(losses) <= self.patience:
            return False
        before = min(losses[: -self.patience])
        return bool(np.min(losses[-self.patience :]) > before - self.tol * abs(before))
