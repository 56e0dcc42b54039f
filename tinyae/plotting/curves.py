"""The reconstruction of one number as a curve beside the diagonal, as in figure 14.7."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.numbers import truth
from tinyae.checks.tables import table
from tinyae.drawing.canvas import axes_to_draw
from tinyae.plotting.drawable import reconstructs
from tinyae.plotting.fields import check_color

SIDE = 4.6  # inches of a new figure


def reconstruction_curve(
    x: ArrayLike,
    r: Any,
    *,
    label: str = "learned r(x)",
    color: str = "C1",
    reference: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw r(x) of one number x, the diagonal r(x) = x, and the points where both meet.

    A filled circle is a point whose slope of r is below 1: r moves its neighbours towards it. At a
    hollow one the slope is above 1, and r moves them away. Between neighbouring x, the curve is a
    straight line, also for these points.

    Parameters
    ----------
    x : increasing numbers, of shape (n,) or (n, 1), at least two
    r : their reconstructions, of the same shape, or a model that reconstructs one number
    label : of the curve in the legend
    color : one color for matplotlib, of the curve
    reference : whether the diagonal is drawn, and it and the circles are named in a legend. Give
        False for the second of several curves
    ax : matplotlib Axes to draw into; None makes a new figure

    Returns
    -------
    matplotlib.axes.Axes
        Both axes have the same scale, and those of a new figure are as wide as high. `ax.legend()`
        draws the legend.

    Raises
    ------
    ValueError
        If x does not increase, the shapes differ, an entry is not finite, or `color` is no color.
    """
    x = _column(x, "x")
    if len(x) < 2 or (np.diff(x) <= 0).any():
        raise ValueError(
            "x must be at least two increasing numbers, such as np.linspace(-1, 1, 401), got "
            f"{len(x)} from {x[0]:g} to {x[-1]:g}"
        )
    if not isinstance(label, str):
        raise TypeError(f"label must be a text, got {label!r:.60}")
    check_color(color)
    reference = truth(reference, "reference")
    r = _column(r.reconstruct(x[:, None]) if reconstructs(r) else r, "r")
    if len(r) != len(x):
        raise ValueError(f"r has {len(r)} numbers for {len(x)} of x: give one for each")
    zeros, slopes = crossings(x, r)
    new = ax is None
    with axes_to_draw(ax, SIDE, SIDE) as ax:
        if reference:
            ax.plot(x[[0, -1]], x[[0, -1]], color="0.45", linestyle="--", linewidth=1.2,
                    label="r(x) = x")  # fmt: skip
        ax.plot(x, r, color=color, label=label)
        for chosen, words, face in (
            (slopes < 1, "slope below 1", "C0"),
            (slopes > 1, "slope above 1", "white"),
        ):
            if chosen.any():
                ax.plot(zeros[chosen], zeros[chosen], "o", color="C0", markerfacecolor=face,
                        markersize=7, zorder=4, label=words if reference else None)  # fmt: skip
        ax.set(xlabel="$x$", ylabel="$r(x)$")
        ax.set_aspect("equal", adjustable="datalim" if new else None)  # it keeps its shape
    return ax


def crossings(x: NDArray, r: NDArray) -> tuple[NDArray, NDArray]:
    """Return where the line through the points (x, r) crosses the diagonal, and its slope there.

    Parameters
    ----------
    x, r : of shape (n,); x increases

    Returns
    -------
    zeros, slopes : of shape (m,). A line that only touches the diagonal from one side, or runs
        along it, does not cross it
    """
    above = np.sign(r - x)
    change = np.flatnonzero(above)  # a point on the diagonal belongs to the crossing around it
    pairs = [(i, j) for i, j in zip(change, change[1:], strict=False) if above[i] != above[j]]
    if not pairs:
        return np.empty(0), np.empty(0)
    i, j = np.array(pairs).T
    before, after = (r - x)[i], (r - x)[j]
    zeros = x[i] + (x[j] - x[i]) * before / (before - after)
    return zeros, (r[j] - r[i]) / (x[j] - x[i])


def _column(numbers: ArrayLike, name: str) -> NDArray:
    """Return numbers of shape (n,) or (n, 1) as (n,) in float64."""
    found = real_array(numbers, name)
    column = found[:, None] if found.ndim == 1 else found
    return table(column, name, width=1, dtype=np.float64)[:, 0]
