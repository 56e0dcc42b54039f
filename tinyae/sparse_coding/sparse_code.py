"""Sparse coding: the code of an example is what explains it best at a price (13.4, 14.8).

There is no encoder: h is the solution of an optimisation, min_h ‖x − h D‖² + λ‖h‖₁, anew for each
example.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import table
from tinyae.sparse_coding.lasso import infer

BLOCK_ENTRIES = 1_000_000  # examples times atoms whose products are held at a time


def sparse_code(
    x: ArrayLike,
    dictionary: ArrayLike,
    lam: float,
    *,
    start: ArrayLike | None = None,
    steps: int | None = None,
    tol: float = 1e-8,
) -> NDArray:
    """Return the codes h that minimise ‖x − h D‖² + λ‖h‖₁, row by row, by FISTA with restarts.

    Parameters
    ----------
    x : array (n, d)
    dictionary : array (k, d); its rows are the atoms, of any norm
    lam : λ > 0. From λ = 2 max|D x| on, the code is all zeros
    start : array (n, k), where the search begins; zeros by default
    steps : so many steps, solved or not; by default as many as it takes
    tol : a code is solved when its duality gap, a bound on how far its criterion lies above the
        minimum, is at most tol · ‖x‖². Only used without `steps`.

    Returns
    -------
    array (n, k), exact zeros included, of x's dtype (float64 unless x is float32). To a tolerance
    it is found in float64 in either case, and rounded if x is float32.

    Raises
    ------
    ValueError
        For shapes that do not fit, NaN, λ or tol not above 0, x or atoms whose squares overflow or
        come out as 0.
    RuntimeError
        If a code is not solved after 10 000 steps.

    Notes
    -----
    Where atoms are linearly dependent several codes may share the minimum; this is one of them.
    Each row is coded by itself, so the order of the rows and repeating them change nothing, and
    neither do columns that are 0 in x and in all atoms. A common scale of x and λ multiplies h.
    scikit-learn's `Lasso` minimises ‖x − h D‖² / (2d) + α‖h‖₁: its α is λ / (2d).
    """
    single = getattr(x, "dtype", None) == np.float32
    dtype = np.float32 if single else np.float64
    x = table(x, "x", dtype=dtype)
    D = table(dictionary, "dictionary", width=x.shape[1], dtype=dtype)
    lam = real_number(lam, "lam", low=0.0, open_low=True)
    tol = real_number(tol, "tol", low=0.0, open_low=True)
    steps = None if steps is None else whole_number(steps, "steps", least=0)
    if start is None:
        start = np.zeros((len(x), len(D)), dtype)
    return infer(x, D, lam, codes(start, "start", len(x), len(D), dtype), steps=steps, tol=tol)


def price_limits(x: NDArray, D: NDArray, gamma: float = 0.0, f: NDArray | None = None) -> NDArray:
    """Return for each row the λ from which on its code is all zeros: 2 max_j |x·D_j + γ f_j|.

    There λ balances the steepest entry of the gradient of ‖x − h D‖² + γ‖h − f‖² at h = 0.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        c = x @ D.T
        return 2 * np.abs(c if f is None else c + gamma * f).max(axis=1)


def warn_of_zero_codes(
    x: NDArray,
    D: NDArray,
    lam: float,
    gamma: float = 0.0,
    encode: Callable[[NDArray], NDArray] | None = None,
) -> None:
    """Warn the caller of `fit` if λ makes the codes of all rows zero, so that no atom would move.

    Most often the first block of rows shows that it does not.
    """
    found, step = [], max(1, BLOCK_ENTRIES // len(D))
    for i in range(0, len(x), step):
        part = x[i : i + step]
        found.append(price_limits(part, D, gamma, None if encode is None else encode(part)))
        if not (found[-1] <= lam).all():
            return
    limits = np.concatenate(found)
    if not x.any():
        return
    if limits.any():
        scale = 0.1 * np.median(limits[limits > 0])
        remedy = (
            f"lam = {lam:g} is too large: from {limits.max():.3g} on, twice the largest product of "
            f"an example and an atom, it costs more than any code is worth. Try about {scale:.2g}"
        )
    else:
        remedy = "no atom has a part along any example; are the atoms zeros?"
    warnings.warn(f"every code is zero and no atom will move: {remedy}", stacklevel=4)


def codes(h: ArrayLike, name: str, n: int, k: int, dtype: DTypeLike) -> NDArray:
    """Return h as a table (n, k), or say why it cannot be one."""
    h = table(h, name, width=k, dtype=dtype, squared=True)
    if len(h) != n:
        raise ValueError(f"{name} must have one code for each of the {n} examples, got {len(h)}")
    return h
