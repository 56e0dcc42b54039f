"""Maximum variance unfolding: neighbours are joined by rods, then all is pulled apart (14.6).

Weinberger and Saul (2004). Rods keep the distances within each neighbourhood, so the sheet cannot
be stretched; as far apart as the rods allow, it lies flat. They solved for the inner products, a
semidefinite programme; here the points themselves are moved, in a few more dimensions than are
wanted at last (Burer and Monteiro 2003), by augmented Lagrangians: each rod has a tension, which
grows while its length is wrong. Needs SciPy, an optional extra.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_dtype, real_number, whole_number
from tinyae.embeddings.graph import NeighborGraph
from tinyae.embeddings.pca import PCA, principal_coordinates
from tinyae.embeddings.spectral import checked_points
from tinyae.nn.trainable import Trainable
from tinyae.numerics.axes import settled_coordinates
from tinyae.numerics.order import row_order
from tinyae.numerics.units import in_units
from tinyae.training.minimize import minimize

EXTRA = 3  # dimensions beyond those wanted, in which the points may pass around each other
PULL = 100.0  # of the variance, in units of the mean squared rod: forces of the size of 1
STIFFNESS, STIFFER = 30.0, 1.5  # at first, and how much stiffer in each round


class Rods(Trainable):
    """−(PULL/n) Σ_i ‖y_i − ȳ‖² + Σ_e τ_e c_e + (s/2) Σ_e c_e²,  c_e = ‖y_i − y_j‖² − square_e.

    The rods e = (i, j) are the examples; the loss is their sum, not their mean, as a mean would
    weaken each rod where there are many.

        g_i = −(2 PULL/n)(y_i − ȳ) + Σ_e at i 2 (τ_e + s c_e)(y_i − y_j)

    Parameters
    ----------
    y : array (n, r), where the points start; theta holds them one after the other
    stiffness : s > 0
    """

    def __init__(self, y: NDArray, stiffness: float = STIFFNESS):
        self.shape, self.theta = y.shape, np.array(y, real_dtype(y.dtype)).ravel()
        self.grad = np.zeros_like(self.theta)
        self.stiffness = real_number(stiffness, "stiffness", low=0.0, open_low=True)

    @property
    def embedding(self) -> NDArray:
        """The points, (n, r); a view of theta."""
        return self.theta.reshape(self.shape)

    def excess(self, ends: NDArray, squares: NDArray) -> NDArray:
        """c (e,), how much the squared length of each rod is too large."""
        gap = self.embedding[ends[:, 0]] - self.embedding[ends[:, 1]]
        return (gap * gap).sum(axis=1) - squares

    def objective(self, ends, squares, tension, *, rng) -> float:
        """Return the loss and add its gradient. ends (e, 2), squares (e,), tension τ (e,)."""
        y, c = self.embedding, self.excess(ends, squares)
        y = y - y.mean(axis=0)
        force = 2.0 * (tension + self.stiffness * c)[:, None] * (y[ends[:, 0]] - y[ends[:, 1]])
        g = -2.0 * PULL / len(y) * y
        np.add.at(g, ends[:, 0], force)
        np.add.at(g, ends[:, 1], -force)
        self.grad += g.ravel()
        rods = (tension * c).sum() + 0.5 * self.stiffness * (c * c).sum()
        return rods - PULL / len(y) * (y * y).sum()


@dataclass(frozen=True, eq=False)
class MaximumVarianceUnfolding:
    """Coordinates of greatest variance that keep the distances within each neighbourhood.

    Attributes
    ----------
    x : array (n, d), the points that were embedded
    graph : their nearest neighbours
    embedding : array (n, k), in the units of x, by falling variance
    variances : array (k + 3,), of all dimensions that the points had: the last ones tell how flat
        they lie
    excess : array (rods,), by how much each squared length is wrong, in units of their mean
    """

    x: NDArray
    graph: NeighborGraph
    embedding: NDArray
    variances: NDArray
    excess: NDArray

    @classmethod
    def fit(
        cls,
        x: ArrayLike,
        k: int = 2,
        *,
        neighbors: int = 6,
        rounds: int = 8,
        steps: int = 200,
        rng: np.random.Generator | int = 0,
    ) -> MaximumVarianceUnfolding:
        """Unfold x (n, d) into k coordinates: `rounds` of tension, each of `steps` of L-BFGS.

        The points start where PCA sees them, a hundredth of a rod aside at random (`rng`): what is
        drawn belongs to the place of a row in lexicographic order, so that the order of the rows
        does not matter. A shift and constant columns change the embedding only by where the descent
        ends, up to about 1e-3 of its size; a common scale multiplies it, up to that. Repeating
        every row changes the neighbourhoods, and so the result. ValueError where the graph is not
        in one piece: nothing would hold the pieces together.
        """
        x, k = checked_points(x, k, neighbors)
        rounds, steps = whole_number(rounds, "rounds"), whole_number(steps, "steps")
        graph = NeighborGraph.fit(x, neighbors)
        graph.check_connected()
        # In one order sums round in one way: else the descents would part.
        order = row_order(x)
        place = np.argsort(order)
        c, exponent = in_units(x[order])[1:]
        ends = np.sort(place[neighborhood_pairs(graph)], axis=1)
        ends = ends[np.lexsort(ends.T[::-1])]
        squares = ((c[ends[:, 0]] - c[ends[:, 1]]) ** 2).sum(axis=1)
        unit = squares.mean()
        start = 0.01 * generator(rng, "start").standard_normal((len(x), k + EXTRA))
        seen = principal_coordinates(c, k + EXTRA)
        start[:, : seen.shape[1]] += seen / np.sqrt(unit)
        model, tension = Rods(start), np.zeros(len(ends))
        for _ in range(rounds):
            minimize(model, (ends, squares / unit, tension), options={"maxiter": steps})
            excess = model.excess(ends, squares / unit)
            tension = tension + model.stiffness * excess
            model.stiffness *= STIFFER
        pca = PCA.fit(model.embedding, k)
        y = pca.encode(model.embedding)
        y = (y @ settled_coordinates(y, c, pca.variances[:k], 0.0))[place]
        length = np.ldexp(np.sqrt(unit), exponent)
        return cls(x, graph, y * length, pca.variances * length**2, excess)


def neighborhood_pairs(graph: NeighborGraph) -> NDArray[np.int64]:
    """Return every pair (e, 2) of points that share a neighbourhood, a point and its nearest."""
    n = len(graph.indices)
    members = np.concatenate([np.arange(n)[:, None], graph.indices], axis=1)
    a, b = np.triu_indices(members.shape[1], 1)
    low, high = (pick(members[:, a], members[:, b]) for pick in (np.minimum, np.maximum))
    return np.stack(np.divmod(np.unique(low * n + high), n), axis=1)
