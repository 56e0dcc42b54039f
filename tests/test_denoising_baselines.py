"""What the denoisers are measured against: the median filter and the best linear map."""

import numpy as np
import pytest

from figures.fig_denoising import LinearDenoiser, median_filter, squared_error
from tinyae import GaussianNoise


def test_median_of_nine(rng):
    x = rng.random((4, 49))
    before = x.copy()
    filtered = median_filter(x).reshape(4, 7, 7)
    image = x.reshape(4, 7, 7)
    assert filtered[1, 3, 4] == np.median(image[1, 2:5, 3:6])
    # At a corner the edge is continued: the corner counts four times, its neighbours twice.
    nine = [*4 * [image[2, 0, 0]], *2 * [image[2, 0, 1]], *2 * [image[2, 1, 0]], image[2, 1, 1]]
    assert filtered[2, 0, 0] == np.median(nine)
    np.testing.assert_array_equal(x, before)


def test_median_against_scipy(rng):
    ndimage = pytest.importorskip("scipy.ndimage")
    x = rng.random((3, 100))
    wanted = [ndimage.median_filter(row.reshape(10, 10), 3, mode="nearest").ravel() for row in x]
    np.testing.assert_array_equal(median_filter(x), wanted)


def test_the_best_linear_map_is_wieners(rng):
    """On normal data N(μ, C) under noise σ it is r(x̃) = μ + C (C + σ²I)⁻¹ (x̃ − μ)."""
    A, mean, sigma = rng.standard_normal((4, 4)), rng.standard_normal(4), 0.7
    x = rng.standard_normal((40_000, 4)) @ A + mean
    fresh = GaussianNoise(sigma).corrupt(x[:500], rng)
    C = A.T @ A
    wanted = mean + (fresh - mean) @ np.linalg.solve(C + sigma**2 * np.eye(4), C)
    found = LinearDenoiser(x, GaussianNoise(sigma), rng).reconstruct(fresh)
    np.testing.assert_allclose(found, wanted, atol=0.05)
    assert squared_error(x[:500], found) < 0.9 * squared_error(x[:500], fresh)
