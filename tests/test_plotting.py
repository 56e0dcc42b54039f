"""Pictures: the right pixels, labelled axes, equal bytes, no global state."""

import matplotlib
import numpy as np
import pytest

from tinyae import History
from tinyae.plotting import filters, learning_curves, reconstructions, save_figure, tile


def test_tile():
    images = np.arange(3 * 4).reshape(3, 2, 2) / 12
    grid = tile(images, 2, gap=1)
    assert grid.shape == (5, 5)
    np.testing.assert_array_equal(grid[:2, 3:], images[1])
    np.testing.assert_array_equal(grid[3:, :2], images[2])
    assert (grid[2] == 1).all() and (grid[3:, 3:] == 1).all()


def test_filters_are_scaled_one_by_one(rng):
    W = rng.normal(size=(16, 5)) * np.array([1, 10, 100, 0, 1])
    image = filters(W, columns=5).axes[0].images[0].get_array()
    for k in (0, 1, 2):
        tile_k = image[:, 6 * k : 6 * k + 4]
        np.testing.assert_allclose(
            tile_k, 0.5 + 0.5 * W[:, k].reshape(4, 4) / np.abs(W[:, k]).max()
        )
    assert (image[:, 18:22] == 0.5).all()


def test_reconstructions_show_the_rows_given(rng):
    x, r = rng.random((4, 9)), rng.random((4, 9))
    figure = reconstructions(x, [("ours", r)])
    assert [axes.get_ylabel() for axes in figure.axes] == ["original", "ours"]
    np.testing.assert_array_equal(figure.axes[1].images[0].get_array()[:, :3], r[0].reshape(3, 3))
    assert figure.axes[0].images[0].get_clim() == (0, 1)


def test_learning_curves():
    histories = {"a": History([3.0, 2.0], [4.0, 3.0]), "b": History([2.5, 2.4])}
    axes = learning_curves(histories).axes[0]
    assert axes.get_xlabel() == "epoch" and axes.get_ylabel()
    assert [list(line.get_ydata()) for line in axes.lines] == [[3, 2], [4, 3], [2.5, 2.4]]


def test_refusals(rng):
    with pytest.raises(ValueError, match="no square picture"):
        filters(rng.random((15, 3)))
    with pytest.raises(ValueError, match="3 pictures for 4 originals"):
        reconstructions(rng.random((4, 9)), [("ours", rng.random((3, 9)))])
    with pytest.raises(ValueError, match="no finished epoch"):
        learning_curves({"a": History()})


def test_equal_pictures_give_equal_bytes_and_settings_are_left_alone(tmp_path, rng):
    before = dict(matplotlib.rcParams)
    x = rng.random((4, 9))
    for kind in ("svg", "png"):
        files = [
            save_figure(reconstructions(x, [("r", x)]), tmp_path / f"{i}.{kind}") for i in "ab"
        ]
        assert files[0].read_bytes() == files[1].read_bytes()
    assert dict(matplotlib.rcParams) == before
