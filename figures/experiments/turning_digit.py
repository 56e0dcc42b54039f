"""Pictures of one thing that turns are embedded by Isomap (section 14.6, figure 14.8).

The data are the rows of an array x (n, d): pictures of a digit, an object or a face. Measured is
how well one coordinate orders them: its rank correlation with the angle, which the method does not
know. In a plane, the place of each picture and the tangent direction there are found as well.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae import PCA
from tinyae.embeddings import Isomap, NeighborGraph, TangentPlanes

NEIGHBORS = 2


def rank_correlation(a: NDArray, b: NDArray) -> float:
    """Return Spearman's rank correlation of a (n,) and b (n,), without its sign."""
    ranks = [np.argsort(np.argsort(values)) for values in (a, b)]
    return float(abs(np.corrcoef(*ranks)[0, 1]))


def joined(method, x: NDArray, neighbors: int, k: int = 1):
    """Fit a method on x (n, d) with the fewest neighbours that give a connected graph.

    The search begins at `neighbors`; k is the number of coordinates.
    """
    while NeighborGraph(neighbors).fit(x).components().any():
        neighbors += 1
    return method(k, n_neighbors=neighbors).fit(x)


def turn(x: NDArray, neighbors: int = NEIGHBORS) -> dict:
    """Embed pictures x (n, d) in a plane; return their places, edges and tangents.

    The tangent v at a picture is the first principal direction of its neighbourhood. The members of
    the neighbourhood have a coordinate θ along v and a place in the plane. The slope of the places
    on θ, by least squares, is the tangent in the plane.

    Returns `images` (n, d), `places` (n, 2), `neighbors` (n, m), `slopes` (n, 2) and `tangents`
    (n, d).
    """
    model = joined(Isomap, x, neighbors, 2)
    planes = TangentPlanes(1, n_neighbors=model.n_neighbors).fit(x)
    theta, near = planes.coordinates_[:, :, 0], model.embedding_[planes.members_]
    slope = (theta[:, :, None] * near).sum(axis=1) / (theta**2).sum(axis=1, keepdims=True)
    return {
        "images": x,
        "places": model.embedding_,
        "neighbors": model.graph_.indices_,
        "slopes": slope,
        "tangents": planes.bases_[:, 0],
    }


def one_coordinate(x: NDArray, order: NDArray) -> dict:
    """Return one coordinate (n,) for each picture, by Isomap and by PCA.

    Their rank correlations are with `order` (n,), such as the angle.
    """
    y = joined(Isomap, x, 2).embedding_[:, 0]
    flat = PCA(1).fit_transform(x)[:, 0]
    return {
        "rank_correlation": rank_correlation(y, order),
        "pca_rank_correlation": rank_correlation(flat, order),
        "order": order,
        "isomap": y,
        "pca": flat,
    }
