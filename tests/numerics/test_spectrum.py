"""All eigenvalues and the leading eigenvectors equal those of `eigh`, with SciPy and without it."""

import numpy as np
import pytest

from tinyae.embeddings import PCA
from tinyae.numerics import installed_scipy
from tinyae.numerics.spectrum import leading_eigenpairs


@pytest.fixture(params=["with SciPy", "without SciPy"])
def scipy_or_not(request, monkeypatch):
    if request.param == "without SciPy":
        monkeypatch.setattr(installed_scipy, "scipy_linalg", lambda: None)
    else:
        pytest.importorskip("scipy")


@pytest.mark.one_in(4)
@pytest.mark.parametrize("k", [1, 7, 100, 140, 270])
@pytest.mark.parametrize("n", [20, 270])
def test_eigenpairs(n, k, rng, scipy_or_not):
    k = min(k, n)
    values = np.sort(np.concatenate([[5.0, 3.0, 3.0, 3.0], rng.uniform(0, 2, n - 4)]))[::-1]
    U = np.linalg.qr(rng.normal(size=(n, n)))[0]
    A = U * values @ U.T
    A = 0.5 * (A + A.T)
    before = A.copy()
    found, V = leading_eigenpairs(A, k)
    np.testing.assert_array_equal(A, before)
    np.testing.assert_allclose(found, values, atol=1e-13)
    assert V.shape == (n, k)
    np.testing.assert_allclose(V.T @ V, np.eye(k), atol=1e-14)
    np.testing.assert_allclose(A @ V, V * values[:k], atol=1e-12)


def test_only_few_eigenvectors_are_computed(rng, monkeypatch):
    pytest.importorskip("scipy")
    monkeypatch.setattr(np.linalg, "eigh", lambda A: 1 / 0)
    A = rng.normal(size=(270, 270))
    leading_eigenpairs(A @ A.T, 5)


def test_pca_with_scipy_and_without_it(rng, monkeypatch):
    pytest.importorskip("scipy")
    x = rng.normal(size=(400, 300)) * np.geomspace(3.0, 1.0, 300)
    x[:, ::20] = 1.5
    few = PCA(4).fit(x)
    monkeypatch.setattr(installed_scipy, "scipy_linalg", lambda: None)
    all_of_them = PCA(4).fit(x)
    np.testing.assert_allclose(few.components_, all_of_them.components_, atol=1e-12)
    np.testing.assert_allclose(few.spectrum_, all_of_them.spectrum_, atol=1e-13)
    assert few.spectrum_.shape == (300,) and not few.spectrum_[285:].any()
    assert not few.components_[:, ::20].any()
    _, s, Vt = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(few.spectrum_, s**2 / 400, atol=1e-13)
    np.testing.assert_allclose(np.abs((few.components_ * Vt[:4]).sum(axis=1)), 1.0, atol=1e-10)


def test_directions_of_crowded_eigenvalues_are_all_found(rng):
    """LAPACK's quick method misses some of the 20 largest, which are 1e-9 above 20 others."""
    n = 256
    Q = np.linalg.qr(rng.standard_normal((n, n)))[0]
    values = np.concatenate([np.full(20, 1.0), np.full(20, 1.0 - 1e-9), np.full(n - 40, 0.1)])
    found, V = leading_eigenpairs((Q * values) @ Q.T, 20)
    np.testing.assert_allclose(found, np.sort(values)[::-1], atol=1e-12)
    cosines = np.linalg.svd(Q[:, :20].T @ V, compute_uv=False)
    assert cosines.min() > 1 - 1e-6
