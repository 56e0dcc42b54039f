"""Squares cut where they should be, and discs with the statistics that they promise."""

from importlib import import_module

import numpy as np
import pytest

from tinyae.checks.streams import stream
from tinyae.datasets import dead_leaves, patches

module = import_module("tinyae.datasets.patches")  # whose name is that of a function, too


def coordinates(h, w):
    """A picture whose every pixel holds its own address."""
    return np.arange(h * w, dtype=float).reshape(h, w)


def test_a_patch_is_a_square_of_its_picture():
    pictures = [coordinates(7, 9), 1000 + coordinates(5, 4)]
    for row in patches(pictures, 3, 200, rng=1):
        which = int(row[0] >= 1000)
        top, left = divmod(int(row[0]) - 1000 * which, pictures[which].shape[1])
        square = pictures[which][top : top + 3, left : left + 3]
        np.testing.assert_array_equal(row.reshape(3, 3), square)


def test_every_place_is_equally_likely():
    """Two pictures of 2·3 and 4·1 places: ten addresses, each within five standard errors."""
    n, pictures = 50_000, [coordinates(3, 4), 100 + coordinates(5, 2)]
    first, counts = np.unique(patches(pictures, 2, n)[:, 0], return_counts=True)
    assert set(first) == {0, 1, 2, 4, 5, 6, 100, 102, 104, 106}
    assert np.abs(counts / n - 0.1).max() < 5 * np.sqrt(0.09 / n)


def test_one_array_or_a_list(rng):
    images = rng.random((4, 8, 8))
    before = images.copy()
    np.testing.assert_array_equal(patches(images, 5, 20), patches(list(images), 5, 20))
    np.testing.assert_array_equal(images, before)
    whole = patches(images, 8, 30)
    assert whole.shape == (30, 64)
    assert {tuple(row) for row in whole} == {tuple(image.ravel()) for image in images}


IMAGES = np.random.default_rng(0).random((3, 9, 9))


@pytest.mark.parametrize(
    ("make", "purpose"),
    [
        (lambda **o: patches(IMAGES, 4, 6, **o), "patches"),
        (lambda **o: dead_leaves(6, 8, **o), "dead_leaves"),
    ],
)
def test_seeds_and_dtypes(make, purpose):
    np.testing.assert_array_equal(make(rng=3), make(rng=3))
    np.testing.assert_array_equal(make(rng=3), make(rng=stream(3, purpose)))
    assert not np.array_equal(make(rng=3), make(rng=4))
    assert make().dtype == np.float64 and make(dtype=np.float32).dtype == np.float32


def test_large_pictures_are_made_one_by_one(monkeypatch):
    """The memory of a block is limited, also where one picture is more than the limit."""
    sizes = []
    monkeypatch.setattr(module, "_fall", lambda n, *rest: sizes.append(n) or np.zeros((n, 8, 8)))
    for limit, expected in ((64 * 2, [2, 2, 1]), (64, [1] * 5), (10, [1] * 5)):
        monkeypatch.setattr(module, "BLOCK_PIXELS", limit)
        sizes.clear()
        dead_leaves(5, 8)
        assert sizes == expected


def test_dead_leaves_fill_the_range_and_the_picture():
    x = dead_leaves(3000, 8)
    assert x.shape == (3000, 64) and x.min() >= 0 and x.max() <= 1
    # Grey is uniform, whatever lies above: mean 1/2 and variance 1/12 at every pixel.
    assert np.abs(x.mean(axis=0) - 0.5).max() < 5 * np.sqrt(1 / 12 / 3000)
    assert np.abs(x.var(axis=0) - 1 / 12).max() < 5 * np.sqrt(1 / 180 / 3000)
    assert len(np.unique(x[0])) < 64  # a disc covers several pixels


def test_the_first_leaf_at_a_pixel_has_the_stated_radii():
    """Two pixels at distance 1, discs of one size.

    They are alike if the uppermost disc that covers either covers both: overlap / union of two
    discs whose centres are as far apart as the pixels.
    """
    r = 2.0
    x = dead_leaves(20_000, 2, radii=(r, r * (1 + 1e-9)))
    same = x[:, 0] == x[:, 1]
    overlap = 2 * r**2 * np.arccos(1 / (2 * r)) - 0.5 * np.sqrt(4 * r**2 - 1)
    wanted = overlap / (2 * np.pi * r**2 - overlap)
    assert abs(same.mean() - wanted) < 5 * np.sqrt(wanted * (1 - wanted) / len(x))


def test_the_law_of_the_radii():
    """The same for radii in r⁻³ between 1 and 8: both areas are then averages over that law."""
    x = dead_leaves(20_000, 2, radii=(1.0, 8.0))
    r = np.linspace(1.0, 8.0, 20_001)
    overlap = 2 * r**2 * np.arccos(1 / (2 * r)) - 0.5 * np.sqrt(4 * r**2 - 1)
    both, one = (overlap * r**-3).sum(), (np.pi * r**2 * r**-3).sum()
    wanted = both / (2 * one - both)
    assert abs((x[:, 0] == x[:, 1]).mean() - wanted) < 5 * np.sqrt(wanted * (1 - wanted) / len(x))


def test_statistics_of_natural_images():
    """Power falls with frequency as a power law near −2; differences have heavy tails."""
    side = 32
    image = dead_leaves(300, side).reshape(-1, side, side)
    window = np.hanning(side)
    power = (np.abs(np.fft.fft2((image - 0.5) * window[:, None] * window)) ** 2).mean(axis=0)
    frequency = np.hypot(*np.meshgrid(*2 * [np.fft.fftfreq(side)]))
    used = (frequency > 2.5 / side) & (frequency < 0.4)
    slope = np.polyfit(np.log(frequency[used]), np.log(power[used]), 1)[0]
    assert -2.8 < slope < -1.8
    step = np.diff(image, axis=2).ravel()
    assert (step**4).mean() / (step**2).mean() ** 2 > 6  # 3 for a normal, 2.4 for white noise here


BAD = {
    "no picture": (ValueError, "images is empty", lambda: patches([], 2, 3)),
    "one picture": (ValueError, r"needs images\[None\]", lambda: patches(np.ones((4, 4)), 2, 3)),
    "a colour picture": (ValueError, r"number 1 has shape \(4, 4, 3\)", lambda: patches(
        [np.ones((4, 4)), np.ones((4, 4, 3))], 2, 3)),
    "too small": (ValueError, "no square of side 5 fits into image 1", lambda: patches(
        [np.ones((5, 5)), np.ones((9, 4))], 5, 3)),
    "NaN": (ValueError, "image 0 has 16 entries that are NaN", lambda: patches(
        np.full((1, 4, 4), np.nan), 2, 3)),
    "text": (TypeError, "must hold real numbers", lambda: patches(np.full((1, 4, 4), "a"), 2, 3)),
    "side 0": (ValueError, "side must be at least 1", lambda: patches(np.ones((1, 4, 4)), 0, 3)),
    "no seed": (TypeError, "rng must be a seed", lambda: dead_leaves(3, 4, rng=None)),
    "dtype": (ValueError, "float32 or float64", lambda: dead_leaves(3, 4, dtype=int)),
    "n": (TypeError, "n must be a whole number", lambda: dead_leaves(3.0, 4)),
    "radii: one": (TypeError, r"must be \(least, greatest\)", lambda: dead_leaves(3, radii=2.0)),
    "radii: zero": (ValueError, "the least radius", lambda: dead_leaves(3, 4, radii=(0, 2))),
    "radii: order": (ValueError, "the greatest radius", lambda: dead_leaves(3, 4, radii=(2, 1))),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    error, message, action = BAD[name]
    with pytest.raises(error, match=message):
        action()
