"""The only training loop: mini-batches, one optimizer step each, for any model of the house.

A model is anything with theta, grad and loss_and_grad(*rows, rng=...). Everything that differs
between autoencoders, machines and learning rules is inside that method; everything that is the
same for all of them is here.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from tinyae.nn.checks import generator, whole_number
from tinyae.nn.history import DivergenceError, History, ProgressLine
from tinyae.nn.model import Model
from tinyae.nn.optimizers import Adam, Optimizer
from tinyae.nn.rows import check_model, checked_rows, mean_loss, split


def fit(
    model: Model,
    X: ArrayLike | tuple[ArrayLike, ...],
    *,
    optimizer: Optimizer = Adam(1e-3),  # noqa: B008 (a frozen setting, not shared state)
    epochs: int = 10,
    batch_size: int = 100,
    rng: np.random.Generator | int = 0,
    shuffle: bool = True,
    validation: float | ArrayLike | tuple[ArrayLike, ...] | None = None,
    patience: int | None = None,
    callback: Callable[[int, Model, History], bool | None] | None = None,
    verbose: bool | None = None,
) -> History:
    """Train `model` on `X` and return the history of its losses.

    Parameters
    ----------
    model : has theta, grad and loss_and_grad(*rows, rng=...)
    X : array (n, d), or a tuple of equally long arrays whose rows belong together
    optimizer : `SGD(...)` or `Adam(...)`; its learning rate may depend on progress
    epochs, batch_size : passes over the data; rows per step (the last batch may be shorter)
    rng : seed or generator for shuffling, corruption and probes; same seed, same bits
    shuffle : visit the rows in a new random order each epoch
    validation : a share in (0, 1) of X, drawn at random and held out, or rows of its own; the loss
        on them is measured after each epoch, with the same noise every time
    patience : stop after so many epochs without a lower validation loss, and go back to the
        parameters that had the lowest
    callback : called as callback(epoch, model, history) after each epoch; True ends training
    verbose : a progress line on standard error; by default only on a terminal

    Raises
    ------
    DivergenceError
        When loss or parameters are no longer finite. The model is set back to the start of that
        epoch, and the error's `history` holds the epochs before.

    Notes
    -----
    An interruption (Ctrl-C) ends training in good order: the model keeps what it has learned (with
    patience, its best) and the history says "interrupted". Small layers are often many times faster
    on one BLAS thread than on two: set OPENBLAS_NUM_THREADS=1 (or your BLAS's variable) before
    Python starts.
    """
    check_model(model)
    comparable = getattr(model, "comparable_loss", True)
    epochs, batch_size = whole_number(epochs, "epochs"), whole_number(batch_size, "batch_size")
    if isinstance(optimizer, type) or not hasattr(optimizer, "step"):
        raise TypeError(f"optimizer must be SGD(...) or Adam(...), got {optimizer!r}")
    if patience is not None:
        patience = whole_number(patience, "patience")
        if validation is None:
            raise ValueError("patience needs validation: give a share such as validation=0.1")
        if not comparable:
            raise ValueError(
                "patience compares losses of epochs; under this model's rule they mean nothing: "
                f"{model!r}"
            )
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function (epoch, model, history), got {callback!r}")
    rng = generator(rng)
    rows = checked_rows(model, X, "X")
    rows, held_out = split(model, rows, validation, rng)

    _warm_allocator()
    history, best = History(), None
    line = ProgressLine(epochs, verbose)
    state = optimizer.start(model.theta)
    try:
        for epoch in range(1, epochs + 1):
            before = model.theta.copy()
            with np.errstate(over="ignore", invalid="ignore"):
                loss, batch = _epoch(
                    model, rows, optimizer, state, epoch, epochs, batch_size, rng, shuffle
                )
                held_loss = 0.0
                if held_out is not None and np.isfinite(loss):
                    held_loss = mean_loss(model, held_out, batch_size)
            if not np.isfinite(loss + held_loss):
                raise _diverged(model, before, optimizer, epoch, batch, history)
            history.loss.append(loss)
            if held_out is not None:
                history.validation.append(held_loss)
                if comparable and held_loss < min(history.validation[:-1], default=np.inf):
                    history.best_epoch, best = epoch, model.theta.copy()
            line.update(history)
            if callback is not None and callback(epoch, model, history):
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
    return history


def _warm_allocator() -> None:
    """Let the C library keep freed memory instead of handing it back between two steps.

    glibc returns blocks above 128 kB to the system at once until it has seen a larger one freed.
    Layers allocate such blocks at every step, and asking for fresh pages each time made a small net
    four times slower (15.3 s against 3.8 s for 20 000 steps of 2-200-2, float32, batches of 256 out
    of 5120 rows, with glibc 2.36). The block here is never touched.
    """
    np.empty(31 << 20, np.uint8)


def _epoch(model, rows, optimizer, state, epoch, epochs, batch_size, rng, shuffle):
    """One pass over the rows: the mean batch loss, weighted by length, and the last batch's number.

    Ends at the first batch whose loss is not finite, and returns that loss.
    """
    n = len(rows[0])
    batches = -(-n // batch_size)
    order = rng.permutation(n) if shuffle else None
    total = 0.0
    for i in range(batches):
        part = slice(i * batch_size, (i + 1) * batch_size)
        batch = [r[part] if order is None else r[order[part]] for r in rows]
        model.progress = (epoch - 1 + i / batches) / epochs
        loss = model.loss_and_grad(*batch, rng=rng)
        if not np.isfinite(loss):
            return loss, i + 1
        total += loss * len(batch[0])
        optimizer.step(model.theta, model.grad, state, model.progress)
        if hasattr(model, "project"):
            model.project()
    model.progress = epoch / epochs
    return (total / n if np.isfinite(model.theta).all() else np.nan), batches


def _diverged(model, before, optimizer, epoch, batch, history):
    """Set the model back to the start of the epoch; return the error that says what went wrong."""
    largest = np.abs(model.theta).max()
    if np.isfinite(largest):
        cause = f"the loss overflowed while the largest parameter was {largest:.3g}"
    else:
        cause = "a step made parameters infinite or NaN"
    model.theta[...] = before
    history.stopped = "diverged"
    return DivergenceError(
        f"training diverged in epoch {epoch}, batch {batch}: {cause}. The model was set back to "
        f"the start of that epoch. A smaller learning rate usually helps; it was {optimizer}",
        history,
    )
