"""The layer that keeps the first columns of its input.

The mean of a Gaussian whose parameters are [mean, log-variance] is the first half of them
(section 14.4).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import whole_number
from tinyae.nn.layers import Layer


class FirstColumns(Layer):
    """y = the first d/parts columns of x (n, d), of shape (n, d/parts). Tangents (K, n, d)."""

    formula = "first part"
    reach = (-np.inf, np.inf)

    def __init__(self, parts: int):
        super().__init__()
        self.parts = whole_number(parts, "parts")

    def forward(self, x: NDArray) -> tuple[NDArray, int]:
        """Return y; the cache is d."""
        return self._first(x), x.shape[-1]

    def backward(self, gy: NDArray, d: int) -> NDArray:
        """gx = [gy, 0]."""
        gx = np.zeros((*gy.shape[:-1], d), gy.dtype)
        gx[..., : gy.shape[-1]] = gy
        return gx

    def jvp(self, v: NDArray, d: int) -> tuple[NDArray, tuple[int, ...]]:
        """u = the same columns of v; the tape is the shape of v."""
        return self._first(v), v.shape

    def jvp_backward(self, gu: NDArray, shape: tuple[int, ...], d: int) -> tuple[NDArray, NDArray]:
        """gx = 0, since the layer is linear, and gv = [gu, 0]."""
        return np.zeros(shape[1:], gu.dtype), self.backward(gu, d)

    def width(self, d: int) -> int:
        """Return the number of columns of y for d columns of x."""
        if d % self.parts:
            raise ValueError(
                f"{self!r} divides its input into {self.parts} parts of equal width, got "
                f"{d} columns"
            )
        return d // self.parts

    def _first(self, x: NDArray) -> NDArray:
        return x[..., : self.width(x.shape[-1])]

    def __repr__(self) -> str:
        return f"FirstColumns({self.parts})"
