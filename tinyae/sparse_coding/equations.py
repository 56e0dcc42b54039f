"""Sparse codes of many rows as linear equations, side by side: feature-sign search in batches.

`feature_sign.py` has the search for one row, which is easier to read. Here all rows move together,
and several atoms may join a support at once (after Lee, Battle, Raina and Ng 2007). A start with
almost all of the signs, as `settling.py` finds it, needs one or two moves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.sparse_coding.lasso import Lasso

ENTRIES = 1 << 16  # of the equations that are solved at once: 512 kB
ROUNDS = 30  # of atoms that join, at most
MOVES = 20  # after atoms joined, at most
TINY = np.finfo(np.float64).tiny  # a ridge for a dictionary of zeros
JOINING = 0.5  # share of the steepest slope from which on an atom joins


def by_equations(problem: Lasso, h: NDArray, tol: float) -> tuple[NDArray, NDArray]:
    """Return codes (n, k) that are no worse than h (n, k), and which rows (n,) are solved.

    A row is solved when its duality gap is at most tol · E(0). In each round a row moves until no
    entry changes sign (`move`). Then atoms join its support: those whose |c − h A| exceeds ½λ by at
    least half as much as the largest one does. Rows that are not solved after 30 rounds are left
    to the caller.

    The arrays have one more column here, of zeros. It stands for "no atom", so that supports of
    different sizes fit into one array.
    """
    n, k = h.shape
    A = np.pad(problem.A, (0, 1))
    c, now = np.pad(problem.c, ((0, 0), (0, 1))), np.pad(h, ((0, 0), (0, 1)))
    sign = np.sign(now)
    left = np.arange(n)  # rows that are not solved
    for _ in range(ROUNDS):
        moving = left
        for _ in range(MOVES):
            # Where atoms are nearly dependent a move may be so long that its cost overflows.
            with np.errstate(over="ignore", invalid="ignore"):
                moving = moving[move_all(A, c, problem.lam, now, sign, moving)]
            if not len(moving):
                break
        product = now[left, :k] @ problem.A
        gap = problem.take(left).gap(now[left, :k], product)
        unsolved = ~(gap <= tol * problem.at_zero[left])
        left = left[unsolved]
        if not len(left):
            break
        slope = problem.c[left] - product[unsolved]
        excess = np.where(sign[left, :k] == 0, np.abs(slope) - 0.5 * problem.lam, 0)
        joins = excess > np.maximum(JOINING * excess.max(axis=1, keepdims=True), 0)
        sign[left, :k] += np.where(joins, np.sign(slope), 0)
    return now[:, :k], ~np.isin(np.arange(n), left)


def move_all(
    A: NDArray, c: NDArray, lam: float, h: NDArray, sign: NDArray, rows: NDArray
) -> NDArray:
    """Move these rows of h and sign once, in place; return which of them have to move again.

    Rows with supports of like sizes are moved together, as many as fit into the cache.
    """
    again, size = np.empty(len(rows), bool), np.count_nonzero(sign[rows], axis=1)
    order = np.argsort(-size, kind="stable")
    start = 0
    while start < len(order):
        largest = max(1, size[order[start]])
        part = order[start : start + max(1, ENTRIES // largest**2)]
        mine = rows[part]
        h[mine], sign[mine], again[part] = move(A, c[mine], lam, h[mine], sign[mine])
        start += len(part)
    return again


def move(
    A: NDArray, c: NDArray, lam: float, h: NDArray, sign: NDArray
) -> tuple[NDArray, NDArray, NDArray]:
    """Return codes, signs, and which rows have to move again: one move of each row.

    With the signs s on the support S the criterion is quadratic, with its minimum z at
    A_SS z = c_S − ½λ s. A row moves there if this changes no sign. Otherwise:

    - If atoms that have just joined would get the other sign, they leave again, and nothing moves.
    - If entries would change sign, the row moves until the first of them is zero, or to z with all
      of them set to zero: to whichever has the lower criterion. The entries that are zero leave.

    So the criterion never rises. Shapes: A (k + 1, k + 1), c, h, sign (m, k + 1), where row and
    column k are zeros. A tiny ridge makes the equations solvable where atoms are dependent.
    """
    none, S = len(A) - 1, supports(sign)
    G = A[S[:, :, None], S[:, None, :]]
    b, v, s = (np.take_along_axis(array, S, axis=1) for array in (c, h, sign))

    def cost(v: NDArray) -> NDArray:
        """The criterion of codes (m, size of S), up to a constant."""
        return (v * (times(G, v) - 2 * b)).sum(axis=1) + lam * np.abs(v).sum(axis=1)

    r, diagonal = b - 0.5 * lam * s - times(G, v), np.arange(S.shape[1])
    G[:, diagonal, diagonal] += np.where(S == none, 1.0, max(1e-13 * np.trace(A), TINY))
    step = np.linalg.solve(G, r[:, :, None])[:, :, 0]
    z = v + step
    against = z * s < 0
    new = against & (v == 0)
    refused = new.any(axis=1)
    cut = against.any(axis=1) & ~refused
    if cut.any():
        share = np.where(against, -v / np.where(against, step, 1), np.inf)
        least = np.minimum(share.min(axis=1, keepdims=True), 1)
        first, all_zero = np.where(share <= least, 0, v + least * step), np.where(against, 0, z)
        z = np.where((cost(all_zero) < cost(first))[:, None], all_zero, first)
    z = np.where(refused[:, None], v, z)
    s = np.where(np.where(refused[:, None], new, z == 0), 0, s)
    h, sign = np.zeros_like(h), np.zeros_like(sign)
    np.put_along_axis(h, S, z, axis=1)
    np.put_along_axis(sign, S, s, axis=1)
    return h, sign, refused | cut


def supports(sign: NDArray) -> NDArray:
    """Return the atoms in use by each row, (m, the most of them); short rows end with `k`."""
    rows, atoms = np.nonzero(sign)
    size = np.bincount(rows, minlength=len(sign))
    S = np.full((len(sign), max(1, size.max())), sign.shape[1] - 1)
    S[rows, np.arange(len(rows)) - np.repeat(np.cumsum(size) - size, size)] = atoms
    return S


def times(G: NDArray, v: NDArray) -> NDArray:
    """Return G v for each row: G (m, s, s), v (m, s)."""
    return np.matmul(G, v[:, :, None])[:, :, 0]
