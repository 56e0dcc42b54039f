"""Training a list of like models: side by side where the vectorized core can, else in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tinyae.checks.generators import check_rng
from tinyae.nn.trainable import Trainable, UnsupportedError
from tinyae.training.differences import differences
from tinyae.training.facts import described
from tinyae.training.history import DivergenceError, History
from tinyae.training.loop import Settings, Task, Turn, loop, run
from tinyae.training.options import chosen_steps
from tinyae.training.rows import Rows, check_model, checked_rows
from tinyae.training.weights import Weights

Source = np.random.Generator | int
Found = tuple[float, int]  # mean loss and number of batches


def check_models(models: Sequence[Trainable], rng: object) -> Sequence[Source]:
    """Return the sources of randomness of these models: different ones of one description.

    Raises
    ------
    TypeError
        If an entry is no model, or `rng` no list of seeds and generators.
    ValueError
        If there is no model, two of them share memory or differ in more than their weights, or
        there is not one seed or generator for each.
    """
    if not models:
        raise ValueError("the list of models is empty: give at least one")
    for k, model in enumerate(models):
        try:
            check_model(model)
        except TypeError as error:
            raise TypeError(f"entry {k} of the list of models: {error}") from None
        model.check_packed()
        for j, other in enumerate(models[:k]):
            if other is model or np.shares_memory(other.theta, model.theta):
                raise ValueError(
                    f"models {j} and {k} of the list share their parameters: give copies, such as "
                    "model.copy()"
                )
    facts = [_description(model) for model in models]
    for k, fact in enumerate(facts):
        found = list(differences(facts[0], fact, words=("in model 0", f"in model {k}")))
        if found:
            raise ValueError(
                "the models of the list must differ only in their weights; train them with one "
                f"call of fit each. What differs: {'; '.join(found):.300}"
            )
    if not isinstance(rng, list | tuple):
        raise TypeError(
            f"rng must be a list of {len(models)} seeds or generators, one for each model, got "
            f"{rng!r:.60}"
        )
    if len(rng) != len(models):
        raise ValueError(
            f"rng must have one seed or generator for each of the {len(models)} models, got "
            f"{len(rng)}"
        )
    for k, source in enumerate(rng):
        check_rng(source)
        if isinstance(source, np.random.Generator) and any(source is o for o in rng[:k]):
            raise ValueError(
                f"entry {k} of rng is a generator that an earlier model has too: give each its own"
            )
    return rng


def rows_of(models: Sequence[Trainable], X: Any, weights: ArrayLike | Weights | None) -> list[Rows]:
    """Return the checked rows of each model: those of one X for all, or of a list of tables.

    Raises
    ------
    ValueError
        If there is not one table for each model, or if they are not equally long.
    """
    several = isinstance(X, list) and any(isinstance(x, tuple) or np.ndim(x) > 1 for x in X)
    if not several:
        return [checked_rows(models[0], X, "X", weights)] * len(models)
    if len(X) != len(models):
        raise ValueError(f"X is a list of {len(X)} tables, but there are {len(models)} models")
    found = []
    for k, (model, x) in enumerate(zip(models, X, strict=True)):
        try:
            found.append(checked_rows(model, x, "X", weights))
        except (TypeError, ValueError) as error:
            raise type(error)(f"entry {k} of X: {error}") from None
    lengths = [len(rows[0]) for rows in found]
    if len(set(lengths)) > 1:
        raise ValueError(f"the tables of X must be equally long, got {lengths} rows")
    return found


def _description(model: Trainable) -> dict[str, object]:
    """Return what like models have in common, as facts that can be compared."""
    shapes = {name: list(p.shape) for name, p in model.parameters().items()}
    return {"model": described(model), "dtype": str(model.theta.dtype), "parameters": shapes}


class Lane:
    """The steps of one of several models, as its loop sees them: the state of its optimizer."""

    def __init__(self, memory: dict | None):
        self.memory = memory


def run_several(tasks: Sequence[Task], settings: Settings) -> list[History]:
    """Train all models; return their histories in the same order."""
    reason = "threads" if settings.threads is not None else "a list of one model"
    if settings.core != "layers" and settings.threads is None and len(tasks) > 1:
        try:
            memories = [task.training.memory for task in tasks]
            return _side_by_side(tasks, settings, _compiled(tasks, memories, settings))
        except UnsupportedError as error:
            reason = str(error)
    found: list[History] = []
    for task in tasks:
        if found and found[-1].stopped == "interrupted":
            found.append(History(stopped="interrupted"))
            continue
        steps, name = chosen_steps(
            task.model, settings.core, settings.optimizer, settings.batch_size, task.rows,
            settings.same_draws, task.training.memory, settings.threads,
        )  # fmt: skip
        if name == "vectorized":
            name = f"vectorized: one model after another, since side by side excludes {reason}"
        found.append(run(loop(task, settings, steps, name), steps))
    return found


def _compiled(tasks: Sequence[Task], memories: Sequence[dict | None], settings: Settings) -> Any:
    """Return what trains these models side by side.

    Raises
    ------
    UnsupportedError
        If it cannot be done. The message names the reason.
    """
    first: Any
    first, *others = [task.model for task in tasks]
    if not hasattr(first, "side_by_side"):
        raise UnsupportedError(f"models of class {type(first).__name__}")
    return first.side_by_side(
        others, settings.optimizer, settings.batch_size, len(tasks[0].rows[0]),
        same_draws=settings.same_draws, memories=memories, rows=tasks[0].rows,
    )  # fmt: skip


def _side_by_side(tasks: Sequence[Task], settings: Settings, together: Any) -> list[History]:
    """Run the loops of all models together. A model that has ended leaves; the others go on."""
    core = f"vectorized: {len(tasks)} models side by side"
    lanes = [Lane(together.memory(k)) for k in range(len(tasks))]
    silent = replace(settings, verbose=False)  # the progress line is that of the first model
    loops = [
        loop(task, silent if k else settings, lane, core)
        for k, (task, lane) in enumerate(zip(tasks, lanes, strict=True))
    ]
    histories: dict[int, History] = {}
    try:
        turns = {k: next(own) for k, own in enumerate(loops)}
        while turns:
            try:
                if len(turns) < len(together.models):
                    memories = [lanes[k].memory for k in turns]
                    together = _compiled([tasks[k] for k in turns], memories, settings)
                found = _epoch(together, turns, lanes)
                answers = {k: partial(loops[k].send, found[k]) for k in turns}
            except BaseException as error:  # of the steps, such as Ctrl-C: it ends all loops
                answers = {k: partial(loops[k].throw, error) for k in turns}
            turns = _answered(answers, histories)
            if any(history.stopped == "interrupted" for history in histories.values()):
                interrupt = KeyboardInterrupt()  # in a callback: the other models end too
                _answered({k: partial(loops[k].throw, interrupt) for k in turns}, histories)
                turns = {}
    finally:
        for own in loops:  # a loop that has not ended keeps what its model has
            own.close()
    return [histories[k] for k in range(len(tasks))]


def _epoch(together: Any, turns: dict[int, Turn], lanes: list[Lane]) -> dict[int, Found]:
    """Train one epoch; return what the loop of each model is told."""
    try:
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            return dict(zip(turns, together.epoch(list(turns.values())), strict=True))
    finally:
        for place, k in enumerate(turns):
            lanes[k].memory = together.memory(place)


def _answered(
    answers: Mapping[int, Callable[[], Turn]], histories: dict[int, History]
) -> dict[int, Turn]:
    """Let each loop go on; return the turns of the next epoch, and note the loops that have ended.

    Raises
    ------
    DivergenceError
        Naming the model.
    """
    turns: dict[int, Turn] = {}
    for k, answer in answers.items():
        try:
            turns[k] = answer()
        except StopIteration as end:
            histories[k] = end.value
        except DivergenceError as error:
            raise DivergenceError(f"model {k} of the list: {error}", error.history) from None
    return turns
