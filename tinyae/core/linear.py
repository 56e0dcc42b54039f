"""The affine map on buffers. The reference is `Linear` in `nn/layers.py`.

If each example is a column, W and b are one matrix [W; b], and there is a row of ones below x. Then
x W + b is one product, and so are the gradients of W and b.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.core.operations import Operation, product, turned
from tinyae.nn.layers import Linear


def joined(arrays: dict[str, NDArray]) -> NDArray:
    """Return W and b as one view [W; b] of theta (or grad), of shape (d_in + 1, d_out).

    This is possible because b follows W in theta. With a 1 appended to x, x W + b is one product.
    """
    W, b = arrays["W"], arrays["b"]
    assert W.base is not None, "W is a view of theta"
    start = (W.ctypes.data - W.base.ctypes.data) // W.itemsize
    *models, d_in, d_out = W.shape
    each = W.base.reshape(*models, -1)  # theta, or one row for each model
    view = each[..., start : start + (d_in + 1) * d_out].reshape(*models, d_in + 1, d_out)
    assert view[..., -1, :].ctypes.data == b.ctypes.data
    return view


def forward(layer: Linear, x: NDArray, y: NDArray, columns: bool) -> list[Operation]:
    """y <- x W + b, as `Linear.forward`."""
    if columns:
        return [product(turned(joined(layer.params)), x, y)]
    W, b = layer.params["W"], layer.params["b"]
    return [product(x, W, y), partial(np.add, y, b[..., None, :], y)]


def backward(layer: Linear, gy: NDArray, gx: NDArray, columns: bool) -> list[Operation]:
    """gx <- gy Wᵀ: what `Linear.backward` returns."""
    W = layer.params["W"]
    return [product(W, gy, gx) if columns else product(gy, turned(W), gx)]


def gradient_of_rows(layer: Linear, gy: NDArray, x: NDArray, rows: slice) -> list[Operation]:
    """gW <- xᵀ gy for some rows of gW, where each example is a row of x and gy."""
    gW = layer.grads["W"][rows]
    return [product(x.T[rows], gy, gW)] if gW.size else []


def gradient(
    layer: Linear, gy: NDArray, x: NDArray, ones: NDArray, columns: bool
) -> list[Operation]:
    """gb <- Σ gy and gW <- xᵀ gy: these are set, not added. `ones` (B,) has a 1 for each row."""
    if columns:
        return [product(x, turned(gy), joined(layer.grads))]
    return [product(ones, gy, layer.grads["b"]), product(turned(x), gy, layer.grads["W"])]
