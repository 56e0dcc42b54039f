"""The core's own draws are from the distribution that the corruption names."""

import numpy as np
import pytest

from tinyae import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.core.noise import CORRUPTIONS, Draws, normals, words

N = 400_000


def spoil(corruption, x, seed, progress):
    """Return x̃ of the core's own draws, for batches x (batches, rows, d)."""
    operations, out = CORRUPTIONS[type(corruption)], np.empty_like(x)
    wanted = Draws(x.shape, x.dtype, same_draws=False)
    u = operations.draw(corruption, wanted, np.random.default_rng(seed), progress)
    operations.apply(corruption, x, u, out, progress)
    return out


def test_normals_have_a_normal_numbers_moments_and_quantiles():
    z = normals((N,), np.random.default_rng(0)).astype(np.float64)
    powers = {1: (0.0, 1.0), 2: (1.0, 2.0), 3: (0.0, 15.0), 4: (3.0, 96.0)}
    for power, (mean, variance) in powers.items():
        assert abs((z**power).mean() - mean) < 4.5 * np.sqrt(variance / N)
    # P(z < −1), P(z < 0.5), P(z > 3): standard table
    for below, share in (((z < -1), 0.158655), ((z < 0.5), 0.691462), ((z > 3), 0.0013499)):
        assert abs(below.mean() - share) < 4.5 * np.sqrt(share * (1 - share) / N)
    assert 4.2 < np.abs(z).max() < 5.66


def test_normals_are_uncorrelated_within_and_across_pairs():
    z = normals((N,), np.random.default_rng(1)).astype(np.float64)
    half = N // 2
    for a, b in ((z[:half], z[half:]), (z[:-1], z[1:]), (z[:half] ** 2, z[half:] ** 2)):
        assert abs(np.corrcoef(a, b)[0, 1]) < 4.5 / np.sqrt(len(a))


@pytest.mark.parametrize("shape", [(1,), (3, 5), (2, 3, 4), (7, 1)])
def test_any_shape_and_float32(shape):
    z = normals(shape, np.random.default_rng(2))
    assert z.shape == shape and z.dtype == np.float32 and np.isfinite(z).all()
    np.testing.assert_array_equal(z, normals(shape, np.random.default_rng(2)))
    assert len(words(5, np.uint16, np.random.default_rng(0))) == 5


@pytest.mark.parametrize("strengths", [[0.1], [0.0, 0.5, 1.0], [0.37, 0.2]])
@pytest.mark.parametrize("kind", [MaskingNoise, SaltAndPepperNoise])
def test_each_batch_is_spoilt_with_its_own_share(kind, strengths):
    x = 0.25 + 0.5 * np.random.default_rng(0).random((len(strengths), 200, 100), dtype=np.float32)
    noise = kind(lambda p: strengths[min(round(p * 2), len(strengths) - 1)])
    out = spoil(noise, x, 3, [i / 2 for i in range(len(strengths))])
    for share, clean, spoilt in zip(strengths, x, out, strict=True):
        bound = 4.5 * np.sqrt(share * (1 - share) / clean.size)
        changed = spoilt != clean
        assert abs(changed.mean() - share) <= bound
        if kind is MaskingNoise:
            assert (spoilt[changed] == 0).all()
        else:
            assert np.isin(spoilt[changed], (0.0, 1.0)).all()
            low = (spoilt[changed] == 0).sum() / clean.size
            assert abs(low - share / 2) <= 4.5 * np.sqrt(share / 2 / clean.size)


def test_gaussian_noise_has_each_batchs_deviation():
    x = np.ones((2, 300, 100), np.float32)
    out = spoil(GaussianNoise(lambda p: 0.1 + p), x, 0, [0.0, 1.0])
    np.testing.assert_allclose((out - x).std(axis=(1, 2)), [0.1, 1.1], rtol=0.02)
    assert abs((out - x).mean()) < 0.02


def test_rare_events_keep_their_rate():
    """One in a hundred thousand is less than one of 65536 words."""
    x = np.ones((1, 2000, 1000), np.float32)
    out = spoil(MaskingNoise(1e-5), x, 0, [0.0])
    assert 5 <= (out == 0).sum() <= 40  # 20 expected
