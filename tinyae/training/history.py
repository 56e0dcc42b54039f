"""The record of a training run, and the error that is raised if training diverges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.text import html_table
from tinyae.training.tuning import Tuning


@dataclass
class History:
    """Losses by epoch and how training ended.

    Attributes
    ----------
    loss : mean of the batch losses of each epoch, computed while the parameters change
    validation : loss on the validation rows after each epoch; empty without validation
    seconds : wall-clock time; that of all models if a list was trained side by side
    stopped : "epochs", "patience", "callback", "interrupted" or "diverged"
    best_epoch : epoch (from 1) with the lowest validation loss; None without validation, or if the
        model's losses cannot be compared between epochs
    restored : whether patience restored the parameters of the best epoch
    dead : which units are constant over the training rows (at most 1000 of them are used); None if
        the model does not know
    core : begins with "layers" or "vectorized". After a colon follows the reason if "auto" chose
        the layers, and how the models of a list were trained
    threads : on how many threads the vectorized core has trained; None if none were asked for, and
        for models that are not shared out
    tuning : how the vectorized core has computed, see `Tuning`; None with the layers
    """

    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    seconds: float = 0.0
    stopped: str = "epochs"
    best_epoch: int | None = None
    core: str = "layers"
    restored: bool = False
    dead: NDArray[np.bool_] | None = None
    threads: int | None = None
    tuning: Tuning | None = None

    def __repr__(self) -> str:
        text = f"History(epochs={len(self.loss)}"
        for name in ("loss", "validation"):
            if values := getattr(self, name):
                text += f", {name}={values[0]:.6g} -> {values[-1]:.6g}"
        if self.best_epoch is not None:
            text += f", best_epoch={self.best_epoch}"
        return f"{text}, seconds={self.seconds:.1f}, stopped={self.stopped!r})"

    def _repr_html_(self) -> str:
        """Return HTML for a notebook: a table of the first, the best and the last epoch."""
        named = {"first": 1, "best": self.best_epoch, "last": len(self.loss)} if self.loss else {}
        rows = [
            (name, i, *(f"{v[i - 1]:.6g}" if v else "" for v in (self.loss, self.validation)))
            for name, i in named.items()
            if i is not None
        ]
        return html_table(str(self), ("", "epoch", "loss", "validation"), rows)

    def __str__(self) -> str:
        """Return one line. Its last numbers belong to the current parameters of the model."""
        if not self.loss:
            return f"no epoch was finished ({self.stopped})"
        on = {None: "", 1: " on 1 thread"}.get(self.threads, f" on {self.threads} threads")
        text = f"{len(self.loss)} epochs in {self.seconds:.1f} s{on}, ended by {self.stopped}; "
        held, best = self.validation, self.best_epoch
        last = best if self.restored and best is not None else len(self.loss)
        if last < len(self.loss):
            text += f"the model is that of epoch {best}, the best: "
        text += f"loss {self.loss[0]:.6g} -> {self.loss[last - 1]:.6g}"
        if held:
            text += f", validation {held[0]:.6g} -> {held[last - 1]:.6g}"
        if held and best is not None and best != last:
            text += f" (the best, {held[best - 1]:.6g} in epoch {best}, was not kept)"
        if self.stopped == "interrupted" and not self.restored:
            text += " (of the last whole epoch)"
        if self.dead is not None and self.dead.any():
            text += f"; {self.dead.sum()} of {self.dead.size} units are dead (constant output)"
        return text


class DivergenceError(ArithmeticError):
    """Loss or parameters became infinite or NaN. `history` holds the epochs before that."""

    def __init__(self, message: str, history: History):
        super().__init__(message)
        self.history = history

    def __reduce__(self) -> tuple[Any, ...]:
        # By default an exception is unpickled from `args`, which holds the message alone. That
        # fails here, so that a process pool could not return this error.
        return type(self), (*self.args, self.history), self.__dict__
