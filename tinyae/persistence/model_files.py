"""Saving an autoencoder in one file and loading it again. The file contains no code.

The file is an .npz with three entries: `header`, a JSON text that describes the layers and
settings; `theta`, all parameters; and `digest`, a checksum of both, by which a damaged or altered
file is detected. `load` compares all sizes before it builds anything (modules `archive` and
`header`). `save` writes a complete new file and then replaces the old one (`replacement.py`).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np

from tinyae.checks.tables import within
from tinyae.files.archive import Archive
from tinyae.files.paths import check_file, npz_path
from tinyae.files.replacement import replacing
from tinyae.models.autoencoder import Autoencoder
from tinyae.persistence.header import LONGEST_HEADER, build, describe


def save(model: Autoencoder, path: str | os.PathLike) -> Path:
    """Write the model to `path` (".npz" is appended if missing) and return that path.

    An existing file is replaced as a whole and keeps its permissions. If an error occurs, it is not
    changed. If `path` is a symbolic link, the file it points to is replaced.

    Raises
    ------
    TypeError
        If the model has a layer or setting that is not tinyae's, or a setting that is a function,
        because the file contains no code. Such a model can be pickled instead.
    OSError
        If the folder does not exist or cannot be written to; `save` does not create folders.
    """
    if type(model) is not Autoencoder:
        raise TypeError(
            f"save writes an Autoencoder, got {type(model).__name__}; other models can be pickled"
        )
    if model.theta.dtype.kind != "f":
        raise TypeError("save takes a real model, got a complex copy, which only gradcheck uses")
    model.check_packed()
    path = npz_path(path)
    header = describe(model)
    # Files are little-endian on all machines, because the checksum does not state the byte order.
    theta = model.theta.astype(model.theta.dtype.newbyteorder("<"), copy=False)
    digest = _digest(header)
    digest.update(theta)
    with replacing(path) as stream:
        np.savez(
            stream,
            header=np.array(header),
            theta=theta,
            digest=np.array(digest.hexdigest()),
        )
    return path


def load(path: str | os.PathLike) -> Autoencoder:
    """Return the model that `save` wrote to `path` (".npz" is appended if missing).

    All sizes are compared before anything is built, so a damaged or malicious file cannot make
    `load` allocate more memory than the size of the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file was not written by `save`, is incomplete or altered, or has a newer version.
    """
    given, path = path, npz_path(path)
    check_file(given, path, "model")
    with open(path, "rb") as stream:
        try:
            archive = Archive(stream)
            if set(archive.entries) != {"header", "theta", "digest"}:
                names = ", ".join(sorted(archive.entries)) or "nothing"
                raise ValueError(f"it holds {names}, expected header, theta and digest")
            header, digest = archive.text("header", LONGEST_HEADER), archive.text("digest", 64)
        except ValueError as error:
            raise ValueError(f"{path} is not a whole tinyae model file: {error}") from error
        theta = archive.entries["theta"]
        try:
            model = build(header, theta.dtype, theta.count if len(theta.shape) == 1 else -1)
        except MemoryError:  # the file has the right size, but memory is too small
            raise
        except Exception as error:  # a wrong description can cause any exception
            reason = error if isinstance(error, ValueError) else repr(error)
            raise ValueError(f"{path} does not describe a model: {reason}") from error
        found = _digest(header)
        try:
            archive.fill("theta", model.theta, found)
        except ValueError as error:
            raise ValueError(f"{path} is not a whole tinyae model file: {error}") from error
    if found.hexdigest() != digest:
        raise ValueError(f"{path} was altered after it was saved: its checksum does not match")
    if not within(model.theta, float(np.finfo(model.theta.dtype).max)):
        raise ValueError(f"{path} has parameters that are NaN or infinite; they must be finite")
    return model


def _digest(header: str):
    """Return a checksum object updated with the header; the bytes of theta follow."""
    return hashlib.sha256(header.encode())
