"""Tangents of any network: of the reconstruction, of its range, and of deep encoders."""

import numpy as np
import pytest

from tinyae import (
    Autoencoder,
    BernoulliOutput,
    GaussianCode,
    GaussianOutput,
    Identity,
    ReLU,
    Sigmoid,
    Tanh,
    tangents,
)
from tinyae.criterion import MixtureDensityOutput
from tinyae.nn.jacobian import jacobian
from tinyae.tangents import encoder, network, subspace, tangent_angles

OUTPUTS = (GaussianOutput(), BernoulliOutput(), MixtureDensityOutput(3))
KINDS = ("reconstruction", "range")


def moved(model, rng, by=0.5):
    model.theta[...] += by * rng.standard_normal(model.theta.size).astype(model.dtype)
    return model


def wide(output=BernoulliOutput(), *, decay=0.5, dtype=np.float64, sizes=(150, 160, 140)):  # noqa: B008
    """Wide enough for iteration; the singular values of each weight fall like 1 / i^decay."""
    rng = np.random.default_rng(0)
    model = Autoencoder.dense(sizes, activation=Tanh, output=output, rng=0, dtype=dtype)
    for layer in (*model.encoder.layers, *getattr(model.decoder, "layers", (model.decoder,))):
        if "W" in layer.params:
            u, s, v = np.linalg.svd(layer.params["W"], full_matrices=False)
            layer.params["W"][...] = (u * (3.0 / np.arange(1, len(s) + 1) ** decay)) @ v
            layer.params["b"][...] = 0.3 * rng.standard_normal(layer.d_out)
    return model, 0.5 * rng.standard_normal((11, sizes[0])).astype(dtype)


def by_differences(f, x, step=1e-5):
    """J (n, d_out, d) by central differences of f alone."""
    columns = [(f(x + step * e) - f(x - step * e)) / (2 * step) for e in np.eye(x.shape[1])]
    return np.stack(columns, axis=2)


def decomposed(J, k, of):
    U, s, V = np.linalg.svd(J, full_matrices=False)
    return (U.swapaxes(1, 2) if of == "range" else V)[:, :k], s[:, :k]


@pytest.mark.one_in(4)
@pytest.mark.parametrize("of", KINDS)
@pytest.mark.parametrize("output", OUTPUTS, ids=lambda o: type(o).__name__)
@pytest.mark.parametrize("sizes", [(7, 5), (5, 7), (6, 8, 5)], ids=str)
def test_against_finite_differences(sizes, output, of, rng):
    model = moved(Autoencoder.dense(sizes, activation=Tanh, output=output, rng=1), rng)
    x = 0.5 * rng.standard_normal((6, sizes[0]))
    T, s = tangents(model, x, 3, of=of)
    V, exact = decomposed(by_differences(model.reconstruct, x), 3, of)
    np.testing.assert_allclose(s, exact, rtol=1e-6, atol=1e-9 * exact.max())
    assert tangent_angles(T[:, :1], V[:, :1]).max() < 1e-5
    assert tangent_angles(T, V).max() < 1e-4


@pytest.mark.parametrize("tied", [False, True])
def test_a_linear_autoencoder_in_closed_form(tied, rng):
    """r = x W V + c has ∂r/∂x = (W V)ᵀ everywhere."""
    model = Autoencoder.dense((6, 4), activation=Identity, tied=tied, rng=2)
    W, V = model.encoder.layers[0].params["W"], model.decoder.layers[0].params["W"]
    left, s, right = np.linalg.svd((W @ V).T)
    x = rng.standard_normal((5, 6))
    for of, expected in (("reconstruction", right[:3]), ("range", left.T[:3])):
        T, found = tangents(model, x, 3, of=of)
        np.testing.assert_allclose(found, np.tile(s[:3], (5, 1)), rtol=1e-12)
        np.testing.assert_allclose(np.abs((T * expected).sum(axis=2)), 1, rtol=1e-12)


def test_reconstruction_and_range_are_not_the_same(rng):
    """The range of r = W h is that of W, whatever the encoder reads."""
    model = moved(Autoencoder.dense((6, 2), activation=Tanh, rng=1), rng)
    x = 0.5 * rng.standard_normal((5, 6))
    V = model.decoder.layers[0].params["W"]
    assert tangent_angles(tangents(model, x, 2, of="range")[0], np.tile(V, (5, 1, 1))).max() < 1e-7
    W = model.encoder.layers[0].params["W"].T
    T, _ = tangents(model, x, 2, of="reconstruction")
    assert tangent_angles(T, np.tile(W, (5, 1, 1))).max() < 1e-7
    assert tangent_angles(T, np.tile(V, (5, 1, 1))).max() > 0.3


@pytest.mark.parametrize("of", KINDS)
def test_the_mean_of_a_random_code_is_read(of, rng):
    model = moved(Autoencoder.dense((7, 6, 4), code=GaussianCode(), rng=0), rng)
    x = 0.5 * rng.standard_normal((4, 7))
    T, s = tangents(model, x, 2, of=of)
    V, exact = decomposed(by_differences(model.reconstruct, x), 2, of)
    np.testing.assert_allclose(s, exact, rtol=1e-6)
    assert tangent_angles(T, V).max() < 1e-4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("decay", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("of", ("code", *KINDS))
@pytest.mark.slow
def test_iteration_agrees_with_the_whole_jacobian(of, decay, dtype):
    model, x = wide(decay=decay, dtype=dtype)
    before = x.copy(), model.theta.copy(), model.grad.copy()
    T, s = tangents(model, x, 4, of=of)
    J = jacobian(encoder._network(model.astype(np.float64), of), x.astype(np.float64))
    V, exact = decomposed(J, 4, of)
    assert T.dtype == s.dtype == dtype and T.shape == (11, 4, 150)
    np.testing.assert_allclose(s, exact, rtol=1e-5)
    assert tangent_angles(T, V).max() < 5e-3
    identity = np.broadcast_to(np.eye(4), (11, 4, 4))
    np.testing.assert_allclose(T @ T.swapaxes(1, 2), identity, atol=1e3 * np.finfo(dtype).eps)
    for old, new in zip(before, (x, model.theta, model.grad), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("of", ("code", *KINDS))
def test_a_wide_network_forms_no_jacobian(of, monkeypatch):
    monkeypatch.setattr(encoder, "jacobian", None)
    model, x = wide()
    assert tangents(model, x, 4, of=of)[0].shape == (11, 4, 150)


@pytest.mark.slow
@pytest.mark.parametrize("of", KINDS)
def test_what_does_not_converge_is_decomposed(of, monkeypatch):
    monkeypatch.setattr(subspace, "ROUNDS", 2)
    model, x = wide(decay=0.05)
    T, s = tangents(model, x, 4, of=of)
    V, exact = decomposed(jacobian(encoder._network(model, of), x), 4, of)
    np.testing.assert_allclose(s, exact, rtol=1e-9)
    assert tangent_angles(T, V).max() < 1e-5


@pytest.mark.one_in(3)
@pytest.mark.parametrize("of", ("code", *KINDS))
def test_blocks_do_not_matter(of, monkeypatch):
    model, x = wide(sizes=(150, 120, 110))
    narrow = Autoencoder.dense((6, 9, 5), rng=1)
    whole = tangents(model, x, 3, of=of), tangents(narrow, x[:, :6], 2, of=of)
    for place in (encoder, network, subspace):
        monkeypatch.setattr(place, "BLOCK_BYTES", 1)
    parts = tangents(model, x, 3, of=of), tangents(narrow, x[:, :6], 2, of=of)
    for (T, s), (T1, s1) in zip(whole, parts, strict=True):
        np.testing.assert_allclose(s, s1, rtol=1e-6)
        assert tangent_angles(T, T1).max() < 1e-3


@pytest.mark.one_in(18)
@pytest.mark.parametrize("of", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("power", [-1, 1])
def test_scale_does_not_matter(of, dtype, power):
    """Squares of such weights are beyond the dtype."""
    size = 1e25**power if dtype == np.float32 else 1e200**power
    drawn, x = wide(GaussianOutput(), sizes=(150, 140))
    linear = Autoencoder.dense((150, 140), activation=Identity, rng=0)
    linear.theta[...] = drawn.theta
    T, s = tangents(linear, x, 3, of=of)
    linear.encoder.layers[0].params["W"] *= size
    T1, s1 = tangents(linear.astype(dtype), 0 * x.astype(dtype), 3, of=of)
    np.testing.assert_allclose(s1.astype(np.float64) / size, s, rtol=1e-5)
    assert tangent_angles(T, T1).max() < 3e-3


def test_a_point_where_all_units_are_off(rng):
    model, x = Autoencoder.dense((150, 140), activation=ReLU, rng=0), np.zeros((3, 150))
    first = model.encoder.layers[0].params
    first["b"][...] = 1.0
    x[:2] = 0.01 * rng.standard_normal((2, 150))
    assert tangents(model, x, 2, of="range")[0].shape == (3, 2, 150)
    x[2] = np.linalg.lstsq(first["W"].T, np.full(140, -2.0), rcond=None)[0]
    with pytest.raises(ValueError, match="at 1 of 3 points the reconstruction moves in fewer than"):
        tangents(model, x, 2, of="range")


@pytest.mark.parametrize("left", [False, True])
def test_points_beside_one_where_all_units_are_off(left, rng):
    model, x = Autoencoder.dense((150, 140), activation=ReLU, rng=0), np.zeros((4, 150))
    first = model.encoder.layers[0].params
    first["b"][...] = 0.1
    x[1:] = 0.3 * rng.standard_normal((3, 150))
    x[0] = np.linalg.lstsq(first["W"].T, np.full(140, -2.0), rcond=None)[0]
    net = encoder._network(model, "range")
    T, s, done = network.by_products(net, x, 2, left=left)
    assert not done[0] and not T[0].any() and done[1:].all()
    V, exact = decomposed(jacobian(net, x), 2, "range" if left else "reconstruction")
    np.testing.assert_allclose(s[1:], exact[1:], rtol=1e-5)
    assert tangent_angles(T[1:], V[1:]).max() < 5e-3


X = np.random.default_rng(0).random((12, 5))
MODEL = Autoencoder.dense((5, 4), activation=Sigmoid, rng=0)
BAD = {
    "another word": (ValueError, "of must be one of code, reconstruction, range, got 'decoder'",
                     lambda: tangents(MODEL, X, 2, of="decoder")),
    "no word": (ValueError, "of must be one of .*, got 1", lambda: tangents(MODEL, X, 2, of=1)),
    "k above the code": (ValueError, "at most 4, since the Jacobian of the code is 4 x 5",
                         lambda: tangents(MODEL, X, 5, of="reconstruction")),
    "equally": (ValueError, "the reconstruction moves in directions 2 and 3 equally",
                lambda: tangents(equal(), X[:, :4], 2, of="reconstruction")),
}  # fmt: skip


def equal():
    model = Autoencoder.dense((4, 4), activation=Identity, rng=0)
    for layer in (model.encoder.layers[0], model.decoder.layers[0]):
        layer.params["W"][...] = np.eye(4)
    return model


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    error, message, action = BAD[case]
    with pytest.raises(error, match=message):
        action()
