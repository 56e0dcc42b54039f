"""What is done to patches of pictures before sparse codes are learned from them (section 14.8).

Neighbouring pixels are nearly equal, so a few directions hold nearly all of the variance: without
whitening a dictionary learns smooth blobs, which is where the squared error is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.nn.checks import real_number, table


def normalize_contrast(x: ArrayLike, floor: float = 0.05) -> NDArray:
    """Return (x − mean) / (deviation + floor), row by row, of shape (n, d) and x's float dtype.

    The floor, in units of x, keeps an even patch from becoming nothing but its noise; 0.05 suits
    grey values in [0, 1].
    """
    dtype = np.float32 if getattr(x, "dtype", None) == np.float32 else np.float64
    x = table(x, "x", dtype=dtype, squared=True)
    floor = real_number(floor, "floor", low=0.0, open_low=True)
    x = x - x.mean(axis=1, keepdims=True)
    return x / (x.std(axis=1, keepdims=True) + floor)


@dataclass(frozen=True, eq=False)
class ZCA:
    """z = (x − mean) C^(−½), as near to x as white data can be (Bell and Sejnowski 1997).

    With C + ε I in place of the covariance C, so that directions of hardly any variance are not
    blown up.

    Attributes
    ----------
    mean : array (d,)
    matrix, inverse : arrays (d, d), symmetric: (C + ε I)^(−½) and (C + ε I)^½
    """

    mean: NDArray
    matrix: NDArray
    inverse: NDArray

    @classmethod
    def fit(cls, x: ArrayLike, epsilon: float = 0.1) -> ZCA:
        """Return the map for data x (n, d); ε > 0 is in units of x's variance."""
        x = table(x, "x", dtype=np.float64, squared=True)
        epsilon = real_number(epsilon, "epsilon", low=0.0, open_low=True)
        mean = x.mean(axis=0)
        centred = x - mean
        variance, V = np.linalg.eigh(centred.T @ centred / len(x))
        scale = np.sqrt(np.maximum(variance, 0) + epsilon)
        return cls(mean, (V / scale) @ V.T, (V * scale) @ V.T)

    def transform(self, x: ArrayLike) -> NDArray:
        """Return z, of shape (n, d), in float64."""
        x = table(x, "x", width=len(self.mean), dtype=np.float64, squared=True)
        return (x - self.mean) @ self.matrix

    def invert(self, z: ArrayLike) -> NDArray:
        """Return x, of shape (n, d), in float64."""
        z = table(z, "z", width=len(self.mean), dtype=np.float64)
        return z @ self.inverse + self.mean
