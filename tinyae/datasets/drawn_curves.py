"""Pictures of smooth curves through three random points, of which six numbers are all that varies.

Hinton and Salakhutdinov (2006) test deep autoencoders on such curves (section 14.3). A code of six
numbers can describe each picture without error, but the pixels depend on the six numbers in a very
non-linear way. The pictures here are drawn anew and are not those of the paper. Each curve is the
natural cubic spline through its three points, drawn with a pen of constant width.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_dtype, whole_number
from tinyae.datasets.strokes import SIDE, ink

PLACES = (4.5, 22.5)  # range of both coordinates of a point, in pixels: no ink reaches the edge
HALF_WIDTH = 1.0  # half the thickness of the pen, in pixels
SAMPLES = 65  # points along each curve, at most about one pixel apart
BLOCK = 32  # images computed at the same time


def drawn_curves(
    n: int = 1000,
    *,
    rng: np.random.Generator | int = 0,
    dtype: DTypeLike = np.float64,
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return n pictures of random curves, and the three points through which each curve runs.

    Parameters
    ----------
    n : number of pictures
    rng : seed or generator
    dtype : float64 or float32, of the pictures and the points

    Returns
    -------
    images : array (n, 784), rows of 28 × 28 pixels, top row first, from 0 (paper) to 1 (ink). The
        outermost pixels of every picture are paper
    points : array (n, 3, 2), the start, the middle and the end of each curve as (x, y) in pixels,
        where (0, 0) is the centre of the top left pixel and y points down. They are independent and
        uniform in a square

    Raises
    ------
    ValueError, TypeError
        If n is no whole number of at least 1, or if rng or dtype are not valid.
    """
    n, dtype, rng = whole_number(n, "n"), real_dtype(dtype), generator(rng, "drawn_curves")
    points = rng.uniform(*PLACES, size=(n, 3, 2))
    spline = _spline()
    images = np.empty((n, SIDE * SIDE), dtype)
    for start in range(0, n, BLOCK):
        block = slice(start, start + BLOCK)
        path = spline @ points[block]
        images[block] = ink(path, np.full(len(path), HALF_WIDTH))
    return images, points.astype(dtype)


def _spline() -> NDArray[np.float64]:
    """Return the matrix (samples, 3) from three points to their natural cubic spline.

    With knots at t = 0, 1, 2 the second derivative is M = 3/2 (p₀ − 2 p₁ + p₂) at t = 1 and zero at
    both ends. On the first piece s(t) = p₀ (1 − t) + p₁ t + M (t³ − t)/6; the second piece mirrors
    it, with 2 − t in place of t.
    """
    t = np.linspace(0.0, 2.0, SAMPLES)[:, None]
    near = np.minimum(t, 2.0 - t)  # distance from the end of the piece
    bend = (near**3 - near) / 6.0 * np.array([1.5, -3.0, 1.5])
    first, second = np.eye(3)[0], np.eye(3)[2]
    return (1.0 - near) * np.where(t < 1.0, first, second) + near * np.eye(3)[1] + bend
