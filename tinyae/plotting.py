"""The pictures that come up again and again: filters, reconstructions, learning curves.

Each function returns a matplotlib `Figure` in the house style and touches no global state, so it
can be shown in a notebook, saved with `save_figure`, or looked at in a debugger.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from tinyae.nn.checks import table
from tinyae.nn.history import History

STYLE = Path(__file__).with_name("style.mplstyle")


@contextmanager
def style() -> Iterator[None]:
    """Make pictures drawn inside this context follow the one style sheet."""
    with matplotlib.rc_context(fname=STYLE):
        yield


def save_figure(figure: Figure, path: str | os.PathLike) -> Path:
    """Write the figure in the format of the path's suffix; equal pictures give equal bytes."""
    path = Path(path)
    if not path.suffix:
        raise ValueError(f"{path} names no format: end it in .svg or .png")
    path.parent.mkdir(parents=True, exist_ok=True)
    fixed = {"Date": None} if path.suffix == ".svg" else {}
    with style():
        figure.savefig(path, metadata=fixed)
    return path


def filters(W: ArrayLike, *, columns: int = 16, title: str = "") -> Figure:
    """Draw the weights into each hidden unit as pictures in a grid.

    Parameters
    ----------
    W : array (d, k), one column per unit, d a square number of pixels. Each filter has its own
        scale, symmetric about zero, which is mid-grey: white excites the unit, black inhibits it.
        The decoder's `W.T` shows what each unit adds to the reconstruction instead.
    columns : filters in a row
    """
    W = table(W, "W", dtype=np.float64)
    tiles = as_images(W.T, "W.T")
    scale = np.abs(tiles).max(axis=(1, 2), keepdims=True)
    tiles = 0.5 + 0.5 * tiles / np.where(scale > 0, scale, 1.0)
    grid = tile(tiles, columns, blank=1.0)
    with style():
        figure = Figure(
            figsize=(0.5 * min(columns, len(tiles)) + 1, 0.5 * len(tiles) / columns + 1)
        )
        axes = figure.add_subplot()
        shown = axes.imshow(grid, vmin=0, vmax=1)
        _bare(axes, title or "weights into each hidden unit")
        bar = figure.colorbar(shown, cax=axes.inset_axes([1.02, 0.0, 0.15 / columns, 1.0]),
                              ticks=[0, 0.5, 1])  # fmt: skip
        bar.ax.set_yticklabels(["−max", "0", "+max"])
    return figure


def reconstructions(
    originals: ArrayLike, rows: Sequence[tuple[str, ArrayLike]], *, title: str = ""
) -> Figure:
    """Draw originals above one or more rows of reconstructions, pictures in [0, 1].

    Parameters
    ----------
    originals : array (n, d), d a square number of pixels
    rows : (label, array (n, d)) for each row below
    """
    originals = table(originals, "originals", dtype=np.float64)
    stacked = [("original", originals)]
    for label, r in rows:
        r = table(r, label, width=originals.shape[1], dtype=np.float64)
        if len(r) != len(originals):
            raise ValueError(f"{label} has {len(r)} pictures for {len(originals)} originals")
        stacked.append((label, r))
    with style():
        figure = Figure(figsize=(0.62 * len(originals) + 1.2, 0.68 * len(stacked) + 0.5))
        for i, (label, images) in enumerate(stacked):
            axes = figure.add_subplot(len(stacked), 1, i + 1)
            axes.imshow(tile(as_images(images, label), len(images)), vmin=0, vmax=1)
            _bare(axes, "")
            axes.set_ylabel(label, rotation=0, ha="right", va="center")
        if title:
            figure.suptitle(title)
    return figure


def learning_curves(histories: dict[str, History], *, ylabel: str = "loss per example") -> Figure:
    """Draw the loss of each named history by epoch; validation dashed in the same colour."""
    if not histories or not any(h.loss for h in histories.values()):
        raise ValueError("there is no finished epoch to draw")
    with style():
        figure = Figure(figsize=(5.2, 3.4))
        axes = figure.add_subplot()
        for name, history in histories.items():
            epochs = np.arange(1, len(history.loss) + 1)
            (line,) = axes.plot(epochs, history.loss, label=f"{name}, training")
            if history.validation:
                axes.plot(epochs, history.validation, "--", color=line.get_color(),
                          label=f"{name}, validation")  # fmt: skip
        axes.set(xlabel="epoch", ylabel=ylabel)
        axes.legend()
    return figure


def as_images(x: NDArray, name: str) -> NDArray:
    """Return rows of d = s² pixels as (n, s, s)."""
    side = round(x.shape[1] ** 0.5)
    if side * side != x.shape[1]:
        raise ValueError(f"{name} has {x.shape[1]} pixels per row, which is no square picture")
    return x.reshape(len(x), side, side)


def tile(images: NDArray, columns: int, *, blank: float = 1.0, gap: int = 2) -> NDArray:
    """Lay images (n, h, w) out in a grid with `columns` columns and a gap between neighbours."""
    n, h, w = images.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    grid = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap), blank)
    for i, image in enumerate(images):
        top, left = (i // columns) * (h + gap), (i % columns) * (w + gap)
        grid[top : top + h, left : left + w] = image
    return grid


def _bare(axes, title: str) -> None:
    """Pictures of pixels need no ticks."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    if title:
        axes.set_title(title)
