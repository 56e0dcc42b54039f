"""The columns that an estimator learned from: their number and names, told and compared.

An estimator that was fitted on a data frame belongs to the columns of that frame in their order. A
frame with the same columns in another order has the right shape, so without a comparison of names
it would give wrong results without an error. The texts of errors and warnings begin as those of
scikit-learn, because programs that use estimators look for them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import kind_of, real_array
from tinyae.checks.callers import warn_caller
from tinyae.checks.tables import within

SHOWN = 5  # names in an error message


def column_names(X: object) -> NDArray | None:
    """Return the names of the columns of a data frame (pandas, polars), None without names.

    Raises
    ------
    TypeError
        If some names are strings and some are not, since such columns cannot be compared by name.
    """
    columns = getattr(X, "columns", None)
    if columns is None or not hasattr(X, "dtypes"):
        return None
    names = list(columns)
    texts = [isinstance(name, str) for name in names]
    if not names or not any(texts):
        return None
    if not all(texts):
        kinds = ", ".join(sorted({kind_of(name) for name in names}))
        raise TypeError(
            "Feature names are only supported if all input features have string names, but X has "
            f"names of the types {kinds}; convert them: X.columns = X.columns.astype(str)"
        )
    return np.array(names, dtype=object)


def checked_columns(X: ArrayLike, who: str, *, width: int | None = None, least: int = 1) -> int:
    """Return the number of columns of X after checking that it is a non-empty table.

    Parameters
    ----------
    X : what an estimator was given
    who : name of the estimator's class
    width : the number of columns at `fit`; None if this is `fit`
    least : number of rows that are needed

    Raises
    ------
    TypeError
        If X is no array of real numbers.
    ValueError
        If it is complex, or no table, or has no columns or too few rows, or another number of
        columns than at `fit`. If a data frame has an entry that is NaN or infinite; its column is
        named.
    """
    dtype = getattr(X, "dtype", None)
    if getattr(dtype, "kind", "") == "c":
        raise ValueError(
            f"Complex data not supported: X must hold real numbers, got complex ones ({dtype}); "
            "x.real leaves the imaginary parts out"
        )
    array = _numbers(X)
    if array.ndim != 2:
        got = f"shape {array.shape}" if array.ndim else f"the single number {array}"
        raise ValueError(
            f"X must have two axes (examples, features), got {got}. Reshape your data: a single "
            "example is X.reshape(1, -1), a single feature X.reshape(-1, 1), and images are "
            "X.reshape(len(X), -1)"
        )
    for count, what in zip(array.shape, ("sample", "feature"), strict=True):
        if count == 0:
            raise ValueError(
                f"X is empty: 0 {what}(s) (shape={array.shape}) while a minimum of 1 is required."
            )
    if len(array) < least:
        raise ValueError(
            f"X has 1 sample (shape={array.shape}), but {who} learns from differences between "
            f"rows: give at least {least}"
        )
    if width is not None and array.shape[1] != width:
        raise ValueError(
            f"X has {array.shape[1]} features, but {who} is expecting {width} features as input; "
            "give the columns that fit was given"
        )
    names = column_names(X)
    if names is not None and not within(array, float(np.finfo(np.float64).max)):
        bad = ~np.isfinite(array.astype(np.float64, copy=False))
        first = int(bad.any(axis=0).argmax())
        raise ValueError(
            f"column {names[first]!r} of X has {int(bad[:, first].sum())} entries that are NaN or "
            f"infinite, the first in row {int(bad[:, first].argmax())}"
            f"{_others(names, bad)}; remove or fill them first"
        )
    return array.shape[1]


def _numbers(X: ArrayLike) -> NDArray:
    """Return X as an array of real numbers, of any shape."""
    try:
        return real_array(X, "X")
    except TypeError as error:
        if getattr(getattr(X, "dtype", None), "kind", "") != "O":
            raise
        text = f"{error}. The argument must be an array without strings or objects, of numbers only"
        raise TypeError(text) from None


def _others(names: NDArray, bad: NDArray) -> str:
    count = int(bad.any(axis=0).sum()) - 1
    return f" ({count} more such columns)" if count else ""


def check_names(names: NDArray | None, seen: NDArray | None, who: str) -> None:
    """Raise ValueError unless the columns have the names they had at `fit`, in the same order.

    If only one of the two had names, the order cannot be compared, and a warning says so.
    """
    if names is None and seen is None:
        return
    if names is None:
        warn_caller(f"X does not have valid feature names, but {who} was fitted with feature names")
        return
    if seen is None:
        warn_caller(f"X has feature names, but {who} was fitted without feature names")
        return
    if list(names) == list(seen):
        return
    text = "The feature names should match those that were passed during fit.\n"
    unseen = sorted(set(names) - set(seen))
    missing = sorted(set(seen) - set(names))
    if unseen:
        text += f"Feature names unseen at fit time:\n{listed(unseen)}"
    if missing:
        text += f"Feature names seen at fit time, yet now missing:\n{listed(missing)}"
    if not unseen and not missing:
        text += (
            "Feature names must be in the same order as they were in fit.\n"
            "X[estimator.feature_names_in_] brings them into that order.\n"
        )
    raise ValueError(text)


def listed(names: Sequence[str]) -> str:
    """Return the first names as lines of an error message."""
    lines = [f"- {name}\n" for name in names[:SHOWN]]
    return "".join(lines) + ("- ...\n" if len(names) > SHOWN else "")
