"""What comes as an array: read where its meaning is plain, otherwise named, with the way out.

NumPy turns nearly everything into some array: it drops the mask of a masked array, reads dates as
counts and None as NaN, and makes a single object of what it does not know. Every public function
therefore reads its arrays by `real_array`, which looks at what came before NumPy converts it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from numbers import Number, Real
from os import PathLike

import numpy as np
from numpy.typing import NDArray


def real_array(values: object, name: str) -> NDArray:
    """Return `values` as a plain array of real numbers, of any shape.

    An array that is one already comes back as it is. Lists, numeric data frames, tensors in main
    memory, object arrays of numbers and masked arrays without a masked entry are converted.

    Raises
    ------
    TypeError
        If it is no array, or does not hold real numbers.
    ValueError
        If rows differ in length, entries are masked, or a number is beyond float64.
    """
    array = values if type(values) is np.ndarray else _converted(values, name)
    kind = array.dtype.kind
    if kind in "biuf":
        return array
    if kind == "O":
        return _from_objects(array, values, name)
    raise TypeError(f"{name} must hold real numbers, got {_described(array, name)}")


def kind_of(value: object) -> str:
    """Return the name of the value's type for a message; a class is called one."""
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


def length_of(value: object) -> int:
    """Return how many items a row of settings has; 0 for what is no row, such as a text or a class.

    Sets have no order. Classes, sparse arrays and arrays without an axis have no length.
    """
    if isinstance(value, str | bytes | bytearray | Mapping | Set):
        return 0
    try:
        return len(value)
    except TypeError:
        return 0


def _converted(values: object, name: str) -> NDArray:
    """Return np.asarray(values) for everything that means an array."""
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
            f"{name} must be an array, got the text {values!r:.60}; if that is a file, read it "
            "first, for instance by np.load or np.loadtxt"
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
        order = "in no order" if isinstance(values, Set) else "in turn"
        raise TypeError(
            f"{name} must be an array, got a {kind}, which hands out its items {order}; collect "
            "them in one array first, for instance by np.concatenate or np.stack"
        )
    raise TypeError(f"{name} must hold real numbers, got {values!r:.60} of type {kind}")


def _refuse_masked(values: np.ma.MaskedArray, name: str) -> None:
    masked = np.count_nonzero(np.ma.getmaskarray(values))
    if masked:
        raise ValueError(
            f"{name} has {masked} masked entries of {values.size}, and what lies under a mask is "
            "no data; fill them by x.filled(value), or keep the rows without one: "
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
    """Say how the items of a list that is no table differ."""
    shapes = [getattr(item, "shape", None) for item in values]
    if any(len(shape or ()) > 1 for shape in shapes):
        items = [str(getattr(item, "shape", kind_of(item))) for item in list(values)[:4]]
        text = f"{name} is a {type(values).__name__} of {len(shapes)} arrays: {', '.join(items)}"
        if isinstance(values, tuple):
            return f"{text}; a single array is expected here"
        return (
            f"{text}; arrays whose rows belong together are given in round brackets, as in "
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


def _from_frame(values, name: str) -> NDArray:
    """Return the numbers of a data frame, or name the column that holds none."""
    for column, dtype in zip(values.columns, values.dtypes, strict=True):
        kind = getattr(dtype, "kind", None)  # pandas' types have one
        if kind is not None and kind not in "biuf":
            raise TypeError(
                f"{name} must hold real numbers, but column {column!r} of the {_kind(values)} is "
                f"of type {dtype}; leave it out or encode it as numbers first"
            )
    array = np.asarray(values)
    if array.dtype.kind == "O":  # numbers and booleans side by side, or missing ones
        array = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return array


def _from_objects(array: NDArray, values: object, name: str) -> NDArray:
    """Return an array of objects, all of them numbers, as float64."""
    for place, item in np.ndenumerate(array):
        if not isinstance(item, Real | Decimal | np.bool_):
            where = f" at {list(place)}" if place else ""
            raise TypeError(
                f"{name} must hold real numbers, got {item!r:.60} of type {_kind(item)}{where}"
                + ("; fill or remove missing values first" if item is None else "")
            )
    try:
        return array.astype(np.float64)
    except OverflowError:
        raise ValueError(f"{name} has numbers beyond float64; rescale them") from None


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
