"""Real pictures are read from a folder, for figures that are drawn from them (`--data FOLDER`).

There is one function for each file that the folder may hold. All pictures are returned in float32,
with values from 0 to 1. An error says what a file should hold and what was found.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SCENES = "cbsd68_gray.npz"
OBJECTS = "coil20_32x32_1000.npz"
FACE = "frey.npz"
COLOUR = "cifar10_4000.npz"


def photographs(folder: str | Path) -> list[NDArray]:
    """Return the pictures in FOLDER/cbsd68_gray.npz, each (h, w).

    These are the 68 grey photographs of the Berkeley set on which denoising is usually measured.
    The file holds one array of bytes for each, because their sizes differ.

    Raises
    ------
    ValueError
        If the file is missing or does not hold pictures. All functions here raise it.
    """
    path, arrays = _arrays(folder, SCENES)
    if not arrays:
        raise ValueError(f"{path} must hold pictures (h, w) of bytes, found nothing")
    return [_shades(arrays[key], path, key, ("h", "w")) for key in sorted(arrays)]


def turned_objects(folder: str | Path) -> list[NDArray]:
    """Return the objects in FOLDER/coil20_32x32_1000.npz, each as (views, h, w).

    The views of an object are in the order in which it turns. The file is COIL-20: `x` (n, h, w)
    holds the pictures, `obj` (n,) the object of each, and `view` (n,) the step of the turntable,
    counted from 0.
    """
    path, arrays = _arrays(folder, OBJECTS, "x", "obj", "view")
    x = _shades(arrays["x"], path, "x", ("n", "h", "w"))
    which, view = (_whole(arrays[key], path, key, len(x)) for key in ("obj", "view"))
    objects = []
    for one in np.unique(which):
        own = np.flatnonzero(which == one)
        own = own[np.argsort(view[own])]
        if (view[own] != np.arange(len(own))).any():
            raise ValueError(f"{path} must hold views 0, 1, 2, … of each object; of object {one} "
                             f"it holds {view[own].tolist()}")  # fmt: skip
        objects.append(x[own])
    return objects


def filmed_face(folder: str | Path, frames: slice) -> NDArray:
    """Return some frames (n, h, w) of `x` in FOLDER/frey.npz, a film of Brendan Frey's face."""
    path, arrays = _arrays(folder, FACE, "x")
    x = _shades(arrays["x"], path, "x", ("n", "h", "w"))
    if len(x) < frames.stop:
        raise ValueError(f"{path} must hold {frames.stop} frames or more, found {len(x)}")
    return x[frames]


def colour_pictures(folder: str | Path) -> NDArray:
    """Return the pictures (n, h, w, 3), `x` in FOLDER/cifar10_4000.npz; labels are not read."""
    path, arrays = _arrays(folder, COLOUR, "x")
    return _shades(arrays["x"], path, "x", ("n", "h", "w", 3))


def _arrays(folder: str | Path, name: str, *keys: str) -> tuple[Path, dict[str, NDArray]]:
    """Read the arrays `keys` of FOLDER/NAME, or all arrays without keys; return path and arrays."""
    path = Path(folder) / name
    if not path.is_file():
        raise ValueError(f"there is no {name} in {folder}: give the folder that holds it")
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is no archive of arrays, as numpy.savez writes them")
    with np.load(path) as file:
        missing = [key for key in keys if key not in file]
        if missing:
            raise ValueError(
                f"{path} must hold {', '.join(keys)}; {', '.join(missing)} is missing, found "
                f"{', '.join(file) or 'nothing'}"
            )
        return path, {key: file[key] for key in keys or file}


def _shades(x: NDArray, path: Path, key: str, shape: tuple) -> NDArray:
    """Return bytes as values from 0 to 1, after a check of their shape.

    A number in `shape` is the required size of that axis; a string is the name of a free axis.
    """
    fits = x.ndim == len(shape) and all(
        isinstance(want, str) or want == size for want, size in zip(shape, x.shape, strict=True)
    )
    if x.dtype != np.uint8 or not fits or not x.size:
        raise ValueError(
            f"{path} must hold pictures ({', '.join(map(str, shape))}) of bytes, found {x.dtype} "
            f"of shape {x.shape} as {key}"
        )
    return x.astype(np.float32) / 255


def _whole(values: NDArray, path: Path, key: str, n: int) -> NDArray:
    """Return `values` after a check that they are whole numbers, one for each of n pictures."""
    if values.shape != (n,) or values.dtype.kind not in "iu":
        raise ValueError(
            f"{path} must hold a whole number for each of {n} pictures as {key}, found "
            f"{values.dtype} of shape {values.shape}"
        )
    return values
