"""An object in a file: its description, and its arrays."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tinyae.files.archive_files import write_archive
from tinyae.files.building import Building, UnknownClassError
from tinyae.files.classes import own_classes
from tinyae.files.objects import Description


def write_object(
    path: str | os.PathLike,
    thing: object,
    known: Mapping[str, type],
    more: Mapping[str, object] | None = None,
    others: Mapping[str, NDArray] | None = None,
) -> Path:
    """Write an object and return the path, to which ".npz" is appended if it is missing.

    Parameters
    ----------
    path : of the file
    thing : the object
    known : tinyae's classes by name
    more : what else JSON shall hold, under other names than "object"
    others : arrays that do not belong to the object, under names that it does not use

    Raises
    ------
    TypeError
        If the object holds something that a file cannot hold, such as a function.
    OSError
        If the folder does not exist or cannot be written to.
    """
    description = Description(thing, known)
    header = {**(more or {}), "object": description.json}
    return write_archive(path, header, {**description.arrays, **(others or {})})


def object_in(
    header: Mapping[str, object],
    arrays: Mapping[str, NDArray],
    known: Mapping[str, type],
    classes: Collection[type] = (),
    *,
    others: Collection[str] = (),
) -> Any:
    """Return the object that `write_object` wrote with this header and these arrays.

    Arrays named in `others` may be there without belonging to the object.

    Raises
    ------
    ValueError
        If they do not describe an object, or if a class is missing.
    """
    described = header["object"]
    if not isinstance(described, dict) or "class" not in described:
        raise ValueError("it holds no object")
    building = Building(arrays, known, own_classes(classes))
    try:
        made = building.value(described)
    except (UnknownClassError, MemoryError):
        raise
    except Exception as error:  # a wrong description can cause any exception
        reason = error if isinstance(error, ValueError) else repr(error)
        raise ValueError(f"it does not describe an object: {reason}") from error
    unused = arrays.keys() - building.used - set(others)
    if unused:
        raise ValueError(f"it has an array that belongs to nothing: {', '.join(sorted(unused))}")
    return made


def check_class(header: Mapping[str, object], *names: str) -> None:
    """Raise ValueError unless the object that a header describes is of a class of these names."""
    described = header.get("object")
    found = described.get("class") if isinstance(described, dict) else None
    if found not in names:
        raise ValueError(
            f"it holds {'nothing' if found is None else f'an object of class {found!s:.60}'}"
        )
