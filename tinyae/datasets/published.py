"""The published MNIST digits, and data sets in the same form, from a folder of one's own."""

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

    They are found under the names in use: with dots or dashes, gzipped or not, in folders below
    such as MNIST/raw, or as a table mnist_train.csv with a label and 784 bytes in each line.
    Fashion-MNIST has the same names and is read in the same way.

    Parameters
    ----------
    folder : holds train-images-idx3-ubyte, train-labels-idx1-ubyte and their t10k- counterparts
    split : "train" (60 000 digits) or "test" (10 000)
    prefix : what stands before "-train-…" in the names, such as "emnist-letters". EMNIST's labels
        reach beyond 9, and its pictures are stored transposed; they are given as they are stored
    dtype : of the images, float64 or float32

    Returns
    -------
    images : (n, 784) in [0, 1], bytes divided by 255
    labels : (n,) in 0 … 9
    """
    dtype = real_dtype(dtype)
    if not isinstance(split, str) or split not in SPLITS:
        raise ValueError(f'split must be "train" or "test", got {split!r}')
    if not isinstance(prefix, str):
        raise TypeError(f'prefix must be text such as "emnist-letters", got {prefix!r}')
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
