"""All eigenvalues of a symmetric matrix and the eigenvectors of the largest ones.

`numpy.linalg.eigh` makes the matrix tridiagonal, A = Q T Qᵀ, and finds all eigenvalues and
eigenvectors of T. The eigenvalues alone take a small part of the time. Where SciPy is installed,
only those eigenvectors of T are computed that are wanted, and only they are multiplied by Q.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics import installed_scipy
from tinyae.numerics.axes import ROUNDING
from tinyae.numerics.eigenpairs import FEW
from tinyae.numerics.underflow import underflow_to_zero


@underflow_to_zero
def leading_eigenpairs(A: NDArray, k: int) -> tuple[NDArray, NDArray]:
    """Return all eigenvalues of A, falling, and the eigenvectors (n, k) of the k largest.

    A (n, n) is symmetric, in float64. The eigenvectors have length 1, and their signs are open.
    """
    n, linalg = len(A), installed_scipy.scipy_linalg() if len(A) > FEW else None
    if linalg is None or k > n // 2:
        values, V = np.linalg.eigh(A)
        return values[::-1], V[:, ::-1][:, :k]
    lapack = linalg.lapack
    lwork = int(lapack.dsytrd_lwork(n, lower=1)[0])
    reflectors, diagonal, beside, tau, failed = lapack.dsytrd(A.T, lower=1, lwork=lwork)
    values, failed_values = lapack.dsterf(diagonal, beside)
    if failed or failed_values:
        raise np.linalg.LinAlgError("the eigenvalues of a symmetric matrix did not converge")
    V = linalg.eigh_tridiagonal(
        diagonal, beside, select="i", select_range=(n - k, n - 1), lapack_driver="stemr"
    )[1]
    # LAPACK may miss vectors where many values are equal and others lie close to them.
    residual = diagonal[:, None] * V - V * values[n - k :]
    residual[:-1] += beside[:, None] * V[1:]
    residual[1:] += beside[:, None] * V[:-1]
    if np.abs(residual).max() > ROUNDING * np.abs(values).max():
        values, V = np.linalg.eigh(A)
        return values[::-1], V[:, ::-1][:, :k]
    # Q has 1 as its first entry. The rest of it is the product of reflections that a QR
    # decomposition would store in the same way.
    part = np.asfortranarray(reflectors[1:, :-1])
    lwork = int(lapack.dormqr("L", "N", part, tau, V[1:], -1)[1][0])
    V[1:] = lapack.dormqr("L", "N", part, tau, V[1:], lwork)[0]
    V -= 0.5 * V @ (V.T @ V - np.eye(k))  # orthonormal up to rounding, also where values crowd
    return values[::-1], V[:, ::-1]
