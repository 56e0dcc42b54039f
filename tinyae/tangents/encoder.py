"""The tangent planes that a trained encoder knows (section 14.7, figure 14.10).

At a point of a k-dimensional manifold, k directions lead to other points of it (section 14.6). If
an encoder is sensitive along the manifold only, they are the leading right-singular vectors of its
Jacobian J = ∂f/∂x.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.tables import table
from tinyae.models.autoencoder import Autoencoder, check_autoencoder
from tinyae.nn.jacobian import jacobian
from tinyae.nn.structure import dense_pair
from tinyae.numerics.blocks import BLOCK_BYTES, row_blocks
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.tangents.directions import determined
from tinyae.tangents.singular import decompose, how_many, of_size_one, right_singular
from tinyae.tangents.subspace import EXTRA, leading_subspaces

WORTHWHILE = 8  # codes so many times wider than the block are iterated, smaller ones decomposed


@underflow_to_zero
def tangents(model: Autoencoder, x: ArrayLike, k: int) -> tuple[NDArray, NDArray]:
    """Return the k leading right-singular vectors of J = ∂f/∂x at each point: what f notices most.

    For an encoder of one affine layer and one unit, J is not formed: the vectors are found by
    iteration (`tangents/subspace.py`). For any other encoder, and at points where
    ‖J Jᵀ u − s² u‖ stays above 1e-4 s², the smaller of J Jᵀ and Jᵀ J is decomposed exactly. In both
    ways the relative error of the singular values is about 1e-6.

    Parameters
    ----------
    model : the trained autoencoder; its corruption and code noise play no part
    x : array (n, d)
    k : number of tangents, at most the smaller of d and the code's width

    Returns
    -------
    T : array (n, k, d), orthonormal rows by falling singular value, the largest entry of each
        positive (of entries that are equally large, the first)
    s : array (n, k), the singular values: ‖J t‖ for each t

    Raises
    ------
    ValueError
        If the code moves in fewer than k directions at some point, as it does where rectifiers are
        off: s_k < 1e-5 s_1 is lost in rounding, and there is no k-th tangent. If s_k equals the
        next singular value, so that nothing says which direction is the k-th.
    """
    check_autoencoder(model, "tangents")
    model.check_packed()
    x = table(x, "x", width=model.d_in, dtype=model.dtype)
    k = how_many(k, "k", min(model.d_in, model.d_code), f"J is {model.d_code} x {model.d_in}")
    pair = dense_pair(model.mean_encoder)
    if pair is None:
        encoder, found = model.astype(np.float64).mean_encoder, []
        for rows in row_blocks(len(x), model.d_in * model.d_code, BLOCK_BYTES):
            J, size = of_size_one(jacobian(encoder, x[rows].astype(np.float64)), axis=(1, 2))
            V, lengths, after = decompose(J, k)
            found.append((V, *(part * size[:, 0] for part in (lengths, after))))
        T, s, after = (np.concatenate(parts) for parts in zip(*found, strict=True))
    else:
        linear, unit = pair
        a = linear.forward(x)[0]
        slopes = unit.df(a, unit.f(a))
        T, s, after = _of_one_layer(slopes, linear.params["W"], k)
    return determined(T, s, after, x.dtype, what="the code moves in", name="k")


def _of_one_layer(slopes: NDArray, W: NDArray, k: int) -> tuple[NDArray, NDArray, NDArray]:
    """Return T, s and the next singular value for J = diag(slopes) Wᵀ.

    Iteration is tried in the model's precision first and then in float64. The points at which it
    does not converge, such as those whose s_k hardly differs from the next singular value, are
    decomposed exactly. For all other points the next singular value is not known, and 0 is
    returned.
    """
    (n, m), d = slopes.shape, len(W)
    T, s, left = np.empty((n, k, d)), np.empty((n, k)), np.arange(n)
    after = np.zeros((n, 1))
    # Fourth powers follow, in which the small slopes of saturated units would underflow.
    slopes, sizes = of_size_one(slopes, axis=1)
    W, size = of_size_one(W, axis=None)
    if min(m, d) >= WORTHWHILE * (k + EXTRA):
        for dtype in dict.fromkeys((W.dtype, np.dtype(np.float64))):
            if left.size:
                weight, slope = W.astype(dtype), slopes[left].astype(dtype)
                U, done = leading_subspaces(slope, weight, k)
                images = (U[done] * slope[done, None, :]).reshape(-1, m) @ weight.T
                T[left[done]], s[left[done]] = right_singular(images.reshape(-1, k, d))
                left = left[~done]
    for block in row_blocks(len(left), m * d, BLOCK_BYTES):
        rows = left[block]
        J = slopes[rows, :, None] * W.T.astype(np.float64)
        T[rows], s[rows], after[rows] = decompose(J, k)
    return T, s * sizes * size, after * sizes * size
