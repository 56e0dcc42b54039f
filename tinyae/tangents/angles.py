"""Angles between subspaces, such as tangent planes (14.6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.tables import table
from tinyae.numerics.units import rows_of_size_one


def principal_angles(A: ArrayLike, B: ArrayLike) -> NDArray:
    """Return the angles, in radians and ascending, between the row spaces of A (p, d) and B (q, d).

    There are min(p, q) of them; the last is zero exactly when one space contains the other. Small
    angles are taken from their sines and large ones from their cosines (Björck and Golub 1973),
    since arccos alone cannot tell angles below 1e-8 from zero.
    """
    A = table(A, "A", dtype=np.float64)
    B = table(B, "B", width=A.shape[1], dtype=np.float64)
    A, B = rows_of_size_one(A), rows_of_size_one(B)  # the same spaces
    for name, M in (("A", A), ("B", B)):
        if np.linalg.matrix_rank(M) < len(M):
            raise ValueError(f"the rows of {name} must be linearly independent")
    return angles_between(np.linalg.qr(A.T)[0], np.linalg.qr(B.T)[0])


def angles_between(P: NDArray, Q: NDArray) -> NDArray:
    """Return the principal angles, ascending, between orthonormal columns P (…, d, p), Q (…, d, q).

    Stacks of any shape; the result has shape (…, min(p, q)).
    """
    if P.shape[-1] < Q.shape[-1]:
        P, Q = Q, P
    shared = P.swapaxes(-1, -2) @ Q
    cosines = np.linalg.svd(shared, compute_uv=False)
    sines = np.linalg.svd(Q - P @ shared, compute_uv=False)[..., ::-1]
    small = cosines**2 > 0.5
    return np.where(
        small, np.arcsin(np.clip(sines, 0.0, 1.0)), np.arccos(np.clip(cosines, -1.0, 1.0))
    )


def tangent_angles(A: ArrayLike, B: ArrayLike) -> NDArray:
    """Return the principal angles between two planes at each of n points, radians, ascending.

    The last of each row says how far apart the planes are; its mean is what tables quote. Small
    angles are as exact as large ones, see `principal_angles`.

    Parameters
    ----------
    A, B : arrays (n, p, d) and (n, q, d) whose rows span the planes; they need not be orthonormal

    Returns
    -------
    array (n, min(p, q))
    """
    A, B = _planes(A, "A"), _planes(B, "B")
    if len(A) != len(B) or A.shape[2] != B.shape[2]:
        raise ValueError(
            f"A and B must have planes in equal number and dimension, got {A.shape} and {B.shape}"
        )
    return angles_between(*(np.linalg.qr(M.swapaxes(1, 2))[0] for M in (A, B)))


def _planes(M: ArrayLike, name: str) -> NDArray:
    M = real_array(M, name)
    if M.ndim != 3 or M.size == 0 or M.shape[1] > M.shape[2]:
        raise ValueError(
            f"{name} must hold planes, (points, directions, dimensions) with at most as many "
            f"directions as dimensions, got shape {M.shape}; a single plane needs T[None]"
        )
    M = table(M.reshape(-1, M.shape[2]), name, dtype=np.float64).reshape(M.shape)
    M = rows_of_size_one(M)  # the same planes
    short = np.linalg.matrix_rank(M) < M.shape[1]
    if short.any():
        raise ValueError(
            f"{name} spans no plane of {M.shape[1]} dimensions at {short.sum()} of {len(M)} "
            f"points, first at row {short.argmax()}: its directions are not independent"
        )
    return M
