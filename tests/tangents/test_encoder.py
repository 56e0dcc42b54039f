"""Tangents: an encoder's against its whole Jacobian, neighbours' against exact planes, angles."""

import numpy as np
import pytest

from tinyae import (
    Autoencoder,
    Chain,
    Identity,
    Linear,
    ReLU,
    Residual,
    Sigmoid,
    Softplus,
    Tanh,
    tangents,
)
from tinyae.embeddings import neighbors
from tinyae.tangents import encoder as module
from tinyae.tangents import (
    local_pca,
    local_pca_tangents,
    principal_angles,
    subspace,
    tangent_angles,
)
from tinyae.tangents.subspace import orthonormal

UNITS = (Identity, Sigmoid, Tanh, ReLU, Softplus)


def wide(unit=Sigmoid, m=160, d=200, decay=0.5, seed=0, dtype=np.float64):
    """A net wide enough for iteration; singular values of W fall like 1 / i^decay."""
    rng = np.random.default_rng(seed)
    model = Autoencoder.dense((d, m), activation=unit, rng=seed, dtype=dtype)
    u, v = (np.linalg.qr(rng.standard_normal((side, side)))[0] for side in (d, m))
    r = min(d, m)
    W = (u[:, :r] * (8.0 / np.arange(1, r + 1) ** decay)) @ v[:r]
    model.encoder.layers[0].params["W"][...] = W
    model.encoder.layers[0].params["b"][...] = rng.standard_normal(m)
    return model, rng.standard_normal((23, d)).astype(dtype)


def exact(model, x, k):
    _, s, V = np.linalg.svd(model.astype(np.float64).jacobian(x), full_matrices=False)
    return V[:, :k], s[:, :k]


def agree(model, x, k, tolerance):
    T, s = tangents(model, x, k)
    V, reference = exact(model, x, k)
    assert T.shape == (len(x), k, model.d_in) and s.shape == (len(x), k)
    assert T.dtype == s.dtype == model.dtype
    np.testing.assert_allclose(s, reference, rtol=tolerance)
    assert (np.diff(s, axis=1) <= 0).all()
    identity = np.broadcast_to(np.eye(k), (len(x), k, k))
    np.testing.assert_allclose(T @ T.swapaxes(1, 2), identity, atol=1e3 * np.finfo(T.dtype).eps)
    lengths = np.linalg.norm(model.astype(np.float64).jacobian(x) @ T.swapaxes(1, 2), axis=1)
    np.testing.assert_allclose(lengths, reference, rtol=1e-3)
    return tangent_angles(T, V).max()


@pytest.mark.one_in(6)
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("sizes", [(7, 5), (5, 7), (6, 6), (6, 9, 5), (6, 5, 4, 8)], ids=str)
def test_small_encoders(unit, sizes, rng):
    model = Autoencoder.dense(sizes, activation=unit, rng=1)
    model.theta[...] = rng.normal(0, 1, model.theta.size)
    for leaf in model.encoder.layers[::2]:
        leaf.params["b"][...] += 3.0 * (unit is ReLU)  # enough of them on for three directions
    assert agree(model, 0.3 * rng.standard_normal((9, sizes[0])), 3, 1e-9) < 1e-6


@pytest.mark.one_in(24)
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("decay", [0.1, pytest.param(0.5, marks=pytest.mark.slow), 2.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_iteration_agrees_with_the_whole_jacobian(unit, decay, dtype):
    model, x = wide(unit, decay=decay, dtype=dtype)
    assert agree(model, x[:9], 4, 1e-5) < 3e-3


@pytest.mark.one_in(4)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sizes", [(200, 160), (6, 5), (6, 5, 4)], ids=str)
@pytest.mark.parametrize("size", [1e-12, 1e-30, 1e20])
def test_scale_does_not_matter(size, sizes, dtype):
    """Squares of squares of such entries are beyond float32 or lose their digits there."""
    size = size if dtype == np.float32 else size**6
    model = Autoencoder.dense(sizes, activation=Identity, rng=0, dtype=dtype)
    x = np.random.default_rng(0).standard_normal((3, sizes[0])).astype(dtype)
    T, s = tangents(model, x, 2)
    model.encoder.layers[0].params["W"][...] *= size
    T1, s1 = tangents(model, 0 * x, 2)
    np.testing.assert_allclose(s1 / size, s, rtol=1e-5)
    assert tangent_angles(T, T1).max() < 3e-3


@pytest.mark.parametrize(("dtype", "bias"), [(np.float32, -40.0), (np.float64, -200.0)])
def test_units_that_are_nearly_silent(dtype, bias):
    """Slopes of e^bias, whose fourth powers underflow, have directions none the less."""
    model = Autoencoder.dense((200, 160), activation=Softplus, rng=0, dtype=dtype)
    model.encoder.layers[0].params["b"][...] = bias
    x = np.random.default_rng(0).standard_normal((5, 200)).astype(dtype)
    a = x.astype(np.float64) @ model.encoder.layers[0].params["W"]
    slopes = np.exp(a - a.max(axis=1, keepdims=True))
    _, _, V = np.linalg.svd(slopes[:, :, None] * model.encoder.layers[0].params["W"].T)
    assert tangent_angles(tangents(model, x, 3)[0], V[:, :3]).max() < 3e-3


def count_decomposed(monkeypatch):
    rows, plain = [], module.decompose

    def noted(J, k):
        rows.append(len(J))
        return plain(J, k)

    monkeypatch.setattr(module, "decompose", noted)
    return rows


@pytest.mark.slow
def test_a_gap_needs_no_fallback_and_the_jacobian_is_never_formed(monkeypatch):
    rows = count_decomposed(monkeypatch)
    monkeypatch.setattr(module, "jacobian", None)
    model, x = wide(decay=0.5)
    assert agree(model, x, 4, 1e-5) < 3e-3
    assert rows == []


@pytest.mark.slow
def test_what_does_not_converge_is_decomposed(monkeypatch):
    rows = count_decomposed(monkeypatch)
    monkeypatch.setattr(subspace, "ROUNDS", 3)
    model, x = wide(decay=0.05)
    assert agree(model, x, 4, 1e-9) < 1e-6
    assert sum(rows) == len(x)


@pytest.mark.slow
def test_float32_that_stalls_goes_on_in_float64(monkeypatch):
    """s_4 is a thousandth of s_1: the residual cannot fall below rounding times s_1² in float32."""
    rows = count_decomposed(monkeypatch)
    model, x = wide(Identity, decay=5.0, dtype=np.float32)
    agree(model, x, 4, 1e-5)
    assert rows == []


def test_a_nearly_dependent_block_is_orthonormalized_by_qr(rng):
    Y = rng.standard_normal((3, 5, 20))
    Y[1, 4] = Y[1, 3]
    Q = subspace.orthonormal(Y)
    np.testing.assert_allclose(Q @ Q.swapaxes(1, 2), [np.eye(5)] * 3, atol=1e-12)
    np.testing.assert_allclose(Y[0] - (Y[0] @ Q[0].T) @ Q[0], 0, atol=1e-12)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(("unit", "off"), [(ReLU, -2.0), (Sigmoid, -9.0)])
def test_points_whose_directions_are_orthogonal_to_the_others(unit, off):
    """Two groups of units over inputs of their own; at one point the weaker alone responds."""
    rng = np.random.default_rng(0)
    model = Autoencoder.dense((200, 200), activation=unit, rng=0)
    first = model.encoder.layers[0].params
    first["W"][...] = 0.0
    first["W"][:100, :100] = 9.0 * rng.standard_normal((100, 100))
    first["W"][100:, 100:] = rng.standard_normal((100, 100))
    x = np.zeros((8, 200))
    first["b"][...] = 1.0
    x[:, :100] = 0.001 * rng.standard_normal((8, 100))
    x[5, :100] = np.linalg.lstsq(first["W"][:100, :100].T, np.full(100, off), rcond=None)[0]
    assert agree(model, x, 3, 1e-5) < 3e-3
    T, _ = tangents(model, x, 3)
    assert np.abs(T[5, :, :100]).max() < 1e-3 < np.abs(T[4, :, :100]).max()


def test_blocks_do_not_matter(monkeypatch, rng):
    """Results in blocks of one point are those of one block (up to the sign)."""
    deep = Autoencoder.dense((6, 9, 5), rng=1)
    x, data = rng.standard_normal((9, 6)), rng.standard_normal((30, 6))
    flat, wide_x = wide()
    whole = (tangents(deep, x, 2), local_pca_tangents(data, x, 2, 5), tangents(flat, wide_x, 3))
    for place in (module, local_pca, neighbors, subspace):
        monkeypatch.setattr(place, "BLOCK_BYTES", 1)
    parts = (tangents(deep, x, 2), local_pca_tangents(data, x, 2, 5), tangents(flat, wide_x, 3))
    for (T, s), (T1, s1) in zip(whole, parts, strict=True):
        np.testing.assert_allclose(s, s1, rtol=1e-6)
        assert tangent_angles(T, T1).max() < 1e-3


def test_a_nested_encoder_and_one_with_a_residual(rng):
    inner = Chain(Chain(Linear(5, 4, rng=0)), Tanh())
    x = rng.standard_normal((6, 5))
    assert agree(Autoencoder(inner, Linear(4, 5, rng=1)), x, 2, 1e-9) < 1e-6
    deep = Chain(Linear(5, 4, rng=0), Residual(Chain(Linear(4, 4, rng=2), Tanh())))
    assert agree(Autoencoder(deep, Linear(4, 5, rng=1)), x, 2, 1e-9) < 1e-6


def test_a_direction_that_is_not_there(rng):
    model = Autoencoder.dense((6, 5), activation=ReLU, rng=0)
    model.encoder.layers[0].params["b"][...] = [9, 9, -9, -9, -9]  # two units on, three off
    x = 0.1 * rng.standard_normal((4, 6))
    assert tangents(model, x, 2)[0].shape == (4, 2, 6)
    with pytest.raises(
        ValueError, match="at 4 of 4 points the code moves in fewer than k = 3.*in 2"
    ):
        tangents(model, x, 3)
    model.encoder.layers[0].params["b"][...] = -9
    with pytest.raises(ValueError, match="at row 0 in 0"):
        tangents(model, x, 1)


def test_local_pca_on_a_plane_and_on_a_circle(rng):
    basis = np.linalg.qr(rng.standard_normal((7, 2)))[0].T
    data = 5 + rng.standard_normal((200, 2)) @ basis
    x = 5 + rng.standard_normal((9, 2)) @ basis
    T, s = local_pca_tangents(data, x, 2, 12)
    assert T.shape == (9, 2, 7) and (s[:, 0] >= s[:, 1]).all()
    assert tangent_angles(T, np.broadcast_to(basis, (9, 2, 7))).max() < 1e-7
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    T, s = local_pca_tangents(circle, circle, 1, 5)
    true = np.stack([-np.sin(angle), np.cos(angle)], axis=1)[:, None]
    assert tangent_angles(T, true).max() < 1e-6
    # Five points at distances −2 … 2 steps: their standard deviation is √2 steps.
    np.testing.assert_allclose(s[:, 0], 2**0.5 * 2 * np.pi / 400, rtol=1e-3)


def test_local_pca_is_taken_about_the_mean_of_the_neighbours():
    """Off the line, the way back to it is no direction of it."""
    data = np.stack([np.linspace(-1, 1, 21), np.zeros(21)], axis=1)
    T, _ = local_pca_tangents(data, np.array([[0.03, 5.0]]), 1, 3)
    np.testing.assert_allclose(np.abs(T[0, 0]), [1, 0], atol=1e-12)


def test_local_pca_by_its_definition(rng):
    data, x = rng.standard_normal((60, 4)) + 3.0, rng.standard_normal((7, 4)) + 3.0
    T, s = local_pca_tangents(data, x, 2, 9)
    for i, point in enumerate(x):
        near = data[np.argsort(np.linalg.norm(data - point, axis=1))[:9]]
        _, values, V = np.linalg.svd(near - near.mean(axis=0))
        np.testing.assert_allclose(s[i], values[:2] / 3.0, rtol=1e-10)
        assert principal_angles(T[i], V[:2])[-1] < 1e-6


def test_angles_are_those_of_one_plane_at_a_time(rng):
    A, B = rng.standard_normal((6, 2, 5)), rng.standard_normal((6, 3, 5))
    B[0, :2] = A[0] * [[2.0], [-3.0]]  # contained
    B[1, :2] = A[1] + 1e-9 * rng.standard_normal((2, 5))
    angles = tangent_angles(A, B)
    assert angles.shape == (6, 2)
    for i in range(6):
        np.testing.assert_allclose(angles[i], principal_angles(A[i], B[i]), atol=1e-14)
    assert angles[0].max() < 1e-15 and 1e-11 < angles[1].max() < 1e-8
    np.testing.assert_allclose(angles, tangent_angles(B, A), atol=1e-14)


X = np.random.default_rng(0).random((12, 5))
MODEL = Autoencoder.dense((5, 4), rng=0)
PLANES = np.random.default_rng(1).random((4, 2, 5))
FLAT = PLANES.copy()
FLAT[2, 1] = FLAT[2, 0]
BAD = {
    "not a model": (TypeError, "tangents takes an Autoencoder", lambda: tangents(np.eye(3), X, 1)),
    "width": (ValueError, "4 features per example", lambda: tangents(MODEL, X[:, :4], 1)),
    "k above the code": (ValueError, "at most 4, since the Jacobian of the code is 4 x 5", lambda: tangents(MODEL, X, 5)),
    "k of 0": (ValueError, "k must be at least 1", lambda: tangents(MODEL, X, 0)),
    "k of 1.5": (TypeError, "k must be a whole number", lambda: tangents(MODEL, X, 1.5)),
    "NaN": (ValueError, "NaN", lambda: tangents(MODEL, X * np.nan, 1)),
    "widths differ": (ValueError, "x has 4 features", lambda: local_pca_tangents(X, X[:, :4], 1, 3)),
    "too many neighbours": (ValueError, "12 rows only", lambda: local_pca_tangents(X, X, 1, 13)),
    "one neighbour": (ValueError, "n_neighbors must be at least 2", lambda: local_pca_tangents(X, X, 1, 1)),
    "k neighbours": (ValueError, "n_components must be at most 2, since there are 3", lambda: local_pca_tangents(X, X, 3, 3)),
    "equal data": (ValueError, "spread in fewer than n_components = 1", lambda: local_pca_tangents(X[:1].repeat(4, 0), X, 1, 3)),
    "one plane": (ValueError, r"needs T\[None\]", lambda: tangent_angles(PLANES[0], PLANES[0])),
    "planes too many": (ValueError, "equal number", lambda: tangent_angles(PLANES, PLANES[:3])),
    "no plane": (ValueError, "at 1 of 4 points, first at row 2", lambda: tangent_angles(PLANES, FLAT)),
}  # fmt: skip
# ruff: noqa: E501 (a case a line)


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    error, message, action = BAD[case]
    with pytest.raises(error, match=message):
        action()


def test_input_and_model_stay_as_they_were(rng):
    model, x = wide()
    before = x.copy(), model.theta.copy(), model.grad.copy()
    tangents(model, x, 3)
    local_pca_tangents(x, x, 2, 5)
    for old, new in zip(before, (x, model.theta, model.grad), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_deep_encoder_in_float32_has_weak_directions_too(rng):
    """s_k of 1e-4 s_1 needs a Jacobian in float64."""
    model = Autoencoder.dense((9, 8, 6), rng=0, dtype=np.float32)
    u, v = (np.linalg.qr(rng.standard_normal((side, side)))[0] for side in (8, 6))
    model.encoder.layers[2].params["W"][...] = (u[:, :6] * 10.0 ** -np.linspace(0, 3, 6)) @ v
    agree(model, 0.1 * rng.standard_normal((7, 9)).astype(np.float32), 6, 1e-6)


def test_dependent_rows_are_made_orthonormal_by_another_way():
    """Cholesky's method stops at equal rows, and loses digits at nearly equal ones."""
    for off in (0.0, 1e-7, 1.0):
        Y = np.array([[[1.0, 0.0, 0.0], [1.0, off, 0.0]]])
        Q = orthonormal(Y)
        np.testing.assert_allclose(Q @ Q.swapaxes(1, 2), np.eye(2)[None], atol=1e-12)
        assert abs(Q[0, 0] @ Y[0, 0]) == pytest.approx(1.0), "the first row is the first still"
