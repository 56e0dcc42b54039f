"""Pictures as rows of pixels, together with the shape of a picture if it is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import length_of, real_array
from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table

PLANES = "x.reshape(n, 3, h, w).transpose(0, 2, 3, 1)"  # three planes to three colours per pixel


def picture_shape(shape: Sequence[int] | None) -> tuple[int, ...] | None:
    """Return the checked shape of a picture, (h, w) or (h, w, 3); (h, w, 1) becomes (h, w)."""
    if shape is None:
        return None
    if length_of(shape) not in (2, 3):
        raise ValueError(f"shape must be (height, width) or (height, width, 3), got {shape!r}")
    shape = tuple(whole_number(side, f"shape[{i}]") for i, side in enumerate(shape))
    if len(shape) == 3 and shape[2] == 1:
        return shape[:2]
    if len(shape) == 3 and shape[2] != 3:
        planes = f"; three planes need {PLANES}.reshape(n, -1) first" if shape[0] == 3 else ""
        raise ValueError(
            f"shape must be (height, width), or (height, width, 3) in colour, got {shape}{planes}"
        )
    return shape


def rows_of_pixels(
    x: ArrayLike, name: str, shape: tuple[int, ...] | None, *, width: int | None = None
) -> tuple[NDArray, tuple[int, ...] | None]:
    """Return pictures as a table (n, d) of float64, and the shape of a picture or None.

    Parameters
    ----------
    x : (n, d), or (d,) for one picture; (n, h, w), (n, h, w, 3), or one channel as (n, h, w, 1) or
        (n, 1, h, w). An array of shape `shape` is one picture
    name : name of x in error messages
    shape : shape of each picture, None if it is unknown
    width : d, None if it is unknown
    """
    x = real_array(x, name)
    if x.ndim == 1 or (x.ndim in (2, 3) and x.shape == shape):
        x = x[None]
    if x.ndim == 3 and x.shape[2] == 1 and shape is None:  # a column for each picture
        x = x[:, :, 0]
    if x.ndim in (3, 4) and x.size:
        own = _own_shape(x, name, shape)
        if shape is not None and own != shape:
            raise ValueError(f"{name} has pictures of shape {own}, expected {shape}")
        if width is not None and np.prod(own) != width:
            raise ValueError(
                f"{name} of shape {x.shape} has {len(x)} pictures of {np.prod(own)} pixels, "
                f"expected {width} pixels; give several tables as a list"
            )
        x, shape = x.reshape(len(x), -1), own
    return table(x, name, width=width, dtype=np.float64), shape


def _own_shape(x: NDArray, name: str, shape: tuple[int, ...] | None) -> tuple[int, ...]:
    """Return the shape of each picture in an array of three or four axes."""
    if x.ndim == 3:
        if x.shape[2] == 3 and x.shape[1] != 3 and shape is None:
            raise ValueError(
                f"{name} of shape {x.shape} may be one picture in colour or {len(x)} narrow ones "
                f"in grey: give shape={x.shape} for the first, shape={x.shape[1:]} for the second"
            )
        return x.shape[1:]
    if x.shape[3] == 3:
        return x.shape[1:]
    if x.shape[3] == 1:
        return x.shape[1:3]
    if x.shape[1] == 1:
        return x.shape[2:]
    if x.shape[1] == 3:
        raise ValueError(
            f"{name} of shape {x.shape} has three planes for each picture: give "
            "x.transpose(0, 2, 3, 1)"
        )
    raise ValueError(
        f"{name} must hold pictures of shape (n, h, w), or (n, h, w, 3) in colour, got {x.shape}"
    )
