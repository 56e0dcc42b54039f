"""Numbers of types other than NumPy's usual ones, read as float64: objects and long floats."""

from __future__ import annotations

from decimal import Decimal
from numbers import Real

import numpy as np
from numpy.typing import NDArray


def from_objects(array: NDArray, values: object, name: str) -> NDArray:
    """Return an object array of numbers as float64; raise TypeError for another item.

    `values` is what the user gave; `name` is for messages.

    Raises
    ------
    TypeError, ValueError
        If an item is no real number, or is too large for float64.
    """
    for place, item in np.ndenumerate(array):
        if not isinstance(item, Real | Decimal | np.bool_):
            where = f" at {list(place)}" if place else ""
            raise TypeError(
                f"{name} must hold real numbers, got {item!r:.60} of type "
                f"{type(item).__name__}{where}"
                + ("; fill or remove missing values first" if item is None else "")
            )
    try:
        return array.astype(np.float64)
    except OverflowError:
        raise ValueError(f"{name} has numbers beyond float64; rescale them") from None


def from_longdouble(array: NDArray, name: str) -> NDArray:
    """Return an array of a longer floating type as float64.

    Raises
    ------
    ValueError
        If a finite number is too large for float64.
    """
    with np.errstate(over="ignore", under="ignore"):
        converted = array.astype(np.float64)
    if (np.isinf(converted) & ~np.isinf(array)).any():
        raise ValueError(f"{name} has numbers beyond float64; rescale them")
    return converted
