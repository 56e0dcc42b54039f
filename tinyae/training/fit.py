"""The only training loop: epoch after epoch, for any model of the house.

Everything that differs between autoencoders, machines and learning rules is inside a model's
`objective(*rows, rng=...)`; everything that is the same for all of them is here. The steps of one
epoch are in `training/epochs.py`; those of the vectorized core are in `core/core.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from tinyae.checks.generators import generator
from tinyae.checks.numbers import truth, whole_number
from tinyae.nn.trainable import Trainable
from tinyae.training.history import DivergenceError, History
from tinyae.training.optimizers import Adam, Optimizer
from tinyae.training.options import (
    Answers,
    check_batches,
    check_callback,
    check_core,
    check_optimizer,
    checked_patience,
    chosen_steps,
)
from tinyae.training.progress_line import ProgressLine
from tinyae.training.rows import check_model, checked_rows, mean_loss, split
from tinyae.training.state import resumed
from tinyae.training.weights import Weights


def fit(
    model: Trainable,
    X: ArrayLike | tuple[ArrayLike, ...],
    *,
    optimizer: Optimizer = Adam(1e-3),  # noqa: B008 (a frozen setting, not shared state)
    epochs: int = 10,
    batch_size: int = 100,
    rng: np.random.Generator | int = 0,
    core: str = "layers",
    same_draws: bool | None = None,
    shuffle: bool = True,
    validation: float | ArrayLike | tuple[ArrayLike, ...] | None = None,
    patience: int | None = None,
    callback: Callable[[int, Trainable, History], bool | None] | None = None,
    verbose: bool | None = None,
    weights: ArrayLike | Weights | None = None,
) -> History:
    """Train `model` on `X` and return the history of its losses.

    A second call goes on where the first ended: see the notes.

    Parameters
    ----------
    model : a Model, or a Trainable of your own
    X : array (n, d), or a tuple of equally long arrays whose rows belong together. It must not
        change during the call
    optimizer : `SGD(...)` or `Adam(...)`; its learning rate may depend on progress
    epochs, batch_size : passes over the data; rows per step (the last batch may be shorter)
    rng : seed, which opens a stream for the order of the rows, one for what the model draws
        (corruption, code, probes), one for the validation; or a generator for all of them. A new
        model, the same data and the same seed give the same bits
    core : "layers", which can be stepped through; "vectorized", the same mathematics in few calls
        on buffers that are made once, for chains of dense layers; "auto", the second where it can
        run the model. The history says which it was, and why
    same_draws : whether the core draws noise as the layers do, number for number; by default in
        float64 only, since in float32 it has a faster way
    shuffle : visit the rows in a new random order each epoch
    validation : a share in (0, 1) of X, drawn at random and held out (both parts are copies, in
        memory), or rows of its own; the loss on them is measured after each epoch, with the same
        noise every time: in one batch, that of
        `model.loss(rows, rng=seed)`
    patience : stop after so many epochs without a lower validation loss, and go back to the
        parameters that had the lowest
    callback : called as callback(epoch, model, history) after each epoch. True ends training;
        None and False go on, and so does any other value, with a warning
    verbose : a progress line on standard error; by default only on a terminal
    weights : how much each example (n,) or each entry (n, d) of X counts in the loss; X may hold
        NaN where the weight is 0. See `Weights`. The loss on a share held out counts alike; rows of
        its own may be `validation=(X, Weights(w))`

    Raises
    ------
    ValueError
        With `core="vectorized"`, naming what the core does not run.
    DivergenceError
        When loss or parameters are no longer finite. The model is set back to the start of that
        epoch (with patience, to its best epoch), and the error's `history` holds the epochs before.

    Notes
    -----
    A model keeps its streams and the optimizer's memory as `model.training`. With the same seed the
    next call draws new orders and new noise instead of the old ones again; with an equal optimizer
    its moving averages go on. With a seed, one call of ten epochs and ten calls of one epoch give
    the same bits, as long as no setting depends on progress: a schedule runs from 0 to 1 in each
    call. Another seed or another optimizer starts its part afresh, and `model.training = None`
    starts all of it afresh. After a divergence the optimizer starts afresh. `astype` and a file
    written by `save` leave `training` out: give another seed there, or the first orders and the
    first noise come again.

    An interruption (Ctrl-C) ends training in good order: the model keeps what it has learned (with
    patience, its best) and the history says "interrupted". Small layers are often many times faster
    on one BLAS thread than on two: set OPENBLAS_NUM_THREADS=1 (or your BLAS's variable) before
    Python starts.
    """
    check_model(model)
    epochs, batch_size = whole_number(epochs, "epochs"), whole_number(batch_size, "batch_size")
    check_optimizer(optimizer)
    patience = checked_patience(patience, model, validation)
    shuffle = truth(shuffle, "shuffle")
    verbose = None if verbose is None else truth(verbose, "verbose")
    check_callback(callback)
    check_core(core, same_draws)
    generator(rng, "noise")  # checks that it is a seed or a generator
    rows = checked_rows(model, X, "X", weights)
    check_batches(model, len(rows[0]), batch_size, shuffle, validation)
    rows, held_out = split(model, rows, validation, rng)
    training = resumed(model.training, rng, optimizer)
    steps, name = chosen_steps(
        model, core, optimizer, batch_size, rows, same_draws, training.memory
    )
    seed = rng  # of the validation's noise
    if held_out is not None and isinstance(rng, np.random.Generator):
        seed = int(rng.integers(2**63))
    model.begin(*rows)

    history, best, answers = History(core=name), None, Answers()
    line = ProgressLine(epochs, verbose)
    try:
        for epoch in range(1, epochs + 1):
            before = model.theta.copy()
            with np.errstate(over="ignore", invalid="ignore", under="ignore"):
                order = training.order if shuffle else None
                loss, batch = steps.epoch(rows, epoch, epochs, order, training.noise)
                held_loss = 0.0
                if held_out is not None and np.isfinite(loss):
                    held_loss = mean_loss(model, held_out, batch_size, seed)
            if not np.isfinite(loss + held_loss):
                kept = best if patience is not None else None
                model.check_rows(*rows)  # were the rows changed since they were checked?
                raise _diverged(model, before, kept, optimizer, epoch, batch, history)
            history.loss.append(loss)
            if held_out is not None:
                lowest = min(history.validation, default=np.inf)
                history.validation.append(held_loss)
                if model.comparable_loss and held_loss < lowest:
                    history.best_epoch, best = epoch, model.theta.copy()
            line.update(history)
            if callback is not None and answers.end(callback(epoch, model, history)):
                history.stopped = "callback"
                break
            if patience is not None and epoch - history.best_epoch >= patience:
                history.stopped = "patience"
                break
    except KeyboardInterrupt:
        history.stopped = "interrupted"
    finally:
        history.seconds = time.perf_counter() - line.start
        line.close()
        model.progress = 1.0
        if patience is not None and best is not None:
            model.theta[...] = best
            history.restored = True
        training.memory = None if history.stopped == "diverged" else steps.memory
        model.training = training
    history.dead = model.dead_units(*rows)
    return history


def _diverged(model, before, best, optimizer, epoch, batch, history):
    """Set the model back to where it was finite; return the error that says what went wrong.

    `before` is theta at the start of the epoch; `best`, where `fit` goes back to it, that of the
    best epoch.
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
