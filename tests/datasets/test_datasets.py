"""Curves where they should be, with the noise that was asked for."""

import numpy as np
import pytest

from tinyae.datasets import (
    curve,
    spiral,
    spiral_curve,
    three_points,
    wave_curve,
)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("points", "on_curve", "limits"),
    [(spiral, spiral_curve, (3, 15)), (curve, wave_curve, (-np.pi, np.pi))],
)
def test_points_lie_on_their_curve(points, on_curve, limits):
    dense = on_curve(np.linspace(*limits, 20_001))
    x = points(500)
    assert x.shape == (500, 2)
    distance = np.sqrt(((x[::5, None] - dense[None]) ** 2).sum(axis=2).min(axis=1))
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
