"""A user's points, moved and scaled to the size of the data for which initial weights were chosen.

The weights of a small network fit points of a certain size. So a user's points are scaled to that
size, the network learns there, and what it gives is scaled back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics.constants import LARGEST

if TYPE_CHECKING:
    from typing_extensions import Self

LINE, PLANE = 0.5, 0.6  # half widths of `three_points` and of `spiral`


@dataclass(frozen=True, repr=False)
class ScaledPoints:
    """Points x (n, d) as x = center + scale · z.

    Attributes
    ----------
    z : the scaled points (n, d), whose largest half width is the one that was asked for
    center, scale : the middle (d,) of the ranges of the points, and the unit of length
    """

    z: NDArray
    center: NDArray
    scale: float

    def __repr__(self) -> str:
        n, d = self.z.shape
        return f"{type(self).__name__}({n} points in {d} dimensions, scale={self.scale:.4g})"

    @classmethod
    def of(cls, X: NDArray, half_width: float) -> Self:
        """Scale the points X (n, d), of which at least two differ, to this half width.

        Raises ValueError for a number whose square is infinite.
        """
        low, high = X.min(axis=0), X.max(axis=0)
        largest = max(float(high.max()), -float(low.min()))
        if largest > LARGEST:
            raise ValueError(
                f"the numbers of points must lie between {-LARGEST:g} and {LARGEST:g}, got one of "
                f"the size {largest:g}: choose a larger unit"
            )
        center, scale = (low + high) / 2, float((high - low).max()) / (2 * half_width)
        return cls((X - center) / scale, center, scale)

    def back(self, z: NDArray) -> NDArray:
        """Return the points (m, d) in the user's units."""
        return self.center + self.scale * z

    def some(self, most: int, rng: np.random.Generator) -> NDArray:
        """Return all scaled points, or `most` of them drawn at random."""
        if len(self.z) <= most:
            return self.z
        return self.z[rng.choice(len(self.z), most, replace=False)]


def whole_copies(X: NDArray, rows: int, rng: np.random.Generator) -> NDArray:
    """Return about so many rows: whole copies, at least one, of the rows of X in random order.

    Each row occurs equally often.
    """
    return np.tile(X[rng.permutation(len(X))], (max(1, round(rows / len(X))), 1))
