"""Widths of dense networks: one reading of `sizes`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyae.checks.arrays import length_of
from tinyae.checks.numbers import whole_number


def two_widths(sizes: Sequence[int], second: str) -> tuple[int, int]:
    """Return sizes = (width of x, `second`) as whole numbers, or say what was written instead."""
    if length_of(sizes) != 2:
        text = f"sizes must be (width of x, {second}), got {sizes!r}"
        if isinstance(sizes, (tuple, list, np.ndarray)) and (half := half_of_mirror(sizes)):
            text += f"; the way back to x is built by itself: write {half}" * (len(half) == 2)
        raise ValueError(text)
    return whole_number(sizes[0], "sizes[0]"), whole_number(sizes[1], "sizes[1]")


def half_of_mirror(sizes: Sequence[int]) -> tuple[int, ...] | None:
    """Return the first half of three or more widths that read the same from both ends, else None.

    (784, 128, 64, 128, 784) gives (784, 128, 64).
    """
    if len(sizes) < 3 or list(sizes) != list(sizes)[::-1]:
        return None
    return tuple(sizes[: (len(sizes) + 1) // 2])
