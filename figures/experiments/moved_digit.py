"""One soft digit is moved up and down, which gives a curve of pictures (section 14.6, figure 14.6).

Nothing is trained. Each shift gives a picture x and the exact derivative dx/ds by the shift s, in
units of a pixel.
"""

from __future__ import annotations

import numpy as np

from tinyae.datasets import soften, strokes, translations

SIDE = 28  # pixels
MARGIN = 8  # rows of pixels above and below, so that no part of a moved digit is lost


def soft_digit(label: int, seed: int) -> np.ndarray:
    """Return a softened drawing of a digit on 44 × 28 pixels, with empty rows above and below."""
    images, labels = strokes(40, rng=seed)
    image = images[np.argmax(labels == label)].reshape(SIDE, SIDE)
    return soften(np.pad(image, ((MARGIN, MARGIN), (0, 0))), 1.0)


def cropped(pictures: np.ndarray) -> np.ndarray:
    """Return the middle 28 × 28 pixels of pictures of 44 × 28, as (n, 784)."""
    tall = pictures.reshape(-1, SIDE + 2 * MARGIN, SIDE)
    return tall[:, MARGIN:-MARGIN].reshape(-1, SIDE * SIDE)


def moved(image: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return an image (44, 28) moved down by each of n shifts, and the derivatives, (n, 784) each.

    `down` (n,) is in pixels; a negative shift is up.
    """
    x, slopes = translations(image, np.stack([down, np.zeros_like(down)], axis=1))
    return cropped(x), cropped(slopes[:, 0])
