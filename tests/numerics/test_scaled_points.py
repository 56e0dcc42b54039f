"""A user's points scaled to the size of built-in data, and whole copies of rows."""

import numpy as np
import pytest

from tinyae.numerics.scaled_points import LINE, PLANE, ScaledPoints, whole_copies


@pytest.mark.parametrize(("d", "half_width"), [(1, LINE), (2, PLANE)])
def test_the_larger_half_width_is_the_one_asked_for(d, half_width, rng):
    X = np.array([3.0, -200.0])[:d] + np.array([5.0, 40.0])[:d] * rng.standard_normal((50, d))
    kept = X.copy()
    points = ScaledPoints.of(X, half_width)
    np.testing.assert_array_equal(X, kept)
    np.testing.assert_allclose(points.back(points.z), X)
    np.testing.assert_allclose(points.z.max(axis=0), -points.z.min(axis=0), atol=1e-12)
    assert np.abs(points.z).max() == pytest.approx(half_width)
    assert repr(points) == f"ScaledPoints(50 points in {d} dimensions, scale={points.scale:.4g})"
    for i in range(d):  # one unit of length for all axes
        assert np.ptp(X[:, i]) == pytest.approx(points.scale * np.ptp(points.z[:, i]))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_numbers_whose_squares_are_infinite_are_refused(sign):
    X = sign * np.array([[0.0, 1.0], [1.0, 2e154]])
    with pytest.raises(ValueError, match="between -1e.154 and 1e.154, got one of the size 2e.154"):
        ScaledPoints.of(X, PLANE)
    assert np.isfinite(ScaledPoints.of(X / 4, PLANE).z).all()


def test_some_points_are_different_ones_of_them(rng):
    points = ScaledPoints.of(rng.random((50, 2)), PLANE)
    some = points.some(20, rng)
    assert len(np.unique(some, axis=0)) == 20
    assert set(map(tuple, some)) <= set(map(tuple, points.z))
    assert points.some(50, rng) is points.z


def test_each_row_is_copied_equally_often(rng):
    """`np.resize` repeats the first ones more."""
    x = np.arange(7.0)[:, None]
    for rows in (3, 7, 50):
        copies = whole_copies(x, rows, rng)
        assert set(np.unique(copies, return_counts=True)[1]) == {max(1, round(rows / 7))}
    assert (whole_copies(x, 7, rng) != x).any(), "the order is random"
    assert len(set(np.unique(np.resize(x, (50, 1)), return_counts=True)[1])) == 2
