"""Leading singular vectors of a network's Jacobian, from its products with vectors (14.7).

The Jacobian J of a wide network is large, and decomposing it costs more than computing it. The
iteration of `tangents/subspace.py` needs no J, only y ↦ y Jᵀ J. A layer computes both halves: `jvp`
gives u = J y, and the adjoint of v in `jvp_backward` gives Jᵀ u.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.streams import stream
from tinyae.nn.layers import Layer, Linear
from tinyae.nn.structure import leaves
from tinyae.numerics.blocks import BLOCK_BYTES, row_blocks
from tinyae.tangents.subspace import EXTRA, Factor, iterate


def by_products(
    net: Layer, x: NDArray, k: int, *, left: bool = False
) -> tuple[NDArray, NDArray, NDArray]:
    """Return T, s and which points converged, (n,); the rows of other points are zero.

    Parameters
    ----------
    net : a network of the dtype of x. Its gradients change: pass a copy
    x : array (n, d)
    k : number of vectors, k + 8 ≤ d
    left : whether T holds the left-singular vectors

    Returns
    -------
    T : array (n, k, d), right-singular vectors, or left-singular ones, for which d_out must be d
    s : array (n, k), the singular values
    done : array (n,), False at points that did not converge or whose J is zero or not finite
    """
    n, d = x.shape
    q = k + EXTRA
    start = np.linalg.qr(stream(0, "subspace").standard_normal((d, q)))[0].T.astype(x.dtype)
    floats = q * max([d, *(leaf.d_out for leaf in leaves(net) if isinstance(leaf, Linear))])
    T, s, done = np.zeros((n, k, d)), np.zeros((n, k)), np.zeros(n, bool)
    # What is beyond float32 shows as points that are not finite, which are given up.
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = np.empty(n)
        for rows in row_blocks(n, floats, BLOCK_BYTES, itemsize=x.itemsize):
            Y = np.broadcast_to(start, (len(x[rows]), q, d))
            sizes[rows] = np.abs(Products(net, x[rows]).images(Y)).max(axis=(1, 2))
        usable = np.flatnonzero(np.isfinite(sizes) & (sizes > 0))
        scale = sizes[usable, None].astype(x.dtype)

        def product(rows: NDArray) -> Factor:
            return Products(net, x[usable[rows]], scale[rows])

        U, passed = iterate(product, len(usable), start, k, floats=floats)
        U, rows = U[passed], usable[passed]
        for block in row_blocks(len(rows), floats, BLOCK_BYTES, itemsize=x.itemsize):
            V = np.linalg.qr(U[block].astype(np.float64).swapaxes(1, 2))[0].swapaxes(1, 2)
            images = Products(net, x[rows[block]]).images(V.astype(x.dtype)).astype(np.float64)
            # J Vᵀ = Q R and R = P diag(s) H, so J (H V)ᵀ = Q P diag(s).
            Q, R = np.linalg.qr(images.swapaxes(1, 2))
            P, s[rows[block]], H = np.linalg.svd(R)
            T[rows[block]] = (Q @ P).swapaxes(1, 2) if left else H @ V
    done[rows] = True
    return T, s, done


class Products:
    """The function Y ↦ Y Jᵀ J / size² for the Jacobians J of a network at the points x (n, d).

    A block Y has the shape (n, q, d); `size` is an array (n, 1), or 1.
    """

    def __init__(self, net: Layer, x: NDArray, size: NDArray | float = 1.0):
        self.net, self.size = net, size
        _, self.cache = net.forward(x)

    def images(self, Y: NDArray) -> NDArray:
        """Return Y Jᵀ, of shape (n, q, d_out)."""
        return self._pushed(Y)[0].swapaxes(0, 1)

    def __call__(self, Y: NDArray) -> NDArray:
        """Return Y Jᵀ J / size². The network's gradients change."""
        u, tape = self._pushed(Y)
        _, gv = self.net.jvp_backward(u / self.size, tape, self.cache)
        return (gv / self.size).swapaxes(0, 1)

    def _pushed(self, Y: NDArray) -> tuple[NDArray, object]:
        # Layers have the tangents on the leading axis.
        return self.net.jvp(np.ascontiguousarray(Y.swapaxes(0, 1)), self.cache)
