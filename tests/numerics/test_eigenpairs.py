"""The few eigenvectors that are wanted equal those of `eigh`, with SciPy and without it."""

import numpy as np
import pytest

from tinyae.numerics import eigenpairs, installed_scipy, sparse
from tinyae.numerics.eigenpairs import largest_eigenpairs, least_eigenpairs
from tinyae.numerics.sparse import inverse, square, without_zeros


@pytest.fixture(params=["with SciPy", "without SciPy"])
def scipy_or_not(request, monkeypatch):
    if request.param == "without SciPy":
        monkeypatch.setattr(installed_scipy, "scipy_sparse", lambda: None)
    else:
        pytest.importorskip("scipy")
        monkeypatch.setattr(sparse, "MOST_FILLED", 1.0)  # the matrices here have no zeros


@pytest.fixture
def few_only(monkeypatch):
    """All eigenvectors are never computed."""
    monkeypatch.setattr(np.linalg, "eigh", _small(np.linalg.eigh))


def _small(eigh):
    def refuse(A):
        assert len(A) < 300, "all eigenvectors were asked for"
        return eigh(A)

    return refuse


def with_values(values, rng):
    """A symmetric matrix with these eigenvalues and random eigenvectors, its columns returned."""
    U = np.linalg.qr(rng.normal(size=(len(values), len(values))))[0]
    A = U * values @ U.T
    return 0.5 * (A + A.T), U


def gap(V, U):
    """The sine of the largest angle between the planes of the columns."""
    return np.linalg.norm(V - U @ (U.T @ V), 2)


def test_largest_of_a_matrix(rng, few_only):
    values = np.concatenate([[5.0, 3.0, 3.0 - 1e-3], 2.0 * 0.9 ** np.arange(396), [-2.5]])
    A, U = with_values(values, rng)
    found, V = largest_eigenpairs(A, 3)
    np.testing.assert_allclose(found[:3], values[:3], rtol=1e-13)
    assert found[3] == pytest.approx(2.0, abs=2e-3) and found.shape == (4,)
    for i in range(3):
        assert gap(V[:, i : i + 1], U[:, i : i + 1]) < 1e-10
    np.testing.assert_allclose(V.T @ V, np.eye(4), atol=1e-12)


def test_equal_eigenvalues_are_all_found(rng, few_only):
    values = np.concatenate([[5.0, 3.0, 3.0, 3.0], 2.0 * 0.9 ** np.arange(396)])
    A, U = with_values(values, rng)
    found, V = largest_eigenpairs(A, 3)
    np.testing.assert_allclose(found, [5, 3, 3, 3], rtol=1e-13)
    assert gap(V, U[:, :4]) < 1e-10
    same, _ = largest_eigenpairs(2.0 * np.eye(400), 2)
    np.testing.assert_allclose(same, 2.0, rtol=1e-13)


def test_few_directions_are_found(rng, few_only):
    """Of a matrix of rank 3, the space has no further directions after two blocks."""
    A, U = with_values(np.concatenate([[5.0, 3.0, 1.0], np.zeros(397)]), rng)
    for k in (2, 3, 5):
        found, V = largest_eigenpairs(A, k)
        np.testing.assert_allclose(found[: k + 1], [5, 3, 1, 0, 0, 0][: k + 1], atol=1e-13)
        assert gap(V[:, :2], U[:, :2]) < 1e-12
        np.testing.assert_allclose(V.T @ V, np.eye(k + 1), atol=1e-12)


def test_values_that_crowd_together_are_left_to_eigh(rng, monkeypatch):
    """A space of half of all directions does not tell them apart."""
    A, _ = with_values(1.0 + 1e-9 * np.arange(400)[::-1], rng)
    assert eigenpairs._krylov(
        A.__rmatmul__, None, lambda m: rng.normal(size=(m, 400)), 6, 3, largest=True, scale=None
    ) is None  # fmt: skip
    found, V = largest_eigenpairs(A, 2)
    assert found.shape == (400,) and V.shape == (400, 400) and found[0] == found.max()
    np.testing.assert_allclose(A @ V, V * found, atol=1e-13)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("k", [1, 2, 5])
def test_least_of_a_matrix_that_is_nearly_singular(k, rng, scipy_or_not, few_only):
    values = np.concatenate([[0.0, 1e-8, 3e-8, 3e-8], np.geomspace(1e-6, 4.0, 396)])
    M, U = with_values(values, rng)
    found, V = least_eigenpairs(without_zeros(M), U[:, 0], k, 4.0)
    wanted = values[1 : k + 1]
    np.testing.assert_allclose(found[:k], wanted, atol=1e-14)
    assert found.shape == (k + 1,) and np.abs(U[:, 0] @ V[:, :k]).max() < 1e-12
    assert gap(V[:, 0][:, None], U[:, 1][:, None]) < 1e-6
    residuals = M @ V[:, :k] - V[:, :k] * found[:k]
    assert np.abs(residuals).max() < 1e-14


def test_more_zeros_than_wanted_are_told(rng, scipy_or_not):
    values = np.concatenate([np.zeros(4), np.geomspace(1e-3, 1.0, 296)])
    M, U = with_values(values, rng)
    found, _ = least_eigenpairs(without_zeros(M), U[:, 0], 2, 1.0)
    assert (np.abs(found) < 1e-14).sum() == 3 and found.shape == (300,)  # for the message
    found, V = least_eigenpairs(without_zeros(M), U[:, 0], 3, 1.0)
    assert (np.abs(found) < 1e-14).sum() == 3 and gap(V[:, :3], U[:, 1:4]) < 1e-10


def test_a_small_matrix_is_decomposed_as_a_whole(rng, scipy_or_not):
    values = np.arange(40.0)
    M, U = with_values(values, rng)
    found, V = least_eigenpairs(without_zeros(M), U[:, 0], 2, 39.0)
    np.testing.assert_allclose(found[:3], [1, 2, 3], rtol=1e-12)
    assert gap(V[:, :2], U[:, 1:3]) < 1e-12 and V.shape == (40, 40)
    found, V = largest_eigenpairs(M, 2)
    np.testing.assert_allclose(found[:3], [39, 38, 37], rtol=1e-12)
    assert gap(V[:, :2], U[:, -2:]) < 1e-12


def test_same_bits_again(rng, scipy_or_not):
    M, U = with_values(np.geomspace(1e-4, 1.0, 320) - 1e-4, rng)
    one, two = (least_eigenpairs(without_zeros(M), U[:, 0], 2, 1.0) for _ in range(2))
    np.testing.assert_array_equal(one[0], two[0])
    np.testing.assert_array_equal(one[1], two[1])
    np.testing.assert_array_equal(largest_eigenpairs(M, 2)[1], largest_eigenpairs(M, 2)[1])


def test_squares_are_the_same_with_and_without_scipy(rng, monkeypatch):
    pytest.importorskip("scipy")
    places = rng.choice(30 * 30, 90, replace=False)
    rows, columns = np.divmod(places, 30)
    values = rng.normal(size=90)
    with_it = square(rows, columns, values, 30)
    np.testing.assert_array_equal(without_zeros(with_it.toarray()).toarray(), with_it.toarray())
    filled = rng.normal(size=900)
    full = square(*np.divmod(np.arange(900), 30), filled, 30)
    np.testing.assert_array_equal(full, filled.reshape(30, 30))  # a plain array
    assert without_zeros(full) is full
    monkeypatch.setattr(installed_scipy, "scipy_sparse", lambda: None)
    without = square(rows, columns, values, 30)
    assert isinstance(without, np.ndarray) and not isinstance(with_it, np.ndarray)
    np.testing.assert_array_equal(with_it.toarray(), without)
    assert without_zeros(without) is without


def test_an_inverse_solves_its_system(rng, scipy_or_not):
    values = np.concatenate([[0.0], np.linspace(1.0, 2.0, 59)])
    M, U = with_values(values, rng)
    b = rng.normal(size=(60, 3))
    x = inverse(without_zeros(M), 0.5)(b)
    np.testing.assert_allclose(M @ x + 0.5 * x, b, atol=1e-13)
    # As accurate where the matrix is nearly singular, and b has no part in that direction.
    b -= np.outer(U[:, 0], U[:, 0] @ b)
    x = inverse(without_zeros(M), 1e-9)(b)
    np.testing.assert_allclose(M @ x + 1e-9 * x, b, atol=1e-11)
