"""`fit` checks its arguments and trains a model, or a list of like models.

A model's `objective(*rows, rng=...)` contains everything that differs between autoencoders,
Boltzmann machines and learning rules. The loop over epochs is in `training/loop.py`, and the steps
of one epoch are in `training/epochs.py`; those of the vectorized core are in `core/core.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_number, truth, whole_number
from tinyae.nn.trainable import Trainable
from tinyae.training.checkpoint import choices_in
from tinyae.training.history import History
from tinyae.training.like_models import check_models, rows_of
from tinyae.training.loop import Settings, Task, loop, run
from tinyae.training.optimizers import Adam, Optimizer
from tinyae.training.options import (
    check_batches,
    check_callback,
    check_core,
    check_last_batch,
    check_optimizer,
    check_tuning,
    checked_checkpoint,
    checked_patience,
    checked_threads,
    chosen_steps,
)
from tinyae.training.rows import check_model, checked_rows, split
from tinyae.training.several import run_several
from tinyae.training.state import resumed
from tinyae.training.tuning import Tuning
from tinyae.training.weights import Weights

Callback = Callable[[int, Any, History], bool | None]


@overload
def fit(
    model: Trainable,
    X: ArrayLike | tuple[ArrayLike, ...],
    *,
    optimizer: Optimizer = ...,
    epochs: int = ...,
    batch_size: int = ...,
    rng: np.random.Generator | int = ...,
    core: str = ...,
    same_draws: bool | None = ...,
    threads: int | str | None = ...,
    tuning: Tuning | None = ...,
    shuffle: bool = ...,
    validation: float | ArrayLike | tuple[ArrayLike, ...] | None = ...,
    patience: int | None = ...,
    callback: Callback | None = ...,
    verbose: bool | None = ...,
    weights: ArrayLike | Weights | None = ...,
    checkpoint: str | os.PathLike | None = ...,
    checkpoint_seconds: float = ...,
) -> History: ...


@overload
def fit(
    model: Sequence[Trainable],
    X: ArrayLike | tuple[ArrayLike, ...] | list[tuple[ArrayLike, ...]],
    *,
    optimizer: Optimizer = ...,
    epochs: int = ...,
    batch_size: int = ...,
    rng: Sequence[np.random.Generator | int],
    core: str = ...,
    same_draws: bool | None = ...,
    threads: int | str | None = ...,
    tuning: Tuning | None = ...,
    shuffle: bool = ...,
    validation: float | ArrayLike | tuple[ArrayLike, ...] | None = ...,
    patience: int | None = ...,
    callback: Callback | None = ...,
    verbose: bool | None = ...,
    weights: ArrayLike | Weights | None = ...,
) -> list[History]: ...


def fit(
    model: Trainable | Sequence[Trainable],
    X: ArrayLike | tuple[ArrayLike, ...] | list[tuple[ArrayLike, ...]],
    *,
    optimizer: Optimizer = Adam(1e-3),  # noqa: B008 (a frozen setting, not shared state)
    epochs: int = 10,
    batch_size: int = 100,
    rng: np.random.Generator | int | Sequence[np.random.Generator | int] = 0,
    core: str = "layers",
    same_draws: bool | None = None,
    threads: int | str | None = None,
    tuning: Tuning | None = None,
    shuffle: bool = True,
    validation: float | ArrayLike | tuple[ArrayLike, ...] | None = None,
    patience: int | None = None,
    callback: Callback | None = None,
    verbose: bool | None = None,
    weights: ArrayLike | Weights | None = None,
    checkpoint: str | os.PathLike | None = None,
    checkpoint_seconds: float = 60.0,
) -> History | list[History]:
    """Train `model` on `X` and return the history of its losses, or a list of histories.

    A second call continues the training of the first: see the notes.

    Parameters
    ----------
    model : a Model, or a Trainable of your own. A list of models that differ only in their weights
        is trained together, and a list of histories is returned. See the notes
    X : array (n, d), or a tuple of equally long arrays whose rows belong together. It must not
        change during the call. A memory map (`numpy.load(path, mmap_mode="r")`) in the dtype of the
        model is never in memory as a whole; one in another dtype is converted as a whole. For a
        list of models, X is the same for all, or a list of equally long tables, one for each
    optimizer : `SGD(...)` or `Adam(...)`; its learning rate may depend on progress
    epochs, batch_size : passes over the data; rows per step (the last batch may be shorter)
    rng : seed or generator. A seed makes one stream for the order of the rows, one for the noise of
        the model (corruption, code, probes) and one for the validation. A generator is used for all
        of them. A new model, the same data and the same seed give the same bits. For a list of
        models, a list with a seed or a generator for each
    core : "layers" runs the layers, which can be followed in a debugger. "vectorized" computes the
        same in fewer calls on preallocated buffers, for chains of dense layers and Boltzmann
        machines. "auto" uses the vectorized core if it supports the model. The history says which
        was used, and why
    same_draws : whether the core draws exactly the same noise as the layers. The default is True
        in float64 and False in float32, where the core has a faster method
    threads : for the vectorized core. A number k shares each batch out over k threads, with one
        BLAS thread each. "auto" measures whether this is faster, which takes as long as some
        hundred steps. None is the calling thread alone, and BLAS as it is. See the notes
    tuning : for the vectorized core, how it computes: `history.tuning` of another training. None
        chooses what is fastest on this machine, which is measured once in a process and takes a few
        milliseconds. See the notes
    shuffle : whether each epoch uses a new random order of the rows
    validation : a fraction in (0, 1) of X, which is drawn at random and held out (both parts are
        copies in memory), or separate rows. The loss on them is computed after each epoch, with the
        same noise every time. For one batch it is `model.loss(rows, rng=seed)`
    patience : stop after so many epochs without a lower validation loss, and restore the
        parameters with the lowest validation loss
    callback : called as callback(epoch, model, history) after each epoch. True ends training. None
        and False continue it. Any other value continues it with a warning
    verbose : whether a progress line is written to standard error; by default only on a terminal.
        For a list of models, it names the model that it is about
    weights : how much each example (n,) or each entry (n, d) of X counts in the loss; X may hold
        NaN where the weight is 0. See `Weights`. They also apply to a fraction that is held out.
        Separate rows may have their own: `validation=(X, Weights(w))`
    checkpoint : path of a file from which the same call goes on after this process has ended, or
        None. ".npz" is appended if missing. See the notes
    checkpoint_seconds : least time between two checkpoints

    Raises
    ------
    ValueError
        If `core="vectorized"` and the core does not support the model. The message names the part.
        If the checkpoint is that of another training; the message says what differs.
    DivergenceError
        If the loss or the parameters are no longer finite. The model is set back to the start of
        that epoch (with patience, to its best epoch). The error's `history` has the epochs before.

    Notes
    -----
    A model keeps its random streams and the optimizer's state in `model.training`. With the same
    seed, the next call continues the streams, so that it draws new orders and new noise. It
    continues the moving averages of SGD or Adam too, also with another learning rate. With a seed,
    one call of ten epochs and ten calls of one epoch give the same bits if no setting depends on
    progress: a schedule runs from 0 to 1 in each call. For the same bits with a schedule, call k
    (from 0) of ten has `Adam(lambda p: schedule((k + p) / 10))`. Another seed starts new streams,
    and an optimizer with other settings than the rate starts a new state. `model.training = None`
    resets both. After a divergence the optimizer's state is reset. `astype`
    and a file written by `save` do not keep `training`. Use another seed after them, or the next
    call repeats the first orders and the first noise.

    With `checkpoint`, the file is written before the first step, between two batches whenever
    `checkpoint_seconds` have passed, and at the end. The same call, with a new model that is built
    in the same way, finds the file and goes on from there, to the same bits as without the
    interruption. After the end it returns the history and sets the parameters at once. `epochs` may
    be raised if nothing depends on progress. A file of another training is neither used nor
    changed. Epochs that were not in the file yet are trained again, and `callback` is called for
    them again. Every call computes a checksum of the rows. A model of your own that changes more
    than theta names it in `checkpointed`. Bits are the same with the same machine and versions.

    An interruption (Ctrl-C) ends training without an error. The model keeps its current parameters
    (with patience, its best), and the history says "interrupted". A checkpoint is not written then,
    because a step may be half done; the last one is kept.

    With `threads`, each thread has some rows of a batch for the forward and the backward pass, and
    then some parameters for the gradient and the optimizer's step. The noise is drawn for the whole
    batch before. So the same seed and the same number of threads give the same bits. Two numbers of
    threads give results that differ by rounding errors. "auto" takes more than one thread if steps
    on a copy of the model are faster with them. This choice is made once in a process for each kind
    of step, and it may be another one in the next process. `history.threads` says which it was;
    give it as `threads` for the same bits. A checkpoint keeps it. Small nets are fastest on one
    thread. While an epoch is trained, BLAS is held to one thread in the whole process, if the
    package threadpoolctl is installed (scikit-learn installs it). Without it, set
    OPENBLAS_NUM_THREADS=1 (or the variable of your BLAS) before Python starts. A warning says so if
    neither is the case.

    A list of models is trained side by side by the vectorized core: each NumPy call then serves all
    of them, which saves time if the nets and the batches are small. Every model has the order of
    rows, the noise and the held-out rows of its own seed. It ends as it would alone with the same
    core, up to rounding errors, and the same call gives the same bits. A model that has ended by
    patience or by its callback leaves, and the others go on. `callback` is called for one model
    after the other. If one model diverges, the error names it, and the others keep the parameters
    of that epoch; where they are trained one after another, later ones are not trained. After
    Ctrl-C every model keeps its current parameters. The models are trained one after another, to
    results of the same form, where side by side would save no time (large batches of wide layers),
    with core="layers", with `threads`, if the models have trained for different numbers of steps,
    and if the core does not support them. The histories say which. A `checkpoint` is for one model.

    `history.tuning` says how the core has computed. Another choice gives results that differ by
    rounding errors. With `tanh="exp"` in it, the error of an activation is a rounding error of 1,
    so give a Tuning with `tanh="tanh"` if the weights start below about 1e-6. On one machine, the
    choice is nearly always the same; on a machine where both forms of a unit take about the same
    time, it may be another one in the next process. Give `tuning=history.tuning` for the same bits
    in any case. A checkpoint keeps it too, and so does a model between two calls of `fit`.

    Without `threads`, the BLAS library decides how many threads a product uses. Small layers are
    often many times faster on one BLAS thread than on two: set the same variable.
    """
    several = isinstance(model, list | tuple)
    models: list[Any] = list(model) if isinstance(model, list | tuple) else [model]
    sources: list[Any] = list(check_models(models, rng)) if several else [rng]
    check_model(models[0])
    epochs, batch_size = whole_number(epochs, "epochs"), whole_number(batch_size, "batch_size")
    check_optimizer(optimizer)
    patience = checked_patience(patience, models[0], validation)
    shuffle = truth(shuffle, "shuffle")
    verbose = None if verbose is None else truth(verbose, "verbose")
    check_callback(callback)
    check_core(core, same_draws)
    threads = checked_threads(threads, core)
    check_tuning(tuning, core)
    path = checked_checkpoint(checkpoint)
    if path is not None and several:
        raise ValueError(
            "a checkpoint holds the training of one model, but the first argument is a list: leave "
            "checkpoint out, or call fit for each model"
        )
    seconds = real_number(checkpoint_seconds, "checkpoint_seconds", low=0.0)
    for source in sources:
        generator(source, "noise")  # raises unless it is a seed or a generator
    given: Any = X
    if several:
        tables = rows_of(models, given, weights)
    else:
        tables = [checked_rows(models[0], given, "X", weights)]
    check_batches(models[0], len(tables[0][0]), batch_size, shuffle, validation)
    tasks = []
    for k, (one, rows, source) in enumerate(zip(models, tables, sources, strict=True)):
        own, held_out = split(one, rows, validation, source)
        check_last_batch(one, len(own[0]), batch_size)
        tasks.append(Task(one, source, own, held_out, resumed(one.training, source, optimizer),
                          whose=f"model {k}: " if several else ""))  # fmt: skip
    if path is not None and core != "layers":  # the same bits as before the interruption
        recorded = choices_in(path, models[0])
        threads = (recorded[0] or threads) if threads == "auto" else threads
        tuning = recorded[1] if tuning is None else tuning
    if tuning is None and core != "layers":  # the same bits as in the call that this one continues
        tuning = tasks[0].training.tuning
    settings = Settings(optimizer, epochs, batch_size, core, same_draws, threads, tuning, shuffle,
                        validation, patience, callback, verbose, path, seconds)  # fmt: skip
    if several:
        return run_several(tasks, settings)
    steps, name = chosen_steps(models[0], core, optimizer, batch_size, tasks[0].rows, same_draws,
                               tasks[0].training.memory, threads, tuning)  # fmt: skip
    return run(loop(tasks[0], settings, steps, name), steps)
