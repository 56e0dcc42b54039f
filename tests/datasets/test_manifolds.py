"""Manifolds with known tangents: the points lie where they should, and the tangents are slopes."""

import numpy as np
import pytest

from tinyae.checks.streams import stream
from tinyae.datasets import curves, rotations, soften, strokes, switching_parts, translations

STEP = 1e-5


@pytest.fixture(scope="module")
def image():
    return soften(strokes(1)[0].reshape(28, 28), 1.0)


@pytest.mark.parametrize("peaks", [0, 3])
def test_curves(peaks):
    x, tangents = curves(400, switches=3, turns=0.4, peaks=peaks, d=9, rng=0)
    assert x.shape == (400, 9) and tangents.shape == (400, 1, 9)
    # Coordinates: the axes come from the same generator, in the order of A and B.
    axes = np.linalg.qr(stream(0, "curves").standard_normal((9, 6)))[0].T
    z = x @ axes.T
    np.testing.assert_allclose(np.hypot(z[:, 0], z[:, 1]), 1.5, rtol=1e-12)
    np.testing.assert_allclose(np.abs(z[:, 3:]), 1, rtol=1e-12)
    assert len(np.unique(z[:, 3:].round(), axis=0)) == 8
    np.testing.assert_allclose(z @ axes, x, atol=1e-12)
    t = np.arctan2(z[:, 0], z[:, 1])
    assert np.abs(t).max() <= 0.4 * np.pi < np.abs(t).max() + 0.05
    height = 0.5 * np.cos(peaks * t / 0.4) if peaks else np.zeros(400)
    np.testing.assert_allclose(z[:, 2], height, atol=1e-12)
    slope = tangents[:, 0] @ axes.T
    np.testing.assert_allclose(slope[:, 0], z[:, 1], atol=1e-12)
    np.testing.assert_allclose(slope[:, 1], -z[:, 0], atol=1e-12)
    up = -0.5 * peaks / 0.4 * np.sin(peaks * t / 0.4)
    np.testing.assert_allclose(slope[:, 2], up, atol=1e-9)


def test_curves_noise_is_added_to_the_points_alone():
    clean, T = curves(50, rng=3)
    noisy, U = curves(50, noise=0.1, rng=3)
    np.testing.assert_array_equal(T, U)
    assert (noisy - clean).std() == pytest.approx(0.1, rel=0.05)


def test_switching_parts():
    x, tangents = switching_parts(300, parts=2, rng=0)
    assert x.shape == (300, 196) and tangents.shape == (300, 1, 196)
    images = x.reshape(300, 14, 14)
    on = images[:, 2, 2] > 0.5  # the first patch, seldom reached by the blob
    assert 0.3 < on.mean() < 0.7
    # The blob alone: what differs between two pictures with the same patches lies on a 1-D curve,
    # whose slope by differences of nearly equal blobs is the tangent.
    alone, slope = switching_parts(2000, parts=0, rng=1)
    centre = (alone * np.tile(np.arange(14), 14)).sum(axis=1) / alone.sum(axis=1)
    order = np.argsort(centre)
    a, b = order[1000], order[1010]
    secant = (alone[b] - alone[a]) / (centre[b] - centre[a])
    middle = 0.5 * (slope[a, 0] + slope[b, 0])
    np.testing.assert_allclose(secant, middle, atol=0.02 * np.abs(middle).max())
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 2, rtol=2e-3)


@pytest.mark.parametrize("odd", [False, True])
def test_translations(image, odd):
    image = image[1:, 1:] if odd else image
    side = len(image)
    whole, _ = translations(image, [[0, 0], [2, -1]])
    np.testing.assert_allclose(whole[0], image.ravel(), atol=1e-14)
    rolled = np.roll(image, (2, -1), axis=(0, 1)).ravel()
    np.testing.assert_allclose(whole[1], rolled, atol=1e-13)
    shifts = np.array([[0.3, -1.2], [2.0, 1.0], [0.5, 0.5]])
    _, tangents = translations(image, shifts)
    assert tangents.shape == (3, 2, side * side)
    for i, e in enumerate(np.eye(2)):
        up, down = (translations(image, shifts + s * e)[0] for s in (STEP, -STEP))
        np.testing.assert_allclose((up - down) / (2 * STEP), tangents[:, i], atol=1e-9)


@pytest.mark.parametrize("odd", [False, True])
def test_rotations(image, odd):
    image = image[1:, 1:] if odd else image
    turned, _ = rotations(image, [0.0, np.pi / 2, np.pi])
    quarter = np.rot90(image, -1)  # from the right to below
    for found, wanted in zip(turned, (image, quarter, image[::-1, ::-1]), strict=True):
        np.testing.assert_allclose(found, wanted.ravel(), atol=1e-12)
    angles = np.array([0.3, -0.7])
    _, tangents = rotations(image, angles)
    assert tangents.shape == (2, 1, image.size)
    up, down = (rotations(image, angles + s)[0] for s in (STEP, -STEP))
    np.testing.assert_allclose((up - down) / (2 * STEP), tangents[:, 0], atol=1e-9)


def test_soften(image):
    point = np.zeros((21, 21))
    point[10, 10] = 1.0
    blurred = soften(point, 1.5)
    y, x = np.indices(point.shape) - 10
    wanted = np.exp(-(y**2 + x**2) / (2 * 1.5**2)) / (2 * np.pi * 1.5**2)
    np.testing.assert_allclose(blurred, wanted, atol=1e-6)
    np.testing.assert_allclose(soften(image, 0.0), image, atol=1e-15)


BAD = {
    "no room": (ValueError, "d >= 8, got 7", lambda: curves(5, d=7)),
    "noise": (ValueError, "noise", lambda: curves(5, noise=-1.0)),
    "turns": (ValueError, "turns", lambda: curves(5, turns=0.0)),
    "peaks": (ValueError, "peaks must be at least 0", lambda: curves(5, peaks=-1)),
    "parts": (ValueError, "at most 6 parts", lambda: switching_parts(5, parts=7)),
    "seed": (TypeError, "rng must be a seed", lambda: switching_parts(5, rng=None)),
    "an image as a row": (ValueError, "image must have two axes", lambda: translations(np.ones(9), [[0, 0]])),
    "one shift": (ValueError, "shifts must have two axes", lambda: translations(np.eye(3), [0, 0])),
    "angles": (ValueError, "NaN", lambda: rotations(np.eye(3), [np.nan])),
}  # fmt: skip
# ruff: noqa: E501 (a case a line)


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    error, message, action = BAD[case]
    with pytest.raises(error, match=message):
        action()
