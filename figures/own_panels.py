"""Panels for a user's points in the plane: their shape, and the numbers on the horizontal axis."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator
from numpy.typing import ArrayLike

NARROW = 2.0  # height over width from which two numbers would touch


def height(x: ArrayLike) -> float:
    """Return the height of points x (n, 2) over their width, from 0.4 to 2.5."""
    across, up = np.ptp(np.asarray(x), axis=0)
    return float(np.clip(up / max(across, 1e-9 * up), 0.4, 2.5))


def thin_out(axes: Axes, x: ArrayLike) -> None:
    """Leave so few numbers on the horizontal axis of a panel of points x (n, 2) that none touch.

    A narrow panel has one, near its middle.
    """
    low, high = np.asarray(x)[:, 0].min(), np.asarray(x)[:, 0].max()
    ticks = MaxNLocator(4).tick_values(low, high)
    if height(x) > NARROW:
        ticks = ticks[[np.abs(ticks - (low + high) / 2).argmin()]]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
