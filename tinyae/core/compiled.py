"""A compiled model: what training on buffers has in common for autoencoders and for machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tinyae.core.steps import Steps


class Compiled:
    """A model with the steps of its optimizer, for batches of one size.

    Parameters
    ----------
    model : its theta is trained, and its grad holds the gradient
    steps : the steps of the optimizer
    names : attributes of the model that are part of what was compiled, and must not be replaced
    """

    def __init__(self, model: Any, steps: Steps, names: Iterable[str]):
        self.model, self.steps = model, steps
        self.compiled = parts_of(model, names)

    @property
    def memory(self) -> dict:
        """The state of the optimizer."""
        return self.steps.memory()

    def restore(self, memory: dict) -> None:
        """Set the state of the optimizer to that of a checkpoint, as `memory` gave it."""
        self.steps.restore(memory)

    def check_unchanged(self) -> None:
        """Raise RuntimeError if a part of the model was replaced since it was compiled."""
        check_unchanged(self.model, self.compiled)

    def end_epoch(self, mean_loss: float, progress: float) -> float:
        """Set grad to that of a mean, and the model's progress; return the mean loss of the epoch.

        Before, grad is a sum over the rows of a full batch. The loss is NaN if theta is not finite.
        """
        self.model.grad *= self.model.dtype.type(1.0 / self.steps.rows)
        self.model.progress = progress
        return mean_loss if np.isfinite(self.model.theta).all() else np.nan


def parts_of(model: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return the attributes of a model that are part of what is compiled."""
    return {name: getattr(model, name) for name in names}


def check_unchanged(model: Any, parts: Mapping[str, Any]) -> None:
    """Raise RuntimeError if one of these parts of the model was replaced, or its memory was."""
    model.check_packed()
    for name, value in parts.items():
        if getattr(model, name) is not value:
            raise RuntimeError(
                f"the model's {name} was replaced during training, which the vectorized core "
                'does not support; train with core="layers", or call fit again'
            )
