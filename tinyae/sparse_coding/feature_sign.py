"""A sparse code to the last digit: the lasso of one row as a sequence of linear equations.

Proximal gradient needs tens of thousands of steps where the atoms in use are nearly dependent. Once
it has found roughly which atoms are in use, equations finish the work (feature-sign search, Lee,
Battle, Raina and Ng 2007).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def active_set(A: NDArray, c: NDArray, lam: float, h: NDArray) -> NDArray:
    """Return the minimiser of h A hᵀ − 2 c·h + λ‖h‖₁ over h (k,), starting from a code near it.

    As long as no entry changes sign the criterion is quadratic. With the signs s on the support S
    its minimum solves A_SS h_S = c_S − ½λ s. The code moves towards this minimum. If an entry
    becomes zero on the way, the move ends there and the entry leaves the support. At the minimum,
    the atom whose |c − h A| exceeds ½λ most joins the support. Every move lowers the criterion, and
    at the solution no move is left.

    Shapes: A (k, k), symmetric and positive semi-definite; c, h (k,). A tiny ridge, 1e-13 of A's
    trace, makes the equations solvable where atoms are dependent; the move is then long, and ends
    where an entry becomes zero. After 20 k moves the search ends with the code that it has.
    """
    h, sign, k = h.copy(), np.sign(h), len(h)
    solvable = A + 1e-13 * np.trace(A) * np.eye(k)
    slack = 1e-13 * np.abs(c).max()
    for _ in range(20 * k):
        S = np.flatnonzero(sign)
        g = c[S] - 0.5 * lam * sign[S] - A[np.ix_(S, S)] @ h[S]
        move = np.linalg.solve(solvable[np.ix_(S, S)], g)
        vanishes = np.flatnonzero((h[S] + move) * sign[S] < 0)
        if len(vanishes):
            share = -h[S[vanishes]] / move[vanishes]
            first = share.argmin()
            h[S] += share[first] * move
            gone = S[vanishes[first]]
            h[gone] = sign[gone] = 0
            continue
        h[S] += move
        excess = np.abs(c - h @ A) - 0.5 * lam
        excess[S] = 0
        joins = excess.argmax()
        if excess[joins] > slack:
            sign[joins] = np.sign(c[joins] - h @ A[joins])
        elif np.abs(g).max(initial=0) <= slack:  # else once more, for what the ridge kept away
            break
    return h
