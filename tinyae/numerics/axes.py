"""One rule for what an eigenvalue problem leaves open: signs, and axes of equal eigenvalues.

An eigenvector is as good as its negative, and any two orthogonal directions in the plane of two
equal eigenvalues are as good as those that came out. LAPACK's choice depends on the order of the
rows and on the machine. The rule here decides by witnesses: numbers that turn with the axes. Those
of a component are its entries. Those of an embedding are sums over the data, and where all of these
vanish, its points in an order that depends on their values only (`numerics/order.py`).

Where the k-th eigenvalue equals the next one, the data do not say which directions are the k
leading ones. No rule helps then: that is an error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics.order import row_order
from tinyae.numerics.units import in_units

NEARLY = 1e-4  # relative difference up to which entries count as equally large
NOTHING = 1e-6  # a correlation below this is rounding
EPS = np.finfo(np.float64).eps
ROUNDING = 256 * EPS  # of eigenvalues, in units of the largest


def oriented(V: NDArray) -> NDArray:
    """Return V (…, d) with each row's sign such that its largest entry is positive.

    Of entries that are equally large up to 1e-4, the first decides: rounding must not.
    """
    size = np.abs(V)
    first = (size >= (1.0 - NEARLY) * size.max(axis=-1, keepdims=True)).argmax(axis=-1)
    negative = np.take_along_axis(V, first[..., None], axis=-1) < 0
    return np.where(negative, -V, V)


def settled(V: NDArray, values: NDArray, noise: float) -> NDArray:
    """Return components V (k, d) with signs and equal axes settled by their own entries.

    Parameters
    ----------
    V : array (k, d), orthonormal rows
    values : array (k,), falling or rising; those that differ by at most `noise` count as equal
    noise : the rounding of the values
    """
    return _turn(values, noise, V.T).T @ V


def settled_coordinates(Y: NDArray, x: NDArray, values: NDArray, noise: float) -> NDArray:
    """Return the turn R (k, k) that settles the coordinates Y (n, k) of the points x (n, d): Y R.

    It has a block for each group of equal values, ±1 where a value is alone. The witnesses are the
    correlations of the coordinates with the columns of x, and after them the points themselves.
    """
    _, centred, _ = in_units(x)
    length = np.linalg.norm(Y, axis=0)
    scale = np.linalg.norm(centred) * np.where(length > 0, length, 1.0)
    loadings = centred.T @ (Y / np.where(scale > 0, scale, 1.0))
    return _turn(values, noise, loadings, (Y / np.abs(Y).max())[row_order(x)])


def check_cut(values: NDArray, k: int, noise: float, what: str, remedy: str) -> None:
    """Raise ValueError where the k-th of the values equals the next one up to `noise`."""
    if k < len(values) and abs(values[k - 1] - values[k]) <= noise:
        raise ValueError(
            f"{what} {k} and {k + 1} are equal up to rounding ({values[k - 1]:.6g}), so the data "
            f"do not determine the first {k} directions: {remedy}"
        )


def _turn(values: NDArray, noise: float, *witnesses: NDArray) -> NDArray:
    """Return the orthogonal (k, k) matrix, a block for each group of equal values."""
    k = len(values)
    R = np.zeros((k, k))
    starts = np.flatnonzero(np.concatenate([[True], np.abs(np.diff(values)) > noise]))
    for start, stop in zip(starts, [*starts[1:], k], strict=True):
        block = slice(start, stop)
        R[block, block] = _axes([part[:, block] for part in witnesses])
    return R


def _axes(witnesses: list[NDArray]) -> NDArray:
    """Return new axes as columns (m, m): each along the longest witness (m,) that is left.

    Of witnesses equally long up to 1e-4 the first is taken.
    """
    m = witnesses[0].shape[1]
    axes = np.zeros((0, m))
    for part in witnesses:
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
