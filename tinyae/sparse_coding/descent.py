"""Inference of a sparse code: proximal gradient on a `Lasso`, all rows side by side (13.4, 14.8).

A step goes down the gradient 2 (h A − c) of the smooth part and then minimises λ‖h‖₁ plus the
squared distance to the point that it reached. That second part is the soft threshold, from which
the exact zeros come. With L the largest eigenvalue of A and a step of 1/(2L), E never rises
(Daubechies and others 2004).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics.blocks import BLOCK_BYTES, row_blocks
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.sparse_coding.equations import by_equations
from tinyae.sparse_coding.feature_sign import active_set
from tinyae.sparse_coding.lasso import Lasso
from tinyae.sparse_coding.settling import settled

QUICK_BYTES = 1_000_000  # of the codes that are solved by equations at a time, but at least
QUICK_ROWS = 256  # so many, since each block needs another form of A
MOST_STEPS = 10_000  # a row that is not solved by then has a tolerance that is out of reach
CHECKED_EVERY = 10  # steps between two looks at the duality gap
FINISHED_EVERY = 500  # steps before equations are tried on the rows that are left


def soft_threshold(u: NDArray, t: float) -> NDArray:
    """argmin_h ½(h − u)² + t|h|, entry by entry: u moved by t towards 0, or 0 if it is nearer."""
    return u - np.clip(u, -t, t)


def steepest(A: NDArray) -> float:
    """Return L, the largest eigenvalue of A: the gradient changes at most 2L times as fast as h."""
    # The margin is for the rounding of the eigenvalue; without any atom L would be 0.
    about = np.finfo(A.dtype)
    return max(np.linalg.eigvalsh(A)[-1] * (1 + 16 * about.eps), np.sqrt(about.tiny))


class Position(NamedTuple):
    """Where the descent of each row is.

    Attributes
    ----------
    h, product : arrays (n, k), the codes, and h A
    last, last_product : arrays (n, k), both of them one step ago
    cost : array (n,), E(h)
    t : array (n, 1), how far the momentum has grown; 1 where there is none
    """

    h: NDArray
    product: NDArray
    last: NDArray
    last_product: NDArray
    cost: NDArray
    t: NDArray

    def take(self, rows: NDArray) -> Position:
        """Return the position of some rows only."""
        return Position(*(array[rows] for array in self))


class Descent:
    """Proximal gradient on a `Lasso` from the codes h (n, k) on.

    Accelerated (FISTA; Beck and Teboulle 2009) each step starts beyond the last point, in the
    direction of the last move, with a momentum (t − 1)/t′, t′ = (1 + √(1 + 4t²))/2. By itself this
    may let E rise. A row on which it would rise takes the plain step instead and starts its
    momentum again from 1 (O'Donoghue and Candès 2015). So E never rises, up to rounding.

    Attributes
    ----------
    problem : the rows that are being solved
    now : `Position` of these rows; `now.h` are the codes so far
    """

    def __init__(
        self, problem: Lasso, h: NDArray, accelerated: bool = True, L: float | None = None
    ):
        self.problem, self.accelerated = problem, accelerated
        self.L = steepest(problem.A) if L is None else L
        h, hA = h.copy(), h @ problem.A
        t = np.ones((len(h), 1), h.dtype)
        self.now = Position(h, hA, h, hA, problem.cost(h, hA), t)

    def _from(
        self, y: NDArray, yA: NDArray, rows: slice | NDArray = slice(None)
    ) -> tuple[NDArray, NDArray, NDArray]:
        """One plain step from y: the new codes, their product with A, and their cost."""
        problem = self.problem.take(rows)
        u = yA - problem.c
        u /= self.L  # in place: an array of its own at every operation would take longer
        np.subtract(y, u, out=u)
        h = soft_threshold(u, problem.lam / (2 * self.L))
        hA = h @ problem.A
        return h, hA, problem.cost(h, hA)

    def step(self) -> None:
        """Move every row once."""
        now = self.now
        t = (1 + np.sqrt(1 + 4 * now.t * now.t)) / 2
        ahead = (now.t - 1) / t if self.accelerated else np.zeros_like(t)
        # Products are linear: h A at the point ahead needs no multiplication.
        y, yA = now.h - now.last, now.product - now.last_product
        y *= ahead
        y += now.h
        yA *= ahead
        yA += now.product
        h, hA, cost = self._from(y, yA)
        risen = np.flatnonzero((cost > now.cost) & (ahead[:, 0] > 0))
        if len(risen):
            h[risen], hA[risen], cost[risen] = self._from(now.h[risen], now.product[risen], risen)
            t[risen] = 1
        self.now = Position(h, hA, now.h, now.product, cost, t)

    def finish(self) -> None:
        """Solve every row by equations; where rounding makes E higher than it was, stay."""
        problem, now = self.problem, self.now
        rows = zip(problem.c, now.h, strict=True)
        h = np.stack([active_set(problem.A, c, problem.lam, row) for c, row in rows])
        hA = h @ problem.A
        cost = problem.cost(h, hA)
        lower = cost < now.cost
        h = np.where(lower[:, None], h, now.h)
        hA = np.where(lower[:, None], hA, now.product)
        cost = np.where(lower, cost, now.cost)
        self.now = Position(h, hA, h, hA, cost, np.ones_like(now.t))

    def keep(self, rows: NDArray) -> None:
        """Go on with some rows only."""
        self.problem, self.now = self.problem.take(rows), self.now.take(rows)


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
