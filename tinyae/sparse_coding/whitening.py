"""Patches of pictures are made white before sparse codes are learned from them (section 14.8).

Neighbouring pixels are nearly equal, so a few directions hold nearly all of the variance. Without
whitening the squared error is nearly all in these, and the atoms become smooth blobs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.estimator import Transformer
from tinyae.checks.numbers import real_number
from tinyae.checks.tables import table
from tinyae.numerics.axes import ROUNDING
from tinyae.numerics.units import in_units


def normalize_contrast(x: ArrayLike, floor: float = 0.05) -> NDArray:
    """Return (x − mean) / (deviation + floor), row by row, of shape (n, d) and x's float dtype.

    The floor > 0, in units of x, keeps the noise of an even patch small; 0.05 suits grey values in
    [0, 1].
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


class ZCA(Transformer):
    """z = (x − mean) (C + ε I)^(−½), the white data nearest to x (Bell and Sejnowski 1997).

    C is the covariance. Without ε, directions of hardly any variance would become mostly noise.

    The order of the rows, a shift, repeating every row and constant columns (which become 0) change
    nothing in z. Neither does a common scale c, if ε is multiplied by c².

    Parameters
    ----------
    epsilon : ε > 0, in squared units of x

    Attributes
    ----------
    mean_ : array (d,)
    whitening_ : array (d, d), symmetric: (C + ε I)^(−½)
    inverse_ : array (d, d), symmetric: (C + ε I)^½

    Examples
    --------
    >>> white = ZCA(epsilon=0.1).fit(X)
    >>> z = white.transform(fresh)
    """

    def __init__(self, epsilon: float = 0.1):
        self.epsilon = epsilon

    def fit(self, X: ArrayLike, y: object = None) -> ZCA:
        """Learn the map from X (n, d) and return the object itself. `y` is not used.

        Raises
        ------
        ValueError
            If ε is so small that rounding would decide what becomes of the directions in which X
            varies least.
        """
        epsilon = real_number(self.epsilon, "epsilon", low=0.0, open_low=True)
        X = table(X, "X", dtype=np.float64)
        mean, centred, exponent = in_units(X)
        # In a unit in which neither X nor √ε is above 1.
        unit = max(exponent, int(np.frexp(np.sqrt(epsilon))[1]))
        centred, epsilon = np.ldexp(centred, exponent - unit), np.ldexp(epsilon, -2 * unit)
        variance, V = np.linalg.eigh(centred.T @ centred / len(X))
        if variance[0] + epsilon <= ROUNDING * len(variance) * variance[-1]:
            with np.errstate(over="ignore"):  # infinite: no epsilon is large enough
                least = np.ldexp(ROUNDING * len(variance) * variance[-1], 2 * unit)
            raise ValueError(
                "X does not vary in some direction but for rounding, which epsilon would blow up: "
                f"take it above {least:.2g}, or leave columns out that depend on others"
            )
        scale = np.sqrt(np.maximum(variance, 0) + epsilon)
        whitening, inverse = (V / scale) @ V.T, (V * scale) @ V.T
        whitening, inverse = np.ldexp(whitening, -unit), np.ldexp(inverse, unit)
        self.mean_, self.whitening_, self.inverse_ = mean, whitening, inverse
        return self

    def transform(self, X: ArrayLike) -> NDArray:
        """Return z for each row of X (m, d), of shape (m, d), in float64."""
        self.check_fitted()
        X = table(X, "X", width=len(self.mean_), dtype=np.float64, squared=True)
        return (X - self.mean_) @ self.whitening_

    def _n_outputs(self) -> int:
        return len(self.mean_)

    def inverse_transform(self, X: ArrayLike) -> NDArray:
        """Return the data (m, d) whose transform is X (m, d), in float64."""
        self.check_fitted()
        X = table(X, "X", width=len(self.mean_), dtype=np.float64)
        return X @ self.inverse_ + self.mean_
