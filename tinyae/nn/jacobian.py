"""The derivative of a network as an array: the images of the unit vectors, and the Jacobian.

One pass computes the images of K tangents. All d_in of them may not fit in memory, so they are
computed in blocks. If the first layer of a network is affine, the image of a unit vector under that
layer is a row of W, and no product is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.nn.layers import Chain, Layer, Linear
from tinyae.nn.structure import flatten, leaves

BLOCK_BYTES = 32_000_000  # approximate limit for one array of tangents

UnitTangents = tuple[slice, NDArray, Callable[[NDArray], None]]


def unit_tangents(net: Layer, cache: object, x: NDArray) -> Iterator[UnitTangents]:
    """Yield (columns, u, pull) block by block, where u_k = J e_k for k in `columns`.

    u has shape (K, n, d_out). `pull(gu)` takes the adjoint of u and adds the gradients of the
    parameters into the layers. This includes their effect on u through the forward pass.

    Parameters
    ----------
    net, cache : a layer and the cache of its pass over x
    x : array (n, d_in)
    """
    net, cache = flatten(net, cache)
    n, d_in = x.shape
    widths = [d_in] + [leaf.d_out for leaf in leaves(net) if isinstance(leaf, Linear)]
    step = max(1, BLOCK_BYTES // (n * max(widths) * x.dtype.itemsize))
    opens_affine = len(net.layers) > 1 and type(net.layers[0]) is Linear
    images = _images_behind_affine if opens_affine else _images
    for start in range(0, d_in, step):
        columns = slice(start, min(start + step, d_in))
        yield (columns, *images(net, cache, x, columns))


def random_signs(count: int, x: NDArray, rng: np.random.Generator) -> NDArray:
    """Return Rademacher probes: `count` tangents of +1 and −1 for each row of x, (count, n, d).

    E v vᵀ = I, so that E ‖J v‖² = ‖J‖_F² and E vᵀ J v = tr J (Hutchinson 1990).
    """
    return 2.0 * rng.integers(0, 2, (count, *x.shape)).astype(x.dtype) - 1.0


def _images(
    net: Any, cache: Any, x: NDArray, columns: slice
) -> tuple[NDArray, Callable[[NDArray], None]]:
    """Apply the network's Jacobian to the unit vectors themselves."""
    n, d_in = x.shape
    unit = np.eye(columns.stop - columns.start, d_in, columns.start, dtype=x.dtype)
    v = np.broadcast_to(unit[:, None, :], (len(unit), n, d_in))
    u, tape = net.jvp(v, cache)

    def pull(gu: NDArray) -> None:
        net.jvp_backward(gu, tape, cache)

    return u, pull


def _images_behind_affine(
    net: Any, cache: Any, x: NDArray, columns: slice
) -> tuple[NDArray, Callable[[NDArray], None]]:
    """Skip the first layer x W + b: the images of the unit vectors behind it are the rows of W."""
    first, rest = net.layers[0], Chain(*net.layers[1:])
    rows = first.params["W"][columns]
    v = np.broadcast_to(rows[:, None, :], (len(rows), len(x), first.d_out))
    u, tape = rest.jvp(v, cache[1:])

    def pull(gu: NDArray) -> None:
        gx, gv = rest.jvp_backward(gu, tape, cache[1:])
        first.grads["W"][columns] += gv.sum(axis=1)
        first.backward(gx, cache[0])

    return u, pull


def jacobian(net: Layer, x: NDArray) -> NDArray:
    """Return J = ∂y/∂x for each example, of shape (n, d_out, d_in). No gradient changes."""
    y, cache = net.forward(x)
    J = np.empty((*y.shape, x.shape[1]), y.dtype)
    for columns, u, _ in unit_tangents(net, cache, x):
        J[:, :, columns] = u.transpose(1, 2, 0)
    return J
