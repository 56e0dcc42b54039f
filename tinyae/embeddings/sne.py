"""Stochastic neighbour embedding: a map in which the same points are likely neighbours (14.6).

Each point picks a neighbour at random, near ones more likely. The map's points are moved until they
would pick alike, which the Kullback-Leibler divergence measures. SNE (Hinton and Roweis 2003) uses
Gaussians on both sides; t-SNE (van der Maaten and Hinton 2008) a heavy-tailed law in the map, so
that what is moderately far may lie far out. There is no rule for new points: the parameters are the
map itself. Both are models: `gradcheck` checks them, `fit` moves them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.checks.numbers import real_number
from tinyae.embeddings.neighbor_map import NeighborMap
from tinyae.training.schedules import Setting, at, check_setting


class SNE(NeighborMap):
    """(1/n) Σ_i KL(P_i ‖ Q_i),  Q_ij = exp(−‖y_i − y_j‖²) / Σ_{l≠i} exp(−‖y_i − y_l‖²).

    g_i = (2/n) Σ_j (P_ij − Q_ij + P_ji − Q_ji)(y_i − y_j).

    Parameters
    ----------
    n, k : number of points and of coordinates
    rng : seed or generator of the map's start, near 0
    dtype : float32 or float64
    """

    def objective(self, P: NDArray, *, rng: np.random.Generator) -> float:
        """Return the mean divergence and add its gradient. P (n, n) holds `pick_probabilities`."""
        squares = self._squares()
        off = squares + np.diag(np.full(len(P), np.inf)).astype(P.dtype)
        least = off.real.min(axis=1, keepdims=True)
        weight = np.exp(least - off)
        weight[np.isinf(off.real)] = 0.0
        total = weight.sum(axis=1, keepdims=True)
        log_q = least - squares - np.log(total)
        Q, n = weight / total, len(P)
        force = P - Q
        self._pull((2.0 / n) * (force + force.T))
        return (P * (np.log(P + (P == 0)) - log_q)).sum() / n

    def _settle(self, P: NDArray, steps: int) -> None:
        """At the rate n/10."""
        self._descend(P, steps, 0.1 * len(P))


def early_exaggeration(progress: float) -> float:
    """12 in the first quarter of the training, then 1: first clusters form, then they settle."""
    return 12.0 if real_number(progress, "progress", low=0.0, high=1.0) < 0.25 else 1.0


class TSNE(NeighborMap):
    """KL(P ‖ Q) of joint laws,  P_ij = (P_i|j + P_j|i)/2n,  Q_ij = w_ij / Σ w,  w = 1/(1 + ‖·‖²).

    As attraction and repulsion: −α Σ P_ij log w_ij + log Σ w_ij + Σ P_ij log P_ij, which at α = 1
    is that divergence. With dw_ij = −2 w_ij² (y_i − y_j) dy_i, each pair counted twice,

        g_i = 4 Σ_j (α P_ij − Q_ij) w_ij (y_i − y_j)

    Parameters
    ----------
    n, k : number of points and of coordinates
    exaggeration : α ≥ 1, or a function of progress such as `early_exaggeration`
    rng : seed or generator of the map's start, near 0
    dtype : float32 or float64
    """

    def __init__(
        self,
        n: int,
        k: int = 2,
        *,
        exaggeration: Setting = 1.0,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
    ):
        super().__init__(n, k, rng=rng, dtype=dtype)
        self.exaggeration = check_setting(exaggeration, "exaggeration", low=1.0)

    def objective(self, P: NDArray, *, rng: np.random.Generator) -> float:
        """Return the divergence and add its gradient. P (n, n) holds `pick_probabilities`."""
        P, alpha = (P + P.T) / (2 * len(P)), at(self.exaggeration, self.progress)
        squares = self._squares()
        w = 1.0 / (1.0 + squares)
        w[np.diag_indices_from(w)] = 0.0
        total = w.sum()
        self._pull(4.0 * (alpha * P - w / total) * w)
        return (P * (alpha * np.log(1.0 + squares) + np.log(P + (P == 0)))).sum() + np.log(total)

    def _settle(self, P: NDArray, steps: int) -> None:
        """With early exaggeration: the rate is n/50 first, where 12 allows no more, then n/4."""
        n, self.exaggeration = len(P), early_exaggeration
        self._descend(P, steps, lambda progress: n / 50 if progress < 0.25 else n / 4)
        self.exaggeration = 1.0
