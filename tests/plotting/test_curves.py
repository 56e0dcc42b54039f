"""The curve r(x) of one number: the diagonal, where r crosses it, and what is refused."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from tinyae import Autoencoder
from tinyae.plotting import reconstruction_curve
from tinyae.plotting.curves import crossings


def test_the_points_where_r_crosses_the_diagonal_and_its_slopes():
    x = np.linspace(-2, 2, 7)
    r = x + 0.5 * np.interp(x, [-2, 0, 2], [1, -1, 1])  # crosses at -1 downwards, at 1 upwards
    zeros, slopes = crossings(x, r)
    np.testing.assert_allclose(zeros, [-1, 1])
    np.testing.assert_allclose(slopes, [0.5, 1.5])


def test_a_crossing_at_one_of_the_points_is_found_once():
    x = np.array([-1.0, 0.0, 1.0])
    for slope in (0.25, 3.0):
        zeros, slopes = crossings(x, slope * x)
        np.testing.assert_allclose([*zeros, *slopes], [0.0, slope])


def test_a_curve_that_only_touches_the_diagonal_does_not_cross_it():
    x = np.linspace(-1, 1, 5)
    for r in (x + x**2, x, x + 1, x - np.array([0, 0, 0, 0, 1.0])):
        assert crossings(x, r)[0].size == 0


def test_filled_circles_are_crossings_with_a_slope_below_one():
    x = np.linspace(-2, 2, 401)
    ax = reconstruction_curve(x, x - 0.2 * np.sin(np.pi * x))
    at = {line.get_label(): line for line in ax.lines}
    assert list(at) == ["r(x) = x", "learned r(x)", "slope below 1", "slope above 1"]
    np.testing.assert_allclose(at["slope below 1"].get_xdata(), [0.0], atol=1e-4)
    np.testing.assert_allclose(at["slope above 1"].get_xdata(), [-1.0, 1.0], atol=1e-4)
    np.testing.assert_allclose(at["r(x) = x"].get_xydata(), [[-2, -2], [2, 2]])
    assert to_rgba(at["slope above 1"].get_markerfacecolor()) == to_rgba("white")
    assert to_rgba(at["slope below 1"].get_markerfacecolor()) == to_rgba("C0")
    assert ax.get_aspect() == 1


def test_a_model_in_place_of_r_and_a_second_curve_without_a_diagonal():
    model, ax = Autoencoder.dense((1, 3), rng=0), Figure().add_subplot()
    x = np.linspace(-1, 1, 11)
    kept = x.copy()
    assert reconstruction_curve(x, 0.5 * x, ax=ax) is ax
    before = len(ax.lines)
    reconstruction_curve(x[:, None], model, label="a model", color="C2", reference=False, ax=ax)
    own = [line.get_label() for line in ax.lines[before:] if line.get_label()[0] != "_"]
    assert own == ["a model"] and (x == kept).all()
    np.testing.assert_array_equal(ax.lines[before].get_ydata(), model.reconstruct(x[:, None])[:, 0])


@pytest.mark.parametrize(
    "x, r, message",
    [
        ([0.0, 0.0, 1.0], [0, 0, 0], "increasing"),
        ([1.0], [1.0], "at least two"),
        ([0.0, 1.0], [0.0], "r has 1 numbers for 2 of x"),
        ([0.0, np.nan], [0.0, 1.0], "x"),
        ([[0.0, 1.0]], [0.0, 1.0], "x has 2 features"),
        ([2.0, 1.0], [2.0, 1.0], "increasing"),
    ],
)
def test_what_is_no_curve_is_refused(x, r, message):
    with pytest.raises(ValueError, match=message):
        reconstruction_curve(x, r)


def test_what_is_no_label_or_color_is_refused():
    with pytest.raises(TypeError, match="label must be a text"):
        reconstruction_curve([0, 1], [0, 1], label=3)
    with pytest.raises(ValueError, match="color must be one color"):
        reconstruction_curve([0, 1], [0, 1], color="nocolor")
