"""Each corruption's rate, law and manners: fresh noise, same seed same bits, input untouched."""

import numpy as np
import pytest

from tinyae import Autoencoder, GaussianNoise, MaskingNoise, SaltAndPepperNoise, fit
from tinyae.criterion import Corruption
from tinyae.training import Cosine

ALL = [GaussianNoise(0.3), MaskingNoise(0.25), SaltAndPepperNoise(0.25)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("noise", ALL, ids=repr)
def test_manners(noise, dtype):
    x = np.random.default_rng(0).random((50, 20)).astype(dtype)
    before = x.copy()
    first = noise.corrupt(x, np.random.default_rng(1))
    again = noise.corrupt(x, np.random.default_rng(1))
    other = noise.corrupt(x, np.random.default_rng(2))
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(first, again)
    assert first.dtype == dtype and first.shape == x.shape
    assert not np.array_equal(first, other)


def test_gaussian_moments(rng):
    """Mean, variance, independence of N(x, σ²I), equation 14.17: within five standard errors."""
    x, n = np.array([[1.0, -2.0]]), 200_000
    noise = GaussianNoise(0.3).corrupt(np.repeat(x, n, axis=0), rng) - x
    assert np.abs(noise.mean(axis=0)).max() < 5 * 0.3 / np.sqrt(n)
    assert np.abs(noise.var(axis=0) / 0.09 - 1).max() < 5 * np.sqrt(2 / n)
    assert abs(np.corrcoef(noise.T)[0, 1]) < 5 / np.sqrt(n)


def test_masking_rate(rng):
    x = 1.0 + rng.random((400, 500))
    masked = MaskingNoise(0.25).corrupt(x, rng)
    changed = masked != x
    assert (masked[changed] == 0).all()
    assert abs(changed.mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / x.size)
    assert changed.sum(axis=1).std() > 5  # entries are drawn one by one, not a fixed number a row


def test_salt_and_pepper_rate(rng):
    x = 0.2 + 0.6 * rng.random((400, 500))
    spoilt = SaltAndPepperNoise(0.4, low=-1.0, high=2.0).corrupt(x, rng)
    assert set(np.unique(spoilt[spoilt != x])) == {-1.0, 2.0}
    for value in (-1.0, 2.0):
        assert abs((spoilt == value).mean() - 0.2) < 5 * np.sqrt(0.2 * 0.8 / x.size)


@pytest.mark.parametrize("kind", [GaussianNoise, MaskingNoise, SaltAndPepperNoise])
def test_zero_strength_changes_nothing(kind, rng):
    x = rng.random((5, 4))
    np.testing.assert_array_equal(kind(0.0).corrupt(x, rng), x)


def test_strength_as_a_function_of_progress(rng):
    x = np.zeros((300, 300))
    noise = GaussianNoise(Cosine(2.0))
    for progress, sigma in ((0.0, 2.0), (0.5, 1.0), (1.0, 0.0)):
        assert noise.corrupt(x, rng, progress=progress).std() == pytest.approx(sigma, rel=0.02)


@pytest.mark.parametrize("kind", [MaskingNoise, SaltAndPepperNoise])
def test_fraction_as_a_function_of_progress(kind, rng):
    x = 0.2 + 0.6 * rng.random((300, 300))
    for progress, fraction in ((0.0, 0.8), (0.5, 0.4), (1.0, 0.0)):
        changed = kind(Cosine(0.8)).corrupt(x, rng, progress=progress) != x
        assert changed.mean() == pytest.approx(fraction, abs=0.01)


def test_a_corruption_of_one_s_own_finds_no_fault_with_the_data(rng):
    """Unless it has a method for that; a warning would be an error here."""

    class Doubling(Corruption):
        def corrupt(self, x, rng, *, progress=1.0):
            return 2.0 * x

    x = rng.random((20, 3))
    assert Doubling().fault(None) == ""
    fit(Autoencoder.dense((3, 2), corruption=Doubling()), x, epochs=1)
    with pytest.warns(UserWarning, match="adds noise"):  # the control
        fit(Autoencoder.dense((3, 2), corruption=GaussianNoise(1e3)), x, epochs=1)
