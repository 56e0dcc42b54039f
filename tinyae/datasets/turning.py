"""A handwritten digit at different angles: a curve in the space of images with a known coordinate.

It replaces the rotating face of figure 14.8. All images show the same pen path, which is rotated
before the pixels are computed, so that pixels are never interpolated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_dtype, whole_number
from tinyae.checks.tables import shaped
from tinyae.datasets.glyphs import DIGITS, glyph_tables
from tinyae.datasets.strokes import BLOCK, EDGE, HALF_WIDTH, SIDE, ink, pen_path

RADIUS = 12.0  # pixels from the centre to the outermost ink; images are 28 pixels wide


def turning_digit(
    angles: ArrayLike,
    *,
    digit: int = 4,
    rng: np.random.Generator | int = 0,
    dtype: DTypeLike = np.float64,
) -> NDArray:
    """Return one digit rotated by each of the angles, (n, 784), from 0 (paper) to 1 (ink).

    Parameters
    ----------
    angles : array (n,), in radians, clockwise; 0 is upright
    digit : 0 to 9
    rng : seed or generator for the way in which the digit is written
    dtype : float32 or float64
    """
    angles = shaped(np.atleast_1d(real_array(angles, "angles")), "angles", (None,))
    dtype = real_dtype(dtype)
    digit, rng = whole_number(digit, "digit", least=0), generator(rng, "turning_digit")
    if digit >= len(DIGITS):
        raise ValueError(f"digit must be at most {len(DIGITS) - 1}, got {digit}")
    first = sum(len(ways) for ways in DIGITS[:digit])
    glyph = first + int(rng.integers(len(DIGITS[digit])))
    knots, curves = (part[glyph : glyph + 1] for part in glyph_tables())
    path = pen_path(knots, curves, rng)[0]
    half_width = rng.uniform(*HALF_WIDTH)
    path -= (path.min(axis=0) + path.max(axis=0)) / 2.0
    path *= (RADIUS - half_width - EDGE) / np.linalg.norm(path, axis=1).max()
    images = np.empty((len(angles), SIDE * SIDE), dtype)
    for start in range(0, len(angles), BLOCK):
        block = slice(start, start + BLOCK)
        cos, sin = np.cos(angles[block]), np.sin(angles[block])
        # Rows hold (x, y) and y points down, so this matrix rotates clockwise.
        turn = np.stack([cos, sin, -sin, cos], axis=1).reshape(-1, 2, 2)
        turned = path @ turn + (SIDE - 1) / 2.0
        images[block] = ink(turned, np.full(len(turned), half_width))
    return images
