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
MOST_BLOCKS = 50  # of the space, which has at most half of all directions
RESIDUAL = 16 * EPS  # of an eigenvector, in units of the largest eigenvalue
APART = 1e-3  # residual of the further eigenvalue, in units of its distance to the k-th one
NOTHING = 16 * EPS  # of a block: a vector with a shorter part outside the space lies within it
SHORT = 1e-5  # least part of a row beside the largest one, so that squares tell it from rounding
SHIFT = 1e-10  # δ, in units of the largest eigenvalue

Pairs = tuple[NDArray, NDArray]


@underflow_to_zero
def largest_eigenpairs(A: NDArray, k: int) -> Pairs:
    """Return the k + 1 largest eigenvalues of A, or all, falling, and their eigenvectors (n, …).

    A (n, n) is symmetric. The further eigenvalue tells whether the k-th one differs from it. If it
    clearly does, it is known to a thousandth of the difference only.
    """
    n, block, found = len(A), k + 1 + SPARE, None
    if _worthwhile(n, block):
        found = _krylov(lambda Q: Q @ A, None, _random(n), block, k + 1, largest=True, scale=None)
    if found is None:
        values, V = np.linalg.eigh(A)
        return values[::-1], V[:, ::-1]
    return found


@underflow_to_zero
def least_eigenpairs(M: Square, null: NDArray, k: int, top: float) -> Pairs:
    """Return the k + 1 least eigenvalues of M, or all, rising, and their eigenvectors (n, …).

    The eigenvalue 0 of `null` is left out, and all eigenvectors are orthogonal to it. The further
    eigenvalue is that of `largest_eigenpairs`.

    Parameters
    ----------
    M : symmetric and positive semidefinite, (n, n), dense or sparse
    null : array (n,) of length 1 with M null = 0
    top : a bound on the eigenvalues
    """
    n, block, found = len(null), k + 1 + SPARE_SOLVED, None
    if _worthwhile(n, block):
        # Where M is dense, its inverse is more accurate once the eigenvalue of `null` is raised.
        raised = M + top * np.outer(null, null) if isinstance(M, np.ndarray) else M
        solve, random = inverse(raised, SHIFT * top), _random(n)

        def across(Q: NDArray) -> NDArray:
            return Q - np.outer(Q @ null, null)

        # The space is orthogonal to `null` but for rounding, which `solve` multiplies by 1/δ. So
        # the eigenvalue of `null` is raised above all others here too.
        found = _krylov(
            lambda Q: (M @ Q.T).T + 1.5 * top * np.outer(Q @ null, null),
            lambda Q: across(solve(Q.T).T), lambda m: across(random(m)), block, k + 1,
            largest=False, scale=top,
        )  # fmt: skip
    if found is None or (found[0] < 16 * EPS * top).sum() > k:
        # Leaving the first eigenvector out would not do, since other eigenvalues may be near 0 too.
        # So the eigenvalue of `null` is raised above all others.
        return np.linalg.eigh(dense(M) + 1.5 * top * np.outer(null, null))
    return found


def _worthwhile(n: int, block: int) -> bool:
    """Whether all eigenvectors take longer than a few."""
    return n > FEW and n >= 32 * block


def _random(n: int) -> Callable[[int], NDArray]:
    """Return the function m -> random vectors (m, n), others at each call."""
    rng = generator(0, "subspace")
    return lambda m: rng.standard_normal((m, n))


def _krylov(
    multiply: Callable[[NDArray], NDArray],
    expand: Callable[[NDArray], NDArray] | None,
    random: Callable[[int], NDArray],
    b: int,
    wanted: int,
    *,
    largest: bool,
    scale: float | None,
) -> Pairs | None:
    """Return so many eigenpairs of A, or None if the largest space is not enough.

    The vectors of a block are rows here, since a product with a few rows takes less time than one
    with a few columns.

    Parameters
    ----------
    multiply : Q (b, n) -> Q A
    expand : Q -> the next block of the space, before it is made orthogonal; None for Q A
    random : m -> random vectors (m, n) that have a part in all eigenvectors
    b : number of vectors in a block, at least `wanted`
    largest : whether the largest or the least eigenvalues are wanted
    scale : the size of the largest eigenvalue; None for what is found
    """
    Q = np.linalg.qr(random(b).T)[0].T
    n, m, look = Q.shape[1], 0, max(32, 6 * b)
    most = min(n // 2, MOST_BLOCKS * b)
    V, AV = np.empty((most, n)), np.empty((most, n))  # a row for each vector of the space
    T = np.zeros((most, most))  # the lower half of V A Vᵀ
    known = 0  # rows of AV and T
    before = None  # size of the space and residual at the last look
    while m + b <= most:
        V[m : m + b] = Q
        m += b
        if expand is None or m >= look:  # else several blocks are multiplied at once
            AV[known:m] = multiply(V[known:m])
            T[known:m, :m] = AV[known:m] @ V[:m].T
            known = m
        if m >= look:
            values, X, residuals = _within(V[:m], AV[:m], T[:m, :m], wanted, largest)
            goal = RESIDUAL * (np.abs(values).max() if scale is None else scale)
            # An eigenvalue lies within each residual. The last one only has to be told from the one
            # before it.
            if goal > 0:
                residuals[-1] *= goal / max(goal, APART * abs(values[-1] - values[-2]))
            residual = float(residuals.max())
            if residual <= goal:
                return values, X
            look, before = _next_look(m, residual, goal, before), (m, residual)
        Q = AV[m - b : m] if expand is None else expand(Q)
        length = np.linalg.norm(Q)
        part = T[m - b : m, :m] if expand is None else Q @ V[:m].T
        Q, added = _orthonormal(Q - part @ V[:m])
        # Where nearly nothing was left of a vector, what was left is rounding.
        lost = added <= NOTHING * length
        if lost.any():
            Q[lost] = random(int(lost.sum()))
        # A second time, for what the first one left by rounding.
        Q = np.linalg.qr((Q - (Q @ V[:m].T) @ V[:m]).T)[0].T
    return None


def _orthonormal(W: NDArray) -> tuple[NDArray, NDArray]:
    """Return orthonormal rows (b, n) that span those of W, and what each row of W added (b,).

    What a row adds is the length of its part outside the space of the rows before it.
    """
    # The factor of W Wᵀ takes less time than that of W, but loses twice as many digits.
    try:
        L = np.linalg.cholesky(W @ W.T)
        added = L.diagonal()
        if added.min() > SHORT * added.max():
            return np.linalg.inv(L) @ W, added
    except np.linalg.LinAlgError:
        pass
    Q, R = np.linalg.qr(W.T)
    return Q.T, np.abs(R.diagonal())


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
    V: NDArray, AV: NDArray, T: NDArray, wanted: int, largest: bool
) -> tuple[NDArray, NDArray, NDArray]:
    """Return the outermost eigenpairs of A in the space of V (m, n), and their residuals."""
    values, S = np.linalg.eigh(T)  # which reads the lower half
    chosen = slice(None, -wanted - 1, -1) if largest else slice(0, wanted)
    values, S = values[chosen], S[:, chosen]
    X = V.T @ S
    return values, X, np.linalg.norm(AV.T @ S - X * values, axis=0)
