"""Training a list of like models: side by side where the vectorized core can, else in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from tinyae.nn.trainable import UnsupportedError
from tinyae.training.history import DivergenceError, History
from tinyae.training.loop import Settings, Task, Turn, loop, run
from tinyae.training.options import chosen_steps
from tinyae.training.progress_line import ProgressLine
from tinyae.training.tuning import Tuning

Found = tuple[float, int]  # mean loss and number of batches


class Lane:
    """The steps of one of several models, as its loop sees them: the state of its optimizer."""

    def __init__(self, memory: dict | None, tuning: Tuning | None):
        self.memory, self.tuning = memory, tuning


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
    for k, task in enumerate(tasks):
        if found and found[-1].stopped == "interrupted":
            found.append(History(stopped="interrupted"))
            continue
        steps, name = chosen_steps(
            task.model, settings.core, settings.optimizer, settings.batch_size, task.rows,
            settings.same_draws, task.training.memory, settings.threads, settings.tuning,
        )  # fmt: skip
        if name == "vectorized":
            name = f"vectorized: one model after another, because of {reason}"
        try:
            found.append(run(loop(task, settings, steps, name), steps))
        except DivergenceError as error:
            raise _of_model(k, error) from None
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
        tuning=settings.tuning,
    )  # fmt: skip


def _side_by_side(tasks: Sequence[Task], settings: Settings, together: Any) -> list[History]:
    """Run the loops of all models together. A model that has ended leaves; the others go on."""
    core = f"vectorized: {len(tasks)} models side by side"
    lanes = [Lane(together.memory(k), together.tuning) for k in range(len(tasks))]
    silent = replace(settings, verbose=False)  # there is one line for all
    loops = [loop(task, silent, lane, core) for task, lane in zip(tasks, lanes, strict=True)]
    line = ProgressLine(settings.epochs, settings.verbose)
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
            shown = min(turns)  # the first model that still trains
            progress = turns[shown].place.history
            done = len(progress.loss)
            turns = _answered(answers, histories)
            if len(progress.loss) > done:
                line.update(progress, tasks[shown].whose)
            if any(history.stopped == "interrupted" for history in histories.values()):
                interrupt = KeyboardInterrupt()  # in a callback: the other models end too
                _answered({k: partial(loops[k].throw, interrupt) for k in turns}, histories)
                turns = {}
    finally:
        line.close()
        for own in loops:  # a loop that has not ended keeps what its model has
            own.close()
    return [histories[k] for k in range(len(tasks))]


def _epoch(together: Any, turns: dict[int, Turn], lanes: list[Lane]) -> dict[int, Found]:
    """Train one epoch; return what the loop of each model is told."""
    try:
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            return dict(zip(turns, together.epoch(list(turns.values())), strict=True))
    finally:
        for i, k in enumerate(turns):
            lanes[k].memory = together.memory(i)


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
            raise _of_model(k, error) from None
    return turns


def _of_model(k: int, error: DivergenceError) -> DivergenceError:
    """Return the error with the number of its model."""
    return DivergenceError(f"model {k} of the list: {error}", error.history)
