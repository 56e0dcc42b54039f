"""The questions that every public function asks of its arguments before it changes anything.

Each check returns the value in the form the caller needs, or raises an error that says what came,
what was expected and what to do about it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.nn.arrays import real_array
from tinyae.nn.streams import stream

FINITE_ENTRIES = 1 << 20  # looked at in one go
SQUARES = 2.0**-8  # of the root of a dtype's largest number: 65 536 squares can be summed


def whole_number(value: object, name: str, *, least: int = 1) -> int:
    """Return `value` as an int of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(
            f"{name} must be a whole number, got {value!r:.60} of type {type(value).__name__}"
        )
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    if value > sys.maxsize:
        raise ValueError(f"{name} must be at most {sys.maxsize}, got {value}")
    return int(value)


def real_number(
    value: object,
    name: str,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    open_low: bool = False,
    open_high: bool = False,
    squared: bool = False,
) -> float:
    """Return `value` as a finite float in [low, high], without an end that is said to be open.

    A number that will be `squared`, or divided by its square, is refused where that leaves float64.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(
            f"{name} must be a number, got {value!r:.60} of type {type(value).__name__}"
        )
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{name} must be a finite number, got one beyond float64") from None
    below = number <= low if open_low else number < low
    above = number >= high if open_high else number > high
    if not np.isfinite(number) or below or above:
        interval = f"{'(' if open_low else '['}{low:g}, {high:g}{')' if open_high else ']'}"
        raise ValueError(f"{name} must be a finite number in {interval}, got {value}")
    most = root(np.float64)
    if squared and (abs(number) > most or (open_low and low == 0.0 and number < 1.0 / most)):
        raise ValueError(
            f"{name} = {value} is too far from 1: its square, or one over it, is no number of "
            "float64; give data and settings in another unit"
        )
    return number


def root(dtype: DTypeLike) -> float:
    """Return what numbers must stay below for sums of their squares to be finite in `dtype`."""
    return SQUARES * float(np.sqrt(np.finfo(dtype).max))


def truth(value: object, name: str) -> bool:
    """Return `value` as a bool if it is one."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r:.60}")
    return bool(value)


def settle(settings: object, name: str, value: object) -> None:
    """Keep the checked value of a frozen setting: a float or an int, not what merely acts as one.

    A fraction, or a number of NumPy's, passes the check, but would change the dtype of arrays.
    """
    if type(getattr(settings, name)) not in (int, float):
        object.__setattr__(settings, name, value)


def generator(rng: np.random.Generator | int, purpose: str) -> np.random.Generator:
    """Return the stream that a seed opens for `purpose` (see `streams`), or the generator itself.

    None is refused.
    """
    check_rng(rng)
    return rng if isinstance(rng, np.random.Generator) else stream(int(rng), purpose)


def given_generator(rng: object) -> np.random.Generator:
    """Return `rng` if it is a generator, for functions that go on where their caller is."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator here, got {rng!r:.60}")
    return rng


def check_rng(rng: object) -> None:
    """Raise unless `rng` is a generator or a seed."""
    if not isinstance(rng, np.random.Generator | Integral) or isinstance(rng, bool):
        raise TypeError(
            f"rng must be a seed such as 0 or a numpy.random.Generator, got {rng!r:.60}; "
            "without one no result could be had a second time"
        )
    if isinstance(rng, Integral) and rng < 0:
        raise ValueError(f"rng as a seed must be at least 0, got {rng}")


def rows_and_generator(rows: tuple, rng: object) -> tuple[tuple, np.random.Generator]:
    """Return (rows, generator), where a generator or seed may also be the last of the rows."""
    if rows and isinstance(rows[-1], np.random.Generator | Integral):
        rows, rng = rows[:-1], rows[-1]
    return rows, generator(rng, "evaluation")


def only(rows: tuple, width: int) -> ArrayLike:
    """Return the one array of `rows`, for models that train on x alone."""
    if len(rows) != 1:
        raise TypeError(f"this model trains on x of shape (n, {width}), got {len(rows)} arrays")
    return rows[0]


def takes(function: Callable, count: int) -> bool:
    """Whether a function can be called with so many arguments; True where nobody can tell."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # some built-in functions have no signature
        return True
    return True


def values_of(
    function: Callable[[NDArray], NDArray], x: NDArray, shape: tuple[int, ...], name: str
) -> NDArray:
    """Return function(x), a caller's own, after checking its shape and that it has no NaN.

    A column where a row was meant would be broadcast without a word.
    """
    if not callable(function):
        raise TypeError(f"{name} must be a function of x, got {function!r:.60}")
    value = real_array(function(x), f"what {name} returns")
    if value.shape != shape:
        raise ValueError(
            f"{name} must return shape {shape} for x of shape {x.shape}, got {value.shape}"
        )
    if np.isnan(value).any():
        raise ValueError(f"{name} returned NaN, first for {x[np.argwhere(np.isnan(value))[0][0]]}")
    return value.astype(np.float64, copy=False)


def real_dtype(dtype: DTypeLike) -> np.dtype:
    """Return `dtype` if it is float32 or float64."""
    try:
        if not isinstance(dtype, type | str | np.dtype):  # np.dtype takes None for float64
            raise TypeError
        found = np.dtype(dtype)
    except (TypeError, ValueError):
        raise TypeError(f"dtype must be float32 or float64, got {dtype!r}") from None
    if found not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise ValueError(f"dtype must be float32 or float64, got {found}")
    return found


def theta_dtype(dtype: DTypeLike) -> np.dtype:
    """Return `dtype` if it is float32, float64, or complex128 as gradcheck's copies have."""
    is_complex = isinstance(dtype, type | np.dtype) and np.dtype(dtype) == np.dtype(complex)
    named_complex = isinstance(dtype, str) and dtype in ("complex", "complex128")
    return np.dtype(complex) if is_complex or named_complex else real_dtype(dtype)


def within(array: NDArray, bound: float) -> bool:
    """Whether all |entries| <= bound, none of them NaN, looked at in blocks.

    The array may be larger than memory.
    """
    if not array.size:
        return True
    array = np.atleast_1d(array)
    step = max(1, FINITE_ENTRIES // max(1, array[:1].size))
    blocks = (array[start : start + step] for start in range(0, len(array), step))
    return all(float(b.min()) >= -bound and float(b.max()) <= bound for b in blocks)


def check_finite(array: NDArray, name: str, dtype: DTypeLike, *, squared: bool = False) -> None:
    """Raise ValueError unless all entries, or sums of their squares, are numbers of `dtype`."""
    dtype = np.dtype(dtype)
    if within(array, root(dtype) if squared else float(np.finfo(dtype).max)):
        return
    bad = np.argwhere(~np.isfinite(array))
    if not len(bad):
        highest = max(array.max(), -array.min())
        if highest <= np.finfo(dtype).max:
            raise ValueError(
                f"{name} has entries up to {highest:.3g}, whose squares go beyond {dtype}: "
                "rescale them, best to about 1"
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
) -> NDArray:
    """Return `values` as a non-empty, finite table (examples, features) of the given dtype.

    An array that already fits is returned as it is, never copied and never written to. Where its
    entries will be `squared` as they are, those too large for that are refused.
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
    check_finite(array, name, dtype, squared=squared)
    return array.astype(dtype, copy=False)


def floats(values: ArrayLike, name: str) -> NDArray:
    """Return `values` as an array of native float32, if it holds such numbers, or of float64.

    Of any shape, and not asked whether it is finite: this is for what is done entry by entry on the
    way of training, where infinite numbers are met and told as a divergence.
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
    """Return `values` as a finite array of the given shape and dtype; None leaves a length open.

    An array that already fits is returned as it is, never copied and never written to.
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
