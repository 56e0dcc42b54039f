"""Leading singular vectors of many small matrices at once (14.6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import whole_number


def decompose(J: NDArray, k: int) -> tuple[NDArray, NDArray, NDArray]:
    """Return the k leading right-singular vectors (n, k, d) of each J (n, m, d), and values.

    The singular values are the k that belong to the vectors (n, k), and the next one (n, 1), which
    is 0 where there is none.
    """
    J = J.astype(np.float64, copy=False)
    Jt = J.swapaxes(1, 2)
    wide = J.shape[1] <= J.shape[2]
    values, V = np.linalg.eigh(J @ Jt if wide else Jt @ J)
    values, V = values[:, ::-1], V[:, :, ::-1][:, :, :k].swapaxes(1, 2)
    after = np.sqrt(np.maximum(values[:, k : k + 1], 0.0))
    after = after if after.size else np.zeros((len(J), 1))
    if wide:
        return *right_singular(V @ J), after
    return V, np.linalg.norm(J @ V.swapaxes(1, 2), axis=1), after


def right_singular(B: NDArray) -> tuple[NDArray, NDArray]:
    """Return right-singular vectors and values of B (n, k, d) with k small, by way of Bᵀ = Q R."""
    Q, R = np.linalg.qr(B.astype(np.float64, copy=False).swapaxes(1, 2))
    U, s, _ = np.linalg.svd(R)
    return (Q @ U).swapaxes(1, 2), s


def how_many(k: int, name: str, most: int, why: str) -> int:
    """Return k, the caller's argument `name`, if it is a number of directions up to `most`."""
    k = whole_number(k, name)
    if k > most:
        raise ValueError(f"{name} must be at most {most}, since {why}; got {k}")
    return k


def of_size_one(M: NDArray, axis: int | tuple[int, int] | None) -> tuple[NDArray, NDArray]:
    """Return M over its largest entries along the axes, and those in float64; 1 where all are 0."""
    largest = np.abs(M).max(axis=axis, keepdims=True)
    largest = np.where(largest > 0, largest, 1).astype(M.dtype)
    return M / largest, largest.astype(np.float64)
