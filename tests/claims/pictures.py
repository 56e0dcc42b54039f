"""Pictures that several claims are measured on: digits, and patches of photographs.

Each comes in two kinds: the real data from their folder, for the full form of a claim, or generated
ones, which need no data, where the folder is None.
"""

import functools

import numpy as np

from figures.experiments.photographs import photographs
from tinyae.datasets import dead_leaves, mnist, patches, strokes

SIDE = 8  # of a patch, in pixels


@functools.cache
def digits(folder, n, test):
    """n training and `test` fresh digits, x, y, fresh, labels: MNIST, or generated strokes."""
    if folder is None:
        x, y = strokes(n + test, rng=0, dtype=np.float32)
        return x[:n], y[:n], x[n:], y[n:]
    (x, y), (fresh, labels) = (
        mnist(folder / "mnist", part, dtype=np.float32) for part in ("train", "test")
    )
    # Copies: a view would keep all 70 000 in memory.
    return x[:n].copy(), y[:n].copy(), fresh[:test].copy(), labels[:test].copy()


@functools.cache
def squares(folder):
    """Training and fresh patches, grey from 0 to 1: of two thirds of the photographs and of the
    rest, so that no picture is in both; or of dead leaves.
    """
    if folder is None:
        x = dead_leaves(14_000, SIDE, rng=0, dtype=np.float32)
        return x[:12_000], x[12_000:]
    pictures = photographs(folder)
    return tuple(patches(some, SIDE, n, rng=n, dtype=np.float32)
                 for some, n in ((pictures[:46], 30_000), (pictures[46:], 4_000)))  # fmt: skip


def without_means(x, fresh):
    """Patches less their own mean, in units of their standard deviation over the training set.

    The mean of 64 pixels averages noise away all by itself; what remains is the part that has to be
    learned. Most such patches are nearly flat and some are not, which no linear map can tell.
    """
    x, fresh = (part - part.mean(axis=1, keepdims=True) for part in (x, fresh))
    return x / x.std(), fresh / x.std()
