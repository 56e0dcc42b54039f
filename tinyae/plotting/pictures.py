"""Tables of pixels as pictures: shape, range of values, and arrangement in a grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import length_of, real_array
from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import check_finite
from tinyae.plotting.pixels import picture_shape, rows_of_pixels

LARGEST = 1e150  # largest value that is drawn; matplotlib divides by differences of values
CLIPPED = 0.05  # share of clipped pixels above which the label of a row says so
FAR = 10  # times the range; bytes are 254 ranges away from [0, 1], a poor reconstruction 1 or 2


def as_images(x: ArrayLike, name: str, shape: Sequence[int] | None = None) -> NDArray:
    """Return rows of pixels (n, d) as pictures: (n, h, w), or (n, h, w, 3) in colour.

    Parameters
    ----------
    x : array (n, d), or an array that already has the shape of pictures
    name : name of x in error messages
    shape : (h, w), or (h, w, 3) if each pixel has red, green and blue one after the other; None
        means square grey pictures. If each picture consists of three colour planes, give
        `x.reshape(n, 3, h, w).transpose(0, 2, 3, 1)`

    Raises
    ------
    ValueError
        If the number of pixels does not agree with `shape`, or is no square where `shape` is None.
    """
    x = real_array(x, name)
    if x.ndim < 2:
        raise ValueError(f"{name} must have shape (pictures, pixels), got {x.shape}")
    x, shape = rows_of_pixels(x, name, picture_shape(shape))
    d = x.shape[1]
    if shape is None:
        side = round(d**0.5)
        if side * side != d:
            third = round((d / 3) ** 0.5)
            colour = (third, third, 3) if 3 * third * third == d else "(height, width, 3)"
            raise ValueError(
                f"{name} has {d} pixels per row, which is no square picture: give "
                f"shape=(height, width), or shape={colour} if it is in colour"
                + (f"; if it is one picture, shape={x.shape}" if min(x.shape) > 1 else "")
            )
        return x.reshape(len(x), side, side)
    if np.prod(shape) != d:
        raise ValueError(f"{name} has {d} pixels per row, but shape={shape} has {np.prod(shape)}")
    return x.reshape(len(x), *shape)


def signed_grey(images: NDArray) -> NDArray:
    """Return pictures of signed numbers (n, ...) as greys from 0 to 1, with mid-grey for zero.

    Each picture has its own scale: its entry of the largest size becomes black or white.
    """
    largest = np.abs(images).max(axis=tuple(range(1, images.ndim)), keepdims=True)
    return 0.5 + 0.5 * (images / np.where(largest > 0, largest, 1.0))


def black_and_white(vrange: Sequence[float]) -> tuple[float, float]:
    """Return the values that are shown black and white, after checking them."""
    if length_of(vrange) != 2:
        raise ValueError(f"vrange must be two numbers (black, white), got {vrange!r}")
    low, high = (real_number(v, f"vrange[{i}]") for i, v in enumerate(vrange))
    if low >= high:
        raise ValueError(f"vrange must be (black, white) with black < white, got {vrange!r}")
    if max(-low, high) > LARGEST or high - low < 1 / LARGEST:
        raise ValueError(f"vrange = {vrange!r} cannot be drawn: bring the pictures nearer to 1")
    return low, high


def check_range(x: NDArray, name: str, low: float, high: float) -> None:
    """Raise ValueError if the values of pictures are outside [low, high]."""
    least, most = float(x.min()), float(x.max())
    slack = 1e-3 * (high - low)
    if least >= low - slack and most <= high + slack:
        return
    if (low, high) == (0.0, 1.0) and least >= 0 and most <= 255:
        cure = "divide bytes by 255, or give vrange=(0, 255)"
    elif (low, high) == (0.0, 1.0) and least >= -1 - slack and most <= 1 + slack:
        cure = "give vrange=(-1, 1), the values that are shown black and white"
    else:
        cure = (
            "undo the scaling (x * scale + mean, where data were standardised), or give "
            f"vrange=({least:.3g}, {most:.3g}), the values that are shown black and white"
        )
    raise ValueError(
        f"{name} reach from {least:.3g} to {most:.3g}, and pictures are shown on "
        f"[{low:g}, {high:g}]: {cure}"
    )


def label_of(x: NDArray, label: str, low: float, high: float) -> str:
    """Return the label of a row; it says how many of its pixels are outside [low, high].

    Reconstructions and noisy pictures may be outside the range and are clipped. Values that are
    outside by more than `FAR` times the range are on another scale and raise ValueError.
    """
    width = high - low
    if x.min() < low - FAR * width or x.max() > high + FAR * width:
        raise ValueError(
            f"{label} reaches from {x.min():.3g} to {x.max():.3g} beside originals on "
            f"[{low:g}, {high:g}]: bring both to one scale"
        )
    clipped = np.mean((x < low - 0.01 * width) | (x > high + 0.01 * width))
    return f"{label}\n{clipped:.0%} clipped" if clipped > CLIPPED else label


def tile(images: ArrayLike, columns: int, *, blank: float = 1.0, gap: int = 2) -> NDArray:
    """Return one picture with the given pictures (n, h, w) or (n, h, w, 3) in a grid.

    Parameters
    ----------
    images : array (n, h, w), or (n, h, w, 3) in colour
    columns : number of pictures in a row
    blank : value of the gaps between the pictures and of missing pictures
    gap : width of the gaps, in pixels
    """
    images = real_array(images, "images")
    if images.ndim not in (3, 4) or images.size == 0 or images.shape[3:] not in ((), (3,)):
        raise ValueError(f"tile takes pictures of shape (n, h, w[, 3]), got {images.shape}")
    check_finite(images, "images", np.float64)
    columns, gap = whole_number(columns, "columns"), whole_number(gap, "gap", least=0)
    blank = real_number(blank, "blank")
    n, h, w = images.shape[:3]
    columns = min(columns, n)
    rows = -(-n // columns)
    size = (rows * (h + gap) - gap, columns * (w + gap) - gap)
    grid = np.full((*size, *images.shape[3:]), blank)
    for i, image in enumerate(images):
        top, left = (i // columns) * (h + gap), (i % columns) * (w + gap)
        grid[top : top + h, left : left + w] = image
    return grid


def grey_picture(ax: Axes, pixels: NDArray, low: float, high: float) -> AxesImage:
    """Draw one picture without ticks and frame, whatever the style of the axes is."""
    image = ax.imshow(pixels, vmin=low, vmax=high, cmap="gray", interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    return image
