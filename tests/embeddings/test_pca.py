"""PCA by SVD: its two routes, its eigenvalues, its best-approximation property."""

import numpy as np
import pytest

from tinyae import PCA, Adam, fit
from tinyae.embeddings.pca import principal_coordinates
from tinyae.models import logistic_pca
from tinyae.tangents import principal_angles


@pytest.mark.parametrize("n", [9, 300])
def test_error_is_the_sum_of_discarded_variances(rng, n):
    x = rng.normal(size=(n, 12)) @ rng.normal(size=(12, 12)) + 5
    pca = PCA(4).fit(x)
    np.testing.assert_allclose(pca.components_ @ pca.components_.T, np.eye(4), atol=1e-12)
    error = ((x - pca.reconstruct(x)) ** 2).sum(axis=1).mean()
    assert error == pytest.approx(pca.spectrum_[4:].sum(), rel=1e-10)
    np.testing.assert_allclose(pca.transform(x).var(axis=0), pca.explained_variance_, rtol=1e-10)
    assert (np.diff(pca.spectrum_) <= 1e-9).all()


def test_both_routes_agree(rng):
    x = rng.normal(size=(60, 12)) @ np.diag(np.arange(1, 13.0))
    pca = PCA(3).fit(x)  # n > 4 d: by the covariance
    _, s, Vt = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(pca.components_ @ Vt[:3].T), np.eye(3), atol=1e-10)
    np.testing.assert_allclose(pca.spectrum_, s**2 / 60, rtol=1e-10)


def test_small_directions_survive_many_examples(rng):
    """The covariance route would square 1e-9 away."""
    Q, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    x = rng.normal(size=(400, 4)) * [1, 1e-6, 1e-9, 1e-12] @ Q
    assert principal_angles(PCA(3).fit(x).components_, Q[:3]).max() < 1e-3


def test_it_is_the_last_component_that_decides_the_route(rng):
    """Two large variances do not make the third one safe to square."""
    Q, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    x = rng.normal(size=(400, 4)) * [1, 0.9, 1e-9, 1e-12] @ Q
    assert principal_angles(PCA(3).fit(x).components_, Q[:3]).max() < 1e-3


def test_rank_of_the_data_limits_the_components(rng):
    assert (PCA(1).fit(np.repeat(rng.normal(size=(60, 1)), 3, axis=1)).spectrum_ >= 0).all()
    with pytest.raises(ValueError, match="at most 4 components, asked for n_components = 5"):
        PCA(5).fit(rng.normal(size=(5, 12)))


def test_directions_that_only_rounding_makes(rng):
    for k in (2, 3):
        with pytest.raises(ValueError, match="X varies in 1 directions only"):
            PCA(k).fit(np.repeat(rng.normal(size=(60, 1)), 3, axis=1))


@pytest.mark.parametrize("n", [5, 60])
def test_constant_columns_have_no_part(n, rng):
    x = rng.normal(size=(n, 6)) * np.arange(1.0, 7.0)
    wide = np.insert(x, [0, 3, 6], 2.5, axis=1)
    pca, found = PCA(2).fit(x), PCA(2).fit(wide)
    np.testing.assert_allclose(
        found.components_[:, [1, 2, 3, 5, 6, 7]], pca.components_, atol=1e-12
    )
    assert not found.components_[:, [0, 4, 8]].any()
    np.testing.assert_allclose(found.spectrum_[: len(pca.spectrum_)], pca.spectrum_, atol=1e-12)
    assert found.spectrum_.shape == (min(n, 9),)


def test_no_other_plane_is_better(rng):
    x = rng.normal(size=(50, 6)) @ rng.normal(size=(6, 6))
    best = ((x - PCA(2).fit(x).reconstruct(x)) ** 2).sum()
    centred = x - x.mean(axis=0)
    for _ in range(20):
        Q, _ = np.linalg.qr(rng.normal(size=(6, 2)))
        assert ((centred - centred @ Q @ Q.T) ** 2).sum() > best


def test_principal_angles(rng):
    e = np.eye(4)
    np.testing.assert_allclose(principal_angles(e[:2], e[:2]), 0, atol=1e-15)
    np.testing.assert_allclose(principal_angles(e[:2], e[2:]), np.pi / 2)
    for angle in (1e-10, 1e-4, 0.3, 1.2):
        turned = np.cos(angle) * e[1] + np.sin(angle) * e[2]
        found = principal_angles(np.stack([e[0], e[1]]), np.stack([3 * e[0] + turned, turned]))
        np.testing.assert_allclose(found, [0, angle], rtol=1e-6, atol=1e-15)
        assert principal_angles(e[:1] + 0 * turned, e[:3]) == pytest.approx(0, abs=1e-15)
    assert principal_angles(e[:2] * [[1], [1e-17]], e[:2]).max() < 1e-15  # rows of any length
    with pytest.raises(ValueError, match="linearly independent"):
        principal_angles(np.ones((2, 4)), e[:2])
    with pytest.raises(ValueError, match="linearly independent"):
        principal_angles(np.zeros((1, 4)), e[:2])
    with pytest.raises(ValueError, match="4 were expected"):
        principal_angles(e, np.eye(3))


def test_principal_angles_against_scipy(rng):
    linalg = pytest.importorskip("scipy.linalg")
    A, B = rng.normal(size=(3, 8)), rng.normal(size=(5, 8))
    np.testing.assert_allclose(
        principal_angles(A, B), np.sort(linalg.subspace_angles(A.T, B.T)), rtol=1e-10
    )


@pytest.mark.slow
def test_logistic_pca_finds_a_plane_of_logits(rng):
    """Bits whose logits lie in a plane: with as many numbers it predicts them better than PCA."""
    logits = 3 * rng.normal(size=(3000, 2)) @ rng.normal(size=(2, 12))
    x = (rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(float)
    model = logistic_pca(12, 2, rng=0)
    fit(model, x[:2000], optimizer=Adam(0.01), epochs=40)
    r = np.clip(PCA(2).fit(x[:2000]).reconstruct(x[2000:]), 1e-3, 1 - 1e-3)
    cross_entropy = -np.log(np.where(x[2000:] == 1, r, 1 - r)).sum(axis=1).mean()
    assert model.loss(x[2000:]) < 0.97 * cross_entropy  # .93 to .95 over seeds
    assert "sigmoid(h W2 + b2)" in repr(model) and "h = f(x) = x W1 + b1" in repr(model)


def test_as_many_principal_coordinates_as_the_points_have():
    x = np.random.default_rng(0).normal(size=(9, 2)) @ [[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]
    assert principal_coordinates(x, 1).shape == (9, 1)
    found = principal_coordinates(x, 3)
    assert found.shape == (9, 2), "the third direction has no variance"
    distances = [((a[:, None] - a) ** 2).sum(axis=2) for a in (x, found)]
    np.testing.assert_allclose(*distances, atol=1e-12)
    assert principal_coordinates(np.ones((9, 3)), 3).shape == (9, 0)
