"""Vector fields and ellipses: where arrows end, and which points lie on an ellipse."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from tinyae.plotting import ellipses, reconstruction_curve, save_figure, style, vector_field
from tinyae.plotting.fields import half_axes


def test_arrows_end_at_x_plus_the_field(rng):
    x, field = rng.standard_normal((2, 6, 2))
    kept = x.copy(), field.copy()
    ax = vector_field(x, field, stretch=0.5)
    (arrows,) = ax.collections
    np.testing.assert_allclose(arrows.XY, x)
    np.testing.assert_allclose(np.stack([arrows.U, arrows.V], axis=1) / arrows.scale, 0.5 * field)
    assert arrows.angles == arrows.scale_units == "xy" and ax.get_aspect() == 1
    assert (x == kept[0]).all() and (field == kept[1]).all()


def test_whole_arrows_are_within_the_axes():
    ax = vector_field([[0, 0], [0, 1]], [[5, 0], [-5, 0]], stretch=2.0)
    low, high = ax.get_xlim()
    assert low < -10 and high > 10


def test_what_is_no_color_is_refused():
    for wrong in (3.0, None, ["C1", "C2"], "nocolor"):
        with pytest.raises(ValueError, match="color must be one color"):
            vector_field(np.eye(2), np.eye(2), color=wrong)
        with pytest.raises(ValueError, match="color must be one color"):
            ellipses(np.eye(2), [np.eye(2)] * 2, color=wrong)


def test_axes_are_drawn_into_and_returned(tmp_path, rng):
    figure = Figure()
    ax = figure.add_subplot()
    assert vector_field(np.eye(2), np.eye(2), color="C2", ax=ax) is ax
    assert ellipses(np.eye(2), [np.eye(2)] * 2, ax=ax) is ax and len(ax.collections) == 2
    assert save_figure(ax, tmp_path / "a.png").stat().st_size > 1000


def test_an_ellipse_holds_the_points_of_equal_density(rng):
    A = rng.standard_normal((5, 2, 2))
    covariances = A @ np.swapaxes(A, 1, 2)
    half, turn = half_axes(covariances)
    assert (half[:, 0] > half[:, 1]).all()
    angle = np.radians(turn)
    for t in np.linspace(0, 6, 7):
        a, b = half[:, 0] * np.cos(t), half[:, 1] * np.sin(t)
        x = np.stack([a * np.cos(angle) - b * np.sin(angle),
                      a * np.sin(angle) + b * np.cos(angle)], axis=1)  # fmt: skip
        distance = (x * np.linalg.solve(covariances, x[:, :, None])[:, :, 0]).sum(axis=1)
        np.testing.assert_allclose(distance, 1.0)
        wrong = x * [1, -1]  # turned to the other side
        distance = (wrong * np.linalg.solve(covariances, wrong[:, :, None])[:, :, 0]).sum(axis=1)
        assert t == 0 or np.abs(distance - 1).max() > 0.1


def test_what_is_drawn_of_an_ellipse():
    ax = ellipses([[1.0, 2.0]], [[[4.0, 0.0], [0.0, 1.0]]], deviations=3.0)
    (shape,) = ax.collections
    assert shape.get_widths() == pytest.approx(12) and shape.get_heights() == pytest.approx(6)
    assert shape.get_angles() % 180 == pytest.approx(0)
    np.testing.assert_allclose(shape.get_offsets(), [[1.0, 2.0]])
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert left < -5 and right > 7 and bottom < -1 and top > 5


def test_a_flat_ellipse_is_drawn():
    half, turn = half_axes(np.array([[[1.0, 1.0], [1.0, 1.0]]]))
    np.testing.assert_allclose(half, [[2**0.5, 0.0]], atol=1e-7)
    assert turn % 180 == pytest.approx(45)


@pytest.mark.parametrize(
    "wrong", [[[1.0, 0.5], [0.2, 1.0]], [[1.0, 2.0], [2.0, 1.0]], [[-1.0, 0.0], [0.0, 1.0]]]
)
def test_what_is_no_covariance_is_refused(wrong):
    with pytest.raises(ValueError, match="symmetric and without negative eigenvalues; number 1 is"):
        ellipses(np.zeros((2, 2)), [np.eye(2), wrong])


def test_shapes_and_numbers_are_checked():
    x = np.zeros((3, 2))
    for arguments, options in (
        ((x, x[:2]), {}), ((np.zeros((3, 3)), np.zeros((3, 3))), {}), ((x, x), {"stretch": 0.0}),
        ((x, x), {"width": -1.0}), ((x, x + np.nan), {}),
    ):  # fmt: skip
        with pytest.raises(ValueError):
            vector_field(*arguments, **options)
    with pytest.raises(ValueError):
        ellipses(x, np.zeros((2, 2, 2)))
    with pytest.raises(ValueError):
        ellipses(x, [np.eye(2)] * 3, deviations=0)
    with pytest.raises(TypeError, match="one matplotlib Axes"):
        vector_field(x, x, ax=Figure())


@pytest.mark.parametrize("draw", [
    lambda x, ax: vector_field(x, 0.1 * x, ax=ax),
    lambda x, ax: ellipses(x, np.tile(np.diag([1e-4, 100.0]), (len(x), 1, 1)), ax=ax),
    lambda x, ax: reconstruction_curve(np.sort(x[:, 0]), x[:, 1], ax=ax),
])  # fmt: skip
def test_a_new_figure_of_very_different_coordinates_is_no_strip(draw, rng):
    x = rng.random((30, 2)) * [1.0, 1000.0]
    ax = draw(x, None)
    ax.figure.draw_without_rendering()
    box = ax.get_window_extent()
    assert box.width > 0.8 * box.height
    unit = ax.transData.transform([(0, 0), (1, 1)])
    np.testing.assert_allclose(*(unit[1] - unit[0]))
    with style():
        given = Figure(figsize=(5, 3)).add_subplot()
    assert draw(x, given) is given and given.get_adjustable() == "box"
