"""Real pictures in the place of generated ones, for the figures that take them: `--data FOLDER`.

One function for each file that the folder may hold. Every picture comes back in float32, from 0 to
1, and what a file should have held and did not is said.
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

    The 68 photographs of the Berkeley set that denoising is measured on, in grey: one array of
    bytes for each, as their sizes differ.

    Raises
    ------
    ValueError
        If the file is not there, or holds something else than pictures. So do all functions here.
    """
    path, arrays = _arrays(folder, SCENES)
    if not arrays:
        raise ValueError(f"{path} must hold pictures (h, w) of bytes, found nothing")
    return [_shades(arrays[key], path, key, ("h", "w")) for key in sorted(arrays)]


def turned_objects(folder: str | Path) -> list[NDArray]:
    """Return the objects in FOLDER/coil20_32x32_1000.npz, each (views, h, w), in turning order.

    COIL-20: `x` (n, h, w) has the pictures, `obj` (n,) says of which object, `view` (n,) at which
    step of the turntable, from 0 on.
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
    """Return these frames (n, h, w) of FOLDER/frey.npz, `x`: a film of Brendan Frey's face."""
    path, arrays = _arrays(folder, FACE, "x")
    x = _shades(arrays["x"], path, "x", ("n", "h", "w"))
    if len(x) < frames.stop:
        raise ValueError(f"{path} must hold {frames.stop} frames or more, found {len(x)}")
    return x[frames]


def colour_pictures(folder: str | Path) -> NDArray:
    """Return the pictures (n, h, w, 3) in FOLDER/cifar10_4000.npz, `x`; labels are left alone."""
    path, arrays = _arrays(folder, COLOUR, "x")
    return _shades(arrays["x"], path, "x", ("n", "h", "w", 3))


def _arrays(folder: str | Path, name: str, *keys: str) -> tuple[Path, dict[str, NDArray]]:
    """Read these arrays of FOLDER/NAME, or all; return them with the path."""
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
    """Bytes as shades from 0 to 1, after a look at the form: a number in it must be that number."""
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
    """Whole numbers, one for each of n pictures."""
    if values.shape != (n,) or values.dtype.kind not in "iu":
        raise ValueError(
            f"{path} must hold a whole number for each of {n} pictures as {key}, found "
            f"{values.dtype} of shape {values.shape}"
        )
    return values
