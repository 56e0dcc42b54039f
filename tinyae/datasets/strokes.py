"""Digits written by a random pen, which stand in for MNIST wherever the chapter shows digits.

Chapter 14 of the Deep Learning book draws its pictures from scanned handwriting. Here every
picture is computed instead: each digit is a few strokes, each stroke a smooth curve through a
handful of knots, and each picture shakes, bends, slants, turns, stretches and shifts that curve
in its own way before inking it with a pen of its own thickness. The result has the shape of
MNIST (28 x 28 grey pixels, ten classes) and needs no download.
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
SHIFT = 1.5  # largest shift of that box off the centre, in pixels
HALF_WIDTH = (0.8, 1.5)  # half the thickness of the pen, in pixels
EDGE = 0.5  # the grey edge runs from half a pixel inside the pen to half a pixel outside

# The hand. Lengths are fractions of the digit's height, angles radians. Only the jitter is
# normal; the rest is uniform, hence bounded, so that no digit is pulled past recognition.
JITTER = 0.02  # standard deviation of each knot
BEND = 0.065  # largest amplitude of the bend
BEND_WAVES = 0.7  # most waves that the bend makes along either axis of the digit
SLANT = (-0.12, 0.38)  # shear; most writers lean to the right
TURN = 0.14  # largest rotation
WIDTH = (0.85, 1.2)  # stretch across, while the height stays

BLOCK = 32  # pictures inked at once: about 11 MB of distances


def strokes(
    n: int = 1000,
    *,
    rng: int | np.random.Generator = 0,
    dtype: DTypeLike = np.float64,
) -> tuple[Floats, NDArray[np.int64]]:
    """Write ``n`` random digits by pen.

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
    """Shake, bend, slant, stretch and turn each glyph; return its path (image, sample, 2)."""
    n = len(knots)
    path = curves @ (knots + rng.normal(0, JITTER, knots.shape))
    # The bend depends on place alone, so strokes that touch still touch after it.
    waves = 2 * np.pi * rng.uniform(-BEND_WAVES, BEND_WAVES, size=(n, 2, 2))
    phase = rng.uniform(0, 2 * np.pi, size=(n, 1, 2))
    path += rng.uniform(0, BEND, size=(n, 1, 2)) * np.sin(path @ waves + phase)
    width = rng.uniform(*WIDTH, size=n)
    slant = rng.uniform(*SLANT, size=n)
    turn = rng.uniform(-TURN, TURN, size=n)
    cos, sin = np.cos(turn), np.sin(turn)
    # Rows hold (x, y), so a map acts from the right; y points down, so a lean to the right is
    # a negative slope.
    lean = np.stack([width, np.zeros(n), -slant, np.ones(n)], axis=1).reshape(n, 2, 2)
    rotate = np.stack([cos, sin, -sin, cos], axis=1).reshape(n, 2, 2)
    return path @ lean @ rotate


def _place(path: Floats, reach: Floats, rng: np.random.Generator) -> Floats:
    """Scale and shift each path to pixels so that its ink, ``reach`` wide, stays inside."""
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
