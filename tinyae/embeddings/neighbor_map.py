"""A model whose parameters are the points of a map, trained until neighbours are alike (14.6).

This is what stochastic neighbour embeddings share: a table says how probably each point picks each
other as its neighbour, and the map starts as a small cloud and descends. Each method has its own
law for the neighbours in the map (`embeddings/sne.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_dtype, whole_number
from tinyae.checks.tables import table
from tinyae.embeddings.perplexity import pick_probabilities
from tinyae.embeddings.spectral import checked_points
from tinyae.nn.trainable import Trainable
from tinyae.numerics.order import row_order
from tinyae.training.fit import fit
from tinyae.training.optimizers import Optimizer

START = 0.01  # standard deviation of the map's points before the first step


class NeighborMap(Trainable):
    """A map of n points with k coordinates each; a subclass defines `objective`.

    It is trained by `fit(model, P, batch_size=n, shuffle=False)` on the table P (n, n) that
    `pick_probabilities` returns. theta holds one point after the other.
    """

    takes_batches = False  # P is a table of all points by all points

    def __init__(
        self,
        n: int,
        k: int = 2,
        *,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
    ):
        self.shape = (whole_number(n, "n", least=3), whole_number(k, "k"))
        start = START * generator(rng, "start").standard_normal(self.shape)
        self.theta = start.astype(real_dtype(dtype)).ravel()
        self.grad = np.zeros_like(self.theta)

    @property
    def embedding(self) -> NDArray:
        """The points of the map, (n, k), a view of theta."""
        return self.theta.reshape(self.shape)

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray]:
        """Return (P,) after checking that P is a table of probabilities for n points."""
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

    def _settle(self, P: NDArray, steps: int) -> None:
        """Descend on P with so many steps, at a learning rate that suits the law."""
        raise NotImplementedError(f"{type(self).__name__}._settle")

    def _descend(self, P: NDArray, steps: int, optimizer: Optimizer) -> bool:
        """Train for so many steps; return False if Ctrl-C ended them."""
        history = fit(self, P, optimizer=optimizer, epochs=steps, batch_size=len(P), shuffle=False,
                      rng=0)  # fmt: skip
        return history.stopped != "interrupted"

    def _squares(self) -> NDArray:
        """Return ‖y_i − y_j‖² of the map, (n, n), analytic in y."""
        y = self.embedding
        size = (y * y).sum(axis=1)
        squares = size[:, None] - 2.0 * y @ y.T + size
        squares[np.diag_indices_from(squares)] = 0.0
        return squares

    def __repr__(self) -> str:
        n, k = self.shape
        return f"{type(self).__name__} of {n} points in {k} dimensions, {self.theta.dtype}"

    def _pull(self, force: NDArray) -> None:
        """Add into grad g_i = Σ_j force_ij (y_i − y_j), for a symmetric force (n, n)."""
        y = self.embedding
        self.grad += (force.sum(axis=1)[:, None] * y - force @ y).ravel()


def trained_map(
    law: type[NeighborMap],
    X: ArrayLike,
    *,
    n_components: int,
    perplexity: float,
    steps: int,
    rng: np.random.Generator | int,
) -> tuple[NeighborMap, float]:
    """Return the map of X (n, d) after so many steps of gradient descent, and its divergence.

    Where a point starts belongs to the place of its row in lexicographic order, so that the order
    of the rows does not matter.

    Parameters
    ----------
    law : `SNEMap` or `TSNEMap`
    """
    X, k = checked_points(X, n_components)
    steps = whole_number(steps, "steps")
    model, P = law(len(X), k, rng=rng), pick_probabilities(X, perplexity)
    order = row_order(X)
    P = P[np.ix_(order, order)]  # in one order, sums round in one way
    model._settle(P, steps)
    divergence = float(model.loss_and_grad(P))
    model.theta[...] = model.embedding[np.argsort(order)].ravel()
    return model, divergence
