"""The supervised head, the softmax under it, and the categorical output beside it."""

import copy
import pickle

import numpy as np
import pytest

from tinyae import (
    L1,
    Adam,
    Autoencoder,
    CategoricalOutput,
    Classifier,
    Contractive,
    GaussianNoise,
    Softmax,
    Tanh,
    fit,
    gradcheck,
    load,
    save,
)


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return rng.normal(size=(12, 5)), rng.integers(0, 3, 12)


def build(**options):
    model = Autoencoder.dense((5, 4), activation=Tanh, head=Classifier(3, 0.7), **options)
    model.theta[...] = np.random.default_rng(1).normal(0, 0.7, model.theta.size)
    return model


def test_softmax_layer_by_complex_step(rng):
    layer, a, v = Softmax(), rng.normal(0, 2, (4, 5)), rng.normal(size=(3, 4, 5))
    y, cache = layer.forward(a)
    np.testing.assert_allclose(y, np.exp(a) / np.exp(a).sum(axis=1, keepdims=True), rtol=1e-13)
    gy, (u, tape) = rng.normal(size=y.shape), layer.jvp(v, cache)
    for k in range(3):
        number = np.imag(layer.forward(a + 1e-30j * v[k])[0]) / 1e-30
        np.testing.assert_allclose(u[k], number, rtol=1e-11, atol=1e-14)
    gu = rng.normal(size=u.shape)
    ga, (ga2, gv) = layer.backward(gy, cache), layer.jvp_backward(gu, tape, cache)

    def along(a, v):
        return layer.jvp(v, layer.forward(a)[1])[0]

    for i in np.ndindex(a.shape):
        z = a.astype(complex)
        z[i] += 1e-30j
        number = np.imag((gy * layer.forward(z)[0]).sum()) / 1e-30
        assert ga[i] == pytest.approx(number, rel=1e-10, abs=1e-13)
        number = np.imag((gu * along(z, v)).sum()) / 1e-30
        assert ga2[i] == pytest.approx(number, rel=1e-10, abs=1e-13)
    for i in np.ndindex(v.shape):
        z = v.astype(complex)
        z[i] += 1e-30j
        assert gv[i] == pytest.approx(np.imag((gu * along(a, z)).sum()) / 1e-30, abs=1e-13)


def test_categorical_output(rng):
    output, a = CategoricalOutput(), rng.normal(0, 2, (6, 4))
    x = rng.dirichlet(np.ones(4), 6)
    r = np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(output.nll(x, a), -(x * np.log(r)).sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(output.gradient(x, a), r - x, atol=1e-14)
    total = np.exp(-output.nll(np.eye(4), np.repeat(a[:1], 4, axis=0))).sum()
    assert total == pytest.approx(1, abs=1e-14)
    extreme = np.array([[1e4, -1e4, 0.0, 0.0]])
    assert output.cost(np.eye(4)[1:2], extreme).item() == 2e4
    np.testing.assert_array_equal(Softmax().forward(extreme)[0], [[1, 0, 0, 0]])
    near = np.array([[0, 1, 2, 3]], np.float32)
    costs = [output.cost(np.eye(4, dtype=np.float32)[:1], near + shift) for shift in (0, 1e4)]
    np.testing.assert_array_equal(*costs)
    bent = np.array([[1.5, -0.5, 0.0, 0.0]])
    for bad in (x * 2, x - 0.5, bent, x * 1.01):
        with pytest.raises(ValueError, match="rows of probabilities"):
            output.check(bad)


def test_criterion_is_the_sum(rows):
    x, y = rows
    model = build(penalties=L1(0.2))
    p = model.classify(x)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    supervised = -np.log(p[np.arange(12), y]).mean()
    alone = Autoencoder(model.encoder, model.decoder, penalties=L1(0.2)).loss(x)
    again = build(penalties=L1(0.2))
    assert repr(again).endswith("½‖x − r‖² + 0.2 Σ_i |h_i| + 0.7 · −log p(y | h)")
    assert again.loss(x, y) == pytest.approx(alone + 0.7 * supervised, rel=1e-12)


@pytest.mark.parametrize("options", [{}, {"tied": True, "penalties": [L1(0.1), Contractive(0.3)],
                                          "corruption": GaussianNoise(0.2)}])  # fmt: skip
def test_gradient(rows, options):
    assert gradcheck(build(**options), rows, method="complex").max_relative_error <= 1e-12


def test_copies_and_files_keep_the_head(rows, tmp_path):
    model = build()
    x, y = rows
    copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model)),
              load(save(model, tmp_path / "m")), model.astype(np.float64)]  # fmt: skip
    for twin in copies:
        assert twin.loss(x, y) == model.loss(x, y)
        fit(twin, rows, epochs=2)
        assert twin.loss(x, y) != model.loss(x, y)


def test_learns_the_labels():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 300)
    x = np.eye(3)[y] @ rng.normal(size=(3, 5)) + 0.1 * rng.normal(size=(300, 5))
    model = Autoencoder.dense((5, 4), activation=Tanh, head=Classifier(3, 1.0))
    history = fit(model, (x, y), epochs=60, optimizer=Adam(0.02), validation=0.2)
    assert (model.classify(x).argmax(axis=1) == y).mean() > 0.98
    assert history.validation[-1] < 0.5 * history.validation[0]
    assert "head" in "".join(model.parameters())


def test_refusals(rows):
    x, y = rows
    model = build()
    cases = [
        (TypeError, "and labels, or .* got 1", lambda: model.loss_and_grad(x)),
        (TypeError, "labels must be whole numbers", lambda: model.loss_and_grad(x, y * 1.0)),
        (ValueError, r"labels must have shape \(12,\)", lambda: model.loss_and_grad(x, y[:5])),
        (ValueError, "labels must lie in 0 to 2", lambda: model.loss_and_grad(x, y + 1)),
        (ValueError, "has no head", lambda: Autoencoder.dense((5, 4)).classify(x)),
        (TypeError, r"None or Classifier\(n\)", lambda: Autoencoder.dense((5, 4), head=Classifier)),
        (ValueError, "classes must be at least 2", lambda: Classifier(1)),
        (ValueError, "weight must be", lambda: Classifier(3, -1.0)),
        (ValueError, "softmax itself", lambda: Autoencoder(
            model.encoder, type(model.encoder)(*model.decoder.layers, Softmax()),
            output=CategoricalOutput())),
    ]  # fmt: skip
    for error, message, action in cases:
        with pytest.raises(error, match=message):
            action()
