"""Checks of single numbers, truth values and dtypes."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from numbers import Integral, Real

import numpy as np
from numpy.typing import DTypeLike


def whole_number(value: object, name: str, *, least: int = 1) -> int:
    """Return `value` as an int of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(
            f"{name} must be a whole number, got {value!r:.60} of type {type(value).__name__}"
        )
    value = int(value)
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    if value > sys.maxsize:
        raise ValueError(f"{name} must be at most {sys.maxsize}, got {value}")
    return value


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
    """Return `value` as a finite float in [low, high].

    `open_low` and `open_high` exclude an end of the interval. `squared` says that the number will
    be squared, or divided by its square; it is an error if the result is not a float64 number.
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
            f"{name} = {value} is too far from 1: its square, or one over its square, is "
            "beyond float64; give data and settings in another unit"
        )
    return number


def root(dtype: DTypeLike) -> float:
    """Return the bound below which sums of squares of numbers are finite in `dtype`."""
    return SQUARES * float(np.sqrt(np.finfo(dtype).max))


SQUARES = 2.0**-8  # of the root of a dtype's largest number: 65 536 squares can be summed


def truth(value: object, name: str) -> bool:
    """Return `value` as a bool if it is one."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r:.60}")
    return bool(value)


def settle(settings: object, name: str, value: object) -> None:
    """Store the checked value of a setting in its frozen dataclass, as a Python float or int.

    A `Fraction` or a NumPy number also passes the checks, but it would change the dtype of arrays.
    """
    if type(getattr(settings, name)) not in (int, float):
        object.__setattr__(settings, name, value)


def takes(function: Callable, count: int) -> bool:
    """Whether a function can be called with `count` arguments; True if that is unknown."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # some built-in functions have no signature
        return True
    return True


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
    """Return `dtype` if it is float32, float64, or complex128, the dtype of gradcheck's copies."""
    is_complex = isinstance(dtype, type | np.dtype) and np.dtype(dtype) == np.dtype(complex)
    named_complex = isinstance(dtype, str) and dtype in ("complex", "complex128")
    return np.dtype(complex) if is_complex or named_complex else real_dtype(dtype)
