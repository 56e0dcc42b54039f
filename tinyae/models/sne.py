"""Stochastic neighbour embedding: a map in which the same points are likely neighbours (14.6).

Each point picks a neighbour at random, near ones more likely. The map's points are moved until they
would pick alike, which the Kullback-Leibler divergence measures. SNE (Hinton and Roweis 2003) uses
Gaussians on both sides; t-SNE (van der Maaten and Hinton 2008) a heavy-tailed law in the map, so
that what is moderately far may lie far out. There is no rule for new points: the parameters are the
map itself. Both are models: `gradcheck` checks them, `fit` moves them.
"""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.analysis.graph import checked_points
from tinyae.analysis.perplexity import pick_probabilities
from tinyae.nn.checks import generator, real_dtype, table, whole_number
from tinyae.nn.optimizers import SGD
from tinyae.nn.settings import Setting, at, check_setting
from tinyae.nn.training import fit

START = 0.01  # standard deviation of the map's points before the first step


class _Map:
    """What the two maps share: theta holds n points of k coordinates, one after the other."""

    follows_gradient = True

    def __init__(
        self,
        n: int,
        k: int = 2,
        *,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
    ):
        self.shape = (whole_number(n, "n", least=3), whole_number(k, "k"))
        start = START * generator(rng).standard_normal(self.shape)
        self.theta = start.astype(real_dtype(dtype)).ravel()
        self.grad = np.zeros_like(self.theta)
        self.progress = 1.0

    @property
    def dtype(self) -> np.dtype:
        """The real dtype of the map."""
        return self.theta.real.dtype

    @property
    def embedding(self) -> NDArray:
        """The map's points, (n, k); a view of theta."""
        return self.theta.reshape(self.shape)

    def astype(self, dtype: DTypeLike):
        """Return a copy of this dtype: float32, float64, or complex128 for the complex step."""
        twin = copy.deepcopy(self)
        if np.dtype(dtype) != np.dtype(np.complex128):
            dtype = real_dtype(dtype)
        twin.theta, twin.grad = self.theta.astype(dtype), self.grad.astype(dtype)
        return twin

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray]:
        """Return (P,) after checking that it is a table of probabilities for n points."""
        if len(rows) != 1:
            raise TypeError(f"a map is fitted to P of shape (n, n) alone, got {len(rows)} arrays")
        P = table(rows[0], "P", width=self.shape[0], dtype=self.dtype)
        if len(P) != self.shape[0] or P.diagonal().any():
            raise ValueError(
                f"P must be the whole table of {self.shape[0]} points, its diagonal 0, got shape "
                f"{P.shape}: give fit batch_size={self.shape[0]} and shuffle=False"
            )
        if (P < 0).any() or not np.allclose(P.sum(axis=1), 1.0, atol=1e-4):
            raise ValueError("the rows of P must be probabilities, as pick_probabilities returns")
        return (P,)

    def _squares(self) -> NDArray:
        """‖y_i − y_j‖² of the map, (n, n), analytic in y."""
        y = self.embedding
        size = (y * y).sum(axis=1)
        squares = size[:, None] - 2.0 * y @ y.T + size
        squares[np.diag_indices_from(squares)] = 0.0
        return squares

    def _pull(self, force: NDArray) -> None:
        """g_i = Σ_j force_ij (y_i − y_j), set into grad, for a symmetric force (n, n)."""
        y = self.embedding
        self.grad[...] = (force.sum(axis=1)[:, None] * y - force @ y).ravel()


class SNE(_Map):
    """(1/n) Σ_i KL(P_i ‖ Q_i),  Q_ij = exp(−‖y_i − y_j‖²) / Σ_{l≠i} exp(−‖y_i − y_l‖²).

    g_i = (2/n) Σ_j (P_ij − Q_ij + P_ji − Q_ji)(y_i − y_j).

    Parameters
    ----------
    n, k : number of points and of coordinates
    rng : seed or generator of the map's start, near 0
    dtype : float32 or float64
    """

    def loss_and_grad(self, P: NDArray, rng: np.random.Generator | int = 0) -> float:
        """Return the mean divergence and set `grad`. P (n, n) as by `pick_probabilities`."""
        (P,) = self.check_rows(P)
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

    @classmethod
    def fit(
        cls,
        x: ArrayLike,
        k: int = 2,
        *,
        perplexity: float = 30.0,
        steps: int = 500,
        rng: np.random.Generator | int = 0,
    ) -> SNE:
        """Return the map of x (n, d) after so many steps of steepest descent with momentum.

        The divergence has many minima; another seed gives another map.
        """
        x, k = checked_points(x, k)
        model = cls(len(x), k, rng=rng)
        fit(model, pick_probabilities(x, perplexity), optimizer=SGD(0.1 * len(x), 0.8),
            epochs=steps, batch_size=len(x), shuffle=False, rng=0)  # fmt: skip
        return model


def early_exaggeration(progress: float) -> float:
    """12 in the first quarter of the training, then 1: first clusters form, then they settle."""
    return 12.0 if progress < 0.25 else 1.0


class TSNE(_Map):
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
        check_setting(exaggeration, "exaggeration", low=1.0)
        self.exaggeration = exaggeration

    def loss_and_grad(self, P: NDArray, rng: np.random.Generator | int = 0) -> float:
        """Return the divergence and set `grad`. P (n, n) as by `pick_probabilities`: p(j | i)."""
        (P,) = self.check_rows(P)
        P, alpha = (P + P.T) / (2 * len(P)), at(self.exaggeration, self.progress)
        squares = self._squares()
        w = 1.0 / (1.0 + squares)
        w[np.diag_indices_from(w)] = 0.0
        total = w.sum()
        self._pull(4.0 * (alpha * P - w / total) * w)
        return (P * (alpha * np.log(1.0 + squares) + np.log(P + (P == 0)))).sum() + np.log(total)

    @classmethod
    def fit(
        cls,
        x: ArrayLike,
        k: int = 2,
        *,
        perplexity: float = 30.0,
        steps: int = 500,
        rng: np.random.Generator | int = 0,
    ) -> TSNE:
        """Return the map of x (n, d) after so many steps of descent with early exaggeration.

        The rate is n/50 at first, where an exaggeration of 12 allows no more, then n/4.
        """
        x, k = checked_points(x, k)
        model, n = cls(len(x), k, exaggeration=early_exaggeration, rng=rng), len(x)
        fit(model, pick_probabilities(x, perplexity),
            optimizer=SGD(lambda progress: n / 50 if progress < 0.25 else n / 4, 0.8),
            epochs=steps, batch_size=n, shuffle=False, rng=0)  # fmt: skip
        model.exaggeration = 1.0
        return model
