"""Small squares of pictures: cut from photographs, or from pictures made of occluding discs.

Natural images look alike at every scale: large areas of one grey, sharp edges between them, and
objects that hide each other. The dead-leaves model (Matheron 1968; Lee, Mumford and Huang 2001)
has just that and nothing else: discs fall one on another, few large and many small ones. It stands
in for photographs wherever section 14.5 denoises patches, and needs no download.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_dtype, real_number, whole_number
from tinyae.checks.tables import check_finite

BLOCK_PIXELS = 200_000  # what the pictures made at once may hold; more does not make it faster


def patches(
    images: ArrayLike | Sequence[ArrayLike],
    side: int,
    n: int,
    *,
    rng: np.random.Generator | int = 0,
    dtype: DTypeLike = np.float64,
) -> NDArray:
    """Cut n random squares out of pictures; every place in every picture is equally likely.

    Parameters
    ----------
    images : array (m, h, w), or a list of 2-D arrays that may differ in size. Grey values are kept
        as they are: bytes from 0 to 255 are best divided by 255 afterwards.
    side : pixels along one side of a square
    n : how many; the same square may come twice
    rng : seed or generator; the same seed gives the same bits
    dtype : float64 or float32, of the result

    Returns
    -------
    array (n, side²), one square in a row, its top line of pixels first

    Raises
    ------
    ValueError
        If there is no picture, one is not 2-D, is smaller than the square, or holds NaN.
    """
    side, n = whole_number(side, "side"), whole_number(n, "n")
    rng, dtype = generator(rng, "patches"), real_dtype(dtype)
    if isinstance(images, np.ndarray) or not isinstance(images, Iterable):
        images = real_array(images, "images")
        if images.ndim != 3:
            raise ValueError(
                f"images must be (m, h, w) or a list of 2-D arrays, got shape {images.shape}; a "
                "single picture needs images[None], colours are best averaged"
            )
    pictures = [_picture(image, i, side) for i, image in enumerate(images)]
    if not pictures:
        raise ValueError("images is empty: give at least one picture")
    across = np.array([p.shape[1] - side + 1 for p in pictures])
    ends = np.cumsum([(p.shape[0] - side + 1) * a for p, a in zip(pictures, across, strict=True)])
    # One number names a place: the picture is the first whose end lies beyond it, and what is left
    # is counted line by line.
    place = rng.integers(ends[-1], size=n)
    which = np.searchsorted(ends, place, side="right")
    top, left = np.divmod(place - np.concatenate([[0], ends])[which], across[which])
    cut = np.empty((n, side, side), dtype)
    for i, (k, t, s) in enumerate(zip(which, top, left, strict=True)):
        cut[i] = pictures[k][t : t + side, s : s + side]
    return cut.reshape(n, side * side)


def _picture(image: ArrayLike, i: int, side: int) -> NDArray:
    """Return image number i if a square fits into it."""
    image = real_array(image, f"image {i} of images")
    if image.ndim != 2:
        raise ValueError(
            f"images must be (m, h, w) or a list of 2-D arrays, but number {i} has shape "
            f"{image.shape}; a single picture needs images[None], colours are best averaged"
        )
    if min(image.shape) < side:
        raise ValueError(f"no square of side {side} fits into image {i} of shape {image.shape}")
    check_finite(image, f"image {i}", np.float64)
    return image


def dead_leaves(
    n: int = 1000,
    side: int = 16,
    *,
    radii: tuple[float, float] | None = None,
    rng: np.random.Generator | int = 0,
    dtype: DTypeLike = np.float64,
) -> NDArray:
    """Return n pictures of discs that hide each other, of uniform random grey in [0, 1].

    In a unit of area, the number of discs of radius r is proportional to r⁻³: as many square
    pixels of large discs as of discs half as large, so that the pictures look alike at every scale.

    Parameters
    ----------
    n : how many pictures
    side : pixels along one side
    radii : least and greatest radius, in pixels; by default (2, 4 side)
    rng : seed or generator; the same seed gives the same bits
    dtype : float64 or float32, of the result

    Returns
    -------
    array (n, side²), one picture in a row, its top line of pixels first
    """
    n, side = whole_number(n, "n"), whole_number(side, "side")
    rng, dtype = generator(rng, "dead_leaves"), real_dtype(dtype)
    try:
        low, high = (2.0, 4.0 * side) if radii is None else radii
    except (TypeError, ValueError):
        raise TypeError(f"radii must be (least, greatest), got {radii!r}") from None
    low = real_number(low, "the least radius", low=0.0, open_low=True)
    high = real_number(high, "the greatest radius", low=low, open_low=True)
    table = _radius_table(low, high, side)
    step = max(1, BLOCK_PIXELS // side**2)
    images = np.empty((n, side, side), dtype)
    for start in range(0, n, step):
        images[start : start + step] = _fall(min(step, n - start), side, table, rng)
    return images.reshape(n, side * side)


def _radius_table(low: float, high: float, side: int) -> tuple[NDArray, NDArray]:
    """Return radii and the share of discs below each, for discs that may touch the picture.

    A disc touches only if its centre lies in the square of pixel centres, side − 1 wide, widened by
    r on every side; so the density r⁻³ of radii becomes r⁻³ (side − 1 + 2r)². The trapezoidal rule
    in log r adds it up.
    """
    r = np.geomspace(low, high, 2000)
    density = r**-2.0 * (side - 1 + 2.0 * r) ** 2  # in log r, hence one power of r more
    share = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return r, share / share[-1]


def _fall(n: int, side: int, table: tuple[NDArray, NDArray], rng: np.random.Generator) -> NDArray:
    """Return n pictures (n, side, side), each made from the front to the back.

    The uppermost disc is laid first and every later one shows only where nothing lies yet, until
    no pixel is bare: the picture is then just what discs falling for ever would leave.
    """
    radii, share = table
    pixels = np.arange(side, dtype=np.float32)
    images = np.full((n, side, side), np.nan, np.float32)
    bare = np.arange(n)  # pictures with a pixel that is not covered yet
    while len(bare):
        r = np.interp(rng.random(len(bare)), share, radii)
        centre = rng.uniform(-r, side - 1 + r, size=(2, len(bare))).astype(np.float32)
        grey = rng.random(len(bare), dtype=np.float32)
        down, across = (pixels - centre[..., None]) ** 2
        inside = down[:, :, None] + across[:, None, :] <= (r * r).astype(np.float32)[:, None, None]
        part = images[bare]
        part = np.where(inside & np.isnan(part), grey[:, None, None], part)
        images[bare] = part
        bare = bare[np.isnan(part).any(axis=(1, 2))]
    return images
