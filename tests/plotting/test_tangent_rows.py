"""Pictures beside their tangents: where each is drawn, its scale, and what is refused."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from tinyae import Autoencoder, tangents
from tinyae.plotting import save_figure, tangent_images


def drawn(ax):
    """The pixels of the only picture in the axes."""
    (image,) = ax.images
    return np.asarray(image.get_array())


def test_each_row_has_a_picture_and_then_its_tangents(rng):
    X, T = rng.random((3, 6)), rng.standard_normal((3, 2, 6))
    kept = X.copy(), T.copy()
    pixels = drawn(tangent_images(X, T, shape=(2, 3)))
    assert pixels.shape == (3 * 2 + 2 * 2, 3 * 3 + 2 * 2)
    for i in range(3):
        row = pixels[4 * i : 4 * i + 2]
        np.testing.assert_allclose(row[:, :3], X[i].reshape(2, 3))
        for j in range(2):
            grey = row[:, 5 * (j + 1) : 5 * (j + 1) + 3]
            wanted = 0.5 + 0.5 * T[i, j].reshape(2, 3) / np.abs(T[i, j]).max()
            np.testing.assert_allclose(grey, wanted)
    assert (X == kept[0]).all() and (T == kept[1]).all()


def test_pixels_that_do_not_change_are_mid_grey_on_any_scale():
    T = np.array([[[0.0, 3e-9, 0.0, -1e-9]], [[0.0, 0.0, 0.0, 0.0]]])
    pixels = drawn(tangent_images(np.zeros((2, 4)), T))
    np.testing.assert_allclose(pixels[:2, 4:], [[0.5, 1.0], [0.5, 0.5 - 1 / 6]])
    np.testing.assert_allclose(pixels[4:, 4:], 0.5)


def test_tangents_of_a_model_are_drawn_with_labels(tmp_path, rng):
    model, X = Autoencoder.dense((16, 5), rng=0), rng.random((4, 16))
    figure = Figure()
    ax = figure.add_subplot()
    T, _ = tangents(model, X, 3)
    assert tangent_images(X, T, labels=list("abcd"), most=2, ax=ax) is ax
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    assert drawn(ax).shape == (4 * 2 + 2, 4 * 4 + 3 * 2)
    assert save_figure(ax, tmp_path / "a.png").stat().st_size > 1000


def test_pictures_on_the_scale_that_is_told():
    pixels = drawn(tangent_images([[-1.0, 1.0, 0.0, 0.5]], np.ones((1, 1, 4)), vrange=(-1, 1)))
    np.testing.assert_allclose(pixels[:, :2], [[0.0, 1.0], [0.5, 0.75]])


@pytest.mark.parametrize(
    "X, T, options, message",
    [
        (np.zeros((2, 4)), np.zeros((2, 4)), {}, "T must have"),
        (np.zeros((2, 4)), np.zeros((2, 1, 5)), {}, "T must have"),
        (np.zeros((2, 4)), np.zeros((3, 1, 4)), {}, "T must have"),
        (np.zeros((2, 2, 2, 3)), np.zeros((2, 1, 12)), {}, "in colour"),
        (np.full((1, 4), 200.0), np.zeros((1, 1, 4)), {}, "divide bytes by 255"),
        (np.zeros((2, 4)), np.zeros((2, 1, 4)), {"labels": ["a"]}, "labels must be"),
        (np.zeros((2, 4)), np.zeros((2, 1, 4)), {"labels": "ab"}, "labels must be"),
        (np.zeros((2, 5)), np.zeros((2, 1, 5)), {}, "no square picture"),
    ],
)
def test_what_cannot_be_drawn_is_refused(X, T, options, message):
    with pytest.raises(ValueError, match=message):
        tangent_images(X, T, **options)
