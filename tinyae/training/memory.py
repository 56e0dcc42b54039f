"""What an optimizer remembers, in the two forms that it has: means in the layers, sums in the core.

A training that began in one of them goes on in the other.
"""

from __future__ import annotations

import numpy as np

from tinyae.training.optimizers import SGD, Adam

PAUSE = 100  # steps of the core between two looks for numbers that are about to become subnormal


def averaged(optimizer: SGD | Adam, memory: dict | None) -> dict | None:
    """Return the memory as the optimizer's own `step` wants it, from either form.

    The core keeps sums over a batch's n rows, M = Σ β₁ˢ n g and V = Σ β₂ˢ n² g²; the optimizer
    itself keeps m = (1 − β₁) M / n and v = (1 − β₂) V / n², and without momentum's factor for SGD.
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
    """Return the memory as the core keeps it for batches of so many rows, from either form."""
    if memory.get("rows") == rows:
        return memory
    means = averaged(optimizer, memory)
    found = {"t": means["t"], "flushed": means["t"] - means["t"] % PAUSE, "rows": rows}
    if isinstance(optimizer, SGD):
        return {**found, "m": means["m"] * rows}
    return {
        **found,
        "m": means["m"] * (rows / (1.0 - optimizer.beta1)),
        "v": means["v"] * (rows**2 / (1.0 - optimizer.beta2)),
    }
