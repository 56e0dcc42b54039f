"""The leading eigenvectors of many matrices at once, each known by its products with vectors.

Block subspace iteration needs a matrix A only as a factor, y ↦ y A. An encoder of one affine layer
and one unit has J = ∂h/∂x = diag(s) Wᵀ with the slopes s = f′(a), so at every point

    A = J Jᵀ = diag(s) G diag(s)   with one and the same G = WᵀW, of the size of the code.

The factor is y ↦ ((y ∘ s) G) ∘ s. All points share the multiplication by G, which makes it one
large product. For any other network, A = Jᵀ J has the factor of `tangents/network.py`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.streams import stream
from tinyae.numerics.blocks import BLOCK_BYTES, row_blocks

Factor = Callable[[NDArray], NDArray]

EXTRA = 8  # vectors carried beyond those asked for: the further away λ_q, the faster
DEGREE = 4  # of the Chebyshev polynomial between two orthonormalizations, at most
ROUNDS = 15  # after which a point is given up
TOLERANCE = 1e-4  # of ‖A u − θ u‖ / θ
EQUAL = 256  # units of rounding by which two eigenvalues must differ to be told apart


def leading_subspaces(slopes: NDArray, W: NDArray, k: int) -> tuple[NDArray, NDArray]:
    """Return the k leading eigenvectors of diag(s) WᵀW diag(s) at each point that converges.

    Parameters
    ----------
    slopes : array (n, m), f′(a) at each of n points
    W : array (d, m)
    k : number of directions, k + 8 ≤ m

    Returns
    -------
    U, done : arrays (n, k, m) and (n,), as `iterate` returns them
    """
    G = W.T @ W

    def product(rows: NDArray) -> Factor:
        s = slopes[rows, None, :]
        return lambda Y: times(Y, s, G)

    start = _start(slopes, W, k + EXTRA)
    return iterate(product, len(slopes), start, k, floats=start.size)


def iterate(
    product: Callable[[NDArray], Factor], n: int, start: NDArray, k: int, *, floats: int
) -> tuple[NDArray, NDArray]:
    """Return the k leading eigenvectors of each of n symmetric matrices A ≥ 0 that converges.

    Rayleigh-Ritz in a block of q = k + 8 vectors gives θ and u. A point is done when

        ‖A u − θ u‖ ≤ 1e-4 θ    for all k of them,

    which leaves errors of the square of that in θ, over the gap to the eigenvalues outside the
    block. Otherwise the block is multiplied by the Chebyshev polynomial T_4(2A/θ_q − 1): at most 1
    on what is unwanted, [0, θ_q], and beyond it growing as fast as any polynomial can.

    Parameters
    ----------
    product : for an array of row numbers, the function Y ↦ Y A of these rows' matrices, where Y
        has the shape (rows, q, m)
    n : number of matrices
    start : array (q, m) with orthonormal rows, the first block of every matrix
    k : number of eigenvectors
    floats : how many numbers a product holds for each matrix

    Returns
    -------
    U : array (n, k, m), orthonormal rows
    done : array (n,), False where the residual is too large, the k-th eigenvalue cannot be told
        from the next one, or rounding errors are too large. Those rows of U are not valid
    """
    q, m = start.shape
    U, done = np.empty((n, k, m), start.dtype), np.zeros(n, bool)
    for block in row_blocks(n, floats, BLOCK_BYTES, itemsize=start.itemsize):
        rows = np.arange(block.start, block.stop)
        A, Y = product(rows), np.broadcast_to(start, (len(rows), q, m))
        for _ in range(ROUNDS):
            Y, Z, theta = _rayleigh_ritz(Y, A(Y))
            residual = np.linalg.norm(Z[:, :k] - theta[:, :k, None] * Y[:, :k], axis=2)
            passed = (residual <= TOLERANCE * theta[:, :k]).all(axis=1) & (theta[:, k - 1] > 0)
            passed &= theta[:, k - 1] - theta[:, k] > EQUAL * np.finfo(Y.dtype).eps * theta[:, 0]
            U[rows[passed]], done[rows[passed]] = Y[passed, :k], True
            left = ~passed & np.isfinite(theta).all(axis=1) & (theta[:, 0] > 0)
            if not left.any():
                break
            rows = rows[left]
            A = product(rows)
            Y = orthonormal(_filtered(Y[left], Z[left], theta[left], A))
    return U, done


def _start(slopes: NDArray, W: NDArray, q: int) -> NDArray:
    """Return a first block (q, m): the eigenvectors at the mean slopes, and a little of everything.

    Without the latter a point whose own directions happen to be orthogonal to the mean's, as those
    of rectifiers can be, would converge to the wrong ones with a residual of zero.
    """
    scaled = W.astype(np.float64) * slopes.mean(axis=0, dtype=np.float64)
    leading = np.linalg.eigh(scaled.T @ scaled)[1][:, ::-1][:, :q]
    everything = stream(0, "subspace").standard_normal(leading.shape)  # fixed: the same answer
    block = leading + 0.1 / np.sqrt(len(leading)) * everything
    return np.linalg.qr(block)[0].T.astype(slopes.dtype)


def times(Y: NDArray, s: NDArray, G: NDArray) -> NDArray:
    """Return Y A for blocks Y (n, q, m) of row vectors, where A = diag(s) G diag(s)."""
    # One product of two tables; a stack of n small ones would take several times as long.
    return ((Y * s).reshape(-1, len(G)) @ G).reshape(Y.shape) * s


def _rayleigh_ritz(Y: NDArray, Z: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Return Y and Z = Y A in the basis in which Y A Yᵀ = diag(θ), θ falling, and θ (n, q)."""
    theta, R = np.linalg.eigh((Y @ Z.swapaxes(1, 2)).astype(np.float64))
    R = R[:, :, ::-1].swapaxes(1, 2).astype(Y.dtype)
    return R @ Y, R @ Z, theta[:, ::-1].astype(Y.dtype)


def _filtered(Y: NDArray, Z: NDArray, theta: NDArray, A: Factor) -> NDArray:
    """Return T(2A/a − 1) applied to the rows of Y, a = θ_q: T_j+1 = 2 (2A/a − 1) T_j − T_j−1.

    T_j(2θ₁/a − 1) is about (4θ₁/a)^j / 2. The degree is chosen so that this leaves digits for the
    weakest row.
    """
    eps = float(np.finfo(Y.dtype).eps)
    a = np.maximum(theta[:, -1], theta[:, 0] * eps**0.5)
    growth = float(np.log(4.0 * theta[:, 0] / a).max())
    degree = int(np.clip(np.log(0.1 / eps) / growth, 1, DEGREE))
    c = (2.0 / a)[:, None, None]
    before, now = Y, c * Z - Y
    for _ in range(degree - 1):
        before, now = now, 2.0 * (c * A(now) - now) - before
    return now


def orthonormal(Y: NDArray) -> NDArray:
    """Return orthonormal rows that span the rows of each block, by Cholesky: Y Yᵀ = L Lᵀ, L⁻¹ Y.

    Its error grows as 1 / (smallest pivot)². Where the rows are too nearly dependent for it,
    Householder's QR, which is slower, takes its place.
    """
    Y = Y / np.linalg.norm(Y, axis=2, keepdims=True)
    try:
        L = np.linalg.cholesky(Y @ Y.swapaxes(1, 2))
        if np.diagonal(L, axis1=1, axis2=2).min() > np.finfo(Y.dtype).eps ** 0.25:
            return np.linalg.inv(L) @ Y  # a stack of solves takes three times as long
    except np.linalg.LinAlgError:
        pass
    return np.linalg.qr(Y.swapaxes(1, 2))[0].swapaxes(1, 2)
