"""Checks of the options of `fit`, and the choice between layers and vectorized core."""

from __future__ import annotations

import os
from collections.abc import Callable
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from tinyae.checks.callers import warn_caller
from tinyae.checks.numbers import takes, whole_number
from tinyae.files.paths import check_file, npz_path
from tinyae.files.replacement import check_replaceable
from tinyae.nn.trainable import Trainable, UnsupportedError
from tinyae.numerics.blas import warn_if_not_held
from tinyae.training.epochs import LayerSteps
from tinyae.training.memory import averaged
from tinyae.training.optimizers import Optimizer
from tinyae.training.rows import Rows
from tinyae.training.tuning import Tuning, check_kind


def check_optimizer(optimizer: Optimizer) -> None:
    """Raise TypeError unless `optimizer` has the methods `start` and `step`."""
    if isinstance(optimizer, type) or not (
        hasattr(optimizer, "step") and hasattr(optimizer, "start")
    ):
        raise TypeError(f"optimizer must be SGD(...) or Adam(...), got {optimizer!r}")


def check_callback(callback: Callable | None) -> None:
    """Raise TypeError unless `callback` is None or takes (epoch, model, history)."""
    if callback is not None and (
        isinstance(callback, type) or not callable(callback) or not takes(callback, 3)
    ):
        raise TypeError(
            f"callback must be a function (epoch, model, history), got {callback!r:.60}"
        )


def checked_patience(patience: int | None, model: Trainable, validation: object) -> int | None:
    """Return patience as an int or None. Raise ValueError if it cannot be used."""
    if patience is None:
        return None
    patience = whole_number(patience, "patience")
    if validation is None:
        raise ValueError("patience needs validation: give a share such as validation=0.1")
    if not model.comparable_loss:
        raise ValueError(
            "patience compares the losses of epochs, but they are not comparable for this model: "
            f"{model!r}"
        )
    return patience


def checked_checkpoint(path: str | os.PathLike | None) -> Path | None:
    """Return the path of the checkpoint with ".npz" appended if it is missing, or None.

    Raises
    ------
    TypeError, ValueError
        If it is no path of a file.
    OSError
        If the folder does not exist, or a file cannot be read or written there.
    """
    if path is None:
        return None
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f'checkpoint must be a path such as "training.npz", got {path!r:.60}')
    try:
        given, path = path, npz_path(path)
        if os.path.lexists(path) or os.path.isdir(given):
            check_file(given, path, "checkpoint")
        check_replaceable(path)
    except (ValueError, OSError) as error:  # add the name: the message may call it a file
        raise type(error)(f"checkpoint: {error}") from None
    return path


def check_batches(
    model: Trainable, n: int, batch_size: int, shuffle: bool, validation: object
) -> None:
    """Raise ValueError if the model needs all n rows together but they would be split."""
    whole = batch_size >= n and not isinstance(validation, Real)
    if model.takes_batches or (whole and not shuffle):
        return
    raise ValueError(
        f"{type(model).__name__} needs all {n} rows at once and in their order: give fit "
        f"batch_size={n} and shuffle=False, and no share of the rows as validation"
    )


def check_last_batch(model: Trainable, n: int, batch_size: int) -> None:
    """Raise ValueError if a batch of the n rows would have fewer rows than the model needs."""
    least = min(batch_size, n % batch_size or batch_size)
    if least < model.smallest_batch:
        raise ValueError(
            f"{type(model).__name__} needs at least {model.smallest_batch} rows in each batch, but "
            f"{n} rows in batches of {batch_size} leave one of {least}: choose another batch_size\n"
            f"{model!r}"
        )


class Answers:
    """Interprets what a callback returns. True ends training; False and None continue it.

    Any other value continues training and gives a warning, once in a training.
    """

    def __init__(self) -> None:
        self.warned = False

    def end(self, answer: object) -> bool:
        """Return whether this answer ends training."""
        if answer is None or isinstance(answer, bool | np.bool_):
            return bool(answer)
        if not self.warned:
            warn_caller(
                f"the callback returned {answer!r:.60}, which does not end training: return True "
                "to end it, and False or None to go on"
            )
        self.warned = True
        return False


def check_core(core: str, same_draws: bool | None) -> None:
    """Raise unless there are such options."""
    if not isinstance(core, str) or core not in ("layers", "vectorized", "auto"):
        raise ValueError(f'core must be "layers", "vectorized" or "auto", got {core!r}')
    if same_draws is not None and not isinstance(same_draws, bool):
        raise TypeError(f"same_draws must be True, False or None, got {same_draws!r}")


def checked_threads(threads: int | str | None, core: str) -> int | str | None:
    """Return a number of threads, "auto" or None. Raise unless the core can use it."""
    if threads is None:
        return None
    if isinstance(threads, str) and threads != "auto":
        raise ValueError(f'threads must be a whole number, "auto" or None, got {threads!r:.60}')
    if not isinstance(threads, str):
        threads = whole_number(threads, "threads")
    if core == "layers":
        raise ValueError(
            f'threads={threads!r} is for the vectorized core, but the core is "layers": give '
            'core="vectorized" or core="auto", or leave threads out'
        )
    warn_if_not_held(threads)
    return threads


def check_tuning(tuning: Tuning | None, core: str) -> None:
    """Raise unless this is a tuning that the core can use, or None."""
    check_kind(tuning)
    if tuning is not None and core == "layers":
        raise ValueError(
            'tuning is for the vectorized core, but the core is "layers": give core="vectorized" '
            'or core="auto", or leave tuning out'
        )


def chosen_steps(
    model: Trainable,
    core: str,
    optimizer: Optimizer,
    batch_size: int,
    rows: Rows,
    same_draws: bool | None,
    memory: dict | None,
    threads: int | str | None = None,
    tuning: Tuning | None = None,
) -> tuple[Any, str]:
    """Return the object that runs the epochs (`LayerSteps` or `Core`), and `History.core` for it.

    Raises
    ------
    ValueError
        If core="vectorized" and the core does not support the model.
    """
    if core == "layers":
        return LayerSteps(model, optimizer, batch_size, averaged(optimizer, memory)), core
    settings: dict[str, Any] = {"same_draws": same_draws, "memory": memory, "rows": rows}
    given = {"threads": threads, "tuning": tuning}  # a method of one's own need not know them
    settings |= {name: value for name, value in given.items() if value is not None}
    try:
        steps = model.vectorized(optimizer, batch_size, len(rows[0]), **settings)
        return steps, "vectorized"
    except UnsupportedError as error:
        reason = f"the vectorized core does not support {error}"
    if core == "vectorized":
        names = " and ".join(name for name, value in given.items() if value is not None)
        without = names and f"leave {names} out, or "
        raise ValueError(f'{reason}; {without}give core="layers", or core="auto", which chooses')
    steps = LayerSteps(model, optimizer, batch_size, averaged(optimizer, memory))
    return steps, f"layers: {reason}"
