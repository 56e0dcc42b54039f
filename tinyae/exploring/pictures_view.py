"""Pictures, the same with noise, and their reconstructions (14.5)."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tinyae.exploring.learner import Learner
from tinyae.plotting.pictures import as_images, tile

GAP = 2  # pixels between pictures
ROWS = ("clean x", "noisy x̃", "r(x̃)", "path")


class PicturesView:
    """Three rows of pictures, and a fourth with the path of the picture that was clicked.

    Parameters
    ----------
    ax : axes to draw into
    learner : what is drawn

    Attributes
    ----------
    artists : those that change while the network learns
    start : the picture (d,) where the path begins; None if there is no path
    """

    hint = "click a picture to follow x → r(x) → r(r(x)) → …"

    def __init__(self, ax: Axes, learner: Learner):
        self.ax, self.learner = ax, learner
        self.start: NDArray | None = None
        self.side = round(learner.data.width**0.5)
        self._image = ax.imshow(self._tiled(), cmap="gray_r", vmin=0.0, vmax=1.0)
        middles = (self.side - 1) / 2 + (self.side + GAP) * np.arange(len(ROWS))
        ax.set(xticks=[], yticks=middles, yticklabels=ROWS)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        self.artists: tuple[Artist, ...] = (self._image,)

    def __repr__(self) -> str:
        return f"PicturesView({len(self.learner.data.fresh)} pictures)"

    def compare(self) -> None:
        """Do nothing: `update` draws all that depends on σ."""

    def update(self) -> None:
        """Draw the present pictures and path."""
        self._image.set_data(self._tiled())

    def point(self, x: float, y: float) -> NDArray | None:
        """Return the picture at these data coordinates; None in the last row, or beside all."""
        column, row = (int((value + 0.5) // (self.side + GAP)) for value in (x, y))
        rows = self._rows()
        if not (0 <= row < 3 and 0 <= column < len(rows[0])):
            return None
        return rows[row][column]

    def _rows(self) -> list[NDArray]:
        noisy = self.learner.noisy
        return [self.learner.data.fresh, noisy, self.learner.reconstruct(noisy)]

    def _tiled(self) -> NDArray:
        """Return all pictures as one."""
        rows, count = self._rows(), len(self.learner.data.fresh)
        path = np.zeros_like(rows[0])
        if self.start is not None:
            path = self.learner.path(self.start, steps=count - 1)
        pictures = as_images(np.concatenate([*rows, path]).clip(0.0, 1.0), "pictures")
        return tile(pictures, count, blank=0.0, gap=GAP)
