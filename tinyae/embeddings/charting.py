"""Charting: many local maps, each weighted by how near it is, joined into one (14.6).

Brand (2003). A chart is a tangent plane with a Gaussian around it, thin across the plane like a
pancake (figure 14.9). The Gaussian says where the chart is to be trusted, and a prior makes the
Gaussians of near points alike (`chart_covariances.py`). Where two charts overlap, their affine
images in the map should agree, and the maps that agree best are eigenvectors. Charts are smooth
functions of x, so further points need no rule of their own. Left out are the paper's estimate of
the number of coordinates and its map back from y to x.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.embeddings.chart_covariances import coupled_covariances
from tinyae.embeddings.embedding import Embedding
from tinyae.embeddings.graph import NeighborGraph
from tinyae.embeddings.spectral import checked_points
from tinyae.numerics.axes import ROUNDING, check_cut, settled, settled_coordinates
from tinyae.numerics.order import first_largest, row_order, row_ranks
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.numerics.units import in_units

THICKNESS = 0.1  # least standard deviation across a chart, in units of that along it
EQUAL = 1e-9  # on a flat sheet, agreements that should be equal differ by up to this
MOST_COLUMNS = 4000  # of the eigenproblem: charts times (n_components + 1)


class Charting(Embedding):
    """Coordinates y(x) = Σ_c p_c(x) [θ_c(x), 1] G_c, of mean 0 and covariance I.

    θ_c(x) = V_c (x − x_c) is where x lies on chart c, and p_c(x) is the chart's share there. A
    chart sits at a point x_c; the rows of V_c are the leading eigenvectors of its covariance.

    Parameters
    ----------
    n_components : number of coordinates
    n_neighbors : number of neighbours of each point, or their share in (0, 1) of the other points;
        their distances are the charts' scale
    charts : number of charts, at least 2; None for a fifth of the points

    Attributes
    ----------
    X_ : array (n, d), the points that were embedded
    centres_, bases_ : arrays (c, d) and (c, n_components, d), of the charts
    spread_ : array (c, n_components + 1), standard deviations along each chart's axes, and across
        the chart, in the units of X
    maps_ : array (c, n_components + 1, n_components), G_c
    eigenvalues_ : array (n_components,), the share of each coordinate's variance on which the
        charts disagree, in [0, 1]
    embedding_ : array (n, n_components)

    Notes
    -----
    The coordinates of a flat sheet are found up to a linear map: on which two of them the charts
    agree better is a matter of rounding. The order of the rows, a shift, a common scale and
    constant columns do not change the embedding.
    """

    def __init__(
        self, n_components: int = 2, *, n_neighbors: int | float = 12, charts: int | None = None
    ):
        self.n_components, self.n_neighbors, self.charts = n_components, n_neighbors, charts

    @underflow_to_zero
    def fit(self, X: ArrayLike, y: object = None) -> Charting:
        """Embed X (n, d). `y` is not used.

        Each chart sits at the point that is farthest from the charts before it. With u_c the rows
        p_c [θ_c, 1], the u_c side by side form u (n, charts (k + 1)), and the disagreement is

            Σ_i Σ_cc' p_c p_c' ‖y_c − y_c'‖² = 2 tr Gᵀ (D − uᵀu) G,   D = Σ_i p_c [θ, 1]ᵀ[θ, 1],

        where D is block diagonal. Under YᵀY = Gᵀ uᵀu G = n I it is least for the eigenvectors of
        uᵀu g = (1 − value) D g with the largest 1 − value, without the constant (value 0).

        Raises
        ------
        TypeError, ValueError
            If a setting is no whole number, or is too large for n points.
        ValueError
            If the graph is not in one piece, or if a covariance does not determine its plane. If X
            has fewer different rows than charts, or does not determine the coordinates.
        """
        X, k = checked_points(X, self.n_components, self.n_neighbors)
        count = max(2, len(X) // 5)
        if self.charts is not None:
            count = whole_number(self.charts, "charts", least=2)
        if count > len(X) or count * (k + 1) > MOST_COLUMNS:
            raise ValueError(
                f"charts must be at most n = {len(X)} and charts * (n_components + 1) at most "
                f"{MOST_COLUMNS}, got {count}"
            )
        # The rows are sorted, so that sums round in the same way for every order of the rows.
        given, order = X, row_order(X)
        X = X[order]
        graph = NeighborGraph(self.n_neighbors).fit(X)
        graph.check_connected()
        at = _far_apart(X, count)
        _, points, exponent = in_units(X)
        bases, spread = _planes(coupled_covariances(points, graph, at), k, order[at])
        centres, spread = X[at], np.ldexp(spread, exponent)
        p, local = _shares(X, centres, bases, spread)
        u = p[:, :, None] * local
        D = np.einsum("nca,ncb->cab", u, local)
        # Each entry gets a ridge in its own units: θ has those of X, the constant has none.
        D += 1e-10 * D * np.eye(k + 1)
        # With D = L Lᵀ it is the ordinary eigenvalue problem of L⁻¹ uᵀu L⁻ᵀ. Once the mean over the
        # points is subtracted from u, the constant is no solution.
        L = np.linalg.cholesky(D)
        centred = (u - u.mean(axis=0)).transpose(1, 2, 0)
        scaled = np.linalg.solve(L, centred).reshape(-1, len(X))
        values, V = np.linalg.eigh(scaled @ scaled.T)
        values = values[::-1]
        check_cut(
            values, k, ROUNDING, "the agreements of the charts", "ask for more or fewer coordinates"
        )
        agreement = values[:k]
        V = V[:, ::-1][:, :k] * np.sqrt(len(X) / agreement)
        G = np.linalg.solve(L.transpose(0, 2, 1), V.reshape(count, k + 1, k))
        Y = _glued(u, G)
        G[:, -1] -= Y.mean(axis=0)
        Y = Y - Y.mean(axis=0)
        turn = settled_coordinates(Y, X, agreement, EQUAL)
        self.X_, self.centres_, self.bases_, self.spread_ = given, centres, bases, spread
        self.maps_, self.eigenvalues_ = G @ turn, 1.0 - agreement
        self.embedding_ = (Y @ turn)[np.argsort(order)]
        return self

    def transform(self, X: ArrayLike) -> NDArray:
        """Return y(x), (m, n_components), for further points X (m, d), by the same formula."""
        self.check_fitted()
        X = table(X, "X", width=self.X_.shape[1], dtype=np.float64, squared=True)
        p, local = _shares(X, self.centres_, self.bases_, self.spread_)
        return _glued(p[:, :, None] * local, self.maps_)


def _glued(u: NDArray, maps: NDArray) -> NDArray:
    """Return Σ_c u_c G_c, (n, k), for u (n, c, k + 1)."""
    return u.reshape(len(u), -1) @ maps.reshape(-1, maps.shape[2])


def _far_apart(x: NDArray, count: int) -> NDArray[np.int64]:
    """Return indices (count,), each of the point farthest from those before it (Gonzalez 1985).

    Of points that are equally far, the one whose row is first in lexicographic order is taken.
    """
    ranks = row_ranks(x)
    chosen = [first_largest(((x - x.mean(axis=0)) ** 2).sum(axis=1), ranks)]
    nearest = ((x - x[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        if not nearest.any():
            raise ValueError(
                f"X has {len(chosen)} different rows only, asked for charts = {count}: take fewer"
            )
        chosen.append(first_largest(nearest, ranks))
        nearest = np.minimum(nearest, ((x - x[chosen[-1]]) ** 2).sum(axis=1))
    return np.array(chosen)


def _planes(covariances: NDArray, k: int, at: NDArray) -> tuple[NDArray, NDArray]:
    """Return the k leading directions (c, k, d) and the standard deviations (c, k + 1).

    The last deviation is the one across the plane, at least THICKNESS of those along it. A constant
    column is no direction across.
    """
    bases, spread = [], []
    for i, C in zip(at, covariances, strict=True):
        values, V = np.linalg.eigh(C)
        values, V = np.maximum(values[::-1], 0.0), V[:, ::-1].T
        noise = ROUNDING * values[0]
        if len(values) < k or values[k - 1] <= noise:
            raise ValueError(
                f"the chart at row {i} spans fewer than n_components = {k} directions (are there "
                "duplicates, or points on a line?): take a smaller or larger n_neighbors"
            )
        check_cut(values, k, noise, f"the chart at row {i}: variances",
                  "take another n_neighbors or n_components")  # fmt: skip
        bases.append(settled(V[:k], values[:k], noise))
        along = np.sqrt(values[:k])
        directions = max(1, int((C.diagonal() > 0).sum()) - k)
        across = np.sqrt(values[k:].sum() / directions)
        spread.append([*along, max(across, THICKNESS * along.mean())])
    return np.array(bases), np.array(spread)


@underflow_to_zero
def _shares(
    x: NDArray, centres: NDArray, bases: NDArray, spread: NDArray
) -> tuple[NDArray, NDArray]:
    """Return p (n, c), whose rows sum to 1, and [θ, 1] (n, c, k + 1)."""
    theta = np.stack([(x - m) @ V.T for m, V in zip(centres, bases, strict=True)], axis=1)
    squares = np.stack([((x - m) ** 2).sum(axis=1) for m in centres], axis=1)
    off = np.maximum(squares - (theta**2).sum(axis=2), 0.0) / spread[:, -1] ** 2
    log_p = -0.5 * (off + ((theta / spread[:, :-1]) ** 2).sum(axis=2))
    log_p -= log_p.max(axis=1, keepdims=True)
    p = np.exp(log_p)
    ones = np.ones((*theta.shape[:2], 1))
    return p / p.sum(axis=1, keepdims=True), np.concatenate([theta, ones], axis=2)
