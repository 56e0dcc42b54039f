"""The loss, and the measure of the reconstruction, over the epochs."""

from __future__ import annotations

from math import ceil, floor, log10

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.ticker import MaxNLocator, NullFormatter

from tinyae.exploring.learner import Learner

FIRST = 20  # epochs that the axes have at the beginning
TINY = 1e-12  # losses below it are drawn there


class Charts:
    """Two charts, with a dotted line where a setting was changed.

    Parameters
    ----------
    loss, measure : axes to draw into
    learner : what is drawn

    Attributes
    ----------
    artists : those that change while the network learns
    """

    def __init__(self, loss: Axes, measure: Axes, learner: Learner):
        self.axes, self.learner = (loss, measure), learner
        self._lines = [ax.plot([], [], color=to_hex("C1"), linewidth=2.0)[0] for ax in self.axes]
        self._changes = [
            ax.plot([], [], ":", color="0.5", linewidth=1.2, transform=ax.get_xaxis_transform())[0]
            for ax in self.axes
        ]
        loss.set(ylabel="loss", yscale="log")
        loss.yaxis.set_minor_formatter(NullFormatter())
        loss.tick_params(labelbottom=False)
        label = learner.measured
        for word in (" with", " from", " square"):  # two lines
            label = label.replace(word, f"\n{word.strip()}")
        measure.set(xlabel="epoch", ylabel=label)
        cosine = learner.data.width == 2
        measure.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        measure.set_ylim((-1.05, 1.05) if cosine else (0.0, 1.0))
        if cosine:
            measure.axhline(0.0, color="0.8", linewidth=0.8, zorder=0)
        self._fixed = cosine
        self.artists: tuple[Artist, ...] = (*self._changes, *self._lines)

    def __repr__(self) -> str:
        return f"Charts(epoch {self.learner.epochs})"

    def update(self) -> bool:
        """Draw the present curves; return whether an axis was changed."""
        found = self.learner
        curves = ((np.arange(1, found.epochs + 1), np.array(found.losses)),
                  (np.arange(found.epochs + 1), np.array(found.measures)))  # fmt: skip
        x = np.repeat(np.array(found.changes, float), 3)
        heights = np.tile([0.0, 1.0, np.nan], len(found.changes))
        rescaled = False
        for ax, line, changes, curve in zip(self.axes, self._lines, self._changes, curves,
                                            strict=True):  # fmt: skip
            line.set_data(*curve)
            changes.set_data(x, heights)
            rescaled |= self._widen(ax)
            if not (ax is self.axes[1] and self._fixed):
                rescaled |= self._fit_height(ax, curve[1])
        return rescaled

    def _widen(self, ax: Axes) -> bool:
        """Double the width of the axis until it holds all epochs, or start again after a reset."""
        wanted = FIRST
        while wanted < self.learner.epochs:
            wanted *= 2
        if ax.get_xlim() == (0, wanted):
            return False
        ax.set_xlim(0, wanted)
        return True

    def _fit_height(self, ax: Axes, values: np.ndarray) -> bool:
        """Make the axis hold all values: a logarithmic one by whole powers of ten."""
        if not len(values):
            return False
        low, high = values.min(), values.max()
        bottom, top = ax.get_ylim()
        if ax.get_yscale() == "log":
            low, high = 10.0 ** floor(log10(max(low, TINY))), 10.0 ** ceil(log10(max(high, TINY)))
            if low == high:
                low /= 10.0
        elif top / 2.5 <= high <= top:
            return False
        else:
            low, high = 0.0, 1.3 * max(high, TINY)
        if (bottom, top) == (low, high):
            return False
        ax.set_ylim(low, high)
        return True
