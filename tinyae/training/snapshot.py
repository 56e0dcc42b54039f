"""Everything from which a training can go on, as a header and arrays.

These are theta, what else the model changes in training, the state of the optimizer, the states of
the random streams, and the place in the epochs with the history.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.files.values import generator_json, generator_of
from tinyae.nn.trainable import Trainable
from tinyae.training.memory import without_scratch
from tinyae.training.place import Place
from tinyae.training.state import TrainingState
from tinyae.training.stored_values import joined, parted

PARTS = ("before", "index")  # arrays of a place, each of which may be None


def snapshot(
    model: Trainable, steps: Any, training: TrainingState, place: Place
) -> tuple[dict[str, object], dict[str, NDArray]]:
    """Return the state of a training between two steps, as a header and arrays.

    Raises
    ------
    TypeError
        If the model, the optimizer or a generator keeps something that a file cannot hold.
    """
    history = place.history
    arrays = {"theta": model.theta, "losses": np.array(place.losses)}
    arrays |= {"loss": np.array(history.loss), "validation": np.array(history.validation)}
    arrays |= {name: a for name in PARTS if (a := getattr(place, name)) is not None}
    arrays |= {} if place.best is None else {"best": place.best[1]}
    memory = without_scratch(training.optimizer, steps.memory)
    kept = {name: getattr(model, name) for name in model.checkpointed}
    header = {
        "epoch": place.epoch,
        "stopped": history.stopped,
        "best_epoch": None if place.best is None else place.best[0],
        "order": generator_json(training.order),
        "noise": generator_json(training.noise),
        "memory": parted(memory, "memory", arrays),
        "model": parted(kept, "model", arrays),
    }
    return header, arrays


def restore(
    model: Trainable,
    steps: Any,
    training: TrainingState,
    place: Place,
    header: Mapping[str, Any],
    arrays: Mapping[str, NDArray],
) -> None:
    """Set the model and everything else to the state that `snapshot` returned."""
    model.theta[...] = arrays["theta"]
    for name, value in joined(header["model"], "model", arrays).items():
        setattr(model, name, value)
    steps.restore(joined(header["memory"], "memory", arrays))
    training.order.bit_generator.state = generator_of(header["order"]).bit_generator.state
    training.noise.bit_generator.state = generator_of(header["noise"]).bit_generator.state
    place.epoch, place.losses = header["epoch"], arrays["losses"].tolist()
    for name in PARTS:
        setattr(place, name, arrays.get(name))
    place.best = (header["best_epoch"], arrays["best"]) if "best" in arrays else None
    history = place.history
    history.loss, history.validation = arrays["loss"].tolist(), arrays["validation"].tolist()
    history.best_epoch, history.stopped = header["best_epoch"], header["stopped"]
