"""Square matrices with few entries in a row, as SciPy's sparse matrices where it is installed.

NumPy has no sparse matrices, so that without SciPy, an optional extra, the same matrices are dense
arrays. Results then differ by rounding only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics import installed_scipy

MOST_FILLED = 0.12  # of the entries: a matrix with more is factorized faster as an array

Square: TypeAlias = Any  # a dense array or a SciPy sparse array, (n, n); both know @, + and .T


def square(rows: NDArray, columns: NDArray, values: NDArray, n: int) -> Square:
    """Return the matrix (n, n) with these entries (e,) and 0 elsewhere, dense if they are many.

    No entry may be given twice.
    """
    sparse = installed_scipy.scipy_sparse()
    if sparse is not None and len(values) <= MOST_FILLED * n * n:
        return sparse.csc_array((values, (rows, columns)), shape=(n, n))
    M = np.zeros((n, n))
    M[rows, columns] = values
    return M


def without_zeros(M: NDArray) -> Square:
    """Return the matrix as a sparse one where SciPy is installed and few entries are not 0."""
    sparse = installed_scipy.scipy_sparse()
    if sparse is None or np.count_nonzero(M) > MOST_FILLED * M.size:
        return M
    return sparse.csc_array(M)


def dense(M: Square) -> NDArray:
    """Return the matrix as an array."""
    return M if isinstance(M, np.ndarray) else M.toarray()


def inverse(M: Square, shift: float) -> Callable[[NDArray], NDArray]:
    """Return the function b -> (M + shift I)⁻¹ b, for b (n, m).

    M is symmetric and positive semidefinite, and shift is positive. A sparse matrix is factorized
    with few new entries. Of a dense one the inverse is formed, and one step of refinement makes
    each solution as accurate as that of a factorization.
    """
    sparse, n = installed_scipy.scipy_sparse(), M.shape[0]
    if sparse is None or isinstance(M, np.ndarray):
        shifted = M + shift * np.eye(n)
        X = np.linalg.inv(shifted)

        def solve(b: NDArray) -> NDArray:
            x = X @ b
            return x + X @ (b - shifted @ x)

        return solve
    # No pivots are needed, and an order for symmetric matrices keeps most entries 0.
    return sparse.linalg.splu(
        _shifted(M, shift, sparse.identity(n)),
        permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, panel_size=4,
        options={"SymmetricMode": True},
    ).solve  # fmt: skip


def _shifted(M: Square, shift: float, identity: Square) -> Square:
    """Return M + shift I of a sparse M, in compressed columns."""
    n, M = M.shape[0], M.tocsc(copy=True)
    diagonal = M.indices == np.repeat(np.arange(n), np.diff(M.indptr))
    if diagonal.sum() < n:
        return (M + shift * identity).tocsc()
    M.data[diagonal] += shift
    return M
