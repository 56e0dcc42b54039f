"""The layer that appends parameters to each row.

The parameters are equal for all rows, such as log-variances that are learned once for each feature
while the decoder computes the means from the code (section 14.4).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.checks.numbers import real_dtype, whole_number
from tinyae.nn.layers import Layer


class AppendedColumns(Layer):
    """y = (x, s): the parameters s (d,), equal for all rows, follow the d columns of x.

    Shapes: x (n, d), y (n, 2d), tangents v (K, n, d), u (K, n, 2d). s starts at 0.
    """

    formula = "(a, s)"

    def __init__(self, d: int, *, dtype: DTypeLike = np.float64):
        super().__init__()
        self.params = {"s": np.zeros(whole_number(d, "d"), real_dtype(dtype))}
        self.grads = {"s": np.zeros_like(self.params["s"])}

    @property
    def d_in(self) -> int:
        """Width of the input."""
        return len(self.params["s"])

    @property
    def d_out(self) -> int:
        """Width of the output, twice the width of the input."""
        return 2 * self.d_in

    def forward(self, x: NDArray) -> tuple[NDArray, Any]:
        """Return y = (x, s); no cache is needed."""
        s = np.broadcast_to(self.params["s"], x.shape)
        return np.concatenate([x, s], axis=1), None

    def backward(self, gy: NDArray, cache: Any) -> NDArray:
        """gs = Σ of the last d columns of gy over the examples,  gx = the first d columns."""
        self.grads["s"] += gy[:, self.d_in :].sum(axis=0)
        return gy[:, : self.d_in]

    def jvp(self, v: NDArray, cache: Any) -> tuple[NDArray, Any]:
        """Return u = (v, 0), because s does not depend on x; the tape is not needed."""
        return np.concatenate([v, np.zeros_like(v)], axis=-1), None

    def jvp_backward(self, gu: NDArray, tape: Any, cache: Any) -> tuple[NDArray, NDArray]:
        """gv = the first d columns of gu,  gx = 0 and gs = 0 because J is constant."""
        gv = gu[..., : self.d_in]
        return np.zeros_like(gv[0]), gv

    def __repr__(self) -> str:
        return f"AppendedColumns({self.d_in})"


def hollow_columns(d: int, dtype: DTypeLike) -> AppendedColumns:
    """Return an `AppendedColumns(d)` that needs no memory until a model packs it.

    It is the counterpart of `hollow` for Linear layers: its read-only s is one zero, broadcast.
    """
    zeros = np.broadcast_to(np.zeros((), real_dtype(dtype)), whole_number(d, "d"))
    layer = AppendedColumns(1, dtype=dtype)
    layer.params, layer.grads = {"s": zeros}, {"s": zeros}
    return layer
