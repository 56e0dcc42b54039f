"""The scaled difference of a network's output and its input, as a layer: y = c (net(x) − x).

With net = g∘f and c = 1/σ², y is the score that a denoising autoencoder estimates (section 14.5.1).
Because it is a layer, it can be trained by score matching, and differentiated again.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from tinyae.checks.numbers import real_number
from tinyae.nn.layers import Layer


class Residual(Layer):
    """y = c (net(x) − x). Shapes: x and y (n, d), tangents (K, n, d); c is a fixed number."""

    formula = "c (net(x) − x)"

    def __init__(self, net: Layer, scale: float = 1.0):
        super().__init__()
        if not isinstance(net, Layer):
            raise TypeError(f"Residual takes a layer such as Chain(...), got {net!r}")
        self.layers = (net,)
        self.scale = real_number(scale, "scale")

    def forward(self, x: NDArray) -> tuple[NDArray, Any]:
        """Return c (net(x) − x); the cache is the net's."""
        y, cache = self.layers[0].forward(x)
        if y.shape != x.shape:
            raise ValueError(f"Residual needs a net that keeps the shape {x.shape}, got {y.shape}")
        return self.scale * (y - x), cache

    def backward(self, gy: NDArray, cache: Any) -> NDArray:
        """gx = c (J_netᵀ gy − gy)."""
        return self.layers[0].backward(self.scale * gy, cache) - self.scale * gy

    def jvp(self, v: NDArray, cache: Any) -> tuple[NDArray, Any]:
        """Return u = c (J_net v − v); the tape is the net's."""
        u, tape = self.layers[0].jvp(v, cache)
        return self.scale * (u - v), tape

    def jvp_backward(self, gu: NDArray, tape: Any, cache: Any) -> tuple[NDArray, NDArray]:
        """Return the net's adjoints (gx, gv) for c gu, and subtract c gu from gv because of −v."""
        gx, gv = self.layers[0].jvp_backward(self.scale * gu, tape, cache)
        return gx, gv - self.scale * gu

    def __repr__(self) -> str:
        return f"Residual({self.layers[0]!r}, {self.scale:g})"
