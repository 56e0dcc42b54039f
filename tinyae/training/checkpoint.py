"""A training in a file, from which a later call of `fit` goes on to the same bits.

The file holds the state of the training (`snapshot.py`) and its facts (`facts.py`), and no code
(`files/archive_files.py`). Each checkpoint replaces the one before as a whole, so that the process
may be killed at any moment.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinyae.checks.callers import warn_caller
from tinyae.files.archive_files import read_archive, write_archive
from tinyae.nn.trainable import Trainable
from tinyae.training.differences import check_same, differences
from tinyae.training.facts import checksum, described
from tinyae.training.place import Place
from tinyae.training.snapshot import restore, snapshot
from tinyae.training.state import TrainingState
from tinyae.training.tuning import Tuning

KIND, VERSION = "checkpoint of a training", 1


class Checkpoint:
    """The file of one training. `fit` makes it, and calls its other methods.

    Parameters
    ----------
    path : of the file
    seconds : least time between two checkpoints
    facts : of the training; the one under `START` holds for a new model only
    model, steps, training, place : what the file holds, and what `begin` sets
    """

    def __init__(
        self,
        path: Path,
        seconds: float,
        facts: Mapping[str, object],
        model: Trainable,
        steps: Any,
        training: TrainingState,
        place: Place,
    ):
        self.path, self.seconds = path, seconds
        self.facts = json.loads(json.dumps(facts))  # as they come back from a file
        self.parts = model, steps, training, place
        self.start = self.last = time.perf_counter()
        self.warned = False

    def begin(self) -> None:
        """Go on from the file if there is one, else write the first checkpoint.

        Raises
        ------
        ValueError
            If the file is no checkpoint, or that of another training. Nothing was changed.
        OSError
            If the file cannot be read or written.
        """
        model, _, training, place = self.parts
        if not os.path.lexists(self.path):
            training.run = hashlib.sha256(json.dumps(self.facts).encode()).hexdigest()
            self.write()
            return
        header, arrays = read_archive(self.path, "checkpoint")
        if header.get("kind") != KIND or header.get("version") != VERSION:
            raise ValueError(
                f"checkpoint: {self.path} is a file of another kind or version, not a checkpoint "
                "of this tinyae. It was not changed: give another path"
            )
        before = model.training  # of the last call of `fit`, whose parameters the model may have
        ended = isinstance(before, TrainingState) and before.end == checksum(model.theta)
        run = before.run if ended else None
        check_same(self.path, header, self.facts, run, len(arrays["losses"]))
        restore(*self.parts, header, arrays)
        training.run, place.seconds = header["run"], header["seconds"]

    def offer(self) -> None:
        """Write a checkpoint if the last one is old enough. `fit` calls this after each batch."""
        if time.perf_counter() - self.last >= self.seconds:
            self.write_or_warn()

    def write_or_warn(self) -> None:
        """Write a checkpoint. If that is impossible, as on a full disk, warn, and train on."""
        try:
            self.write()
        except OSError as error:
            self.last = time.perf_counter()
            self._warn(f"no checkpoint was written ({error}); training goes on")

    def end(self) -> None:
        """Note the parameters that the training leaves: a later call may replace only these."""
        model, _, training, _ = self.parts
        training.end = checksum(model.theta)

    def write(self) -> None:
        """Write a checkpoint."""
        model, _, training, place = self.parts
        header, arrays = snapshot(*self.parts)
        header |= {
            "kind": KIND,
            "version": VERSION,
            "facts": self.facts,
            "run": training.run,
            "seconds": place.seconds + time.perf_counter() - self.start,
        }
        write_archive(self.path, header, arrays)
        self.last = time.perf_counter()
        if len(arrays["loss"]) and (now := described(model)) != self.facts["model"]:
            found = "; ".join(differences(self.facts["model"], now, "model"))
            self._warn(
                "training changes something of the model that the checkpoint does not hold, so a "
                "resumed training would be another one. Name such attributes in the class's "
                f"`checkpointed`. What changed ({found:.300})"
            )

    def _warn(self, text: str) -> None:
        if not self.warned:
            warn_caller(f"checkpoint {self.path}: {text}", RuntimeWarning)
        self.warned = True


def choices_in(path: Path, model: Trainable) -> tuple[int | None, Tuning | None]:
    """Return the number of threads and the tuning of the training in a checkpoint.

    Both are None if there is no file, if it does not say, or if it is of another model: its choices
    need not suit this one. `Checkpoint.begin` finds out what is wrong with a file.
    """
    try:
        facts = read_archive(path, "checkpoint")[0]["facts"]
        if facts["model"] != json.loads(json.dumps(described(model))):
            return None, None
        threads, tuning = facts["threads"], facts.get("tuning")  # older files have none
        if tuning is not None:
            form = tuning.get("tanh", "tanh")  # older files have none
            tuning = Tuning(tuning["sigmoid"], tuning["part_bytes"], form)
    except (OSError, ValueError, KeyError, TypeError):
        return None, None
    return threads if type(threads) is int and threads > 0 else None, tuning
