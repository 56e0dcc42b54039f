"""A map of points whose parameters are the points themselves, moved until neighbours are alike.

What stochastic neighbour embeddings share (section 14.6): the table of who picks whom is given, the
map starts as a small cloud and descends. How likely neighbours are in the map is each one's own law
(`embeddings/sne.py`).
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
from tinyae.training.optimizers import SGD
from tinyae.training.schedules import Setting

START = 0.01  # standard deviation of the map's points before the first step


class NeighborMap(Trainable):
    """n points of k coordinates, one after the other in theta; a subclass gives `objective`."""

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
        """The map's points, (n, k); a view of theta."""
        return self.theta.reshape(self.shape)

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

    @classmethod
    def fit(
        cls,
        x: ArrayLike,
        k: int = 2,
        *,
        perplexity: float = 30.0,
        steps: int = 500,
        rng: np.random.Generator | int = 0,
    ) -> NeighborMap:
        """Return the map of x (n, d) after so many steps of steepest descent with momentum.

        The divergence has many minima; another seed gives another map. Where a point starts belongs
        to the place of its row in lexicographic order, so that the order of the rows does not
        matter. (A map that is built by itself and trained with `fit` starts row by row.) A shift, a
        common scale and constant columns change nothing.
        """
        x, k = checked_points(x, k)
        steps = whole_number(steps, "steps")
        model, P = cls(len(x), k, rng=rng), pick_probabilities(x, perplexity)
        order = row_order(x)
        model._settle(P[np.ix_(order, order)], steps)  # sums in one order round in one way
        model.theta[...] = model.embedding[np.argsort(order)].ravel()
        return model

    def _settle(self, P: NDArray, steps: int) -> None:
        """Descend on P in the way that suits the law."""
        raise NotImplementedError

    def _descend(self, P: NDArray, steps: int, rate: Setting) -> None:
        fit(
            self, P, optimizer=SGD(rate, 0.8), epochs=steps, batch_size=len(P), shuffle=False, rng=0
        )

    def _squares(self) -> NDArray:
        """‖y_i − y_j‖² of the map, (n, n), analytic in y."""
        y = self.embedding
        size = (y * y).sum(axis=1)
        squares = size[:, None] - 2.0 * y @ y.T + size
        squares[np.diag_indices_from(squares)] = 0.0
        return squares

    def _pull(self, force: NDArray) -> None:
        """g_i += Σ_j force_ij (y_i − y_j), for a symmetric force (n, n)."""
        y = self.embedding
        self.grad += (force.sum(axis=1)[:, None] * y - force @ y).ravel()
