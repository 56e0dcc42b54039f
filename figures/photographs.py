"""Photographs in the place of generated pictures, for the figures that take them: `--data FOLDER`.

The folder holds cbsd68_gray.npz: the 68 photographs of the Berkeley set that denoising is measured
on, in grey, one array of bytes each.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = "cbsd68_gray.npz"


def photographs(folder: str | Path) -> list[NDArray]:
    """Return the pictures in FOLDER/cbsd68_gray.npz, each (h, w), float32, grey from 0 to 1.

    Raises
    ------
    ValueError
        If the file is not there, or holds something else than pictures.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        raise ValueError(f"there is no {FILE} in {folder}: give the folder that holds it")
    with np.load(path) as file:
        pictures = [file[key] for key in sorted(file)]
    wrong = [p for p in pictures if p.ndim != 2 or p.dtype != np.uint8]
    if wrong or not pictures:
        found = f"{wrong[0].dtype} of shape {wrong[0].shape}" if wrong else "nothing"
        raise ValueError(f"{path} must hold pictures (h, w) of bytes, found {found}")
    return [p.astype(np.float32) / 255 for p in pictures]
