"""Digits for the claims that speak of pictures."""

import functools

import numpy as np
import pytest

from tinyae.datasets import mnist, strokes


@functools.cache
def pictures(folder):
    """Training and fresh digits with labels: MNIST from its folder, or generated strokes."""
    if folder is None:
        x, y = strokes(4500, rng=0, dtype=np.float32)
        return x[:2500], y[:2500], x[2500:], y[2500:]
    x, y = mnist(folder / "mnist", "train", dtype=np.float32)
    return x[:12_000], y[:12_000], *mnist(folder / "mnist", "test", dtype=np.float32)


@pytest.fixture
def digits(full, request):
    """MNIST in full, strokes in the reduced form, which needs no data."""
    return pictures(request.getfixturevalue("data_folder") if full else None)
