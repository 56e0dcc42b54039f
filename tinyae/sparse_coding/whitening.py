"""What is done to patches of pictures before sparse codes are learned from them (section 14.8).

Neighbouring pixels are nearly equal, so a few directions hold nearly all of the variance: without
whitening a dictionary learns smooth blobs, which is where the squared error is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number
from tinyae.checks.tables import table
from tinyae.numerics.axes import ROUNDING
from tinyae.numerics.units import in_units


def normalize_contrast(x: ArrayLike, floor: float = 0.05) -> NDArray:
    """Return (x − mean) / (deviation + floor), row by row, of shape (n, d) and x's float dtype.

    The floor, in units of x, keeps an even patch from becoming nothing but its noise; 0.05 suits
    grey values in [0, 1].
    """
    dtype = np.float32 if getattr(x, "dtype", None) == np.float32 else np.float64
    x = table(x, "x", dtype=dtype)
    floor = real_number(floor, "floor", low=0.0, open_low=True)
    # In units of each row: squares of very small or large numbers would be 0 or infinite.
    exponent = np.frexp(np.abs(x).max(axis=1, keepdims=True))[1]
    x = np.ldexp(x, -exponent)
    x = x - x.mean(axis=1, keepdims=True)
    with np.errstate(over="ignore"):
        floor = np.ldexp(floor, -exponent)  # infinite beside the row: then the row is even
    return x / (x.std(axis=1, keepdims=True) + floor).astype(x.dtype)


@dataclass(frozen=True, eq=False)
class ZCA:
    """z = (x − mean) C^(−½), as near to x as white data can be (Bell and Sejnowski 1997).

    With C + ε I in place of the covariance C, so that directions of hardly any variance are not
    blown up.

    Attributes
    ----------
    mean : array (d,)
    matrix, inverse : arrays (d, d), symmetric: (C + ε I)^(−½) and (C + ε I)^½

    The order of the rows, a shift, repeating every row and constant columns (which become 0) change
    nothing in z, and neither does a common scale c, if ε is multiplied by c².
    """

    mean: NDArray
    matrix: NDArray
    inverse: NDArray

    @classmethod
    def fit(cls, x: ArrayLike, epsilon: float = 0.1) -> ZCA:
        """Return the map for data x (n, d); ε > 0 is in units of x's variance.

        ValueError where ε is so small that rounding would decide what becomes of the directions in
        which x varies least.
        """
        x = table(x, "x", dtype=np.float64)
        epsilon = real_number(epsilon, "epsilon", low=0.0, open_low=True)
        mean, centred, exponent = in_units(x)
        # In a unit in which neither x nor √ε is above 1.
        unit = max(exponent, int(np.frexp(np.sqrt(epsilon))[1]))
        centred, epsilon = np.ldexp(centred, exponent - unit), np.ldexp(epsilon, -2 * unit)
        variance, V = np.linalg.eigh(centred.T @ centred / len(x))
        if variance[0] + epsilon <= ROUNDING * len(variance) * variance[-1]:
            least = np.ldexp(ROUNDING * len(variance) * variance[-1], 2 * unit)
            raise ValueError(
                "x does not vary in some direction but for rounding, which epsilon would blow up: "
                f"take it above {least:.2g}, or leave columns out that depend on others"
            )
        scale = np.sqrt(np.maximum(variance, 0) + epsilon)
        matrix, inverse = (V / scale) @ V.T, (V * scale) @ V.T
        return cls(mean, np.ldexp(matrix, -unit), np.ldexp(inverse, unit))

    def transform(self, x: ArrayLike) -> NDArray:
        """Return z, of shape (n, d), in float64."""
        x = table(x, "x", width=len(self.mean), dtype=np.float64, squared=True)
        return (x - self.mean) @ self.matrix

    def invert(self, z: ArrayLike) -> NDArray:
        """Return x, of shape (n, d), in float64."""
        z = table(z, "z", width=len(self.mean), dtype=np.float64)
        return z @ self.inverse + self.mean
