"""The signs of a sparse code, found quickly: FISTA in float32 until they settle (13.4, 14.8).

To solve a `Lasso` it suffices to know which atoms a code uses, and with which sign: then the code
is the solution of linear equations (`equations.py`). Steps find most of the signs long before the
code itself is accurate. float32 is accurate enough for that, and takes half the time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.sparse_coding.lasso import Lasso

LOOKS = 30  # at most, at the signs
STEPS = 10  # between two looks


def settled(problem: Lasso, h: NDArray, L: float) -> NDArray:
    """Return codes (n, k) near the solution, in float64, after steps of FISTA from h (n, k) on.

    With the step 1/(2L) and M = I − A/L a step from y is

        u = y M + c/L,   h′ = u − clip(u, −t, t),   t = λ/(2L),

    since u − clip(u, −t, t) is the soft threshold of u. The momentum of a row starts again where it
    points uphill, that is where (y − h′)·(h′ − h) > 0 (O'Donoghue and Candès 2015, their gradient
    scheme; it needs no costs). The steps end once half of the rows kept all their signs during the
    last 10 steps, or after 300 steps.

    Parameters
    ----------
    problem : n rows, in float64
    h : array (n, k)
    L : an upper bound of the eigenvalues of A, above 0
    """
    single = np.float32
    # A common scale of c, h and λ changes no sign; with this one nothing overflows in float32.
    scale = max(np.linalg.norm(problem.c, np.inf) / L, np.linalg.norm(h, np.inf)) or 1.0
    M = (np.eye(len(problem.A)) - problem.A / L).astype(single)
    c = (problem.c / (L * scale)).astype(single)
    bound = single(min(problem.lam / (2 * L * scale), np.finfo(single).max))
    h = (h / scale).astype(single)
    y, u, move = h.copy(), np.empty_like(h), np.empty_like(h)
    t, signs = np.ones((len(h), 1), single), np.sign(h)
    for _ in range(LOOKS):
        for _ in range(STEPS):
            np.dot(y, M, out=u)
            u += c
            np.clip(u, -bound, bound, out=move)
            u -= move
            np.subtract(u, h, out=move)
            y -= u
            t[np.einsum("ij,ij->i", y, move) > 0] = 1
            longer = (1 + np.sqrt(1 + 4 * t * t)) / 2
            np.multiply(move, (t - 1) / longer, out=y)
            y += u
            h, u, t = u, h, longer
        before, signs = signs, np.sign(h)
        if 2 * np.count_nonzero((signs == before).all(axis=1)) >= len(h):
            break
    return scale * h.astype(np.float64)
