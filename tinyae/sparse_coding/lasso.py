"""The problem that a sparse code solves: a convex one for each row (13.4, 14.8).

With the dictionary D held fixed, equation 14.19 asks of a code h (k,)

    E(h) = ‖x − h D‖² + λ‖h‖₁ + γ‖h − f‖²
         = h A hᵀ − 2 c·h + λ‖h‖₁ + ‖x‖² + γ‖f‖²,      A = D Dᵀ + γ I,   c = x Dᵀ + γ f.

`inference.py` solves it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Lasso:
    """E(h) for n rows x of one dictionary. Shapes: A (k, k), c (n, k), at_zero (n,) = E(0)."""

    A: NDArray
    c: NDArray
    at_zero: NDArray
    lam: float

    @classmethod
    def of(
        cls, x: NDArray, D: NDArray, lam: float, gamma: float = 0.0, f: NDArray | None = None
    ) -> Lasso:
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
        """Whether nothing overflowed; otherwise this dtype cannot hold the minimum."""
        return bool(np.isfinite(self.A).all() and np.isfinite(self.at_zero).all())

    def underflows(self, D: NDArray) -> bool:
        """Whether squares on which the solution depends came out as 0, or lost digits."""
        about = np.finfo(self.A.dtype)
        least = 1e3 * about.tiny
        # Where λ outweighs a row, its code is 0 whatever the digits are.
        open_rows = 2.0 * np.abs(self.c).max(axis=1) > self.lam
        if (self.at_zero[open_rows] < least).any():
            return True
        return bool(((np.diagonal(self.A) < least) & D.any(axis=1)).any())

    def take(self, rows: NDArray | slice) -> Lasso:
        """Return the problem of some rows only."""
        return Lasso(self.A, self.c[rows], self.at_zero[rows], self.lam)

    def cost(self, h: NDArray, hA: NDArray) -> NDArray:
        """E(h) for each row, given the product h A."""
        work = 2 * self.c
        np.subtract(hA, work, out=work)
        work *= h
        smooth = self.at_zero + work.sum(axis=1)
        return smooth + self.lam * np.abs(h, out=work).sum(axis=1)

    def gap(self, h: NDArray, hA: NDArray) -> NDArray:
        """Duality gap for each row: E(h) is at most so much above the minimum.

        Write E as ‖x′ − h D′‖² + λ‖h‖₁ with x′ = [x, √γ f] and D′ = [D, √γ I]. Any u with
        |2 D′ u| ≤ λ in every entry bounds the minimum from below by 2 u·x′ − ‖u‖². Here u is the
        residual r = x′ − h D′, made shorter where that is necessary. At the solution this bound is
        the minimum itself:

            u = s r,   s = λ / max(λ, 2 max|D′ r|),   D′ r = c − h A.

        r is never made longer: where h explains x′ exactly, r is rounding, and a multiple of
        rounding would seem to prove that any code is the solution.
        """
        rx = self.at_zero - (h * self.c).sum(axis=1)
        rr = np.maximum(rx - (h * (self.c - hA)).sum(axis=1), 0)
        s = self.lam / np.maximum(self.lam, 2 * np.abs(self.c - hA).max(axis=1))
        return rr + self.lam * np.abs(h).sum(axis=1) - s * (2 * rx - s * rr)


def price_limits(x: NDArray, D: NDArray, gamma: float = 0.0, f: NDArray | None = None) -> NDArray:
    """Return for each row the λ from which on its code is all zeros: 2 max_j |x·D_j + γ f_j|.

    There λ balances the steepest entry of the gradient of ‖x − h D‖² + γ‖h − f‖² at h = 0.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        c = x @ D.T
        return 2 * np.abs(c if f is None else c + gamma * f).max(axis=1)
