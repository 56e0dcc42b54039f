"""Checks of arrays. Every public function checks its arguments before it changes anything.

Each check returns the value in the form the caller needs, or raises an error that says what was
given, what was expected and what to do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.numbers import root

FINITE_ENTRIES = 1 << 20  # entries in a block
SUMMED = 2.0**-20  # of the largest number; sums of a million such entries are finite


def values_of(
    function: Callable[[NDArray], NDArray], x: NDArray, shape: tuple[int, ...], name: str
) -> NDArray:
    """Return function(x) of a user's function after checking its shape and that it has no NaN.

    Without the check, an array of shape (n, 1) in place of (n,) would be broadcast silently.
    """
    if not callable(function):
        raise TypeError(f"{name} must be a function of x, got {function!r:.60}")
    value = real_array(function(x), f"what {name} returns")
    if value.shape != shape:
        raise ValueError(
            f"{name} must return shape {shape} for x of shape {x.shape}, got {value.shape}"
        )
    if value.size and np.isnan(value.min()):
        raise ValueError(f"{name} returned NaN, first for {x[np.argwhere(np.isnan(value))[0][0]]}")
    return value.astype(np.float64, copy=False)


def within(array: NDArray, bound: float) -> bool:
    """Whether no entry is NaN and all |entries| <= bound.

    The entries are read in blocks, so the array may be larger than memory.
    """
    if not array.size:
        return True
    array = np.atleast_1d(array)
    step = max(1, FINITE_ENTRIES // max(1, array[:1].size))
    blocks = (array[start : start + step] for start in range(0, len(array), step))
    return all(float(b.min()) >= -bound and float(b.max()) <= bound for b in blocks)


def check_finite(
    array: NDArray, name: str, dtype: DTypeLike, *, squared: bool = False, summed: bool = True
) -> None:
    """Raise ValueError unless all entries fit into `dtype`.

    With `summed`, sums of a million entries must fit, too, and with `squared` their squares.
    """
    dtype = np.dtype(dtype)
    largest = float(np.finfo(dtype).max) * (SUMMED if summed else 1.0)
    if within(array, root(dtype) if squared else largest):
        return
    bad = np.argwhere(~np.isfinite(array))
    if not len(bad):
        highest = max(array.max(), -array.min())
        if highest <= np.finfo(dtype).max:
            what = "squares" if squared else "sums"
            raise ValueError(
                f"{name} has entries up to {highest:.3g}, whose {what} go beyond {dtype}: "
                "rescale them to about 1"
            )
        raise ValueError(f"{name} has entries beyond {dtype}: {highest:g}; rescale them")
    if array.ndim == 2:
        place = f"row {bad[0][0]}, column {bad[0][1]}"
    else:
        place = f"at index {', '.join(map(str, bad[0]))}"
    raise ValueError(
        f"{name} has {len(bad)} entries that are NaN or infinite, the first {place}; "
        "remove or fill them first"
    )


def table(
    values: ArrayLike,
    name: str,
    *,
    width: int | None = None,
    dtype: DTypeLike,
    squared: bool = False,
    summed: bool = True,
) -> NDArray:
    """Return `values` as a non-empty, finite table (examples, features) of the given dtype.

    An array that already fits is returned as it is; it is never copied and never written to. With
    `squared`, entries whose squares are too large for the dtype are an error, and with `summed`
    those of which the sum of a million is.
    """
    array = real_array(values, name)
    if array.ndim != 2:
        got = f"shape {array.shape}" if array.ndim else f"the single number {array}"
        raise ValueError(
            f"{name} must have two axes (examples, features), got {got}; "
            "a single example needs x[None, :], images need x.reshape(len(x), -1)"
        )
    if array.size == 0:
        raise ValueError(f"{name} is empty: its shape is {array.shape}; give at least one example")
    if width is not None and array.shape[1] != width:
        raise ValueError(
            f"{name} has {array.shape[1]} features per example, but {width} were expected; "
            f"its shape is {array.shape}"
        )
    check_finite(array, name, dtype, squared=squared, summed=summed)
    return array.astype(dtype, copy=False)


def floats(values: ArrayLike, name: str) -> NDArray:
    """Return `values` as an array of native float32 if they are float32, else of float64.

    The shape is not checked, and neither is whether entries are finite: noise and outputs use this
    during training, where infinite numbers are detected later and reported as a divergence.
    """
    array = real_array(values, name)
    dtype = np.float32 if array.dtype == np.float32 else np.float64
    return array if array.dtype.isnative and array.dtype == dtype else array.astype(dtype)


def shaped(
    values: ArrayLike,
    name: str,
    shape: tuple[int | None, ...],
    *,
    dtype: DTypeLike = np.float64,
    squared: bool = False,
) -> NDArray:
    """Return `values` as a finite array of the given shape and dtype; None allows any length.

    An array that already fits is returned as it is; it is never copied and never written to.
    """
    array = real_array(values, name)
    fits = array.ndim == len(shape) and all(
        wanted in (None, length) for wanted, length in zip(shape, array.shape, strict=True)
    )
    if not fits:
        lengths = ["any length" if length is None else str(length) for length in shape]
        wanted = f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
        raise ValueError(f"{name} must have shape {wanted}, got {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} is empty: its shape is {array.shape}")
    check_finite(array, name, dtype, squared=squared)
    return array.astype(dtype, copy=False)
