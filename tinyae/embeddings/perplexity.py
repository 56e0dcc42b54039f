"""How probably each point picks each other as its neighbour: what SNE and t-SNE keep (14.6).

Hinton and Roweis (2003). Each point has a Gaussian of its own, whose width makes the choice as
uncertain as an even choice among a given number of others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number
from tinyae.embeddings.spectral import checked_points
from tinyae.numerics.blocks import row_blocks
from tinyae.numerics.order import row_order
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.numerics.units import CACHE_BYTES, in_units, squared_distances

STEPS = 60  # towards a point's precision; about eight are needed


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
    # The rows are sorted first, so that sums round in the same way.
    order = row_order(X)
    c = in_units(X[order])[1]
    P, entropy = squared_distances(c, c), np.empty(n)
    for rows in row_blocks(n, n, CACHE_BYTES):
        P[rows], entropy[rows] = _even_rows(P[rows], rows.start, np.log(perplexity))
    missed = ~(np.abs(entropy - np.log(perplexity)) < 1e-6)
    if missed.any():
        raise ValueError(
            f"{missed.sum()} of {n} points, first row {order[missed].min()}, have no Gaussian of "
            f"perplexity = {perplexity:g}: more points than that are equally near (are there "
            "duplicates?), or some lie too far out; leave such points out or change the perplexity"
        )
    place = np.argsort(order)
    return P[np.ix_(place, place)]


def _even_rows(squares: NDArray, first: int, wanted: float) -> tuple[NDArray, NDArray]:
    """Return the rows of P (m, n) from row `first` on, and their entropies (m,).

    By Newton's method for log β, with Z = Σ_j exp(−β s_j) and means over the row's probabilities:

        H = log Z + β ⟨s⟩,    dH / d log β = −β² (⟨s²⟩ − ⟨s⟩²)

    A step that would leave the interval in which log β must lie is replaced by half of it.
    """
    m, n = squares.shape
    itself = np.arange(m), np.arange(first, first + m)
    squares[itself] = np.inf
    squares -= squares.min(axis=1, keepdims=True)  # the same P, and no row underflows
    squares[itself] = 0.0
    scale = squares.sum(axis=1) / (n - 1)
    if (scale <= 0).any():
        raise ValueError("some point is equally far from all others: its neighbours are undefined")
    s = squares / scale[:, None]
    place, low, high = np.zeros(m), np.full(m, -46.0), np.full(m, 46.0)  # log β
    for _ in range(STEPS):
        beta = np.exp(place)
        P = np.exp(-beta[:, None] * s)
        P[itself] = 0.0
        Z = P.sum(axis=1)
        P /= Z[:, None]
        part = P * s
        mean = part.sum(axis=1)
        entropy = np.log(Z) + beta * mean
        slope = beta**2 * (np.einsum("ij,ij->i", part, s) - mean**2)
        wide = entropy > wanted
        low, high = np.where(wide, place, low), np.where(wide, high, place)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            there = place + (entropy - wanted) / slope
        # At the solution, rounding leaves there = place, which is one end of the interval.
        inside = (there >= low) & (there <= high)
        before, place = place, np.where(inside, there, 0.5 * (low + high))
        # The error of a step of Newton's is about the square of its length.
        if (np.abs(place - before) < 1e-12).all():
            break
    return P, entropy
