"""The state of an optimizer in its two forms: means for the layers, sums for the vectorized core.

A state can be converted between the two, so that training can continue with the other one.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from tinyae.training.optimizers import SGD, Adam

PAUSE = 100  # the core sets nearly subnormal numbers to zero every PAUSE steps


def averaged(optimizer: Any, memory: dict | None) -> dict | None:
    """Return the state in the form of the optimizer's own `step`, given either form.

    The core keeps sums over the n rows of a batch, M = Σ β₁ˢ n g and V = Σ β₂ˢ n² g². The optimizer
    itself keeps m = (1 − β₁) M / n and v = (1 − β₂) V / n². For SGD, m = M / n.
    """
    if memory is None or "rows" not in memory:
        return memory
    n = memory["rows"]
    found = {"t": memory["t"], "work": np.empty_like(memory["m"])}
    if isinstance(optimizer, SGD):
        return {**found, "m": memory["m"] / n}
    return {
        **found,
        "m": memory["m"] * ((1.0 - optimizer.beta1) / n),
        "v": memory["v"] * ((1.0 - optimizer.beta2) / n**2),
    }


def summed(optimizer: SGD | Adam, memory: dict, rows: int) -> dict:
    """Return the state in the form of the core, for batches of `rows` rows, given either form."""
    if memory.get("rows") == rows:
        return memory
    means = cast(dict, averaged(optimizer, memory))
    found = {"t": means["t"], "flushed": means["t"] - means["t"] % PAUSE, "rows": rows}
    if isinstance(optimizer, SGD):
        return {**found, "m": means["m"] * rows}
    return {
        **found,
        "m": means["m"] * (rows / (1.0 - optimizer.beta1)),
        "v": means["v"] * (rows**2 / (1.0 - optimizer.beta2)),
    }


def without_scratch(optimizer: object, memory: dict) -> dict:
    """Return what the state holds from one step to the next: all but an array for scratch."""
    scratch = {"work"} if isinstance(optimizer, SGD | Adam) else set()
    return {name: value for name, value in memory.items() if name not in scratch}
