"""Pictures of curves: what is drawn is the spline through the three points, and nothing else."""

import numpy as np
import pytest

from tinyae.checks.streams import stream
from tinyae.datasets import drawn_curves
from tinyae.datasets.drawn_curves import HALF_WIDTH, PLACES, _spline
from tinyae.datasets.strokes import ink


@pytest.mark.parametrize("dtype", [np.float32, np.float64, "float32"])
@pytest.mark.parametrize("n", [1, 31, 32, 33, np.int64(5)])
def test_form(n, dtype):
    images, points = drawn_curves(n, rng=3, dtype=dtype)
    assert images.shape == (n, 784) and points.shape == (n, 3, 2)
    assert images.dtype == points.dtype == np.dtype(dtype)
    assert images.min() == 0 and images.max() == 1
    assert (images.max(axis=1) == 1).all()  # a picture left out of its block would be blank


def test_default_is_a_thousand_float64():
    images, points = drawn_curves()
    assert images.shape == (1000, 784) and images.dtype == points.dtype == np.float64


def test_same_seed_same_bits():
    (images, points), (again, _) = drawn_curves(50, rng=7), drawn_curves(50, rng=7)
    np.testing.assert_array_equal(images, again)
    drawn, _ = drawn_curves(50, rng=stream(7, "drawn_curves"))
    np.testing.assert_array_equal(images, drawn)
    single, same = drawn_curves(50, rng=7, dtype=np.float32)
    np.testing.assert_allclose(single, images, atol=1e-6)
    np.testing.assert_allclose(same, points, rtol=1e-6)
    assert np.abs(drawn_curves(50, rng=8)[0] - images).max() == 1


@pytest.mark.slow
def test_the_edge_is_paper_and_the_points_are_uniform():
    images, points = drawn_curves(3000, rng=1)
    pictures = images.reshape(-1, 28, 28)
    for edge in (pictures[:, 0], pictures[:, -1], pictures[:, :, 0], pictures[:, :, -1]):
        assert not edge.any()
    low, high = PLACES
    flat = np.sort((points.reshape(-1, 6) - low) / (high - low), axis=0)
    assert np.abs(flat - np.linspace(0, 1, len(flat))[:, None]).max() < 0.04
    assert np.abs(np.corrcoef(points.reshape(-1, 6).T) - np.eye(6)).max() < 0.1


def test_the_ink_runs_through_the_points_in_x_and_y():
    images, points = drawn_curves(200, rng=2)
    pictures = images.reshape(-1, 28, 28)
    near = np.rint(points).astype(int)  # half a pixel's diagonal from the point at most
    each = np.arange(len(points))[:, None]
    assert pictures[each, near[..., 1], near[..., 0]].min() > 1.5 - np.sqrt(0.5) - 0.03
    assert pictures[each, near[..., 0], near[..., 1]].min() == 0  # x and y exchanged


@pytest.mark.slow
def test_ink_is_the_distance_from_the_curve():
    """The pixels again, from a thousand points along each curve."""
    images, points = drawn_curves(6, rng=5)
    t = np.linspace(0, 2, 1001)
    fine = np.stack([np.interp(t, np.linspace(0, 2, 65), column) for column in _spline().T], axis=1)
    path = fine @ points
    y, x = np.mgrid[:28, :28]
    pixels = np.stack([x.ravel(), y.ravel()], axis=1)
    distance = np.linalg.norm(path[:, :, None] - pixels, axis=3).min(axis=1)
    wanted = np.clip(HALF_WIDTH + 0.5 - distance, 0, 1)
    assert np.abs(images - wanted).max() < 0.1 and np.abs(images - wanted).mean() < 2e-3


def test_it_is_the_natural_cubic_spline():
    interpolate = pytest.importorskip("scipy.interpolate")
    wanted = interpolate.CubicSpline([0, 1, 2], np.eye(3), bc_type="natural")
    np.testing.assert_allclose(_spline(), wanted(np.linspace(0, 2, 65)), atol=1e-14)


def test_six_numbers_are_needed():
    """Every one of them changes the picture, so the tangent space has six dimensions."""
    _, points = drawn_curves(20, rng=4)

    def drawn(points):
        return ink(_spline() @ points, np.full(len(points), HALF_WIDTH)).astype(float)

    slopes = []
    for i in range(6):
        step = np.zeros(6)
        step[i] = 0.05
        step = step.reshape(3, 2)
        slopes.append((drawn(points + step) - drawn(points - step)) / 0.1)
    singular = np.linalg.svd(np.stack(slopes, axis=1), compute_uv=False)
    assert np.median(singular[:, -1]) > 0.3


BAD = {
    "no pictures": (ValueError, "n must be at least 1", lambda: drawn_curves(0)),
    "half a picture": (TypeError, "n must be", lambda: drawn_curves(1.5)),
    "no seed": (TypeError, "rng must be", lambda: drawn_curves(2, rng=None)),
    "dtype": (ValueError, "float32 or float64", lambda: drawn_curves(2, dtype=int)),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    error, message, action = BAD[name]
    with pytest.raises(error, match=message):
        action()
