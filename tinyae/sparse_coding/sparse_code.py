"""Sparse coding: the code of an example explains it best at a price (13.4, 14.8).

There is no encoder: for each example, h is the solution of min_h ‖x − h D‖² + λ‖h‖₁.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import table
from tinyae.sparse_coding.inference import infer


def sparse_code(
    x: ArrayLike,
    dictionary: ArrayLike,
    lam: float,
    *,
    start: ArrayLike | None = None,
    steps: int | None = None,
    tol: float = 1e-8,
) -> NDArray:
    """Return the codes h that minimise ‖x − h D‖² + λ‖h‖₁, row by row.

    FISTA in float32 finds the signs of most codes. Then linear equations give the codes themselves.
    Rows that are not solved so go on by FISTA in float64. With `steps`, FISTA with restarts in x's
    dtype takes so many of them.

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
    array (n, k), exact zeros included, of x's dtype (float64 unless x is float32). Without `steps`
    it is found in float64, and rounded if x is float32.

    Raises
    ------
    ValueError
        For shapes that do not fit, NaN, λ or tol not above 0, x or atoms whose squares overflow or
        come out as 0.
    RuntimeError
        If a code is not solved after 10 000 steps.

    Notes
    -----
    Each row is a problem of its own: the order of the rows and repeating them change its code by
    rounding only, and so do columns that are 0 in x and in all atoms. A common scale of x and λ
    multiplies h. Where atoms are linearly dependent, or nearly, several codes share the minimum up
    to `tol`. Which of them is returned may depend on the other rows.
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


def codes(h: ArrayLike, name: str, n: int, k: int, dtype: DTypeLike) -> NDArray:
    """Return h as a table (n, k), or say why it cannot be one."""
    h = table(h, name, width=k, dtype=dtype, squared=True)
    if len(h) != n:
        raise ValueError(f"{name} must have one code for each of the {n} examples, got {len(h)}")
    return h
