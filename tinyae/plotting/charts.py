"""The pictures that come up again and again: filters, reconstructions, learning curves.

Each function returns a `Figure` in the house style and touches no global state, so it can be shown
in a notebook, saved with `save_figure`, or looked at in a debugger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from tinyae.checks.numbers import whole_number
from tinyae.nn.layers import Layer
from tinyae.nn.model import Model
from tinyae.plotting.canvas import Figure, style
from tinyae.plotting.drawable import labelled, named_histories, reconstructs, weights_of
from tinyae.plotting.pictures import as_images, black_and_white, check_range, label_of, tile
from tinyae.plotting.pixels import picture_shape, rows_of_pixels
from tinyae.training.history import History

GAP = 2  # pixels between pictures
MOST_ROWS = 400  # rows of filters in one figure; a file can hold little more


def filters(
    W: ArrayLike | Layer | Model,
    *,
    columns: int = 16,
    title: str = "",
    shape: Sequence[int] | None = None,
) -> Figure:
    """Draw the weights into each hidden unit as pictures in a grid.

    Parameters
    ----------
    W : array (d, k), one column of d pixels per unit, or (k, h, w), one picture per unit; or a
        layer or a model, of which the first W is drawn. Each filter has its own scale, symmetric
        about zero, which is mid-grey: white excites the unit, black inhibits it. The decoder's
        `W.T` shows what each unit adds to the reconstruction instead
    columns : filters in a row
    shape : (height, width) of the pictures, or (height, width, 3) in colour; square by default
    """
    columns = whole_number(columns, "columns")
    _check_text(title, "title")
    W, shape = weights_of(W, shape)
    tiles = as_images(W.T, "each column of W", shape)
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    if rows > MOST_ROWS:
        raise ValueError(
            f"{len(tiles)} filters in {columns} columns are {rows} rows, more than a picture can "
            f"hold: draw some of them, W[:, :{MOST_ROWS * columns}], or give more columns"
        )
    scale = np.abs(tiles).max(axis=tuple(range(1, tiles.ndim)), keepdims=True)
    tiles = 0.5 + 0.5 * (tiles / np.where(scale > 0, scale, 1.0))
    height = 0.5 * (tiles.shape[1] + GAP) / (tiles.shape[2] + GAP) * rows
    with style():
        figure = Figure(figsize=(0.5 * columns + 1, height + 1))
        axes = figure.add_subplot()
        shown = axes.imshow(tile(tiles, columns, gap=GAP), vmin=0, vmax=1)
        _bare(axes, title or "weights into each hidden unit")
        if tiles.ndim == 4:  # a bar of greys would say nothing of colours
            axes.set_xlabel("mid-grey is 0, each unit has its own scale")
            return figure
        beside = [max(1.02, 1.0 + 0.15 / columns), 0.0, 0.15 / columns, 1.0]
        ticks = {0: "−max", 0.5: "0", 1: "+max"}
        if height < 0.5:
            del ticks[0.5]  # there is no room between the ends
        bar = figure.colorbar(shown, cax=axes.inset_axes(beside), ticks=list(ticks))
        bar.ax.set_yticklabels(list(ticks.values()))
    return figure


def reconstructions(
    originals: ArrayLike,
    rows: ArrayLike | Model | Mapping[str, ArrayLike] | Sequence[tuple[str, ArrayLike]],
    *,
    title: str = "",
    shape: Sequence[int] | None = None,
    vrange: tuple[float, float] = (0.0, 1.0),
    most: int = 20,
) -> Figure:
    """Draw originals above one or more rows of reconstructions.

    Parameters
    ----------
    originals : array (n, d), or (d,) for one picture; or (n, h, w), or (n, h, w, 3) in colour
    rows : what is drawn below: an array like `originals`, a model that reconstructs them, or for
        several rows a list of them, or (label, array) each, as a list or a dict. What leaves
        `vrange` is clipped, and the row's label says how much if it is more than a twentieth
    shape : (height, width) of the pictures, or (height, width, 3) in colour; by default the one
        that `originals` or `rows` have, or square
    vrange : the values that are shown black and white. Originals beyond them are refused
    most : at most so many pictures are drawn, the first ones

    Raises
    ------
    ValueError
        If the pictures are on another scale, such as bytes up to 255, or of another shape.
    """
    if reconstructs(originals) and not reconstructs(rows):
        originals, rows = rows, originals  # the model first: (model, X)
    low, high = black_and_white(vrange)
    most = whole_number(most, "most")
    _check_text(title, "title")
    originals, shape = rows_of_pixels(originals, "original", picture_shape(shape))
    check_range(originals, "originals", low, high)
    found = [("original", originals)]
    for label, x in labelled(rows, originals):
        x, shape = rows_of_pixels(x, label, shape, width=originals.shape[1])
        if len(x) != len(originals):
            raise ValueError(f"{label} has {len(x)} pictures for {len(originals)} originals")
        found.append((label, x))
    stacked = [
        (label_of(x, label, low, high), as_images(x, label, shape)[:most]) for label, x in found
    ]
    count, h, w = stacked[0][1].shape[:3]
    if count < len(originals):
        title = f"{title} (the first {count} of {len(originals)})".strip()
    with style():
        height = len(stacked) * (0.62 * h / (w + GAP) + 0.08)
        figure = Figure(figsize=(0.62 * count + 1.2, height + 0.5))
        for i, (label, images) in enumerate(stacked):
            axes = figure.add_subplot(len(stacked), 1, i + 1)
            if images.ndim == 4:
                images = np.clip((images - low) / (high - low), 0.0, 1.0)
            blank = 1.0 if images.ndim == 4 else high
            axes.imshow(tile(images, count, blank=blank, gap=GAP), vmin=low, vmax=high)
            _bare(axes, "")
            axes.set_ylabel(label, rotation=0, ha="right", va="center")
        if title:
            figure.suptitle(title)
    return figure


def learning_curves(
    histories: History | Mapping[str, History] | Sequence[History],
    *,
    ylabel: str = "loss per example",
    title: str = "",
) -> Figure:
    """Draw the loss of each history by epoch; validation dashed in the same colour.

    Parameters
    ----------
    histories : what `fit` returns, one of it or several: {"name": history, …}, or a list, whose
        entries are then called run 1, run 2, …
    """
    named = named_histories(histories)
    # matplotlib leaves names that begin with an underscore out of legends
    named = [(f" {name}" if name.startswith("_") else name, history) for name, history in named]
    _check_text(title, "title")
    _check_text(ylabel, "ylabel")
    if not any(history.loss for _, history in named):
        raise ValueError("there is no finished epoch to draw")
    with style():
        figure = Figure(figsize=(5.2, 3.4))
        axes = figure.add_subplot()
        for name, history in named:
            name = f"{name}, " if name else ""
            dot = "o" if len(history.loss) == 1 else None  # a line of one point cannot be seen
            epochs = np.arange(1, len(history.loss) + 1)
            (line,) = axes.plot(epochs, history.loss, marker=dot, label=f"{name}training")
            if history.validation:
                dot = "s" if dot else None
                epochs = np.arange(1, len(history.validation) + 1)
                axes.plot(epochs, history.validation, "--", color=line.get_color(), marker=dot,
                          label=f"{name}validation")  # fmt: skip
        axes.set(xlabel="epoch", ylabel=ylabel, title=title)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
    return figure


def _check_text(text: str, name: str) -> None:
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a text, got {text!r}")


def _bare(axes, title: str) -> None:
    """Pictures of pixels need no ticks."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    if title:
        axes.set_title(title)
