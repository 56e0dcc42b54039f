"""Tangent planes: those that a trained encoder knows, those that neighbours show, and the angles.

At a point of a k-dimensional manifold, k directions lead to other points of it (section 14.6). An
encoder that is sensitive along the manifold alone has them as the leading right-singular vectors of
its Jacobian J = ∂f/∂x (section 14.7, figure 14.10). Local PCA takes them from the differences to
the nearest data.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.analysis.directions import determined
from tinyae.analysis.pca import angles_between
from tinyae.models.autoencoder import Autoencoder, check_autoencoder
from tinyae.nn.activations import Elementwise
from tinyae.nn.arrays import real_array
from tinyae.nn.checks import table, whole_number
from tinyae.nn.layers import Linear, in_series
from tinyae.nn.neighbors import nearest_neighbors
from tinyae.nn.subspace import EXTRA, leading_subspaces
from tinyae.nn.tangents import BLOCK_BYTES, jacobian
from tinyae.nn.underflow import underflow_to_zero
from tinyae.nn.units import rows_of_size_one

WORTHWHILE = 8  # codes so many times wider than the block are iterated, smaller ones decomposed


@underflow_to_zero
def tangents(model: Autoencoder, x: ArrayLike, k: int) -> tuple[NDArray, NDArray]:
    """Return the k leading right-singular vectors of J = ∂f/∂x at each point: what f notices most.

    Of an encoder with one affine layer and one unit J is never formed (`nn.subspace`): where
    ‖J Jᵀ u − s² u‖ stays above 1e-4 s², and for any other encoder, the smaller of J Jᵀ and Jᵀ J is
    decomposed exactly. Either way the singular values are right to about 1e-6 of themselves.

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
    k = _how_many(k, min(model.d_in, model.d_code), f"J is {model.d_code} × {model.d_in}")
    layers = list(in_series(model.encoder))
    one_layer = (
        len(layers) == 2 and type(layers[0]) is Linear and isinstance(layers[1], Elementwise)
    )
    if not one_layer:
        encoder, found = model.astype(np.float64).encoder, []
        for part in _blocks(x, model.d_in * model.d_code):
            J, size = _of_size_one(jacobian(encoder, part.astype(np.float64)), axis=(1, 2))
            V, lengths, after = _decompose(J, k)
            found.append((V, *(part * size[:, 0] for part in (lengths, after))))
        T, s, after = (np.concatenate(parts) for parts in zip(*found, strict=True))
    else:
        a = layers[0].forward(x)[0]
        slopes = layers[1].df(a, layers[1].f(a))
        T, s, after = _of_one_layer(slopes, layers[0].params["W"], k)
    return determined(T, s, after, x.dtype, "the code moves in")


def local_pca_tangents(
    data: ArrayLike, x: ArrayLike, k: int, neighbors: int
) -> tuple[NDArray, NDArray]:
    """Return the k directions of largest variance among the data nearest to each point.

    Deviations are taken from the neighbours' own mean, not from x: a point that noise has pushed
    off the manifold would otherwise see the way back to it as a direction of the manifold. A point
    that is among the data is its own first neighbour.

    Parameters
    ----------
    data : array (N, d)
    x : array (n, d)
    k : number of tangents, at most min(neighbors − 1, d)
    neighbors : how many data count as near, from k + 1 to N

    Returns
    -------
    T : array (n, k, d), orthonormal rows by falling variance
    s : array (n, k), the standard deviations along them

    Raises
    ------
    ValueError
        If some neighbourhood has fewer than k dimensions, as one of equal data has, or spreads as
        far in the next direction as in the k-th.

    Notes
    -----
    The order of the data, a shift and constant columns of data and x change nothing; a common scale
    multiplies s. Repeating all data changes the neighbourhoods, and so the result.
    """
    data = table(data, "data", dtype=np.float64, squared=True)
    x = table(x, "x", width=data.shape[1], dtype=np.float64)
    neighbors = whole_number(neighbors, "neighbors", least=2)
    if neighbors > len(data):
        raise ValueError(f"neighbors = {neighbors}, but data has {len(data)} rows only")
    k = _how_many(k, min(neighbors - 1, data.shape[1]), f"there are {neighbors} neighbours")
    found = []
    for part in _blocks(x, neighbors * data.shape[1]):
        near = data[nearest_neighbors(data, neighbors, part)[0]]
        near -= near[:, :1].copy()  # so that equal data have a spread of exactly zero
        near, size = _of_size_one(near, axis=(1, 2))
        V, s, after = _decompose(near - near.mean(axis=1, keepdims=True), k)
        size = size[:, 0] / np.sqrt(neighbors)
        found.append((V, s * size, after * size))
    T, s, after = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return determined(T, s, after, x.dtype, "the neighbours spread in")


def tangent_angles(A: ArrayLike, B: ArrayLike) -> NDArray:
    """Return the principal angles between two planes at each of n points, radians, ascending.

    The last of each row says how far apart the planes are; its mean is what tables quote. Small
    angles are as exact as large ones, see `principal_angles`.

    Parameters
    ----------
    A, B : arrays (n, p, d) and (n, q, d) whose rows span the planes; they need not be orthonormal

    Returns
    -------
    array (n, min(p, q))
    """
    A, B = _planes(A, "A"), _planes(B, "B")
    if len(A) != len(B) or A.shape[2] != B.shape[2]:
        raise ValueError(
            f"A and B must have planes in equal number and dimension, got {A.shape} and {B.shape}"
        )
    return angles_between(*(np.linalg.qr(M.swapaxes(1, 2))[0] for M in (A, B)))


def _of_one_layer(slopes: NDArray, W: NDArray, k: int) -> tuple[NDArray, NDArray, NDArray]:
    """Return T, s and the next singular value for J = diag(slopes) Wᵀ.

    In the model's precision, then in float64, then exactly. Points whose s_k hardly differs from
    the next one are left to the last; of the others that one is not known, and 0 is returned.
    """
    (n, m), d = slopes.shape, len(W)
    T, s, left = np.empty((n, k, d)), np.empty((n, k)), np.arange(n)
    after = np.zeros((n, 1))
    # Squares of squares follow, in which what saturated units have left would underflow.
    slopes, sizes = _of_size_one(slopes, axis=1)
    W, size = _of_size_one(W, axis=None)
    if min(m, d) >= WORTHWHILE * (k + EXTRA):
        for dtype in dict.fromkeys((W.dtype, np.dtype(np.float64))):
            if left.size:
                weight, slope = W.astype(dtype), slopes[left].astype(dtype)
                U, done = leading_subspaces(slope, weight, k)
                images = (U[done] * slope[done, None, :]).reshape(-1, m) @ weight.T
                T[left[done]], s[left[done]] = _singular(images.reshape(-1, k, d))
                left = left[~done]
    for rows in _blocks(left, m * d):
        J = slopes[rows, :, None] * W.T.astype(np.float64)
        T[rows], s[rows], after[rows] = _decompose(J, k)
    return T, s * sizes * size, after * sizes * size


def _of_size_one(M: NDArray, axis: int | tuple[int, int] | None) -> tuple[NDArray, NDArray]:
    """Return M over its largest entries along the axes, and those in float64; 1 where all are 0."""
    largest = np.abs(M).max(axis=axis, keepdims=True)
    largest = np.where(largest > 0, largest, 1).astype(M.dtype)
    return M / largest, largest.astype(np.float64)


def _decompose(J: NDArray, k: int) -> tuple[NDArray, NDArray, NDArray]:
    """Return the k leading right-singular vectors of each J (n, m, d) and the singular values.

    And the next singular value (n, 1), 0 where there is none.
    """
    J = J.astype(np.float64, copy=False)
    Jt = J.swapaxes(1, 2)
    wide = J.shape[1] <= J.shape[2]
    values, V = np.linalg.eigh(J @ Jt if wide else Jt @ J)
    values, V = values[:, ::-1], V[:, :, ::-1][:, :, :k].swapaxes(1, 2)
    after = np.sqrt(np.maximum(values[:, k : k + 1], 0.0))
    after = after if after.size else np.zeros((len(J), 1))
    if wide:
        return *_singular(V @ J), after
    return V, np.linalg.norm(J @ V.swapaxes(1, 2), axis=1), after


def _singular(B: NDArray) -> tuple[NDArray, NDArray]:
    """Right-singular vectors and values of B (n, k, d) with k small, by way of Bᵀ = Q R."""
    Q, R = np.linalg.qr(B.astype(np.float64, copy=False).swapaxes(1, 2))
    U, s, _ = np.linalg.svd(R)
    return (Q @ U).swapaxes(1, 2), s


def _how_many(k: int, most: int, why: str) -> int:
    k = whole_number(k, "k")
    if k > most:
        raise ValueError(f"k must be at most {most}, since {why}; got {k}")
    return k


def _blocks(rows: NDArray, numbers: int) -> list[NDArray]:
    """Split rows so that `numbers` floats for each of a block stay within the memory limit."""
    step = max(1, BLOCK_BYTES // (8 * numbers))
    return [rows[i : i + step] for i in range(0, len(rows), step)]


def _planes(M: ArrayLike, name: str) -> NDArray:
    M = real_array(M, name)
    if M.ndim != 3 or M.size == 0 or M.shape[1] > M.shape[2]:
        raise ValueError(
            f"{name} must hold planes, (points, directions, dimensions) with at most as many "
            f"directions as dimensions, got shape {M.shape}; a single plane needs T[None]"
        )
    M = table(M.reshape(-1, M.shape[2]), name, dtype=np.float64).reshape(M.shape)
    M = rows_of_size_one(M)  # the same planes
    short = np.linalg.matrix_rank(M) < M.shape[1]
    if short.any():
        raise ValueError(
            f"{name} spans no plane of {M.shape[1]} dimensions at {short.sum()} of {len(M)} "
            f"points, first at row {short.argmax()}: its directions are not independent"
        )
    return M
