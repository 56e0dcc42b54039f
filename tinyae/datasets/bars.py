"""Pictures of bars: whole rows or whole columns of a square are on (Hinton et al. 1995).

No single pixel tells whether the bars of a picture lie or stand, and two pictures with opposite
directions can share most of their pixels. The distribution is known exactly, so its entropy is the
largest mean of log p(x) that a model can reach.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_number, whole_number
from tinyae.criterion.enumeration import binary_codes


def bars(
    n: int = 1000, *, side: int = 4, on: float = 0.5, rng: np.random.Generator | int = 0
) -> NDArray:
    """Return n pictures (n, side²) of zeros and ones, whose bars all lie or all stand.

    The direction of a picture is horizontal or vertical with probability ½. Each of its `side` bars
    is on with probability `on`. The pixels are in the order of rows.
    """
    n, side, on = whole_number(n, "n"), whole_number(side, "side"), _probability(on)
    rng = generator(rng, "bars")
    stands = rng.random(n) < 0.5
    return _drawn((rng.random((n, side)) < on).astype(float), stands)


def bars_distribution(side: int = 4, *, on: float = 0.5) -> tuple[NDArray, NDArray]:
    """Return the different pictures (m, side²) that `bars` draws, and their probabilities (m,).

    The picture without a bar and the one with all bars do not tell their direction, so
    m = 2 · 2^side − 2 (m = 2 for one pixel). The entropy is −Σ p log p in nats. At most 16 bars.
    """
    side, on = whole_number(side, "side"), _probability(on)
    if side > 16:
        raise ValueError(f"side must be at most 16, got {side}: there are 2^side pictures")
    codes = binary_codes(side)
    each = 0.5 * (on**codes * (1.0 - on) ** (1.0 - codes)).prod(axis=1)
    pictures = np.concatenate([_drawn(codes, np.full(len(codes), s)) for s in (False, True)])
    pictures, place = np.unique(pictures, axis=0, return_inverse=True)
    return pictures, np.bincount(place.ravel(), np.concatenate([each, each]))


def _drawn(code: NDArray, stands: NDArray) -> NDArray:
    """Return the pictures (n, side²) of codes (n, side); `stands` (n,) says which are turned."""
    n, side = code.shape
    rows = np.broadcast_to(code[:, :, None], (n, side, side))
    return np.where(stands[:, None, None], rows.swapaxes(1, 2), rows).reshape(n, side * side)


def _probability(on: object) -> float:
    """Return `on` as a float strictly between 0 and 1."""
    return real_number(on, "on", low=0.0, high=1.0, open_low=True, open_high=True)
