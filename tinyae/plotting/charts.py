"""The three pictures that are drawn most often: filters, reconstructions, learning curves.

Each function draws into the matplotlib Axes `ax` and returns them. Without `ax` it makes a new
figure with one Axes in tinyae's style; `ax.figure` is that figure. pyplot is not used and no global
state is changed. The Axes can be shown in a notebook (as the last value of a cell, or by `show`) or
written to a file by `save_figure`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from tinyae.checks.numbers import whole_number
from tinyae.drawing.canvas import axes_to_draw
from tinyae.nn.layers import Layer
from tinyae.nn.model import Model
from tinyae.plotting.drawable import labelled, named_histories, reconstructs, weights_of
from tinyae.plotting.pictures import (
    as_images,
    black_and_white,
    check_range,
    grey_picture,
    label_of,
    signed_grey,
    tile,
)
from tinyae.plotting.pixels import picture_shape, rows_of_pixels
from tinyae.training.history import History

GAP = 2  # pixels between pictures
MOST_ROWS = 400  # rows of filters in one picture; matplotlib cannot write much larger ones
INCHES = 0.5  # width of one filter in a new figure
WIDE_INCHES = 0.62  # width of one reconstructed picture in a new figure


def filters(
    W: ArrayLike | Layer | Model,
    *,
    columns: int = 16,
    title: str = "",
    shape: Sequence[int] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the weights into each hidden unit as pictures in a grid.

    Each filter has its own grey scale, symmetric about zero, which is mid-grey: an input pixel
    that is white in the picture excites the unit, a black one inhibits it. The decoder's `W.T`
    shows what each unit adds to the reconstruction instead.

    Parameters
    ----------
    W : array (d, k), one column of d pixels for each unit, or (k, h, w), one picture for each unit;
        or a layer or a model, of which the first W is drawn
    columns : number of filters in a row
    title : title of the axes
    shape : (height, width) of the pictures, or (height, width, 3) in colour; square by default
    ax : matplotlib Axes to draw into; None makes a new figure

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the weights are no pictures of that shape, or too many for one picture.
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
    tiles = signed_grey(tiles)
    height = INCHES * (tiles.shape[1] + GAP) / (tiles.shape[2] + GAP) * rows
    with axes_to_draw(ax, INCHES * columns + 1, height + 1) as ax:
        shown = grey_picture(ax, tile(tiles, columns, gap=GAP), 0.0, 1.0)
        ax.set_title(title or "weights into each hidden unit")
        if tiles.ndim == 4:  # a colour bar in grey would not describe colours
            ax.set_xlabel("mid-grey is 0, each unit has its own scale")
            return ax
        beside = (max(1.02, 1.0 + 0.15 / columns), 0.0, 0.15 / columns, 1.0)
        ticks = {0: "−max", 0.5: "0", 1: "+max"}
        if height < 0.5:
            del ticks[0.5]  # a low colour bar has room for two labels
        bar = ax.figure.colorbar(shown, cax=ax.inset_axes(beside), ticks=list(ticks))
        bar.ax.set_yticklabels(list(ticks.values()))
    return ax


def reconstructions(
    X: ArrayLike,
    R: ArrayLike | Model | Mapping[str, ArrayLike] | Sequence[tuple[str, ArrayLike]],
    *,
    title: str = "",
    shape: Sequence[int] | None = None,
    vrange: tuple[float, float] = (0.0, 1.0),
    most: int = 20,
    ax: Axes | None = None,
) -> Axes:
    """Draw originals above one or more rows of reconstructions.

    Parameters
    ----------
    X : the originals: array (n, d), or (d,) for one picture; or (n, h, w), or (n, h, w, 3) in
        colour
    R : the reconstructions: an array like X, or a model that reconstructs X. For several rows, a
        list of these, or a list or dict of (label, array). Values outside `vrange` are clipped; the
        label of the row says how many if they are more than a twentieth
    title : title of the axes
    shape : (height, width) of the pictures, or (height, width, 3) in colour; by default the shape
        that X or R have, or square
    vrange : the values that are shown black and white. Originals outside them are refused
    most : the greatest number of pictures in a row; the first ones are drawn
    ax : matplotlib Axes to draw into; None makes a new figure

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the pictures are on another scale, such as bytes up to 255, or of another shape.
    """
    if reconstructs(X) and not reconstructs(R):
        X, R = R, X  # the model first: (model, X)
    low, high = black_and_white(vrange)
    most = whole_number(most, "most")
    _check_text(title, "title")
    X, shape = rows_of_pixels(cast(ArrayLike, X), "X", picture_shape(shape))
    check_range(X, "originals", low, high)
    found = [("original", X)]
    for label, r in labelled(R, X):
        r, shape = rows_of_pixels(r, label, shape, width=X.shape[1])
        if len(r) != len(X):
            raise ValueError(f"{label} has {len(r)} pictures for {len(X)} originals")
        found.append((label, r))
    labels = [label_of(r, label, low, high) for label, r in found]
    images = np.concatenate([as_images(r, label, shape)[:most] for label, r in found])
    if images.ndim == 4:
        images, low, high = np.clip((images - low) / (high - low), 0.0, 1.0), 0.0, 1.0
    count, (h, w) = len(images) // len(found), images.shape[1:3]
    if count < len(X):
        title = f"{title} (the first {count} of {len(X)})".strip()
    height = WIDE_INCHES * len(found) * (h + GAP) / (w + GAP)
    with axes_to_draw(ax, WIDE_INCHES * count + 1.2, height + 0.5) as ax:
        grey_picture(ax, tile(images, count, blank=high, gap=GAP), low, high)
        middles = (h - 1) / 2 + (h + GAP) * np.arange(len(found))
        ax.set_yticks(middles, labels)
        ax.tick_params(axis="y", length=0)
        if title:
            ax.set_title(title)
    return ax


def learning_curves(
    history: History | Mapping[str, History] | Sequence[History],
    *,
    ylabel: str = "loss per example",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw the loss of each history by epoch; validation is dashed and has the same colour.

    Parameters
    ----------
    history : what `fit` returns. For several: {"name": history, …}, or a list, whose entries are
        then called run 1, run 2, …
    ylabel, title : texts of the axes
    ax : matplotlib Axes to draw into; None makes a new figure

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If no epoch was finished.
    """
    named = named_histories(history)
    # matplotlib leaves names that begin with an underscore out of legends
    named = [(f" {name}" if name.startswith("_") else name, one) for name, one in named]
    _check_text(title, "title")
    _check_text(ylabel, "ylabel")
    if not any(one.loss for _, one in named):
        raise ValueError("there is no finished epoch to draw")
    with axes_to_draw(ax, 5.2, 3.4) as ax:
        for name, one in named:
            name = f"{name}, " if name else ""
            dot = "o" if len(one.loss) == 1 else None  # a line of one point is invisible
            epochs = np.arange(1, len(one.loss) + 1)
            (line,) = ax.plot(epochs, one.loss, marker=dot, label=f"{name}training")
            if one.validation:
                dot = "s" if dot else None
                epochs = np.arange(1, len(one.validation) + 1)
                ax.plot(epochs, one.validation, "--", color=line.get_color(), marker=dot,
                        label=f"{name}validation")  # fmt: skip
        ax.set(xlabel="epoch", ylabel=ylabel)
        if title:
            ax.set_title(title)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.legend()
    return ax


def _check_text(text: str, name: str) -> None:
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a text, got {text!r}")
