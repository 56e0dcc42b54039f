"""Contrast normalisation and ZCA: what they promise of means, deviations and covariances."""

import numpy as np
import pytest

from tinyae.datasets import dead_leaves
from tinyae.sparse_coding import ZCA, normalize_contrast


def test_contrast(rng):
    x = rng.random((50, 16)) * rng.uniform(0.1, 3, (50, 1)) + 4
    z = normalize_contrast(x, floor=1e-12)
    np.testing.assert_allclose(z.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(z.std(axis=1), 1, rtol=1e-10)
    z = normalize_contrast(x, floor=0.5)
    np.testing.assert_allclose(z.std(axis=1), x.std(axis=1) / (x.std(axis=1) + 0.5))
    assert (normalize_contrast(np.full((2, 4), 7.0)) == 0).all()
    assert normalize_contrast(x.astype(np.float32)).dtype == np.float32


def test_white_and_near(rng):
    x = dead_leaves(4000, 5, rng=rng)
    zca = ZCA(epsilon=1e-9).fit(x)
    z = zca.transform(x)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(z.T @ z / len(z), np.eye(25), atol=1e-4)
    np.testing.assert_allclose(zca.inverse_transform(z), x, atol=1e-9)
    np.testing.assert_allclose(zca.whitening_, zca.whitening_.T, atol=1e-9)
    # Of all whitened data, turned any way, these are the nearest to x.
    turn = np.linalg.qr(rng.normal(size=(25, 25)))[0]
    centred = x - x.mean(axis=0)
    assert ((z - centred) ** 2).sum() < ((z @ turn - centred) ** 2).sum()


def test_epsilon_damps_the_small_directions(rng):
    x = rng.normal(size=(20_000, 3)) * [10.0, 1.0, 0.01]
    variance = x.var(axis=0)
    z = ZCA(epsilon=0.1).fit(x).transform(x)
    np.testing.assert_allclose(z.var(axis=0), variance / (variance + 0.1), rtol=1e-3)
    assert np.abs(ZCA().fit(np.ones((5, 3))).transform(np.ones((2, 3)))).max() < 1e-12


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan])
def test_bad_input(value, rng):
    x = rng.random((5, 3))
    with pytest.raises(ValueError, match="epsilon must be"):
        ZCA(value).fit(x)
    with pytest.raises(ValueError, match="floor must be"):
        normalize_contrast(x, value)
    with pytest.raises(ValueError, match="expecting 3 features"):
        ZCA().fit(x).transform(x[:, :2])
