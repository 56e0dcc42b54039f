"""Maximum variance unfolding: points are pulled apart while neighbours keep their distance (14.6).

Weinberger and Saul (2004). Rods between neighbours keep their distances, so that a sheet cannot be
stretched. It lies flat when its points are as far apart as the rods allow. The paper solves for the
inner products, a semidefinite programme. Here the points themselves are moved, in a few more
dimensions than are wanted at last (Burer and Monteiro 2003), by augmented Lagrangians: each rod has
a tension, which grows while its length is wrong, until every length is right up to a tolerance.
SciPy, an optional extra, is needed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_dtype, real_number, whole_number
from tinyae.embeddings.embedding import Embedding
from tinyae.embeddings.graph import NeighborGraph
from tinyae.embeddings.pca import PCA, principal_coordinates
from tinyae.embeddings.spectral import checked_points
from tinyae.nn.trainable import Trainable
from tinyae.numerics.axes import settled_coordinates
from tinyae.numerics.order import row_order
from tinyae.numerics.units import in_units
from tinyae.training.minimize import minimize

EXTRA = 3  # dimensions beyond those wanted, in which the points may pass around each other
PULL = 100.0  # weight of the variance, in units of the mean squared rod: forces are then about 1
STIFFNESS, STIFFER = 30.0, 1.5  # the first stiffness, and its factor from round to round


class Rods(Trainable):
    """−(PULL/n) Σ_i ‖y_i − ȳ‖² + Σ_e τ_e c_e + (s/2) Σ_e c_e²,  c_e = ‖y_i − y_j‖² − square_e.

    The rods e = (i, j) are the examples. The loss is their sum and not their mean, because a mean
    would make each rod weaker where there are many.

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
        """The points, (n, r), a view of theta."""
        return self.theta.reshape(self.shape)

    def excess(self, ends: NDArray, squares: NDArray) -> NDArray:
        """Return c (e,), by how much the squared length of each rod is too large."""
        gap = self.embedding[ends[:, 0]] - self.embedding[ends[:, 1]]
        return (gap * gap).sum(axis=1) - squares

    def objective(
        self, ends: NDArray, squares: NDArray, tension: NDArray, *, rng: np.random.Generator
    ) -> float:
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


class MaximumVarianceUnfolding(Embedding):
    """Coordinates of greatest variance that keep the distances within each neighbourhood.

    Parameters
    ----------
    n_components : number of coordinates
    n_neighbors : number of neighbours of each point, or their share in (0, 1) of the
        other points
    tol : the descent ends when no squared length of a rod is off by more than this, in units of
        their mean. Small errors add up along a chain of rods, so that a smaller tolerance gives
        less variance
    rounds : how often the tensions are updated at most. If that is too seldom for `tol`,
        `converged_` is False
    steps : steps of L-BFGS in each round
    rng : seed or generator of the start

    Attributes
    ----------
    X_ : array (n, d), the points that were embedded
    graph_ : `NeighborGraph` of these points
    embedding_ : array (n, n_components), in the units of X, by falling variance
    spectrum_ : array (n_components + 3,), the variances of all dimensions in which the points were
        moved. The last ones say how flat the points lie.
    excess_ : array (rods,), by how much each squared length is too large, in units of their mean
    rounds_ : how many rounds there were
    converged_ : whether no entry of `excess_` is larger than `tol` in absolute value

    Notes
    -----
    The order of the rows does not matter. A shift and constant columns change the embedding only by
    where the descent ends, up to about 1e-3 of its size. A common scale multiplies it, up to the
    same. Repeating every row changes the neighbourhoods, and so the result.
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        n_neighbors: int | float = 6,
        tol: float = 1e-2,
        rounds: int = 100,
        steps: int = 200,
        rng: np.random.Generator | int = 0,
    ):
        self.n_components, self.n_neighbors = n_components, n_neighbors
        self.tol, self.rounds, self.steps, self.rng = tol, rounds, steps, rng

    def fit(self, X: ArrayLike, y: object = None) -> MaximumVarianceUnfolding:
        """Embed X (n, d). `y` is not used.

        The points start at their principal coordinates, plus noise of a hundredth of a rod. The
        noise of a point belongs to the place of its row in lexicographic order.

        Raises
        ------
        TypeError, ValueError
            If a setting is no number of its kind, or is too large for n points.
        ValueError
            If the graph is not in one piece, since nothing would hold the pieces together.
        ImportError
            If SciPy is not installed.
        """
        X, k = checked_points(X, self.n_components, self.n_neighbors)
        tol = real_number(self.tol, "tol", low=0.0, open_low=True)
        rounds, steps = whole_number(self.rounds, "rounds"), whole_number(self.steps, "steps")
        graph = NeighborGraph(self.n_neighbors).fit(X)
        graph.check_connected()
        # The rows are sorted, so that sums round in the same way for every order of the rows.
        # Otherwise two descents would end in different places.
        order = row_order(X)
        place = np.argsort(order)
        c, exponent = in_units(X[order])[1:]
        ends = np.sort(place[neighborhood_pairs(graph)], axis=1)
        ends = ends[np.lexsort(ends.T[::-1])]
        squares = ((c[ends[:, 0]] - c[ends[:, 1]]) ** 2).sum(axis=1)
        unit = squares.mean()
        start = 0.01 * generator(self.rng, "start").standard_normal((len(X), k + EXTRA))
        seen = principal_coordinates(c, k + EXTRA)
        start[:, : seen.shape[1]] += seen / np.sqrt(unit)
        model, tension = Rods(start), np.zeros(len(ends))
        done, converged = 0, False
        while done < rounds and not converged:
            minimize(model, (ends, squares / unit, tension), options={"maxiter": steps})
            excess = model.excess(ends, squares / unit)
            converged = bool(np.abs(excess).max() <= tol)
            tension = tension + model.stiffness * excess
            model.stiffness *= STIFFER
            done += 1
        pca = PCA(k).fit(model.embedding)
        Y = pca._code(model.embedding)
        Y = (Y @ settled_coordinates(Y, c, pca.explained_variance_, 0.0))[place]
        length = np.ldexp(np.sqrt(unit), exponent)
        self.X_, self.graph_, self.excess_ = X, graph, excess
        self.rounds_, self.converged_ = done, converged
        self.embedding_, self.spectrum_ = Y * length, pca.spectrum_ * length**2
        return self


def neighborhood_pairs(graph: NeighborGraph) -> NDArray[np.int64]:
    """Return every pair (e, 2) of points that share a neighbourhood, a point and its nearest."""
    n = len(graph.indices_)
    members = np.concatenate([np.arange(n)[:, None], graph.indices_], axis=1)
    a, b = np.triu_indices(members.shape[1], 1)
    low, high = (pick(members[:, a], members[:, b]) for pick in (np.minimum, np.maximum))
    return np.stack(np.divmod(np.unique(low * n + high), n), axis=1)
