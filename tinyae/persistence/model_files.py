"""Saving a model, an estimator or a hash table in one file and loading it. There is no code in it.

The file is an .npz of arrays with a header that describes the object (`tinyae.files`): the names of
its classes, its settings and where each array belongs. A checksum detects a damaged or altered
file. `load` makes objects of the classes of tinyae (`classes.py`) and of those that it is given,
and of no others.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from tinyae.files.archive_files import read_archive
from tinyae.files.building import UnknownClassError
from tinyae.files.classes import own_classes
from tinyae.files.object_files import object_in, write_object
from tinyae.files.paths import npz_path
from tinyae.persistence.first_format import build


def save(model: object, path: str | os.PathLike) -> Path:
    """Write a model to `path` (".npz" is appended if missing) and return that path.

    An existing file is replaced as a whole and keeps its permissions. If an error occurs, it is not
    changed. If `path` is a symbolic link, the file it points to is replaced.

    Parameters
    ----------
    model : a model of any class, a layer such as the Chain that `stack` returns, an estimator,
        fitted or not, or a `HammingTable`. Layers, units, settings and models of your own classes
        are written by the name of the class and by their attributes. What `fit` keeps for its next
        call is not written: after loading, an optimizer begins anew
    path : of the file

    Raises
    ------
    TypeError
        If there is a function in the model, such as a lambda as a schedule, because the file
        contains no code, or another object that is not made of numbers, texts and arrays.
    ValueError
        If parameters are NaN or infinite.
    OSError
        If the folder does not exist or cannot be written to; `save` does not create folders.
    """
    if isinstance(model, type) or not hasattr(model, "__dict__"):
        raise TypeError(f"save writes models and estimators, got {model!r:.60}")
    theta = getattr(model, "theta", None)
    if theta is not None and getattr(theta, "dtype", None) is not None and theta.dtype.kind == "c":
        raise TypeError("save takes a real model, got a complex copy, which only gradcheck uses")
    if hasattr(model, "check_packed"):
        model.check_packed()
    if isinstance(theta, np.ndarray) and not np.isfinite(theta).all():
        raise ValueError("this model has parameters that are NaN or infinite; load would refuse it")
    return write_object(path, model, _known())


def load(path: str | os.PathLike, *, classes: Collection[type] = ()) -> Any:
    """Return the model that `save` wrote to `path` (".npz" is appended if missing).

    All sizes are compared before anything is built, so a damaged or malicious file cannot make
    `load` allocate more memory than twice the size of the file, and 128 MB for arrays of texts.

    Parameters
    ----------
    path : of the file
    classes : your own classes that occur in the model, such as [MyUnit]. They are found by their
        names, and their objects are made without their constructors, except for estimators and for
        dataclasses that keep no more than their constructor takes

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file was not written by `save`, is incomplete or altered, or has a newer format, or
        if it needs a class that is not given.
    """
    own_classes(classes)
    header, arrays = read_archive(path, "model")
    path = npz_path(path)
    try:
        if "encoder" in header:  # the header of format version 1 has no object
            return build(header, arrays)
        if header.keys() != {"object"}:
            found = header.get("kind") or ", ".join(sorted(header))  # a checkpoint has a kind
            raise ValueError(f"it holds {found!s:.80}, expected one object")
        return object_in(header, arrays, _known(), classes)
    except UnknownClassError as error:
        raise ValueError(f"{path} cannot be loaded: {error}") from error
    except ValueError as error:
        raise ValueError(f"{path} does not describe a model: {error}") from error


def _known() -> dict[str, type]:
    """Return the classes that a file can name, by name."""
    # Imported here, because they are in all packages, most of which a program does not need.
    from tinyae.persistence.classes import KNOWN

    return KNOWN
