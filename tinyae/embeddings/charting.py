"""Charting: many small maps, each with a say where it is near, glued into one (14.6).

Brand (2003). A chart is a tangent plane with a Gaussian around it, flat as a pancake (figure 14.9),
which says how far it is to be trusted. Where two charts overlap, their affine images in the map
must agree; the maps that agree best are eigenvectors. Charts are smooth functions of x, so new
points need no further rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.embeddings.graph import NeighborGraph
from tinyae.embeddings.spectral import checked_points
from tinyae.embeddings.tangent_alignment import TangentPlanes
from tinyae.numerics.axes import ROUNDING, check_cut, settled_coordinates
from tinyae.numerics.order import first_largest, row_ranks
from tinyae.numerics.underflow import underflow_to_zero

THICKNESS = 0.1  # least standard deviation across a chart, in units of that along it
EQUAL = 1e-9  # agreements of a flat sheet differ by so much where they should be the same
MOST_COLUMNS = 4000  # of the eigenproblem: charts times (k + 1)


@dataclass(frozen=True, eq=False)
class Charting:
    """Coordinates y(x) = Σ_c p_c(x) [θ_c(x), 1] G_c, of mean 0 and covariance I.

    A flat sheet's coordinates are found up to a linear map: on which two of them the charts agree
    better is a matter of rounding. The order of the rows, a shift, a common scale and constant
    columns do not change the embedding.

    θ_c(x) = V_c (x − x̄_c) is where x lies on chart c, p_c(x) the chart's share there.

    Attributes
    ----------
    x : array (n, d), the points that were embedded
    centres, bases : arrays (c, d) and (c, k, d), of the charts
    spread : array (c, k + 1), standard deviations along each chart's k axes, and across it
    maps : array (c, k + 1, k), G_c
    values : array (k,), share of the coordinates' variance on which the charts disagree, in [0, 1]
    embedding : array (n, k)
    """

    x: NDArray
    centres: NDArray
    bases: NDArray
    spread: NDArray
    maps: NDArray
    values: NDArray
    embedding: NDArray

    @classmethod
    @underflow_to_zero
    def fit(
        cls, x: ArrayLike, k: int = 2, *, neighbors: int = 12, charts: int | None = None
    ) -> Charting:
        """Embed x (n, d) in k coordinates with so many charts, by default a fifth of n.

        Charts sit at points as far from each other as can be had greedily. With u_c the rows
        p_c [θ_c, 1] beside each other (n, charts (k + 1)), the disagreement is

            Σ_i Σ_cc' p_c p_c' ‖y_c − y_c'‖² = 2 tr Gᵀ (D − uᵀu) G,   D = Σ_i p_c [θ, 1]ᵀ[θ, 1],

        D in blocks; under YᵀY = Gᵀ uᵀu G = n I it is least for the eigenvectors of
        uᵀu g = (1 − value) D g of largest 1 − value, the constant (value 0) left out.
        """
        x, k = checked_points(x, k, neighbors)
        count = max(2, len(x) // 5) if charts is None else whole_number(charts, "charts", least=2)
        if count > len(x) or count * (k + 1) > MOST_COLUMNS:
            raise ValueError(
                f"charts must be at most n = {len(x)} and charts * (k + 1) at most {MOST_COLUMNS}, "
                f"got {count}"
            )
        graph = NeighborGraph.fit(x, neighbors)
        graph.check_connected()
        planes = TangentPlanes.fit(x, graph, k)
        at = _far_apart(x, count)
        along = np.sqrt((planes.coordinates[at] ** 2).mean(axis=1))
        varying = x[:, x.min(axis=0) < x.max(axis=0)]  # a constant column is no direction
        gap = varying[planes.members[at]]
        across = _across(gap - gap.mean(axis=1, keepdims=True), along)
        chart = (planes.centres[at], planes.bases[at], np.column_stack([along, across]))
        p, local = _shares(x, *chart)
        u = p[:, :, None] * local
        D = np.einsum("nca,ncb->cab", u, local)
        # Each entry in its own units: θ has those of x, the constant has none.
        D += 1e-10 * D * np.eye(k + 1)
        # With D = L Lᵀ it is the ordinary problem of L⁻¹ uᵀu L⁻ᵀ. Without its mean over the points
        # u knows no constant.
        L = np.linalg.cholesky(D)
        centred = (u - u.mean(axis=0)).transpose(1, 2, 0)
        scaled = np.linalg.solve(L, centred).reshape(-1, len(x))
        values, V = np.linalg.eigh(scaled @ scaled.T)
        values = values[::-1]
        check_cut(
            values, k, ROUNDING, "the agreements of the charts", "ask for more or fewer coordinates"
        )
        agreement = values[:k]
        V = V[:, ::-1][:, :k] * np.sqrt(len(x) / agreement)
        G = np.linalg.solve(L.transpose(0, 2, 1), V.reshape(count, k + 1, k))
        y = _glued(u, G)
        G[:, -1] -= y.mean(axis=0)
        y = y - y.mean(axis=0)
        turn = settled_coordinates(y, x, agreement, EQUAL)
        return cls(x, *chart, G @ turn, 1.0 - agreement, y @ turn)

    def transform(self, x: ArrayLike) -> NDArray:
        """Return y(x), (m, k): the same formula at any x."""
        x = table(x, "x", width=self.x.shape[1], dtype=np.float64, squared=True)
        p, local = _shares(x, self.centres, self.bases, self.spread)
        return _glued(p[:, :, None] * local, self.maps)


def _glued(u: NDArray, maps: NDArray) -> NDArray:
    """Σ_c u_c G_c, (n, k), for u (n, c, k + 1)."""
    return u.reshape(len(u), -1) @ maps.reshape(-1, maps.shape[2])


def _far_apart(x: NDArray, count: int) -> NDArray[np.int64]:
    """Indices (count,): each the point farthest from those chosen before (Gonzalez 1985).

    Of points equally far, that whose row comes first in lexicographic order.
    """
    ranks = row_ranks(x)
    chosen = [first_largest(((x - x.mean(axis=0)) ** 2).sum(axis=1), ranks)]
    nearest = ((x - x[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        if not nearest.any():
            raise ValueError(
                f"x has {len(chosen)} different rows only, asked for {count} charts: take fewer"
            )
        chosen.append(first_largest(nearest, ranks))
        nearest = np.minimum(nearest, ((x - x[chosen[-1]]) ** 2).sum(axis=1))
    return np.array(chosen)


def _across(gap: NDArray, along: NDArray) -> NDArray:
    """Standard deviation (c,) per direction off each plane, at least THICKNESS of that along it.

    gap : array (c, m + 1, d), the members less their centre
    """
    left = np.maximum((gap**2).sum(axis=2).mean(axis=1) - (along**2).sum(axis=1), 0.0)
    directions = max(1, min(gap.shape[2], gap.shape[1] - 1) - along.shape[1])
    return np.maximum(np.sqrt(left / directions), THICKNESS * along.mean(axis=1))


@underflow_to_zero
def _shares(x, centres, bases, spread):
    """p (n, c), summing to 1 over the charts, and [θ, 1] (n, c, k + 1)."""
    theta = np.stack([(x - m) @ V.T for m, V in zip(centres, bases, strict=True)], axis=1)
    squares = np.stack([((x - m) ** 2).sum(axis=1) for m in centres], axis=1)
    off = np.maximum(squares - (theta**2).sum(axis=2), 0.0) / spread[:, -1] ** 2
    log_p = -0.5 * (off + ((theta / spread[:, :-1]) ** 2).sum(axis=2))
    log_p -= log_p.max(axis=1, keepdims=True)
    p = np.exp(log_p)
    ones = np.ones((*theta.shape[:2], 1))
    return p / p.sum(axis=1, keepdims=True), np.concatenate([theta, ones], axis=2)
