"""PCA by SVD: its two routes, its eigenvalues, its best-approximation property."""

import numpy as np
import pytest

from tinyae.analysis.pca import PCA


@pytest.mark.parametrize("n", [9, 300])
def test_error_is_the_sum_of_discarded_variances(rng, n):
    x = rng.normal(size=(n, 12)) @ rng.normal(size=(12, 12)) + 5
    pca = PCA.fit(x, 4)
    np.testing.assert_allclose(pca.components @ pca.components.T, np.eye(4), atol=1e-12)
    error = ((x - pca.reconstruct(x)) ** 2).sum(axis=1).mean()
    assert error == pytest.approx(pca.variances[4:].sum(), rel=1e-10)
    np.testing.assert_allclose(pca.encode(x).var(axis=0), pca.variances[:4], rtol=1e-10)
    assert (np.diff(pca.variances) <= 1e-9).all()


def test_both_routes_agree(rng):
    x = rng.normal(size=(60, 12)) @ np.diag(np.arange(1, 13.0))
    pca = PCA.fit(x, 3)  # n > 4 d: by the covariance
    _, s, Vt = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(pca.components @ Vt[:3].T), np.eye(3), atol=1e-10)
    np.testing.assert_allclose(pca.variances, s**2 / 60, rtol=1e-10)


def test_no_other_plane_is_better(rng):
    x = rng.normal(size=(50, 6)) @ rng.normal(size=(6, 6))
    best = ((x - PCA.fit(x, 2).reconstruct(x)) ** 2).sum()
    centred = x - x.mean(axis=0)
    for _ in range(20):
        Q, _ = np.linalg.qr(rng.normal(size=(6, 2)))
        assert ((centred - centred @ Q @ Q.T) ** 2).sum() > best
