"""What the library takes from SciPy where it is installed, and None where it is not.

SciPy is an optional extra. This is the one place that asks whether it is there, and nothing is
imported before the first call. Every function that uses it has another way, which gives the same
result up to rounding.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any


@functools.cache
def scipy_sparse() -> ModuleType | None:
    """Return `scipy.sparse` with its solvers, or None without SciPy 1.8 or newer."""
    try:
        import scipy.sparse.linalg
        from scipy.sparse import csc_array  # noqa: F401 (since SciPy 1.8)
    except ImportError:
        return None
    return scipy.sparse


@functools.cache
def scipy_linalg() -> ModuleType | None:
    """Return `scipy.linalg` with its LAPACK functions, or None without SciPy."""
    try:
        import scipy.linalg
    except ImportError:
        return None
    return scipy.linalg


@functools.cache
def kd_tree() -> Any:
    """Return the class `scipy.spatial.cKDTree`, or None."""
    try:
        from scipy.spatial import cKDTree
    except ImportError:
        return None
    return cKDTree
