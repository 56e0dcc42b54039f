"""Judge arrays: whether they are right, and what any wrong arrays can be told without the task.

The handout has a copy of this file, so it imports nothing of the project.
"""

from __future__ import annotations

import numpy as np

SAME = 1e-9  # outputs that differ by less, relative to their size, are the same
CONSTANT = 1e-6  # relative spread of a ratio that counts as constant


def right(got: tuple, want: tuple, tolerance: float) -> bool:
    """Return whether all arrays agree in shape, are finite, and differ by the tolerance at most.

    The tolerance is relative to the entry if the entry is larger than 1 in absolute value.
    """
    if len(got) != len(want):
        return False
    for g, w in zip(got, want, strict=True):
        g, w = np.asarray(g), np.asarray(w)
        if g.shape != w.shape or g.dtype.kind not in "biufc" or not np.isfinite(g).all():
            return False
        gap = np.abs(g.astype(complex) - w)
        if (gap > tolerance * np.maximum(1.0, np.abs(w))).any():
            return False
    return True


def sign(got: tuple, want: tuple) -> str:
    """Return what the first wrong array can be told, or ""."""
    if len(got) != len(want):
        return f"{len(got)} array{'s' * (len(got) != 1)} came, expected {len(want)}"
    for place, (g, w) in enumerate(zip(got, want, strict=True), start=1):
        which = f"array {place} of {len(want)}: " if len(want) > 1 else ""
        g, w = np.asarray(g), np.asarray(w)
        if g.dtype.kind not in "biufc":
            return which + "it holds no numbers"
        if g.shape == w.shape and np.allclose(g, w, rtol=SAME, atol=SAME):
            continue
        found = _shape_or_size(g, w) or _pattern(g, w)
        return which + found if found else ""
    return ""


def _shape_or_size(g: np.ndarray, w: np.ndarray) -> str:
    """Return a sign for which the two arrays need not have the same shape."""
    if g.shape != w.shape:
        if g.ndim == 2 and g.T.shape == w.shape and np.allclose(g.T, w):
            return f"it is transposed: its shape is {g.shape}"
        return f"the shape is {g.shape}, expected {w.shape}"
    if not np.isfinite(g).all():
        return "not all numbers are finite: look for an overflow, log 0, or 0/0"
    if g.ndim == 2 and g.shape[0] == g.shape[1] and np.allclose(g.T, w) and not np.allclose(g, w):
        return "it is transposed"
    if g.size and (g == 0).all() and (w != 0).any():
        return "all numbers are 0: was it computed, and was it stored?"
    return ""


def _pattern(g: np.ndarray, w: np.ndarray) -> str:
    """Return a sign of two finite arrays of one shape: sign, factor, or offset."""
    if g.dtype.kind == "b" or w.dtype.kind == "b":
        return ""
    large = np.abs(w) > 1e-9 * np.abs(w).max(initial=0.0)
    if large.any():
        ratio = g[large] / w[large]
        middle = complex(np.median(ratio.real), np.median(ratio.imag))
        constant = np.abs(ratio - middle).max() <= CONSTANT * abs(middle)
        if constant and np.allclose(g[~large], 0.0, atol=1e-9):
            if abs(middle + 1.0) < CONSTANT:
                return "the sign is wrong"
            if middle.imag == 0 and large.sum() > 1:
                return f"every number is {middle.real:.4g} times what it should be"
    if large.sum() > 1 and np.allclose(np.abs(g), np.abs(w)):
        return "some signs are wrong"
    if g.size > 2 and np.ptp((g - w).real) <= CONSTANT * np.abs(g - w).max():
        return "every number is off by the same amount"
    return ""
