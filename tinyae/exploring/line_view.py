"""The curve r(x) of one number x, beside the best possible one (14.7, figure 14.7)."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from numpy.typing import NDArray

from tinyae.exploring.learner import Learner

COUNT = 401  # points of the curve
MOST = 300  # data that are drawn


class LineView:
    """The curves r(x) and E[x | x̃], the diagonal, and the path of a point as a staircase.

    Parameters
    ----------
    ax : axes to draw into
    learner : what is drawn

    Attributes
    ----------
    artists : those that change while the network learns
    start : the number (1,) where the path begins; None if there is no path
    """

    hint = "click to follow x → r(x) → r(r(x)) → … from there"

    def __init__(self, ax: Axes, learner: Learner):
        self.ax, self.learner = ax, learner
        self.start: NDArray | None = None
        low, high = (float(limit[0]) for limit in learner.data.limits())
        low, high = low - 0.2 * (high - low), high + 0.2 * (high - low)
        self.grid = np.linspace(low, high, COUNT)[:, None]
        x, data = self.grid[:, 0], learner.data.centers
        assert data is not None, "points have them"
        some = data[:: -(-len(data) // MOST), 0]
        ax.plot(x, x, color="0.45", linestyle="--", linewidth=1.2, label="r(x) = x")
        (self._best,) = ax.plot(x, x, color=to_hex("C4"), linewidth=5, label="best possible")
        (self._learned,) = ax.plot(x, x, color=to_hex("C1"), linewidth=2.2, label="learned r(x)")
        (self._path,) = ax.plot(
            [], [], "-", color=to_hex("C6"), linewidth=1.8, label="x → r(x) → …"
        )
        ax.plot(
            some, some, "o", color=to_hex("C0"), markersize=7 if len(some) < 20 else 3, label="data"
        )
        ax.set(aspect="equal", xlim=(low, high), ylim=(low, high), xlabel="$x$", ylabel="$r(x)$")
        self.artists: tuple[Artist, ...] = (self._best, self._learned, self._path)
        self.compare()

    def __repr__(self) -> str:
        return f"LineView({len(self.grid)} points)"

    def compare(self) -> None:
        """Draw the best possible reconstruction for the present σ."""
        best = self.learner.best(self.grid)
        assert best is not None, "points have it"
        self._best.set_ydata(best[:, 0])

    def update(self) -> None:
        """Draw the present curve and path."""
        self._learned.set_ydata(self.learner.reconstruct(self.grid)[:, 0])
        if self.start is None:
            self._path.set_data([], [])
            return
        x = np.repeat(self.learner.path(self.start)[:, 0], 2)
        self._path.set_data(x[:-1], x[1:])  # (x, x), (x, r), (r, r) and so on

    def point(self, x: float, y: float) -> NDArray:
        """Return the number that belongs to a click at these data coordinates."""
        return np.array([x])
