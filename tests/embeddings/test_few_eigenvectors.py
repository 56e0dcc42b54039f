"""Embeddings of more points than `eigenpairs.FEW`: the same by few eigenvectors and by all of them.

With SciPy and without it, and refused where the data do not determine them.
"""

import numpy as np
import pytest

from tests.embedding_methods import methods
from tinyae.datasets import swiss_roll
from tinyae.embeddings import (
    GaussianKernel,
    HessianEigenmaps,
    KernelPCA,
    LaplacianEigenmaps,
    TangentAlignment,
)
from tinyae.numerics import eigenpairs, installed_scipy

METHODS = methods(heat=4.0, kernel=5.0)
METHODS.pop("charting")  # which solves a problem of a few charts


@pytest.fixture(scope="module")
def roll():
    return swiss_roll(320, rng=2)[0]


def without_scipy(monkeypatch):
    for name in ("scipy_sparse", "kd_tree"):
        monkeypatch.setattr(installed_scipy, name, lambda: None)


@pytest.mark.one_in(12)
@pytest.mark.parametrize("name", METHODS)
def test_few_eigenvectors_are_those_of_all(name, roll, monkeypatch):
    asked, eigh = [], np.linalg.eigh
    monkeypatch.setattr(np.linalg, "eigh", lambda A: (asked.append(len(A)), eigh(A))[1])
    few = METHODS[name](2).fit(roll)
    without_scipy(monkeypatch)
    bare = METHODS[name](2).fit(roll)
    assert max(asked) < 320, "no eigenvectors of the whole matrix"
    monkeypatch.setattr(eigenpairs, "FEW", 1000)
    whole = METHODS[name](2).fit(roll)
    assert max(asked) == 320
    for one in (few, bare):
        assert one.embedding_.shape == (320, 2) and one.eigenvalues_.shape == (2,)
        np.testing.assert_allclose(one.eigenvalues_, whole.eigenvalues_, rtol=1e-6)
        # Least eigenvalues are 1e-9 of the largest: rounding of M turns their eigenvectors by 1e-7.
        scale = np.abs(whole.embedding_).max()
        np.testing.assert_allclose(one.embedding_, whole.embedding_, atol=1e-6 * scale)
        np.testing.assert_allclose(
            one.transform(roll[:9] + 0.01), whole.transform(roll[:9] + 0.01), atol=1e-5 * scale
        )


@pytest.mark.one_in(6)
@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize(("d", "neighbors"), [(20, 20), (5, 80)])
def test_the_constant_vector_is_no_coordinate(bare, d, neighbors, monkeypatch):
    """Without sparse matrices, rounding brought it back into the space of the search."""
    x = np.random.default_rng(0).normal(size=(300, d))
    if bare:
        without_scipy(monkeypatch)
    few = LaplacianEigenmaps(2, n_neighbors=neighbors).fit(x)
    monkeypatch.setattr(eigenpairs, "FEW", 1000)
    whole = LaplacianEigenmaps(2, n_neighbors=neighbors).fit(x)
    np.testing.assert_allclose(few.eigenvalues_, whole.eigenvalues_, rtol=1e-9)
    np.testing.assert_allclose(few.embedding_, whole.embedding_, atol=1e-6)


def test_a_kernel_without_any_difference_is_refused_as_such():
    x = np.random.default_rng(0).normal(size=(300, 3))
    with pytest.raises(ValueError):
        KernelPCA(2, kernel=GaussianKernel(1e10)).fit(x)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("bare", [False, True])
def test_equal_eigenvalues_are_still_refused(bare, monkeypatch):
    """The waves of a cycle come in pairs."""
    if bare:
        without_scipy(monkeypatch)
    t = 2 * np.pi * np.arange(400) / 400
    circle = np.stack([np.cos(t), np.sin(t)], axis=1)
    model = LaplacianEigenmaps(2, n_neighbors=2).fit(circle)
    np.testing.assert_allclose(model.eigenvalues_, 1 - np.cos(2 * np.pi / 400), rtol=1e-8)
    np.testing.assert_allclose((model.embedding_**2).sum(axis=1), 2, rtol=1e-8)
    with pytest.raises(ValueError, match="coordinates 1 and 2 are equal up to rounding"):
        LaplacianEigenmaps(1, n_neighbors=2).fit(circle)
    with pytest.raises(ValueError, match="1 and 2 are equal up to rounding"):
        KernelPCA(1, kernel=GaussianKernel(1.0)).fit(circle)


@pytest.mark.slow
@pytest.mark.parametrize("bare", [False, True])
def test_a_flat_sheet_is_still_exact(bare, rng, monkeypatch):
    """Its coordinates have the eigenvalue 0, as the constant has."""
    if bare:
        without_scipy(monkeypatch)
    flat = rng.uniform(-1, 1, (300, 2)) * [1.5, 1.0]
    x = flat @ np.linalg.qr(rng.normal(size=(4, 2)))[0].T
    for method in (TangentAlignment, HessianEigenmaps):
        Y = method(2).fit(x).embedding_
        rest = flat - flat.mean(axis=0)
        rest = rest - Y @ np.linalg.lstsq(Y, rest, rcond=None)[0]
        assert np.linalg.norm(rest) < 1e-6 * np.linalg.norm(flat)
