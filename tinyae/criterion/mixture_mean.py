"""The mean of a mixture density output as a layer, and the parts of its natural parameters (14.4).

With the four methods of a layer, the reconstruction of a mixture can be differentiated like any
other: for the penalty on the Jacobian of the reconstruction, and for repeated reconstruction.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import truth, whole_number
from tinyae.nn.layers import Layer
from tinyae.nn.softmax import Softmax


class MixtureMean(Layer):
    """y = Σ_k π_k μ_k, the mean of a mixture, from its natural parameters.

    It composes the methods of `Softmax` for π with the product rule. Shapes: a (n, units),
    y (n, d), tangents v (T, n, units) and u (T, n, d). The log-variances have no effect.
    """

    formula = "Σ π μ"

    def __init__(self, components: int, diagonal: bool = False):
        super().__init__()
        self.components, self.diagonal = (
            whole_number(components, "components"),
            truth(diagonal, "diagonal"),
        )

    def forward(self, a: NDArray) -> tuple[NDArray, Any]:
        """Return y; the cache is (π, μ, width of a)."""
        logits, mu, _ = split(a, self.components, self.diagonal)
        pi, _ = Softmax().forward(logits)
        return (pi[..., None] * mu).sum(axis=-2), (pi, mu, a.shape[-1])

    def backward(self, gy: NDArray, cache: Any) -> NDArray:
        """gπ_k = Σ_j μ_kj gy_j, gl = softmax.backward(gπ), gμ_k = π_k gy, gs = 0."""
        pi, mu, width = cache
        gl = Softmax().backward((mu * gy[:, None, :]).sum(axis=2), pi)
        return _joined(gl, pi[:, :, None] * gy[:, None, :], width)

    def jvp(self, v: NDArray, cache: Any) -> tuple[NDArray, Any]:
        """u = Σ_k [vπ_k μ_k + π_k vμ_k] with vπ = softmax.jvp(vl); the tape is (vπ, vμ, vl)."""
        pi, mu, _ = cache
        vl, vmu, _ = split(v, self.components, self.diagonal)
        vpi, tape = Softmax().jvp(vl, pi)
        u = (vpi[..., None] * mu + pi[..., None] * vmu).sum(axis=-2)
        return u, (vpi, vmu, tape)

    def jvp_backward(self, gu: NDArray, tape: Any, cache: Any) -> tuple[NDArray, NDArray]:
        """Adjoints of a and v.

        gvπ_k = Σ_j gu_j μ_kj and gvμ_k = π_k gu. With sums over the tangents,
        gπ_k = Σ Σ_j gu_j vμ_kj and gμ_k = Σ vπ_k gu. The softmax gives gvl from gvπ, and gl from
        gvπ and gπ.
        """
        pi, mu, width = cache
        vpi, vmu, inner = tape
        gu = gu[:, :, None, :]
        gl, gvl = Softmax().jvp_backward((gu * mu).sum(axis=3), inner, pi)
        gl = gl + Softmax().backward((gu * vmu).sum(axis=(0, 3)), pi)
        gmu = (vpi[..., None] * gu).sum(axis=0)
        return _joined(gl, gmu, width), _joined(gvl, pi[..., None] * gu, width)

    def __repr__(self) -> str:
        return f"MixtureMean({self.components}{', diagonal=True' if self.diagonal else ''})"


def split(a: NDArray, K: int, diagonal: bool) -> tuple[NDArray, NDArray, NDArray]:
    """Return logits (…, K), means (…, K, d) and log-variances (…, K, d or 1) of a (…, units).

    There are K (1 + 2d) natural parameters if `diagonal`, else K (2 + d).
    """
    width = a.shape[-1]
    each, rest = divmod(width, K)
    d = (each - 1) // 2 if diagonal else each - 2
    if rest or d < 1 or (diagonal and each % 2 == 0):
        form = "K (1 + 2d)" if diagonal else "K (2 + d)"
        raise ValueError(
            f"a mixture of K = {K} components over d features has {form} natural parameters, got "
            f"{width} columns"
        )
    shape = (*a.shape[:-1], K)
    logits, mu, s = a[..., :K], a[..., K : K + K * d], a[..., K + K * d :]
    return logits, mu.reshape(*shape, d), s.reshape(*shape, -1)


def _joined(gl: NDArray, gmu: NDArray, width: int) -> NDArray:
    """Return the adjoints of logits and means, and zeros for log-variances, as (…, width)."""
    lead = gl.shape[:-1]
    gmu = gmu.reshape(*lead, -1)
    zeros = np.zeros((*lead, width - gl.shape[-1] - gmu.shape[-1]), gl.dtype)
    return np.concatenate([gl, gmu, zeros], axis=-1)
