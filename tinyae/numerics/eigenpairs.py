"""The few eigenvectors of a symmetric matrix that an embedding wants.

`numpy.linalg.eigh` finds all n eigenvectors, which takes about 10 n³ operations. The k leading
ones lie in a small space that repeated products find: the block Krylov space of a random start Q,
spanned by Q, AQ, A²Q, … (Lanczos 1950, Golub and Underwood 1977). The eigenvectors of A within that
space are exact once the residuals ‖A v − λ v‖ are as small as rounding. Until then the space grows.
If it would become too large, all eigenvectors are computed instead.

A block of more than k vectors finds eigenvalues that are equal, which a single vector would not:
each equal eigenvalue appears as often as it occurs, up to the size of the block. So the check that
the k-th eigenvalue differs from the next one works as with all of them.

The least eigenvalues of a positive semidefinite M are often 1e-8 of its largest one, and M itself
would take thousands of products. Then the space is that of (M + δ I)⁻¹, with a small δ, because M
may be singular. Eigenvectors within the space are still those of M, so δ changes no result.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.generators import generator
from tinyae.numerics.axes import EPS
from tinyae.numerics.sparse import Square, dense, inverse
from tinyae.numerics.underflow import underflow_to_zero

FEW = 250  # rows of a matrix whose eigenvectors are all computed, since this is as fast
SPARE = 5  # vectors of a block beyond k + 1; a dense product with them takes no longer
SPARE_SOLVED = 1  # the same where each product is the solution of a system, and takes its time
RESIDUAL = 16 * EPS  # of an eigenvector, in units of the largest eigenvalue
APART = 1e-3  # residual of the further eigenvalue, in units of its distance to the k-th one
SHIFT = 1e-10  # δ, in units of the largest eigenvalue

Pairs = tuple[NDArray, NDArray]


@underflow_to_zero
def largest_eigenpairs(A: NDArray, k: int) -> Pairs:
    """Return the k + 1 largest eigenvalues of A, or all, falling, and their eigenvectors (n, …).

    A (n, n) is symmetric. The further eigenvalue tells whether the k-th one differs from it. If it
    clearly does, it is known to a thousandth of the difference only.
    """
    found = None
    start = _start(len(A), k + 1 + SPARE)
    if start is not None:
        found = _krylov(A.__matmul__, None, start, k + 1, largest=True, scale=None)
    if found is None:
        values, V = np.linalg.eigh(A)
        return values[::-1], V[:, ::-1]
    return found


@underflow_to_zero
def least_eigenpairs(M: Square, null: NDArray, k: int, top: float) -> Pairs:
    """Return the k + 1 least eigenvalues of M, or all, rising, and their eigenvectors (n, …).

    The eigenvalue 0 of `null` is left out, and all eigenvectors are orthogonal to it.

    Parameters
    ----------
    M : symmetric and positive semidefinite, (n, n), dense or sparse
    null : array (n,) of length 1 with M null = 0
    top : a bound on the eigenvalues
    """
    n, found = len(null), None
    start = _start(n, k + 1 + SPARE_SOLVED)
    if start is not None:
        # Where M is dense, its inverse is more accurate once the eigenvalue of `null` is raised.
        raised = M + top * np.outer(null, null) if isinstance(M, np.ndarray) else M
        solve = inverse(raised, SHIFT * top)

        def across(Q: NDArray) -> NDArray:
            return Q - np.outer(null, null @ Q)

        found = _krylov(
            M.__matmul__, lambda Q: across(solve(Q)), across(start), k + 1,
            largest=False, scale=top,
        )  # fmt: skip
    if found is None or (found[0] < 16 * EPS * top).sum() > k:
        # Leaving the first eigenvector out would not do, since other eigenvalues may be near 0 too.
        # So the eigenvalue of `null` is raised above all others.
        return np.linalg.eigh(dense(M) + 1.5 * top * np.outer(null, null))
    return found


def _start(n: int, block: int) -> NDArray | None:
    """Return random vectors (n, block), or None if all eigenvectors are found as fast."""
    if n <= FEW or n < 32 * block:
        return None
    return generator(0, "subspace").standard_normal((n, block))


def _krylov(
    multiply: Callable[[NDArray], NDArray],
    expand: Callable[[NDArray], NDArray] | None,
    start: NDArray,
    wanted: int,
    *,
    largest: bool,
    scale: float | None,
) -> Pairs | None:
    """Return so many eigenpairs of A, or None if half of all n directions are not enough.

    Parameters
    ----------
    multiply : Q -> A Q
    expand : Q -> the next block of the space, before it is made orthogonal; None for A Q
    start : array (n, b), with b at least `wanted`
    largest : whether the largest or the least eigenvalues are wanted
    scale : the size of the largest eigenvalue; None for what is found
    """
    n, b = start.shape
    V, AV = np.empty((n // 2, n)), np.empty((n // 2, n))  # a row for each vector of the space
    Q, m, look = np.linalg.qr(start)[0], 0, 6 * b
    before = None  # size of the space and residual at the last look
    while m + b <= n // 2:
        product = multiply(Q)
        V[m : m + b], AV[m : m + b] = Q.T, product.T
        m += b
        if m >= look:
            values, X, residuals = _within(V[:m], AV[:m], wanted, largest)
            goal = RESIDUAL * (np.abs(values).max() if scale is None else scale)
            # An eigenvalue lies within each residual. The last one only has to be told from the one
            # before it.
            residuals[-1] *= goal / max(goal, APART * abs(values[-1] - values[-2]))
            residual = float(residuals.max())
            if residual <= goal:
                return values, X
            look, before = _next_look(m, residual, goal, before), (m, residual)
        Q = product if expand is None else expand(Q)
        # Once is not enough: what remains of a vector that lies nearly in the space is rounding.
        for _ in range(2):
            Q = np.linalg.qr(Q - V[:m].T @ (V[:m] @ Q))[0]
    return None


def _next_look(m: int, residual: float, goal: float, before: tuple[int, float] | None) -> int:
    """Return at which size of the space its eigenvectors are computed again; this takes time, too.

    The residual falls faster and faster. So half of the vectors are added that it would need if it
    went on as between the last two looks.
    """
    if before is None or not residual < before[1]:
        return int(1.3 * m)
    rate = np.log(before[1] / residual) / (m - before[0])
    return m + int(min(0.5 * np.log(residual / goal) / rate, 0.5 * m))


def _within(
    V: NDArray, AV: NDArray, wanted: int, largest: bool
) -> tuple[NDArray, NDArray, NDArray]:
    """Return the outermost eigenpairs of A in the space of V (m, n), and their residuals."""
    T = V @ AV.T
    values, S = np.linalg.eigh(0.5 * (T + T.T))
    chosen = slice(None, -wanted - 1, -1) if largest else slice(0, wanted)
    values, S = values[chosen], S[:, chosen]
    X = V.T @ S
    return values, X, np.linalg.norm(AV.T @ S - X * values, axis=0)
