"""Leading directions at each of many points: refused where the numbers do not determine them.

A direction whose singular value is 0 up to rounding is missing. Where the k-th singular value
equals the next one, nothing says which direction is the k-th. Where values among the first k are
equal, any axes in their plane would do, and a rule chooses them (`numerics/axes.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.numerics.axes import ROUNDING, oriented, settled

WEAKEST = 1e-5  # singular values below this part of the first one count as zero


def determined(
    T: NDArray, s: NDArray, after: NDArray, dtype: DTypeLike, *, what: str, name: str
) -> tuple[NDArray, NDArray]:
    """Return T (n, k, d) and s (n, k) in the caller's dtype, with signs and equal axes settled.

    `after` (n, 1) holds the next singular value. `what` is the start of a sentence for messages,
    such as "the code moves in", and `name` the caller's argument k.

    Raises
    ------
    ValueError
        Where a direction is missing, or the k-th is not determined.
    """
    missing = s <= WEAKEST * s[:, :1]
    if missing.any():
        rows = np.flatnonzero(missing.any(axis=1))
        raise ValueError(
            f"at {len(rows)} of {len(s)} points {what} fewer than {name} = {s.shape[1]} "
            f"directions, first at row {rows[0]} in {(~missing[rows[0]]).sum()}: ask for fewer or "
            "leave such points out"
        )
    # In units of the first: their squares are eigenvalues, of which so much is rounding.
    squares, rest = (s / s[:, :1]) ** 2, (after / s[:, :1]) ** 2
    equal = squares[:, -1] - rest[:, 0] <= ROUNDING
    if equal.any():
        raise ValueError(
            f"at {equal.sum()} of {len(s)} points, first at row {equal.argmax()}, {what} "
            f"directions {s.shape[1]} and {s.shape[1] + 1} equally: which one is taken would be "
            f"chance; take another {name} or leave such points out"
        )
    T = oriented(T)
    for i in np.flatnonzero((np.abs(np.diff(squares, axis=1)) <= ROUNDING).any(axis=1)):
        T[i] = settled(T[i], squares[i], ROUNDING)
    return T.astype(dtype, copy=False), s.astype(dtype, copy=False)
