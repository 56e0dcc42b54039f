"""Reading arrays: what clearly is an array of numbers is converted, all else is an error.

NumPy turns nearly every object into some array: it ignores the mask of a masked array, reads dates
as counts and None as NaN, and puts an unknown object into an array of one entry. Every public
function therefore reads its arrays by `real_array`, which looks at the argument before NumPy
converts it. The error says what was given and how to convert it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from numbers import Number
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.items import from_longdouble, from_objects


def real_array(values: object, name: str) -> NDArray:
    """Return `values` as a plain array of real numbers, of any shape.

    An array of real numbers is returned as it is, but one of longdouble as float64. Lists, numeric
    data frames, tensors in main memory, object arrays of numbers and masked arrays without a masked
    entry are converted.

    Raises
    ------
    TypeError
        If `values` is no array, or does not hold real numbers.
    ValueError
        If rows differ in length, entries are masked, or a number is too large for float64.
    """
    array = values if type(values) is np.ndarray else _converted(values, name)
    kind = array.dtype.kind
    if kind in "biuf":
        return array if array.dtype.itemsize <= 8 else from_longdouble(array, name)
    if kind == "O":
        return from_objects(array, values, name)
    raise TypeError(f"{name} must hold real numbers, got {_described(array, name)}")


def kind_of(value: object) -> str:
    """Return the name of the value's type for an error message, "the class …" for a class."""
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


def length_of(value: object) -> int:
    """Return the number of items in a sequence of settings, or 0 if `value` is no sequence.

    Strings, mappings, sets, classes, sparse arrays and arrays without an axis count as no sequence.
    """
    if isinstance(value, str | bytes | bytearray | Mapping | Set):
        return 0
    try:
        return len(value)  # type: ignore[arg-type]  # the error is what is asked for
    except TypeError:
        return 0


def _converted(values: object, name: str) -> NDArray:
    """Return np.asarray(values) if `values` clearly is an array, else raise an error."""
    kind = type(values).__name__
    if isinstance(values, np.ndarray):
        if isinstance(values, np.ma.MaskedArray):
            _refuse_masked(values, name)
        return np.asarray(values)
    if isinstance(values, type):
        raise TypeError(f"{name} must be an array of numbers, got the class {values.__name__}")
    if hasattr(values, "toarray"):
        raise TypeError(f"{name} is sparse ({kind}), a dense array is needed: x.toarray()")
    if isinstance(values, str | bytes | bytearray | PathLike):
        raise TypeError(
            f"{name} must be an array, got the string {values!r:.60}; if that is the name of a "
            "file, read it first, for instance by np.load or np.loadtxt"
        )
    if isinstance(values, Mapping):
        keys = ", ".join(repr(key) for key in list(values)[:4])
        raise TypeError(f"{name} must be an array, got a {kind} of {keys}; pass one of its arrays")
    if hasattr(values, "__next__"):
        raise TypeError(
            f"{name} must be an array, got a {kind}, which can be read only once; collect its rows "
            "first: np.array(list(rows))"
        )
    if hasattr(values, "columns") and hasattr(values, "dtypes"):
        return _from_frame(values, name)
    if hasattr(values, "__array__") or hasattr(values, "__array_interface__"):
        try:
            return np.asarray(values)
        except Exception as error:
            raise TypeError(
                f"{name} is a {kind} that NumPy cannot read; a tensor is passed as "
                f"x.detach().cpu().numpy() ({error})"
            ) from None
    if isinstance(values, Sequence):
        return _from_sequence(values, name)
    if isinstance(values, Number):
        return np.asarray(values)
    if hasattr(values, "__iter__") or hasattr(values, "__getitem__"):
        order = "in no fixed order" if isinstance(values, Set) else "one by one"
        raise TypeError(
            f"{name} must be an array, got a {kind}, which gives its items {order}; collect "
            "them in one array first, for instance by np.concatenate or np.stack"
        )
    raise TypeError(f"{name} must hold real numbers, got {values!r:.60} of type {kind}")


def _refuse_masked(values: np.ma.MaskedArray, name: str) -> None:
    masked = np.count_nonzero(np.ma.getmaskarray(values))
    if masked:
        raise ValueError(
            f"{name} has {masked} masked entries of {values.size}, and masked entries are no "
            "data; fill them by x.filled(value), or keep the rows without masked entries: "
            f"x[~x.mask{'.any(axis=1)' if values.ndim > 1 else ''}].data"
        )


def _from_sequence(values: Sequence, name: str) -> NDArray:
    for item in values:
        if hasattr(item, "toarray"):
            raise TypeError(
                f"{name} is a list of sparse rows ({type(item).__name__}); a dense array is "
                "needed: scipy.sparse.vstack(rows).toarray()"
            )
        if isinstance(item, np.ma.MaskedArray):
            _refuse_masked(item, f"{name} is a list; an item of it")
    try:
        return np.asarray(values)
    except Exception:
        raise ValueError(_ragged(values, name)) from None


def _ragged(values: Sequence, name: str) -> str:
    """Return a message that says how the items of a ragged list differ."""
    shapes = [getattr(item, "shape", None) for item in values]
    if any(len(shape or ()) > 1 for shape in shapes):
        items = [str(getattr(item, "shape", kind_of(item))) for item in list(values)[:4]]
        text = f"{name} is a {type(values).__name__} of {len(shapes)} arrays: {', '.join(items)}"
        if isinstance(values, tuple):
            return f"{text}; a single array is expected"
        return (
            f"{text}; to train on several arrays, give them as a tuple in round brackets, as in "
            "fit(model, (X, y))"
        )
    lengths = [len(item) if hasattr(item, "__len__") else 1 for item in values]
    other = next((i for i, length in enumerate(lengths) if length != lengths[0]), None)
    if other is None:
        return f"{name} must be a table: rows of equal length, all of numbers"
    return (
        f"{name} must have rows of equal length: row 0 has {lengths[0]} entries, "
        f"row {other} has {lengths[other]}"
    )


def _from_frame(values: Any, name: str) -> NDArray:
    """Return the numbers of a data frame; raise TypeError for a column of another type."""
    for column, dtype in zip(values.columns, values.dtypes, strict=True):
        kind = getattr(dtype, "kind", None)  # of a pandas type
        if kind is not None and kind not in "biuf":
            raise TypeError(
                f"{name} must hold real numbers, but column {column!r} of the {_kind(values)} is "
                f"of type {dtype}; leave it out or encode it as numbers first"
            )
    array = np.asarray(values)
    if array.dtype.kind == "O":  # columns of numbers and of booleans, or missing entries
        array = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return array


def _described(array: NDArray, name: str) -> str:
    kind, dtype = array.dtype.kind, array.dtype
    if kind == "c":
        return f"complex ones ({dtype}); x.real leaves the imaginary parts out"
    if kind in "US":
        first = f", such as {str(array.flat[0])!r:.40}" if array.size else ""
        return f"text{first}; if it means numbers, convert it by np.asarray(x, dtype=float)"
    if kind in "Mm":
        return (
            f"dates or spans of time ({dtype}); count them in a unit first, as in "
            "(x - x.min()) / np.timedelta64(1, 'D')"
        )
    if dtype.names:
        return f"records with the fields {', '.join(dtype.names)}; pass a plain array of columns"
    return f"an array of dtype {dtype}"


def _kind(value: object) -> str:
    return type(value).__name__
