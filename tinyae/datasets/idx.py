"""The published MNIST digits, read from a folder: IDX files, as they are or gzipped.

The format opens with two zero bytes, a code for the type, the number of axes, and one big-endian
32-bit length for each axis; then come the values. Every one of these is verified, and so is the
exact number of bytes that follow.
"""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.nn.checks import real_dtype

UNSIGNED_BYTE = 0x08
SPLITS = {"train": "train", "test": "t10k"}


def read_idx(path: str | os.PathLike) -> NDArray[np.uint8]:
    """Return the array of unsigned bytes that an IDX file holds; gzipped if the name ends in .gz.

    Raises
    ------
    ValueError
        If the magic number, the type or the length is not what the format asks for.
    """
    path = Path(path)
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} is not a whole gzip file: {error}") from error
    if len(data) < 4 or data[:2] != b"\0\0":
        raise ValueError(f"{path} is not an IDX file: it starts with bytes {data[:4].hex(' ')}")
    if data[2] != UNSIGNED_BYTE:
        raise ValueError(f"{path} holds type {data[2]:#04x}, expected unsigned bytes (0x08)")
    axes = data[3]
    start = 4 + 4 * axes
    if axes == 0 or len(data) < start:
        raise ValueError(f"{path} is cut short: its header names {axes} axes")
    shape = tuple(int(length) for length in np.frombuffer(data[4:start], ">u4"))
    expected = int(np.prod(shape, dtype=object))
    if len(data) - start != expected:
        raise ValueError(
            f"{path} should hold {expected} values of {shape}, has {len(data) - start}"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def mnist(
    folder: str | os.PathLike, split: str = "train", *, dtype: DTypeLike = np.float64
) -> tuple[NDArray, NDArray[np.int64]]:
    """Return (images, labels) of MNIST from a folder with the published files, .gz or not.

    Parameters
    ----------
    folder : holds train-images-idx3-ubyte, train-labels-idx1-ubyte and their t10k- counterparts
    split : "train" (60 000 digits) or "test" (10 000)
    dtype : of the images, float64 or float32

    Returns
    -------
    images : (n, 784) in [0, 1], bytes divided by 255
    labels : (n,) in 0 … 9
    """
    dtype = real_dtype(dtype)
    if split not in SPLITS:
        raise ValueError(f'split must be "train" or "test", got {split!r}')
    images = read_idx(_find(folder, f"{SPLITS[split]}-images-idx3-ubyte"))
    labels = read_idx(_find(folder, f"{SPLITS[split]}-labels-idx1-ubyte"))
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ValueError(f"MNIST images are (n, 28, 28), {folder} has {images.shape}")
    if labels.max(initial=0) > 9:
        raise ValueError(f"{folder} has a label {labels.max()}; digits are 0 to 9")
    if labels.shape != (len(images),):
        raise ValueError(f"{folder} has {len(images)} images but labels of shape {labels.shape}")
    return images.reshape(len(images), 784).astype(dtype) / dtype.type(255), labels.astype(np.int64)


def _find(folder, name: str) -> Path:
    """Return the file, plain or gzipped, or say what is missing where."""
    for candidate in (Path(folder) / name, Path(folder) / f"{name}.gz"):
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(f"{folder} has neither {name} nor {name}.gz")
