"""One rule for the choices that an eigenvalue problem leaves open.

The negative of an eigenvector is an eigenvector too, and so is every vector in the plane of two
equal eigenvalues. Which vectors LAPACK returns depends on the order of the rows and on the machine.
The rule here chooses by reference values, numbers that rotate together with the axes. For a
component these are its entries. For an embedding they are correlations with the columns of the data
and, if all of these are zero, the points in an order that depends on their values only
(`numerics/order.py`).

If the k-th eigenvalue equals the next one, the data do not determine the k leading directions. No
rule can choose then, and the functions raise an error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics.order import row_order
from tinyae.numerics.units import in_units

NEARLY = 1e-4  # entries with a smaller relative difference count as equally large
NOTHING = 1e-6  # a smaller correlation counts as zero
EPS = np.finfo(np.float64).eps
ROUNDING = 256 * EPS  # error of eigenvalues, relative to the largest


def oriented(V: NDArray) -> NDArray:
    """Return V (…, d) with the sign of each row chosen such that its largest entry is positive.

    Among entries that are equally large up to 1e-4, the first decides, so that rounding does not.
    """
    size = np.abs(V)
    first = (size >= (1.0 - NEARLY) * size.max(axis=-1, keepdims=True)).argmax(axis=-1)
    negative = np.take_along_axis(V, first[..., None], axis=-1) < 0
    return np.where(negative, -V, V)


def settled(V: NDArray, values: NDArray, noise: float) -> NDArray:
    """Return components V (k, d) with signs and axes of equal eigenvalues fixed by their entries.

    Parameters
    ----------
    V : array (k, d), orthonormal rows
    values : array (k,), in falling or rising order; values that differ by at most `noise` count as
        equal
    noise : the rounding error of the values
    """
    return _turn(values, noise, V.T).T @ V


def settled_coordinates(Y: NDArray, x: NDArray, values: NDArray, noise: float) -> NDArray:
    """Return the rotation R (k, k) that fixes the axes of the coordinates Y (n, k): Y R.

    R has a block for each group of equal values; the block of a single value is ±1. The reference
    values are the correlations of Y with the columns of the points x (n, d), and after them the
    points of Y themselves.
    """
    _, centred, _ = in_units(x)
    length = np.linalg.norm(Y, axis=0)
    scale = np.linalg.norm(centred) * np.where(length > 0, length, 1.0)
    loadings = centred.T @ (Y / np.where(scale > 0, scale, 1.0))
    return _turn(values, noise, loadings, (Y / np.abs(Y).max())[row_order(x)])


def check_cut(values: NDArray, k: int, noise: float, what: str, remedy: str) -> None:
    """Raise ValueError if the k-th value equals the next one up to `noise`."""
    if k < len(values) and abs(values[k - 1] - values[k]) <= noise:
        raise ValueError(
            f"{what} {k} and {k + 1} are equal up to rounding ({values[k - 1]:.6g}), so the data "
            f"do not determine the first {k} directions: {remedy}"
        )


def _turn(values: NDArray, noise: float, *references: NDArray) -> NDArray:
    """Return an orthogonal matrix (k, k) with a block for each group of equal values."""
    k = len(values)
    R = np.zeros((k, k))
    starts = np.flatnonzero(np.concatenate([[True], np.abs(np.diff(values)) > noise]))
    for start, stop in zip(starts, [*starts[1:], k], strict=True):
        block = slice(start, stop)
        R[block, block] = _axes([part[:, block] for part in references])
    return R


def _axes(references: list[NDArray]) -> NDArray:
    """Return new axes as columns (m, m).

    Each axis points along the longest reference vector (m,) after the projections on the earlier
    axes are subtracted. Among vectors that are equally long up to 1e-4, the first is taken.
    """
    m = references[0].shape[1]
    if m == 1:  # nothing is left to choose but a sign
        part = next(part for part in references if np.abs(part).max() > NOTHING)
        size = np.abs(part)
        return np.sign(part[(size >= (1.0 - NEARLY) * size.max()).argmax()])[:, None]
    axes = np.zeros((0, m))
    for part in references:
        left = part - part @ axes.T @ axes
        while len(axes) < m:
            lengths = np.linalg.norm(left, axis=1)
            if lengths.max() <= NOTHING:
                break
            axis = left[(lengths >= (1.0 - NEARLY) * lengths.max()).argmax()]
            axis = axis - axis @ axes.T @ axes
            axis = axis / np.linalg.norm(axis)
            axes = np.vstack([axes, axis])
            left = left - np.outer(left @ axis, axis)
    return axes.T
