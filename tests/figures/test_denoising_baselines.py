"""The two denoisers that a denoising autoencoder is compared with."""

import numpy as np
import pytest

from figures.experiments.denoising_baselines import LinearDenoiser, mean_and_variance, median_filter
from tinyae import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.applications.digits import squared_error

CORRUPTIONS = (GaussianNoise(0.4), MaskingNoise(0.3), SaltAndPepperNoise(0.25, low=-0.2))


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
    """On data of mean μ and covariance C under noise σ it is r(x̃) = μ + C (C + σ²I)⁻¹ (x̃ − μ)."""
    A, mean, sigma = rng.standard_normal((4, 4)), rng.standard_normal(4), 0.7
    x = rng.standard_normal((4000, 4)) @ A + mean
    fresh = GaussianNoise(sigma).corrupt(x[:500], rng)
    mean, C = x.mean(axis=0), np.cov(x.T, bias=True)
    ridge = 1e-3 * (np.mean(x**2) + sigma**2)
    wanted = mean + (fresh - mean) @ np.linalg.solve(C + (sigma**2 + ridge) * np.eye(4), C)
    found = LinearDenoiser(x, GaussianNoise(sigma)).reconstruct(fresh)
    np.testing.assert_allclose(found, wanted, atol=1e-12)
    assert squared_error(x[:500], found) < 0.9 * squared_error(x[:500], fresh)


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=repr)
def test_moments_are_those_of_draws(corruption, rng):
    x = np.array([-0.5, 0.0, 0.3, 1.0])
    mean, variance = mean_and_variance(corruption, x[None])
    drawn = corruption.corrupt(np.tile(x, (40_000, 1)), rng)
    error = drawn.std(axis=0) / 200 + 1e-9  # an entry of 0 under masking is always 0
    assert (np.abs(drawn.mean(axis=0) - mean[0]) / error).max() < 5
    squares = (drawn - mean) ** 2
    error = squares.std(axis=0) / 200 + 1e-9
    assert (np.abs(squares.mean(axis=0) - variance[0]) / error).max() < 5


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=repr)
def test_no_affine_map_is_better_on_many_draws(corruption, rng):
    """The map from moments leaves what least squares on 80 copies of the data leaves on another."""
    x = rng.random((1000, 1)) * rng.random((1000, 5))
    before = x.copy()
    x_tilde = corruption.corrupt(np.tile(x, (80, 1)), rng)
    one = np.ones((len(x_tilde), 1))
    fitted, *_ = np.linalg.lstsq(np.hstack([x_tilde, one]), np.tile(x, (80, 1)), rcond=None)
    fresh = corruption.corrupt(np.tile(x, (20, 1)), rng)
    best = squared_error(np.tile(x, (20, 1)), np.hstack([fresh, one[: len(fresh)]]) @ fitted)
    found = squared_error(np.tile(x, (20, 1)), LinearDenoiser(x, corruption).reconstruct(fresh))
    assert abs(found / best - 1) < 2e-3
    np.testing.assert_array_equal(x, before)


def test_moments_of_something_else():
    class Other:
        """A corruption whose moments nobody stated."""

    with pytest.raises(TypeError, match="no moments are known"):
        mean_and_variance(Other(), np.zeros((1, 2)))
