"""The descent to a sparse code: proximal gradient on a `Lasso`, all rows side by side (13.4, 14.8).

A step goes down the gradient 2 (h A − c) of the smooth part and then minimises λ‖h‖₁ plus the
squared distance to the point that it reached. That second part is the soft threshold, from which
the exact zeros come. With L the largest eigenvalue of A and a step of 1/(2L), E never rises
(Daubechies and others 2004).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinyae.sparse_coding.feature_sign import active_set
from tinyae.sparse_coding.lasso import Lasso


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
