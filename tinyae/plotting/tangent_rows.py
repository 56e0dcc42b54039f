"""Tangents of pictures as pictures, as in figures 14.6 and 14.10: which pixels change, and how."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from tinyae.checks.arrays import length_of
from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import shaped
from tinyae.drawing.canvas import axes_to_draw
from tinyae.plotting.pictures import (
    as_images,
    black_and_white,
    check_range,
    grey_picture,
    signed_grey,
    tile,
)
from tinyae.plotting.pixels import picture_shape, rows_of_pixels

GAP = 2  # pixels between pictures
INCHES = 0.9  # width of a picture in a new figure


def tangent_images(
    X: ArrayLike,
    T: ArrayLike,
    *,
    labels: Sequence[str] | None = None,
    shape: Sequence[int] | None = None,
    vrange: tuple[float, float] = (0.0, 1.0),
    most: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """Draw each picture, and beside it its tangents: white pixels brighten and black ones darken.

    A tangent v of a point x is a direction in which x + ε v stays near the manifold, for small ε.
    `tinyae.tangents(model, X, k)` returns such directions. Each tangent has its own grey scale, and
    mid-grey pixels do not change. The sign of a direction is of no account, so a tangent may be
    drawn with black and white exchanged.

    Parameters
    ----------
    X : the points, grey pictures: (n, d) or (n, h, w)
    T : their tangents, of shape (n, k, d)
    labels : a text for each row; None for no texts
    shape : (height, width) of the pictures; that of X or square by default
    vrange : the values of X that are shown black and white; others are refused
    most : the greatest number of rows; the first ones are drawn
    ax : matplotlib Axes to draw into; None makes a new figure

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the shapes do not belong together, or the pictures are in colour or on another scale.
    """
    low, high = black_and_white(vrange)
    most = whole_number(most, "most")
    X, shape = rows_of_pixels(X, "X", picture_shape(shape))
    images = as_images(X, "X", shape)
    if images.ndim == 4:
        raise ValueError(
            f"X has pictures of shape {images.shape[1:]} in colour, in which a tangent cannot be "
            "drawn with mid-grey for no change: give grey ones, such as X.mean(axis=-1)"
        )
    check_range(X, "X", low, high)
    T = shaped(T, "T", (len(X), None, X.shape[1]))
    k = T.shape[1]
    if labels is not None and length_of(labels) != len(X):
        raise ValueError(
            f"labels must be a list with a text for each of {len(X)} rows, got {labels!r:.60}"
        )
    count, (h, w) = min(len(X), most), images.shape[1:]
    greys = signed_grey(T[:count].reshape(count * k, h, w)).reshape(count, k, h, w)
    points = (images[:count, None] - low) / (high - low)
    cells = np.concatenate([points, greys], axis=1).reshape(-1, h, w)
    height = INCHES * count * (h + GAP) / (w + GAP)
    with axes_to_draw(ax, INCHES * (k + 1) + 1.4, height + 0.7) as ax:
        grey_picture(ax, tile(cells, k + 1, gap=GAP), 0.0, 1.0)
        if labels is not None:
            ax.set_yticks((h - 1) / 2 + (h + GAP) * np.arange(count), list(labels)[:count])
            ax.tick_params(axis="y", length=0)
        ax.set_xlabel("left: the picture; then its tangents: white brightens, black darkens")
    return ax
