"""The nearest of some data to each of some points, by brute force in blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.nn.tangents import BLOCK_BYTES


def nearest(data: NDArray, x: NDArray | None, count: int) -> NDArray[np.intp]:
    """Return the indices (n, count) of the data (N, d) nearest to each x (n, d), in no order.

    Without x the points are the data themselves, and none is its own neighbour.
    """
    own, x = x is None, data if x is None else x
    squares = (data**2).sum(axis=1)
    found = np.empty((len(x), count), np.intp)
    step = max(1, BLOCK_BYTES // (data.itemsize * len(data)))
    for start in range(0, len(x), step):
        part = x[start : start + step]
        squared = squares - 2.0 * part @ data.T  # less ‖x‖², which all of a row have in common
        if own:
            i = np.arange(len(part))
            squared[i, start + i] = np.inf
        found[start : start + step] = np.argpartition(squared, count - 1, axis=1)[:, :count]
    return found
