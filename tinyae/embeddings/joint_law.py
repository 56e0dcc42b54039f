"""The joint law of t-SNE, and the force between the points of its map, in strips (14.6).

Both are symmetric tables of n × n numbers. They are kept above the diagonal only, as strips of a
few rows that stay in the cache of the processor while they are worked on. The strip of the rows
a, …, b − 1 has the columns a, …, n − 1; those from b on stand for both halves of the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics.blocks import row_blocks

STRIP_BYTES = 500_000  # of one strip
APART = 10  # steps of a descent from one divergence to the next


@dataclass(frozen=True, eq=False)
class JointLaw:
    """P_ij = (P_i|j + P_j|i)/2n of a table P (n, n) whose rows are probabilities.

    Attributes
    ----------
    rows : the rows of each strip
    strips : arrays (b − a, n − a), P_ij of these rows
    negative_entropy : Σ P_ij log P_ij over the whole table
    """

    rows: list[slice]
    strips: list[NDArray]
    negative_entropy: float

    def __repr__(self) -> str:
        return f"JointLaw({len(self.strips)} strips, {self.strips[0].shape[1]} points)"

    @classmethod
    def of(cls, P: NDArray) -> JointLaw:
        """Return the joint law of P (n, n)."""
        n = len(P)
        rows = list(row_blocks(n, n, STRIP_BYTES, itemsize=P.dtype.itemsize))
        strips = [(P[r, r.start :] + P[r.start :, r].T) / (2 * n) for r in rows]
        entropies = (p * np.log(p + (p == 0)) for p in strips)
        return cls(rows, strips, sum(float(whole(part)) for part in entropies))

    def divergence(self, y: NDArray, alpha: float) -> tuple[Any, NDArray]:
        """Return the divergence from the map y (n, k), and its gradient (n, k).

        With w_ij = 1/(1 + ‖y_i − y_j‖²) and Q = w / Σ w they are

            −α Σ P_ij log w_ij + log Σ w_ij + Σ P_ij log P_ij
            g_i = 4 Σ_j (α P_ij − Q_ij) w_ij (y_i − y_j)
        """
        weights, total, stress = self._weights(y, True)
        gradient = self._gradient(y, alpha, weights, total)
        return alpha * stress + np.log(total) + self.negative_entropy, gradient

    def gradient(self, y: NDArray, alpha: float) -> NDArray:
        """Return the gradient (n, k) alone, which needs no logarithms: they take half the time."""
        weights, total, _ = self._weights(y, False)
        return self._gradient(y, alpha, weights, total)

    def _weights(self, y: NDArray, stressed: bool) -> tuple[list[NDArray], Any, Any]:
        """Return w in strips, Σ w, and −Σ P_ij log w_ij if it is wanted, else 0."""
        size, one = (y * y).sum(axis=1), np.ones(len(y), y.dtype)
        # 1 + ‖y_i − y_j‖² as one product of matrices
        left = np.column_stack([-2.0 * y, 1.0 + size, one]).astype(y.dtype)
        right = np.column_stack([y, one, size])
        weights, total, stress = [], 0.0, 0.0
        for r, P in zip(self.rows, self.strips, strict=True):
            w = left[r] @ right[r.start :].T
            if stressed:
                stress = stress + whole(P * np.log(w))
            np.reciprocal(w, out=w)
            np.fill_diagonal(w, 0.0)  # no point is its own neighbour
            total = total + whole(w)
            weights.append(w)
        return weights, total, stress

    def _gradient(self, y: NDArray, alpha: float, weights: list[NDArray], total: Any) -> NDArray:
        """Return the gradient (n, k) from w in strips and Σ w."""
        points = np.column_stack([y, np.ones(len(y), y.dtype)])
        pulled = np.zeros_like(points)  # Σ_j force_ij (y_j, 1)
        for r, P, w in zip(self.rows, self.strips, weights, strict=True):
            force = w * (-1.0 / total)
            force += P if alpha == 1.0 else alpha * P
            force *= w
            pulled[r] += force @ points[r.start :]
            pulled[r.stop :] += force[:, len(force) :].T @ points[r]
        return 4.0 * (pulled[:, -1:] * y - pulled[:, :-1])


@dataclass(eq=False)
class SeldomDivergence:
    """A joint law that computes the divergence at every tenth step of a descent only.

    Between these steps it repeats the last divergence, so `history.loss` repeats it too.

    Attributes
    ----------
    law : the joint law
    steps : how many gradients it has computed
    last : the last divergence
    """

    law: JointLaw
    steps: int = 0
    last: float = np.nan

    def divergence(self, y: NDArray, alpha: float) -> tuple[Any, NDArray]:
        """Return the last divergence that was computed, and the gradient (n, k)."""
        self.steps += 1
        if self.steps % APART == 1:
            self.last, gradient = self.law.divergence(y, alpha)
            return self.last, gradient
        return self.last, self.law.gradient(y, alpha)


def whole(strip: NDArray) -> Any:
    """Return the sum over the part of a symmetric table for which the strip (m, …) stands."""
    m = len(strip)
    return strip[:, :m].sum() + 2.0 * strip[:, m:].sum()
