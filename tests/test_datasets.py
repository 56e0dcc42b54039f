"""Curves where they should be, and IDX files read exactly or refused."""

import gzip
import struct

import numpy as np
import pytest

from tinyae.datasets import (
    curve,
    mnist,
    read_idx,
    spiral,
    spiral_curve,
    three_points,
    wave_curve,
)


@pytest.mark.parametrize(
    ("points", "on_curve", "limits"),
    [(spiral, spiral_curve, (3, 15)), (curve, wave_curve, (-np.pi, np.pi))],
)
def test_points_lie_on_their_curve(points, on_curve, limits):
    dense = on_curve(np.linspace(*limits, 20_001))
    x = points(500)
    assert x.shape == (500, 2)
    distance = np.sqrt(((x[:, None] - dense[None]) ** 2).sum(axis=2).min(axis=1))
    assert distance.max() < 1e-3
    noisy = points(500, noise=0.02)
    assert 0.018 < (noisy - x).std() < 0.022
    np.testing.assert_array_equal(points(10, rng=3), points(10, rng=3))
    assert not np.array_equal(points(10, rng=3), points(10, rng=4))


def test_spiral_noise_has_the_stated_size():
    assert np.std(spiral(20_000, noise=0.03) - spiral(20_000)) == pytest.approx(0.03, rel=0.02)


def test_three_points():
    np.testing.assert_array_equal(three_points(5)[:, 0], [-0.5, 0, 0.5, -0.5, 0])
    np.testing.assert_array_equal(three_points(spacing=2.0)[:, 0], [-2, 0, 2])


def idx(array, *, magic=None, tail=b""):
    head = magic or struct.pack(">BBBB", 0, 0, 8, array.ndim)
    return head + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes() + tail


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for stem, n in (("train", 7), ("t10k", 4)):
        images = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        labels = rng.integers(0, 10, n, dtype=np.uint8)
        (tmp_path / f"{stem}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (tmp_path / f"{stem}-labels-idx1-ubyte").write_bytes(idx(labels))
    return tmp_path


def test_reading(folder):
    raw = read_idx(folder / "train-images-idx3-ubyte.gz")
    x, y = mnist(folder)
    assert x.shape == (7, 784) and x.dtype == np.float64 and y.dtype == np.int64
    np.testing.assert_array_equal(x, raw.reshape(7, 784) / 255)
    np.testing.assert_array_equal(y, read_idx(folder / "train-labels-idx1-ubyte"))
    assert mnist(folder, "test", dtype=np.float32)[0].dtype == np.float32
    assert mnist(folder, "test")[0].shape == (4, 784)


ARRAY = np.arange(6, dtype=np.uint8).reshape(2, 3)
BROKEN = {
    "empty": (b"", "not an IDX file"),
    "wrong magic": (idx(ARRAY, magic=b"\1\0\x08\2"), "not an IDX file"),
    "other type": (idx(ARRAY, magic=b"\0\0\x0d\2"), "expected unsigned bytes"),
    "no axes": (b"\0\0\x08\0", "cut short"),
    "cut in the header": (idx(ARRAY)[:9], "cut short"),
    "cut in the data": (idx(ARRAY)[:-1], "should hold 6 values"),
    "too long": (idx(ARRAY, tail=b"\0"), "should hold 6 values"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused(tmp_path, name):
    data, message = BROKEN[name]
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(ValueError, match=message):
        read_idx(tmp_path / "a")
    (tmp_path / "a.gz").write_bytes(gzip.compress(data))
    with pytest.raises(ValueError, match=message):
        read_idx(tmp_path / "a.gz")


def test_broken_gzip_is_refused(tmp_path):
    whole = gzip.compress(idx(ARRAY))
    for data in (whole[:-6], b"plain text", whole[:15] + b"\xff\xff" + whole[17:]):
        (tmp_path / "a.gz").write_bytes(data)
        with pytest.raises(ValueError, match="not a whole gzip file"):
            read_idx(tmp_path / "a.gz")


def test_images_and_labels_must_fit(folder):
    labels = folder / "t10k-labels-idx1-ubyte"
    labels.write_bytes(idx(np.zeros(5, np.uint8)))
    with pytest.raises(ValueError, match="4 images but labels of shape"):
        mnist(folder, "test")
    labels.write_bytes(idx(np.full(4, 10, np.uint8)))
    with pytest.raises(ValueError, match="has a label 10"):
        mnist(folder, "test")
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(ARRAY)))
    with pytest.raises(ValueError, match="MNIST images are"):
        mnist(folder, "test")
