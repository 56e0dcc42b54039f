"""Reading the published MNIST digits, and data sets of the same form, from a folder."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.checks.numbers import real_dtype
from tinyae.datasets.idx import read_idx
from tinyae.datasets.mnist_files import SPLITS, find_digits
from tinyae.datasets.mnist_table import read_table

FORMS = ((28, 28), (784,), (28, 28, 1))  # of one image


def mnist(
    folder: str | os.PathLike,
    split: str = "train",
    *,
    prefix: str = "",
    dtype: DTypeLike = np.float64,
) -> tuple[NDArray, NDArray[np.int64]]:
    """Return (images, labels) of MNIST from a folder with the published files.

    The files are found under all usual names: with dots or dashes, gzipped or not, in subfolders
    such as MNIST/raw, or as a table mnist_train.csv with a label and 784 bytes in each row.
    Fashion-MNIST has the same file names and is read in the same way.

    Parameters
    ----------
    folder : the folder with train-images-idx3-ubyte, train-labels-idx1-ubyte and the same with t10k
    split : "train" (60 000 digits) or "test" (10 000)
    prefix : the part of the names before "-train-…", such as "emnist-letters". The labels of EMNIST
        may be greater than 9. Its images are stored transposed and are returned as stored
    dtype : dtype of the images, float64 or float32

    Returns
    -------
    images : array (n, 784) in [0, 1], the bytes divided by 255
    labels : array (n,) of whole numbers from 0 to 9

    Raises
    ------
    OSError
        If there is no such folder, or it does not hold the files.
    ValueError
        If a file is damaged or does not hold digits.
    """
    dtype = real_dtype(dtype)
    if not isinstance(split, str) or split not in SPLITS:
        raise ValueError(f'split must be "train" or "test", got {split!r}')
    if not isinstance(prefix, str):
        raise TypeError(f'prefix must be a string such as "emnist-letters", got {prefix!r}')
    paths = find_digits(folder, split, prefix)
    images, labels = read_table(*paths) if len(paths) == 1 else map(read_idx, paths)
    where = paths[0].parent
    if images.shape[1:] not in FORMS:
        raise ValueError(f"MNIST images are (n, 28, 28), {paths[0]} has {images.shape}")
    for name, values, path in (("images", images, paths[0]), ("labels", labels, paths[-1])):
        if values.dtype.kind not in "iu":
            raise ValueError(f"MNIST's {name} are whole numbers, {path} has {values.dtype}")
    low, high = images.min(initial=0), images.max(initial=0)
    if low < 0 or high > 255:
        raise ValueError(f"{paths[0]} has pixels from {low} to {high}; bytes are 0 to 255")
    if labels.min(initial=0) < 0 or (not prefix and labels.max(initial=0) > 9):
        wrong = labels.min(initial=0) if labels.min(initial=0) < 0 else labels.max()
        raise ValueError(f"{where} has a label {wrong}; digits are 0 to 9")
    if labels.shape != (len(images),):
        raise ValueError(f"{where} has {len(images)} images but labels of shape {labels.shape}")
    scaled = images.reshape(len(images), 784).astype(dtype)
    scaled /= dtype.type(255)
    return scaled, labels.astype(np.int64)
