"""A factor of its own for every unit: y = g ⊙ x, the diag(g) of a predictor of sparse codes (14.8).

A tanh unit never leaves (−1, 1) while a sparse code may be any number; the gain lets it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.checks.numbers import real_dtype, whole_number
from tinyae.nn.layers import Layer


class Gain(Layer):
    """y = g ⊙ x, unit by unit; g starts at 1. Shapes: x, y (n, d), g (d,), tangents (K, n, d)."""

    def __init__(self, d: int, *, dtype: DTypeLike = np.float64):
        super().__init__()
        self.params = {"g": np.ones(whole_number(d, "d"), real_dtype(dtype))}
        self.grads = {"g": np.zeros_like(self.params["g"])}

    @property
    def d_in(self) -> int:
        """Width of the input."""
        return len(self.params["g"])

    @property
    def d_out(self) -> int:
        """Width of the output, the same."""
        return len(self.params["g"])

    def forward(self, x: NDArray) -> tuple[NDArray, NDArray]:
        """Return y = g ⊙ x; the cache is x."""
        return self.params["g"] * x, x

    def backward(self, gy: NDArray, x: NDArray) -> NDArray:
        """∂/∂g = Σ gy ⊙ x over the examples,  gx = g ⊙ gy."""
        self.grads["g"] += (gy * x).sum(axis=0)
        return self.params["g"] * gy

    def jvp(self, v: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
        """Return u = g ⊙ v; the tape is v."""
        return self.params["g"] * v, v

    def jvp_backward(self, gu: NDArray, v: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
        """∂/∂g = Σ gu ⊙ v over tangents and examples,  gv = g ⊙ gu,  gx = 0."""
        self.grads["g"] += (gu * v).sum(axis=(0, 1))
        return np.zeros_like(x), self.params["g"] * gu

    def __repr__(self) -> str:
        return f"Gain({self.d_in})"
