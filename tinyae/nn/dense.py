"""Check of `sizes`, the widths of a dense network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyae.checks.arrays import length_of
from tinyae.checks.numbers import whole_number


def checked_sizes(sizes: Sequence[int], last: str, *, deep: bool = False) -> list[int]:
    """Return `sizes` = (width of x, `last`) as whole numbers, or raise ValueError.

    If `deep` is true, hidden widths may stand between the two.
    """
    count = length_of(sizes)
    if count < 2 or (count > 2 and not deep):
        between = "any hidden widths, " if deep else ""
        text = f"sizes must be (width of x, {between}{last}), as in (784, 256), got {sizes!r}"
        if isinstance(sizes, (tuple, list, np.ndarray)) and (half := half_of_mirror(sizes)):
            text += f"; the decoder is built automatically: write {half}" * (len(half) == 2)
        raise ValueError(text)
    return [whole_number(size, f"sizes[{i}]") for i, size in enumerate(sizes)]


def half_of_mirror(sizes: Sequence[int]) -> tuple[int, ...] | None:
    """Return the first half of three or more widths that read the same from both ends, else None.

    (784, 128, 64, 128, 784) gives (784, 128, 64).
    """
    if len(sizes) < 3 or list(sizes) != list(sizes)[::-1]:
        return None
    return tuple(sizes[: (len(sizes) + 1) // 2])
