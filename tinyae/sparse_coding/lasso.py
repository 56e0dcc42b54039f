"""Inference of a sparse code: a convex problem for each row, by proximal gradient (13.4, 14.8).

With the dictionary D held fixed, equation 14.19 asks of a code h (k,)

    E(h) = ‖x − h D‖² + λ‖h‖₁ + γ‖h − f‖²
         = h A hᵀ − 2 c·h + λ‖h‖₁ + ‖x‖² + γ‖f‖²,      A = D Dᵀ + γ I,   c = x Dᵀ + γ f.

A step goes down the smooth part's gradient 2 (h A − c) and then minimises λ‖h‖₁ plus the squared
distance to where it came: the soft threshold, which is where the exact zeros come from. With L the
largest eigenvalue of A and a step of 1/(2L), E never rises (Daubechies and others 2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics.underflow import underflow_to_zero
from tinyae.sparse_coding.feature_sign import active_set

MOST_STEPS = 10_000  # without an end by then, the tolerance is out of reach
BLOCK_ENTRIES = 4_000_000  # examples times atoms that are solved at a time
CHECKED_EVERY = 10  # steps between two looks at the duality gap
FINISHED_EVERY = 500  # steps before equations are tried on the rows that are left


def soft_threshold(u: NDArray, t: float) -> NDArray:
    """argmin_h ½(h − u)² + t|h|, entry by entry: u moved by t towards 0, or 0 if it is nearer."""
    return np.sign(u) * np.maximum(np.abs(u) - t, 0)


@dataclass(frozen=True)
class Lasso:
    """E(h) for n rows x of one dictionary. Shapes: A (k, k), c (n, k), at_zero (n,) = E(0)."""

    A: NDArray
    c: NDArray
    at_zero: NDArray
    lam: float

    @classmethod
    def of(cls, x: NDArray, D: NDArray, lam: float, gamma: float = 0.0, f: NDArray | None = None):
        """Return the problem for x (n, d), D (k, d) and predictions f (n, k), none where γ = 0."""
        with np.errstate(over="ignore", invalid="ignore"):
            A, c, at_zero = D @ D.T, x @ D.T, (x * x).sum(axis=1)
            if f is not None:
                A.flat[:: len(A) + 1] += gamma
                c += gamma * f
                at_zero += gamma * (f * f).sum(axis=1)
        return cls(A, c, at_zero, lam)

    @property
    def finite(self) -> bool:
        """Whether nothing overflowed; otherwise there is no minimum to be found in this dtype."""
        return bool(np.isfinite(self.A).all() and np.isfinite(self.at_zero).all())

    def underflows(self, D: NDArray) -> bool:
        """Whether squares came out as 0, or lost digits, on which the solution depends."""
        about = np.finfo(self.A.dtype)
        least = 1e3 * about.tiny
        # Where λ outweighs a row, its code is 0 whatever the digits are.
        open_rows = 2.0 * np.abs(self.c).max(axis=1) > self.lam
        if (self.at_zero[open_rows] < least).any():
            return True
        return bool(((np.diagonal(self.A) < least) & D.any(axis=1)).any())

    def take(self, rows: NDArray) -> Lasso:
        """Return the problem of some rows only."""
        return Lasso(self.A, self.c[rows], self.at_zero[rows], self.lam)

    def cost(self, h: NDArray, hA: NDArray) -> NDArray:
        """E(h) for each row, where h A is at hand."""
        return self.at_zero + (h * (hA - 2 * self.c)).sum(axis=1) + self.lam * np.abs(h).sum(axis=1)

    def gap(self, h: NDArray, hA: NDArray) -> NDArray:
        """Duality gap for each row: E(h) lies at most so far above the minimum.

        Write E as ‖x′ − h D′‖² + λ‖h‖₁ with x′ = [x, √γ f] and D′ = [D, √γ I]. Any u with
        |2 D′ u| ≤ λ in every entry bounds the minimum from below by 2 u·x′ − ‖u‖². Such a u is the
        residual r = x′ − h D′, if need be shrunk, and at the solution it is tight:

            u = s r,   s = λ / max(λ, 2 max|D′ r|),   D′ r = c − h A.

        It is never stretched: where h explains x′ without a rest, r is rounding, and a multiple of
        that would pass for proof of any solution.
        """
        rx = self.at_zero - (h * self.c).sum(axis=1)
        rr = np.maximum(rx - (h * (self.c - hA)).sum(axis=1), 0)
        s = self.lam / np.maximum(self.lam, 2 * np.abs(self.c - hA).max(axis=1))
        return rr + self.lam * np.abs(h).sum(axis=1) - s * (2 * rx - s * rr)


class Descent:
    """Proximal gradient on a `Lasso`, from h on, all rows side by side.

    Accelerated (FISTA; Beck and Teboulle 2009) each step starts beyond the last point, along the
    way it came, with a momentum (t − 1)/t′, t′ = (1 + √(1 + 4t²))/2. That alone may let E rise. A
    row on which it would takes the plain step instead and starts its momentum afresh (O'Donoghue
    and Candès 2015), so that E never rises either way, up to rounding.

    Attributes
    ----------
    h : array (n, k), the codes so far
    """

    def __init__(self, problem: Lasso, h: NDArray, accelerated: bool = True):
        self.problem, self.accelerated = problem, accelerated
        # The margin is for the rounding of the eigenvalue; without any atom L would be 0.
        about = np.finfo(h.dtype)
        largest = np.linalg.eigvalsh(problem.A)[-1] * (1 + 16 * about.eps)
        self.L = max(largest, np.sqrt(about.tiny))
        self.h, self.hA = h.copy(), h @ problem.A
        self.last, self.lastA = self.h, self.hA
        self.cost = problem.cost(self.h, self.hA)
        self.t = np.ones((len(h), 1), h.dtype)

    def _from(self, y, yA, rows=slice(None)):
        """One plain step from y: the new codes, their product with A, and their cost."""
        problem = self.problem.take(rows)
        h = soft_threshold(y - (yA - problem.c) / self.L, problem.lam / (2 * self.L))
        hA = h @ problem.A
        return h, hA, problem.cost(h, hA)

    def step(self) -> None:
        """Move every row once."""
        t = (1 + np.sqrt(1 + 4 * self.t * self.t)) / 2
        ahead = (self.t - 1) / t if self.accelerated else np.zeros_like(t)
        # Products are linear: h A at the point ahead needs no multiplication.
        y, yA = self.h + ahead * (self.h - self.last), self.hA + ahead * (self.hA - self.lastA)
        h, hA, cost = self._from(y, yA)
        risen = np.flatnonzero((cost > self.cost) & (ahead[:, 0] > 0))
        if len(risen):
            h[risen], hA[risen], cost[risen] = self._from(self.h[risen], self.hA[risen], risen)
            t[risen] = 1
        self.last, self.lastA = self.h, self.hA
        self.h, self.hA, self.cost, self.t = h, hA, cost, t

    def finish(self) -> None:
        """Solve every row by equations; where rounding makes E higher than it was, stay."""
        problem = self.problem
        rows = zip(problem.c, self.h, strict=True)
        h = np.stack([active_set(problem.A, c, problem.lam, row) for c, row in rows])
        hA = h @ problem.A
        cost = problem.cost(h, hA)
        lower = cost < self.cost
        for name, new in (("h", h), ("hA", hA), ("cost", cost)):
            getattr(self, name)[lower] = new[lower]
        self.last, self.lastA, self.t = self.h, self.hA, np.ones_like(self.t)

    def keep(self, rows: NDArray) -> None:
        """Go on with some rows only."""
        self.problem = self.problem.take(rows)
        for name in ("h", "hA", "last", "lastA", "cost", "t"):
            setattr(self, name, getattr(self, name)[rows])


def solve(
    problem: Lasso,
    h: NDArray,
    *,
    steps: int | None = None,
    tol: float = 1e-8,
    accelerated: bool = True,
) -> NDArray:
    """Return codes (n, k) after `steps` from h or, without a number, once every row is solved.

    Solved is a row whose duality gap is at most tol · E(0), which takes a problem in float64.

    Raises
    ------
    RuntimeError
        If a row is not solved after 10 000 steps.
    """
    if steps is not None:
        descent = Descent(problem, h, accelerated)
        for _ in range(steps):
            descent.step()
        return descent.h
    found, open_rows = h.copy(), np.arange(len(h))
    descent = Descent(problem, h, accelerated)
    for taken in range(0, MOST_STEPS + 1, CHECKED_EVERY):
        gap = descent.problem.gap(descent.h, descent.hA)
        unsolved = ~(gap <= tol * descent.problem.at_zero)
        found[open_rows[~unsolved]] = descent.h[~unsolved]
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

    A number of steps is taken in that dtype. To a tolerance the problem is put up and solved in
    float64, since in float32 the gap would be that of a rounded problem; the solution is rounded.

    Raises
    ------
    ValueError
        If squares of x, of the prediction or of the atoms overflow, or come out as 0.
    RuntimeError
        As `solve`.
    """
    dtype = np.float64 if steps is None else start.dtype
    D = D.astype(dtype, copy=False)
    h = np.empty_like(start)
    block = max(1, BLOCK_ENTRIES // len(D))
    for i in range(0, len(x), block):
        part = slice(i, i + block)
        predicted = None if f is None else f[part].astype(dtype, copy=False)
        problem = Lasso.of(x[part].astype(dtype, copy=False), D, lam, gamma, predicted)
        if not problem.finite:
            raise ValueError(f"squares of x or of the atoms are beyond {D.dtype}: rescale them")
        if problem.underflows(D):
            raise ValueError(
                f"squares of x or of the atoms are too small for {D.dtype}: rescale x or the "
                "atoms, and lam with both"
            )
        begin = start[part].astype(dtype, copy=False)
        h[part] = solve(problem, begin, steps=steps, tol=tol, accelerated=accelerated)
    return h
