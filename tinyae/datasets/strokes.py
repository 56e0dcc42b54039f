"""Generated handwritten digits, which replace MNIST wherever the chapter shows digits.

Each digit consists of a few strokes, and each stroke is a smooth curve through a few knots. For
each image this curve is jittered, bent, slanted, rotated, stretched and shifted at random, and
drawn with a pen of random thickness. The images have the form of MNIST (28 x 28 grey pixels, ten
classes) and need no download.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_dtype, whole_number
from tinyae.datasets.glyphs import DIGITS, glyph_tables

Floats = NDArray[np.floating]

SIDE = 28  # pixels along one side of a picture
SIZE = (17.5, 20.5)  # longer side of the inked box, in pixels; MNIST has 20
SHIFT = 1.5  # largest shift of that box from the centre, in pixels
HALF_WIDTH = (0.8, 1.5)  # half the thickness of the pen, in pixels
EDGE = 0.5  # the grey edge runs from half a pixel inside the pen to half a pixel outside

# The random changes of a glyph. Lengths are fractions of the digit's height, angles are in radians.
# The jitter is normal. All else is uniform and therefore bounded, so that digits stay recognisable.
JITTER = 0.02  # standard deviation of each knot
BEND = 0.065  # largest amplitude of the bend
BEND_WAVES = 0.7  # largest number of waves of the bend along either axis
SLANT = (-0.12, 0.38)  # shear; most writers lean to the right
TURN = 0.14  # largest rotation
WIDTH = (0.85, 1.2)  # horizontal scale; the height is not changed

BLOCK = 32  # images computed at the same time, with about 11 MB of distances


def strokes(
    n: int = 1000,
    *,
    rng: int | np.random.Generator = 0,
    dtype: DTypeLike = np.float64,
) -> tuple[Floats, NDArray[np.int64]]:
    """Return ``n`` images of random handwritten digits.

    Parameters
    ----------
    n : int
        Number of pictures, at least 1.
    rng : int or numpy.random.Generator
        Seed, or a generator to draw from. The same seed gives the same bits.
    dtype : numpy.float32 or numpy.float64
        Type of the pictures.

    Returns
    -------
    images : ndarray, shape (n, 784)
        Rows of 28 x 28 pixels, top row first, from 0 (paper) to 1 (ink). The outermost pixels
        of every picture are paper.
    labels : ndarray of int64, shape (n,)
        The digit in each picture, every digit equally likely.

    Raises
    ------
    TypeError
        If ``n`` is not an integer, or ``rng`` is neither a seed nor a generator.
    ValueError
        If ``n`` is below 1, or ``dtype`` is neither float32 nor float64.
    """
    n, dtype, rng = whole_number(n, "n"), real_dtype(dtype), generator(rng, "strokes")
    labels = rng.integers(len(DIGITS), size=n)
    ways = np.array([len(digit) for digit in DIGITS])
    glyphs = np.cumsum(ways)[labels] - 1 - rng.integers(ways[labels])
    knots, curves = glyph_tables()
    images = np.empty((n, SIDE * SIDE), dtype)
    for start in range(0, n, BLOCK):
        block = slice(start, start + BLOCK)
        path = pen_path(knots[glyphs[block]], curves[glyphs[block]], rng)
        half_width = rng.uniform(*HALF_WIDTH, size=len(path))
        images[block] = ink(_place(path, half_width + EDGE, rng), half_width)
    return images, labels


def pen_path(knots: Floats, curves: Floats, rng: np.random.Generator) -> Floats:
    """Jitter, bend, slant, stretch and rotate each glyph; return the paths (image, sample, 2)."""
    n = len(knots)
    path = curves @ (knots + rng.normal(0, JITTER, knots.shape))
    # The bend depends on the position only, so strokes that touch still touch after it.
    waves = 2 * np.pi * rng.uniform(-BEND_WAVES, BEND_WAVES, size=(n, 2, 2))
    phase = rng.uniform(0, 2 * np.pi, size=(n, 1, 2))
    path += rng.uniform(0, BEND, size=(n, 1, 2)) * np.sin(path @ waves + phase)
    width = rng.uniform(*WIDTH, size=n)
    slant = rng.uniform(*SLANT, size=n)
    turn = rng.uniform(-TURN, TURN, size=n)
    cos, sin = np.cos(turn), np.sin(turn)
    # Rows hold (x, y), so a matrix acts from the right. y points down, so a slant to the right is
    # a negative slope.
    lean = np.stack([width, np.zeros(n), -slant, np.ones(n)], axis=1).reshape(n, 2, 2)
    rotate = np.stack([cos, sin, -sin, cos], axis=1).reshape(n, 2, 2)
    return path @ lean @ rotate


def _place(path: Floats, reach: Floats, rng: np.random.Generator) -> Floats:
    """Scale and shift each path so that its ink, ``reach`` pixels wide, lies inside the image."""
    n = len(path)
    low, high = path.min(axis=1), path.max(axis=1)
    size = rng.uniform(*SIZE, size=n) - 2 * reach
    scale = size / (high - low).max(axis=1)
    centre = (SIDE - 1) / 2 + rng.uniform(-SHIFT, SHIFT, size=(n, 1, 2))
    return (path - ((low + high) / 2)[:, None]) * scale[:, None, None] + centre


def ink(path: Floats, half_width: Floats) -> Floats:
    """Shade each pixel by its distance to the path; return (image, 784)."""
    pixels = np.arange(SIDE, dtype=np.float32)
    across, down = np.moveaxis((path.astype(np.float32)[..., None] - pixels) ** 2, 2, 0)
    squared = (down[:, :, :, None] + across[:, :, None, :]).min(axis=1)
    distance = np.sqrt(squared).reshape(len(path), -1)
    return np.clip(half_width[:, None] + EDGE - distance, 0, 1)
