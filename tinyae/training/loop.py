"""The loop over the epochs of one model, which hands out each epoch's steps to its caller.

`loop` is a generator: it yields a `Turn`, the caller trains the model for this epoch and sends the
loss back. `fit` runs one loop (`run`) or those of several models together (`several.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tinyae.nn.trainable import Trainable
from tinyae.training.checkpoint import Checkpoint
from tinyae.training.divergence import diverged
from tinyae.training.facts import facts_of
from tinyae.training.history import History
from tinyae.training.optimizers import Optimizer
from tinyae.training.options import Answers
from tinyae.training.place import Place
from tinyae.training.progress_line import ProgressLine
from tinyae.training.rows import Rows, mean_loss
from tinyae.training.state import TrainingState
from tinyae.training.tuning import Tuning


@dataclass(frozen=True)
class Settings:
    """The arguments of `fit` that are the same for all models, checked."""

    optimizer: Optimizer
    epochs: int
    batch_size: int
    core: str
    same_draws: bool | None
    threads: int | str | None
    tuning: Tuning | None
    shuffle: bool
    validation: Any
    patience: int | None
    callback: Callable[[int, Any, History], bool | None] | None
    verbose: bool | None
    path: Path | None
    seconds: float


@dataclass(frozen=True)
class Task:
    """What `fit` trains one model on.

    rng : as it was given
    rows, held_out : to train on, and for the validation or None
    training : streams and optimizer of this training
    whose : names the model in the progress line, if it is one of several
    """

    model: Trainable
    rng: np.random.Generator | int
    rows: Rows
    held_out: Rows | None
    training: TrainingState
    whose: str = ""


@dataclass(frozen=True)
class Turn:
    """One epoch of one model, with what `epoch` of its steps takes."""

    rows: Rows
    epoch: int
    epochs: int
    order: np.random.Generator | None
    noise: np.random.Generator
    place: Place
    pause: Callable[[], None] | None


Loop = Generator[Turn, tuple[float, int], History]


def loop(task: Task, settings: Settings, steps: Any, core: str) -> Loop:
    """Yield the turns of a training, take (mean loss, batches) of each, and return the history.

    Parameters
    ----------
    steps : what runs the epochs. Its `memory` is the optimizer's state, which a checkpoint restores
    core : `History.core` for it

    Raises
    ------
    DivergenceError
        If the loss or the parameters are no longer finite.
    """
    model, rows, held_out, training = task.model, task.rows, task.held_out, task.training
    optimizer, epochs, patience = settings.optimizer, settings.epochs, settings.patience
    seed: Any = task.rng  # for the noise of the validation
    if held_out is not None and isinstance(task.rng, np.random.Generator):
        seed = int(task.rng.integers(2**63))
    model.begin(*rows)
    chosen: dict[str, Any] = {it: getattr(steps, it, None) for it in ("threads", "tuning")}
    place, answers, saved = Place(History(core=core, **chosen)), Answers(), None
    if settings.path is not None:
        noted = {
            "optimizer": optimizer, "epochs": epochs, "batch_size": settings.batch_size,
            "core": core, "same_draws": settings.same_draws, **chosen,
            "shuffle": settings.shuffle, "patience": patience,
        }  # fmt: skip
        facts = facts_of(model, rows, held_out, training, rng=task.rng, settings=noted,
                         validation=settings.validation, callback=settings.callback)  # fmt: skip
        saved = Checkpoint(settings.path, settings.seconds, facts, model, steps, training, place)
        saved.begin()  # goes on from the file if there is one
    history, pause = place.history, None if saved is None else saved.offer
    left = place.epochs_left(epochs)
    line = ProgressLine(epochs, settings.verbose)
    try:
        for epoch in left:
            if place.before is None:
                place.before = model.theta.copy()
            order = training.order if settings.shuffle else None
            loss, batch = yield Turn(rows, epoch, epochs, order, training.noise, place, pause)
            held_loss = 0.0
            if held_out is not None and np.isfinite(loss):
                with np.errstate(over="ignore", invalid="ignore", under="ignore"):
                    held_loss = mean_loss(model, held_out, settings.batch_size, seed)
            if not np.isfinite(loss + held_loss):
                kept = place.best[1] if patience is not None and place.best else None
                model.check_rows(*rows)  # were the rows changed since they were checked?
                raise diverged(model, place.before, kept, optimizer, epoch, batch, history)
            history.loss.append(loss)
            if held_out is not None:
                lowest = min(history.validation, default=np.inf)
                history.validation.append(held_loss)
                if model.comparable_loss and held_loss < lowest:
                    place.best = epoch, model.theta.copy()
                    history.best_epoch = epoch
            place.next_epoch()
            line.update(history, task.whose)
            if settings.callback is not None:
                if answers.end(settings.callback(epoch, model, history)):
                    history.stopped = "callback"
                    break
            if patience is not None and epoch - (history.best_epoch or 0) >= patience:
                history.stopped = "patience"
                break
            if pause is not None:
                pause()
        if saved is not None and left:
            saved.write_or_warn()
    except KeyboardInterrupt:
        history.stopped = "interrupted"
        place.keep_whole_epochs(held_out is not None)
        model.project()
    finally:
        history.seconds = place.seconds + time.perf_counter() - line.start
        line.close()
        model.progress = 1.0
        if patience is not None and place.best is not None:
            model.theta[...] = place.best[1]
            history.restored = True
        training.memory = None if history.stopped == "diverged" else steps.memory
        training.tuning = history.tuning or training.tuning
        model.training = training
        if saved is not None:
            saved.end()
    history.dead = model.dead_units(*rows)
    return history


def run(training: Loop, steps: Any) -> History:
    """Run the loop of one model to its end, with these steps, and return its history."""
    proceed: Callable[[], Turn] = partial(next, training)
    try:
        while True:
            try:
                turn = proceed()
            except StopIteration as end:
                history: History = end.value
                return history
            try:
                with np.errstate(over="ignore", invalid="ignore", under="ignore"):
                    found = steps.epoch(turn.rows, turn.epoch, turn.epochs, turn.order, turn.noise,
                                        turn.place, turn.pause)  # fmt: skip
                proceed = partial(training.send, found)
            except BaseException as error:  # of the steps, such as Ctrl-C: it ends the loop
                proceed = partial(training.throw, error)
    finally:
        training.close()
