"""The softmax layer, y_i = exp(a_i) / Σ_j exp(a_j).

It maps the natural parameters of a categorical distribution to its probabilities (section 14.4).
It is not elementwise: each output depends on all inputs. So it defines all four methods itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.nn.layers import Layer
from tinyae.numerics.underflow import underflow_to_zero


class Softmax(Layer):
    """y = exp(a) / Σ exp(a), row by row. Shapes: a, y (n, d); tangents (K, n, d)."""

    formula = "exp(a)/Σ exp(a)"
    reach = (0.0, 1.0)

    @underflow_to_zero
    def forward(self, a):
        """Return y; the cache is y. The largest a is subtracted first, to avoid overflow."""
        e = np.exp(a - a.real.max(axis=-1, keepdims=True))
        y = e / e.sum(axis=-1, keepdims=True)
        return y, y

    def backward(self, gy, y):
        """ga_i = y_i (gy_i − Σ_j y_j gy_j): J = diag(y) − y yᵀ is symmetric."""
        return y * (gy - (y * gy).sum(axis=-1, keepdims=True))

    def jvp(self, v, y):
        """u_i = y_i (v_i − Σ_j y_j v_j); the tape is v."""
        return self.backward(v, y), v

    def jvp_backward(self, gu, v, y):
        """gv = J gu. With m = Σ y v and c = Σ y gu, the adjoint of y is Σ [gu (v − m) − c v]."""
        m = (y * v).sum(axis=-1, keepdims=True)
        c = (y * gu).sum(axis=-1, keepdims=True)
        gy = (gu * (v - m) - c * v).sum(axis=0)
        return self.backward(gy, y), self.backward(gu, y)

    def __repr__(self):
        return "Softmax()"


@underflow_to_zero
def log_sum_exp(a: NDArray) -> NDArray:
    """log Σ_j exp(a_j) along the last axis, without overflow."""
    top = a.real.max(axis=-1, keepdims=True)
    return top[..., 0] + np.log(np.exp(a - top).sum(axis=-1))
