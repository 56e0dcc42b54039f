"""The field r(x) − x in the plane, beside σ² times the exact score (14.5.1)."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.quiver import Quiver
from numpy.typing import NDArray

from tinyae.exploring.learner import Learner

SIDE = 25  # arrows along the longer side of the window
NEAR = 3.0  # arrows are drawn at points within NEAR σ of the data
SHOWN, LONGEST = 0.5, 0.12  # arrows have half their length, and are not longer than this
POINTS = 1000  # of a table that are drawn


class PlaneView:
    """Arrows on a grid, and the path of a point that was clicked.

    Parameters
    ----------
    ax : axes to draw into
    learner : what is drawn

    Attributes
    ----------
    artists : those that change while the network learns
    start : the point (2,) where the path begins; None if there is no path
    """

    hint = (
        "click a point to follow x → r(x) → r(r(x)) → …   "
        f"No arrow is drawn longer than {LONGEST:g}."
    )

    def __init__(self, ax: Axes, learner: Learner):
        self.ax, self.learner = ax, learner
        self.start: NDArray | None = None
        low, high = learner.data.limits()
        step = float((high - low).max()) / (SIDE - 1)
        sides = [np.arange(a + step / 2, b, step) for a, b in zip(low, high, strict=True)]
        self.grid = np.stack([part.ravel() for part in np.meshgrid(*sides)], axis=1)
        centers = learner.data.centers
        assert centers is not None, "points have them"
        some = centers[:: -(-len(centers) // POINTS)]
        self._distance = np.array([((some - x) ** 2).sum(axis=1).min() ** 0.5 for x in self.grid])
        if learner.data.curve:
            ax.plot(*centers.T, color=to_hex("C2"), linewidth=2.5, zorder=1, label="data")
        else:
            ax.plot(*some.T, ".", color=to_hex("C2"), markersize=5, zorder=1, label="data")
        self._exact = self._arrows("0.72", 0.0055)
        self._learned = self._arrows(to_hex("C1"), 0.0034)
        (self._path,) = ax.plot(
            [], [], "-o", color=to_hex("C0"), linewidth=1.8, markersize=5, zorder=4
        )
        for color, words in (("0.72", "½ σ² · exact score"), (to_hex("C1"), "½ (r(x) − x)")):
            ax.plot([], [], color=color, marker=">", label=words)
        ax.plot([], [], "-o", color=to_hex("C0"), markersize=5, label="x → r(x) → …")
        ax.set(aspect="equal", xlim=(low[0], high[0]), ylim=(low[1], high[1]),
               xlabel=learner.data.labels[0], ylabel=learner.data.labels[1])  # fmt: skip
        self.artists: tuple[Artist, ...] = (self._exact, self._learned, self._path)
        self.compare()

    def __repr__(self) -> str:
        return f"PlaneView({len(self.grid)} arrows)"

    def compare(self) -> None:
        """Choose the arrows near the data, and draw the exact field, for the present σ."""
        self._hidden = self._distance > NEAR * self.learner.settings.sigma
        best = self.learner.best(self.grid)
        assert best is not None, "points have it"
        self._set(self._exact, best - self.grid)

    def update(self) -> None:
        """Draw the present field and path."""
        self._set(self._learned, self.learner.reconstruct(self.grid) - self.grid)
        points = np.empty((0, 2)) if self.start is None else self.learner.path(self.start)
        self._path.set_data(*points.T)

    def point(self, x: float, y: float) -> NDArray:
        """Return the point that belongs to a click at these data coordinates."""
        return np.array([x, y])

    def _arrows(self, color: str, width: float) -> Quiver:
        zero = np.zeros(len(self.grid))
        return self.ax.quiver(*self.grid.T, zero, zero, color=color, angles="xy",
                              scale_units="xy", scale=1.0, width=width, zorder=3)  # fmt: skip

    def _set(self, arrows: Quiver, field: NDArray) -> None:
        """Give the arrows half the lengths of this field (n, 2), and hide those far from data."""
        drawn = SHOWN * field
        length = np.linalg.norm(drawn, axis=1, keepdims=True)
        drawn = drawn * np.minimum(1.0, LONGEST / np.maximum(length, 1e-12))
        arrows.set_UVC(*np.ma.array(drawn, mask=np.stack([self._hidden] * 2, axis=1)).T)
