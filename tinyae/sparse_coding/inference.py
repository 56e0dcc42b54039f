"""The inference of sparse codes: a number of steps, or the solution to a tolerance (13.4, 14.8).

Nearly all rows are solved by equations, once steps in float32 have found the signs of their codes.
The others are solved by the steps of `descent.py`, until their duality gap is small.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics.blocks import BLOCK_BYTES, row_blocks
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.sparse_coding.descent import Descent, steepest
from tinyae.sparse_coding.equations import by_equations
from tinyae.sparse_coding.lasso import Lasso
from tinyae.sparse_coding.settling import settled

QUICK_BYTES = 1_000_000  # of the codes that are solved by equations at a time, but at least
QUICK_ROWS = 256  # so many, since each block needs another form of A
MOST_STEPS = 10_000  # a row that is not solved by then has a tolerance that is out of reach
CHECKED_EVERY = 10  # steps between two looks at the duality gap
FINISHED_EVERY = 500  # steps before equations are tried on the rows that are left


def solve(
    problem: Lasso,
    h: NDArray,
    *,
    steps: int | None = None,
    tol: float = 1e-8,
    accelerated: bool = True,
    L: float | None = None,
) -> NDArray:
    """Return codes (n, k) after `steps` from h or, without a number, once every row is solved.

    A row is solved when its duality gap is at most tol · E(0), which needs a problem in float64.
    Accelerated, nearly all rows are solved by equations, once steps in float32 have found the signs
    of their codes (`settling.py`, `equations.py`). The others go on by steps in float64. L is
    `steepest(problem.A)` if it is known.

    Raises
    ------
    RuntimeError
        If a row is not solved after 10 000 steps.
    """
    L = steepest(problem.A) if L is None else L
    if steps is not None:
        descent = Descent(problem, h, accelerated, L)
        for _ in range(steps):
            descent.step()
        return descent.now.h
    found, open_rows = h.copy(), np.arange(len(h))
    if accelerated:
        solved = np.zeros(len(h), bool)
        k = h.shape[1]
        for part in row_blocks(len(h), k, max(QUICK_BYTES, 8 * k * QUICK_ROWS)):
            some = problem.take(part)
            found[part], solved[part] = by_equations(some, settled(some, h[part], L), tol)
        open_rows = np.flatnonzero(~solved)
        if not len(open_rows):
            return found
    descent = Descent(problem.take(open_rows), found[open_rows], accelerated, L)
    for taken in range(0, MOST_STEPS + 1, CHECKED_EVERY):
        gap = descent.problem.gap(descent.now.h, descent.now.product)
        unsolved = ~(gap <= tol * descent.problem.at_zero)
        found[open_rows[~unsolved]] = descent.now.h[~unsolved]
        if not unsolved.any():
            return found
        open_rows = open_rows[unsolved]
        descent.keep(np.flatnonzero(unsolved))
        if taken % FINISHED_EVERY == 0 and 0 < taken < MOST_STEPS:
            descent.finish()
        for _ in range(CHECKED_EVERY if taken < MOST_STEPS else 0):
            descent.step()
    worst = (gap[unsolved] / np.maximum(descent.problem.at_zero, np.finfo(h.dtype).tiny)).max()
    raise RuntimeError(
        f"{len(open_rows)} codes are not within tol = {tol:g} of the optimum after {MOST_STEPS} "
        f"steps; the largest gap is {worst:.2g} of E(0). Give a larger tol, or a number of steps"
    )


@underflow_to_zero
def infer(
    x: NDArray,
    D: NDArray,
    lam: float,
    start: NDArray,
    *,
    gamma: float = 0.0,
    f: NDArray | None = None,
    steps: int | None = None,
    tol: float = 1e-8,
    accelerated: bool = True,
) -> NDArray:
    """Return codes (n, k) of x (n, d) from `start` on, in start's dtype, in blocks of rows.

    A given number of steps is taken in that dtype. To a tolerance the problem is set up and solved
    in float64, since in float32 the gap would be that of a rounded problem; the solution is
    rounded.

    Raises
    ------
    ValueError
        If squares of x, of the prediction or of the atoms overflow, or come out as 0.
    RuntimeError
        As `solve`.
    """
    dtype = np.float64 if steps is None else start.dtype
    D = D.astype(dtype, copy=False)
    h, L = np.empty_like(start), None
    for part in row_blocks(len(x), len(D), BLOCK_BYTES):  # as many rows in float32 as in float64
        predicted = None if f is None else f[part].astype(dtype, copy=False)
        problem = Lasso.of(x[part].astype(dtype, copy=False), D, lam, gamma, predicted)
        if not problem.finite:
            raise ValueError(f"squares of x or of the atoms are beyond {D.dtype}: rescale them")
        if problem.underflows(D):
            raise ValueError(
                f"squares of x or of the atoms are too small for {D.dtype}: rescale x or the "
                "atoms, and lam with both"
            )
        L = steepest(problem.A) if L is None else L
        begin = start[part].astype(dtype, copy=False)
        h[part] = solve(problem, begin, steps=steps, tol=tol, accelerated=accelerated, L=L)
    return h
