"""The tangent planes that a trained autoencoder knows (section 14.7, figure 14.10).

At a point of a k-dimensional manifold, k directions lead to other points of it (section 14.6). If
an encoder is sensitive along the manifold only, they are the leading right-singular vectors of its
Jacobian J = ∂f/∂x. The reconstruction has tangents of its own, those of ∂r/∂x.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.tables import table
from tinyae.models.autoencoder import Autoencoder, check_autoencoder
from tinyae.nn.jacobian import jacobian
from tinyae.nn.layers import Chain, Layer
from tinyae.nn.structure import dense_pair
from tinyae.numerics.blocks import BLOCK_BYTES, row_blocks
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.tangents.directions import determined
from tinyae.tangents.network import by_products
from tinyae.tangents.singular import decompose, how_many, of_size_one, right_singular
from tinyae.tangents.subspace import EXTRA, leading_subspaces

OF = ("code", "reconstruction", "range")
WORTHWHILE = 8  # codes so many times wider than the block are iterated, smaller ones decomposed


@underflow_to_zero
def tangents(
    model: Autoencoder, x: ArrayLike, k: int, *, of: str = "code"
) -> tuple[NDArray, NDArray]:
    """Return the k leading singular vectors of a Jacobian of the model at each point.

    ================  ======================  =================================================
    of                vectors                 meaning
    ================  ======================  =================================================
    "code"            right, of J = ∂f/∂x     steps that the code notices most
    "reconstruction"  right, of J = ∂r/∂x     steps that the reconstruction notices most
    "range"           left, of J = ∂r/∂x      steps that the reconstruction itself makes: the
                                              tangent plane of the surface of all r(x)
    ================  ======================  =================================================

    The reconstruction r = g∘f includes the output's mean, such as the sigmoid of a Bernoulli
    output: ∂r/∂x = ∂g/∂h ∂f/∂x. If r is optimal for Gaussian noise of standard deviation σ, then
    ∂r/∂x is the covariance of the clean x given the noisy one, over σ². It is symmetric, and its
    left and right vectors are the same.

    No Jacobian of a wide network is formed: the vectors are found by iteration
    (`tangents/subspace.py`). For narrow ones, and at points where ‖A u − s² u‖ stays above 1e-4 s²,
    the smaller A of J Jᵀ and Jᵀ J is decomposed exactly. In both ways the relative error of the
    singular values is about 1e-6.

    Parameters
    ----------
    model : the trained autoencoder; its corruption and code noise play no part
    x : array (n, d)
    k : number of tangents, at most the smaller of d and the code's width
    of : "code", "reconstruction" or "range"

    Returns
    -------
    T : array (n, k, d), orthonormal rows by falling singular value, the largest entry of each
        positive (of entries that are equally large, the first)
    s : array (n, k), the singular values: ‖J t‖ for each right t, ‖Jᵀ t‖ for each left one

    Raises
    ------
    ValueError
        If `of` is another word. If code or reconstruction moves in fewer than k directions at some
        point, as it does where rectifiers are off: s_k < 1e-5 s_1 is lost in rounding, and there is
        no k-th tangent. If s_k equals the next singular value, so that nothing says which direction
        is the k-th.
    """
    check_autoencoder(model, "tangents")
    model.check_packed()
    if not isinstance(of, str) or of not in OF:
        raise ValueError(f"of must be one of {', '.join(OF)}, got {of!r:.60}")
    x = table(x, "x", width=model.d_in, dtype=model.dtype)
    shape = f"the Jacobian of the code is {model.d_code} x {model.d_in}"
    k = how_many(k, "k", min(model.d_in, model.d_code), shape)
    pair = dense_pair(model.mean_encoder) if of == "code" else None
    if pair is None:
        T, s, after = _of_network(model, x, k, of)
    else:
        linear, unit = pair
        a = linear.forward(x)[0]
        slopes = unit.df(a, unit.f(a))
        T, s, after = _of_one_layer(slopes, linear.params["W"], k)
    what = "the code moves in" if of == "code" else "the reconstruction moves in"
    return determined(T, s, after, x.dtype, what=what, name="k")


def _of_network(
    model: Autoencoder, x: NDArray, k: int, of: str
) -> tuple[NDArray, NDArray, NDArray]:
    """Return T, s and the next singular value for any network.

    As in `_of_one_layer`, iteration comes first where the network is wide, and the next singular
    value is not known where it converges.
    """
    n, d = x.shape
    T, s, after, left = np.empty((n, k, d)), np.empty((n, k)), np.zeros((n, 1)), np.arange(n)
    if min(d, model.d_code) >= WORTHWHILE * (k + EXTRA):
        for dtype in dict.fromkeys((model.dtype, np.dtype(np.float64))):
            if left.size:
                # A copy, because a product adds into the gradients of its network.
                net = _network(model.astype(dtype), of)
                T[left], s[left], done = by_products(
                    net, x[left].astype(dtype), k, left=of == "range"
                )
                left = left[~done]
    if not left.size:
        return T, s, after
    net = _network(model.astype(np.float64), of)
    for block in row_blocks(len(left), d * max(d, model.d_code), BLOCK_BYTES):
        rows = left[block]
        J, size = of_size_one(jacobian(net, x[rows].astype(np.float64)), axis=(1, 2))
        J = J.swapaxes(1, 2) if of == "range" else J
        T[rows], s[rows], after[rows] = decompose(J, k)
        s[rows], after[rows] = s[rows] * size[:, 0], after[rows] * size[:, 0]
    return T, s, after


def _network(model: Autoencoder, of: str) -> Layer:
    """Return f, or g∘f with the output's mean."""
    f = model.mean_encoder
    return f if of == "code" else Chain(f, model.decoder, model.output.mean)


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
