"""How probably each point picks each other as its neighbour: what SNE and t-SNE keep (14.6).

Hinton and Roweis (2003). Each point has a Gaussian of its own, whose width makes the choice as
uncertain as an even choice among a given number of others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number
from tinyae.embeddings.spectral import checked_points
from tinyae.numerics.order import row_order
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.numerics.units import in_units

HALVINGS = 60  # of the interval that holds a point's precision


@underflow_to_zero
def pick_probabilities(X: ArrayLike, perplexity: float = 30.0) -> NDArray:
    """Return P (n, n), P_ij = p(i picks j) ∝ exp(−β_i ‖x_i − x_j‖²), P_ii = 0.

    Each row sums to 1, and β_i is such that its entropy is log(perplexity) nats: the row is as
    uncertain as an even choice among so many points. Another order of the rows permutes P. A shift,
    a common scale and constant columns do not change it.

    Parameters
    ----------
    X : array (n, d)
    perplexity : above 1 and below n − 1

    Raises
    ------
    ValueError
        If no β_i gives that entropy, because more points than the perplexity are equally near.
    """
    X, _ = checked_points(X, 1)
    n = len(X)
    perplexity = real_number(
        perplexity, "perplexity", low=1.0, high=n - 1.0, open_low=True, open_high=True
    )
    # Squares come from differences, one row after the other: ‖a‖² − 2 a·b + ‖b‖² would cancel where
    # clusters lie far apart. The rows are sorted first, so that sums round in the same way.
    order = row_order(X)
    c = in_units(X[order])[1]
    squares = np.stack([((c - point) ** 2).sum(axis=1) for point in c])
    np.fill_diagonal(squares, np.inf)
    squares -= squares.min(axis=1, keepdims=True)  # the same P, and no row underflows
    scale = np.where(np.isfinite(squares), squares, 0.0).sum(axis=1) / (n - 1)
    if (scale <= 0).any():
        raise ValueError("some point is equally far from all others: its neighbours are undefined")
    low, high = np.full(n, -46.0), np.full(n, 46.0)  # log β in units of 1 / scale
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        P = np.exp(-squares * (np.exp(middle) / scale)[:, None])
        P /= P.sum(axis=1, keepdims=True)
        entropy = -(P * np.log(P + (P == 0))).sum(axis=1)
        wide = entropy > np.log(perplexity)
        low, high = np.where(wide, middle, low), np.where(wide, high, middle)
    missed = ~(np.abs(entropy - np.log(perplexity)) < 1e-6)
    if missed.any():
        raise ValueError(
            f"{missed.sum()} of {n} points, first row {order[missed].min()}, have no Gaussian of "
            f"perplexity = {perplexity:g}: more points than that are equally near (are there "
            "duplicates?), or some lie too far out; leave such points out or change the perplexity"
        )
    place = np.argsort(order)
    return P[np.ix_(place, place)]
