"""The softmax classifier on an encoder: its loss, its gradient, what it trains, its manners."""

import copy
import pickle

import numpy as np
import pytest

from tinyae import (
    L1,
    RBM,
    Adam,
    Autoencoder,
    Chain,
    Classifier,
    Contractive,
    GaussianNoise,
    Identity,
    Linear,
    MaskingNoise,
    ReLU,
    Sigmoid,
    Softplus,
    Tanh,
    WeightDecay,
    fit,
    gradcheck,
    minimize,
    stack,
)
from tinyae.checks.streams import stream
from tinyae.criterion import HigherOrderContractive, ReconstructionContractive
from tinyae.models import SoftmaxClassifier, classifier

N, D, C = 23, 5, 3
X = np.random.default_rng(0).random((N, D))
Y = np.arange(N) % C


def encoder(unit=Tanh, rng=1):
    """Two layers, 5-4-6, with biases that are not zero."""
    return Chain(Linear(D, 4, rng=rng), unit(), Linear(4, 6, rng=rng + 1), unit())


def moved(model, scale=0.5):
    """The model away from its start, where W = 0 and the gradient of the encoder is zero."""
    model.theta += scale * np.random.default_rng(3).standard_normal(model.theta.size)
    return model


def by_hand(model, x):
    """p(y | x) of the 5-4-6-3 network, written out."""
    a, _, b, _ = model.encoder.layers
    h = np.tanh(np.tanh(x @ a.params["W"] + a.params["b"]) @ b.params["W"] + b.params["b"])
    head = model.parts["head"].params
    e = np.exp(h @ head["W"] + head["b"])
    return e / e.sum(axis=1, keepdims=True)


def groups(n=300, rng=5):
    """Three groups of points in a plane of 5 dimensions, and their numbers."""
    rng = np.random.default_rng(rng)
    centers = np.array([[2.0, 0, 0, 0, 0], [0, 2.0, 0, 0, 0], [0, 0, 2.0, 0, 0]])
    labels = rng.integers(C, size=n)
    return centers[labels] + 0.3 * rng.standard_normal((n, D)), labels


def test_loss_and_probabilities_are_those_of_the_docstring():
    model, before = moved(SoftmaxClassifier(encoder(), C)), (X.copy(), Y.copy())
    p = by_hand(model, X)
    np.testing.assert_allclose(model.classify(X), p, rtol=1e-13)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-13)
    assert model.loss(X, Y) == pytest.approx(-np.log(p[np.arange(N), Y]).mean(), rel=1e-13)
    np.testing.assert_array_equal(model.predict(X), p.argmax(axis=1))
    assert model.error(X, Y) == np.mean(p.argmax(axis=1) != Y)
    assert model.error(X, p.argmax(axis=1)) == 0.0
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(Y, before[1])
    assert (model.d_in, model.d_code, model.classes) == (D, 6, C)


@pytest.mark.one_in(54)
@pytest.mark.parametrize("unit", [Tanh, Sigmoid, Softplus, ReLU])
@pytest.mark.parametrize("corruption", [None, GaussianNoise(0.3), MaskingNoise(0.4)])
@pytest.mark.parametrize("penalties", [(), [WeightDecay(0.1), L1(0.2)]])
def test_gradient(unit, corruption, penalties):
    model = SoftmaxClassifier(encoder(unit), C, corruption=corruption, penalties=penalties)
    report = gradcheck(moved(model), (X, Y))
    assert report.method == "complex step" and report.max_relative_error < 1e-12


@pytest.mark.one_in(3)
@pytest.mark.parametrize("penalty", [Contractive(0.1), Contractive(0.1, probes=2),
                                     HigherOrderContractive(0.1, 0.1)])  # fmt: skip
def test_gradient_of_a_contracted_encoder(penalty):
    model = moved(SoftmaxClassifier(encoder(), C, penalties=penalty))
    assert gradcheck(model, (X, Y)).max_relative_error < 1e-12
    assert model.loss(X, Y) > SoftmaxClassifier.loss(without(model), X, Y) + 1e-3


def without(model):
    """A copy without penalties."""
    twin = model.copy()
    twin.penalties = ()
    return twin


@pytest.mark.parametrize("corruption", [None, GaussianNoise(0.3)])
def test_gradient_of_softmax_regression(corruption):
    model = SoftmaxClassifier(None, C, d=D, corruption=corruption, penalties=WeightDecay(0.1))
    assert gradcheck(moved(model), (X, Y)).max_relative_error < 1e-12
    assert list(model.parameters()) == ["head[0].W", "head[0].b"]


def test_it_is_the_supervised_part_of_an_autoencoder_with_a_head():
    """The gradient of the encoder is what a head adds to that of the reconstruction."""
    both = Autoencoder.dense((D, 6), head=Classifier(C), rng=1)
    both.theta += 0.5 * np.random.default_rng(3).standard_normal(both.theta.size)
    alone = Autoencoder(copy.deepcopy(both.encoder), copy.deepcopy(both.decoder))
    model = SoftmaxClassifier(both.encoder, C)
    for key, value in both.parts["head"].params.items():
        model.parts["head"].params[key][...] = value
    loss = both.loss_and_grad(X, Y) - alone.loss_and_grad(X)
    assert model.loss_and_grad(X, Y) == pytest.approx(loss, rel=1e-12)
    for part, other in (("encoder", alone), ("head", None)):
        name = {"W": f"{part}[0].W", "b": f"{part}[0].b"}
        for key in name:
            layer = both.parts[part].layers[0] if part == "encoder" else both.parts[part]
            wanted = layer.grads[key] - (other.encoder.layers[0].grads[key] if other else 0.0)
            found = model.parts[part].layers[0] if part == "encoder" else model.parts[part]
            np.testing.assert_allclose(found.grads[key], wanted, rtol=1e-10, atol=1e-13)
    np.testing.assert_array_equal(model.classify(X), both.classify(X))


def test_all_classes_are_equally_probable_at_the_start():
    model = SoftmaxClassifier(encoder(), C)
    np.testing.assert_array_equal(model.classify(X), np.full((N, C), 1 / C))
    assert model.loss_and_grad(X, Y) == pytest.approx(np.log(C), rel=1e-14)
    assert not model.encoder.layers[0].grads["W"].any(), "glogits W^T = 0"
    assert model.parts["head"].grads["W"].any()
    assert not model.predict(X).any(), "the first of equal ones"


def test_the_models_below_stay_as_they_were():
    models = [Autoencoder.dense((D, 4), tied=True, rng=1), Autoencoder.dense((4, 3), rng=2)]
    chain = stack(models, X, epochs=2)
    thetas, code = [m.theta.copy() for m in models], chain.forward(X)[0]
    for start, k in ((chain, 3), (models[0].encoder, 4)):
        model = SoftmaxClassifier(start, C)
        assert model.d_code == k
        fit(model, (X, Y), epochs=3, optimizer=Adam(0.1))
        model.check_packed()
        assert np.abs(model.encoder.forward(X)[0] - start.forward(X)[0]).max() > 1e-3, "it learned"
    np.testing.assert_array_equal(chain.forward(X)[0], code)
    for m, theta in zip(models, thetas, strict=True):
        np.testing.assert_array_equal(m.theta, theta)
        m.check_packed()


def test_an_rbm_s_hidden_layer_is_an_encoder():
    machine = RBM(D, 4, rng=0)
    model = SoftmaxClassifier(Chain(machine.parts["hidden"], Sigmoid()), C)
    np.testing.assert_array_equal(model.encoder.forward(X)[0], machine.encode(X))
    fit(model, (X, Y), epochs=1, optimizer=Adam(0.1))
    machine.check_packed()


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_learns_the_classes_and_shuffled_labels_it_does_not(dtype):
    x, y = groups()
    fresh, labels = groups(rng=6)
    x, fresh, before = x.astype(dtype), fresh.astype(dtype), x.astype(dtype)
    for start in (None, Chain(Linear(D, 8, rng=0, dtype=dtype), Sigmoid())):
        options = {"d": D, "dtype": dtype} if start is None else {}
        model = SoftmaxClassifier(start, C, **options)
        history = fit(model, (x, y), epochs=30, optimizer=Adam(0.02), batch_size=20)
        assert model.error(fresh, labels) < 0.02 and history.loss[-1] < 0.2 * history.loss[0]
        other = SoftmaxClassifier(start, C, **options)
        fit(other, (x, np.random.default_rng(1).permutation(y)), epochs=30, optimizer=Adam(0.02),
            batch_size=20)  # fmt: skip
        assert other.error(fresh, labels) > 0.3
        assert model.classify(x).dtype == model.theta.dtype == model.grad.dtype == dtype
    np.testing.assert_array_equal(x, before)


def test_softmax_regression_reaches_its_optimum():
    """Its criterion with weight decay is strictly convex in W, so the gradient there is zero."""
    pytest.importorskip("scipy")
    model = SoftmaxClassifier(None, C, d=D, penalties=WeightDecay(0.01))
    minimize(model, (X, Y), options={"gtol": 1e-9, "ftol": 1e-15})
    model.loss_and_grad(X, Y)
    assert np.abs(model.grad).max() < 1e-5
    p = model.classify(X)
    onehot = np.eye(C)[Y]
    W = model.parts["head"].params["W"]
    np.testing.assert_allclose(X.T @ (onehot - p) / N, 0.02 * W, atol=1e-5)
    np.testing.assert_allclose(p.mean(axis=0), onehot.mean(axis=0), atol=1e-5)


def test_weight_decay_counts_every_weight_and_no_bias():
    model = moved(SoftmaxClassifier(encoder(), C, penalties=[WeightDecay(0.25)]))
    W = [model.encoder.layers[0], model.encoder.layers[2], model.parts["head"]]
    wanted = 0.25 * sum((layer.params["W"] ** 2).sum() for layer in W)
    assert model.loss(X, Y) - without(model).loss(X, Y) == pytest.approx(wanted, rel=1e-12)


def test_noise_is_drawn_in_training_only():
    noise = GaussianNoise(0.5)
    model = moved(SoftmaxClassifier(encoder(), C, corruption=noise))
    p = by_hand(model, noise.corrupt(X, stream(2, "evaluation")))
    wanted = -np.log(p[np.arange(N), Y]).mean()
    assert model.loss(X, Y, rng=2) == pytest.approx(wanted, rel=1e-13)
    assert model.loss(X, Y, rng=3) != model.loss(X, Y, rng=2)
    np.testing.assert_allclose(model.classify(X), by_hand(model, X), rtol=1e-13)
    assert model.classify(X).tobytes() == model.classify(X).tobytes()


def test_noise_follows_the_progress_of_training():
    model = SoftmaxClassifier(None, C, d=D, corruption=MaskingNoise(lambda progress: progress))
    moved(model)
    assert model.loss(X, Y) == pytest.approx(model.loss(0 * X, Y), rel=1e-14)
    model.progress = 0.0
    assert model.loss(X, Y) == pytest.approx(-np.log(model.classify(X)[np.arange(N), Y]).mean())


def test_patience_restores_the_best_epoch():
    x, y = groups(60)
    wrong = np.random.default_rng(1).permutation(y)
    model = SoftmaxClassifier(Chain(Linear(D, 30, rng=0), Tanh()), C)
    history = fit(model, (x, wrong), epochs=60, optimizer=Adam(0.05), validation=groups(60, 7),
                  patience=5)  # fmt: skip
    assert history.stopped == "patience" and history.restored
    assert history.best_epoch == int(np.argmin(history.validation)) + 1
    assert model.loss(*groups(60, 7)) == pytest.approx(min(history.validation), rel=1e-12)


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m)),
                                  SoftmaxClassifier.copy])  # fmt: skip
@pytest.mark.parametrize("start", [None, encoder()])
def test_copies_are_whole_and_independent(twin, start):
    options = {"d": D} if start is None else {}
    model = moved(SoftmaxClassifier(start, C, corruption=MaskingNoise(0.2), **options))
    other = twin(model)
    assert other.loss_and_grad(X, Y) == model.loss_and_grad(X, Y)
    np.testing.assert_array_equal(other.grad, model.grad)
    other.check_packed()
    other.theta[...] = 0.0
    assert model.theta.any() and model.parts["head"].params["W"].any()
    assert repr(other) == repr(model)


def test_astype():
    model = moved(SoftmaxClassifier(encoder(), C))
    single = model.astype(np.float32)
    assert single.classify(X).dtype == np.float32
    np.testing.assert_allclose(single.classify(X), model.classify(X), atol=1e-6)
    assert np.iscomplexobj(model.astype(complex).loss_and_grad(X, Y))


def test_many_rows_are_classified_in_blocks(monkeypatch):
    model, sizes = moved(SoftmaxClassifier(encoder(), C)), []
    whole = model.classify(X)
    monkeypatch.setattr(classifier, "BLOCK_BYTES", 5 * 8 * 2 * (D + 4 + 6))
    forward = model.encoder.forward
    model.encoder.forward = lambda x: sizes.append(len(x)) or forward(x)
    np.testing.assert_allclose(model.classify(X), whole, rtol=1e-13)
    assert sizes == [5, 5, 5, 5, 3]


def test_dead_units():
    layer = Linear(D, 4, rng=0)
    layer.params["b"][...] = [0.0, -100.0, 0.0, -100.0]
    history = fit(SoftmaxClassifier(Chain(layer, ReLU()), C), (X, Y), epochs=1)
    np.testing.assert_array_equal(history.dead, [False, True, False, True])
    constant = np.hstack([X[:, :4], np.ones((N, 1))])
    assert fit(SoftmaxClassifier(None, C, d=D), (constant, Y), epochs=1).dead is None


def test_a_corruption_that_does_not_suit_the_data_is_reported():
    model = SoftmaxClassifier(None, C, d=D, corruption=GaussianNoise(100.0))
    with pytest.warns(UserWarning, match="almost nothing of x remains"):
        fit(model, (X, Y), epochs=1)


def test_graph():
    model = SoftmaxClassifier(encoder(), C, corruption=MaskingNoise(0.2),
                              penalties=[WeightDecay(0.1), L1(1.0)])  # fmt: skip
    graph = model.graph()
    assert [node.name for node in graph.nodes] == [
        "x", "C", "x̃", "encoder f 1", "encoder f 2", "h", "head 1", "p", "y", "L", "Ω"
    ]  # fmt: skip
    assert graph["C"].source == (model.corruption,) and graph["encoder f 1"].inputs == ("x̃",)
    assert graph["encoder f 1"].corrupted and not graph["head 1"].corrupted
    assert graph["h"].shape == (6,) and graph["head 1"].inputs == ("h",)
    assert graph["head 1"].shape == (6, C) and graph["head 1"].text == "h W₃ + b₃"
    assert graph["head 1"].source[0] is model.parts["head"]
    assert graph["L"].inputs == ("p", "y") and graph["L"].text == "L = −log p(y | h)"
    assert graph["Ω"].inputs == ("h",) and graph["Ω"].text == "Ω = 0.1 · ‖W‖²\n+ Σ_i |h_i|"
    plain = SoftmaxClassifier(None, C, d=D, penalties=WeightDecay(0.1)).graph()
    assert [node.name for node in plain.nodes] == ["x", "h", "head 1", "p", "y", "L", "Ω"]
    assert plain["h"].inputs == ("x",) and plain["h"].note == "h = x" and not graph["h"].note
    assert plain["Ω"].inputs == (), "the weights, not h"
    noisy = SoftmaxClassifier(None, C, d=D, corruption=MaskingNoise(0.2)).graph()
    assert noisy["h"].inputs == ("x̃",) and noisy["h"].note == "h = x̃"
    assert "y" not in [node.name for node in graph.without_costs().nodes]


def test_repr():
    deep = SoftmaxClassifier(encoder(), C, corruption=MaskingNoise(0.25),
                             penalties=WeightDecay(0.5))  # fmt: skip
    assert repr(deep) == (
        "SoftmaxClassifier 5-6-3, float64, 75 parameters\n"
        "  p(y | x) = softmax(h W + b),  h = f(x̃) = x̃ -> Linear(5, 4), Tanh(), Linear(4, 6), "
        "Tanh()\n"
        "  minimises  E over x̃ ~ MaskingNoise(fraction=0.25) of  −log p(y | h) + "
        "WeightDecay(lam=0.5)"
    )
    linear = repr(SoftmaxClassifier(None, C, d=D, dtype=np.float32))
    assert "5-5-3, float32, 18 parameters" in linear and "h = x\n" in linear


# fmt: off
WRONG = {
    "no width": (TypeError, "give the width of x", lambda: SoftmaxClassifier(None, C)),
    "two widths": (TypeError, "only without one", lambda: SoftmaxClassifier(encoder(), C, d=D)),
    "two dtypes": (TypeError, "only without one",
                   lambda: SoftmaxClassifier(encoder(), C, dtype=np.float64)),
    "width": (ValueError, "^d must be", lambda: SoftmaxClassifier(None, C, d=0)),
    "dtype": (ValueError, "dtype must be", lambda: SoftmaxClassifier(None, C, d=D, dtype=int)),
    "classes": (ValueError, "classes must be", lambda: SoftmaxClassifier(None, 1, d=D)),
    "model": (TypeError, "must be a layer",
              lambda: SoftmaxClassifier(Autoencoder.dense((D, 4)), C)),
    "no weights": (ValueError, "at least one Linear", lambda: SoftmaxClassifier(Sigmoid(), C)),
    "noise": (TypeError, "corruption must be",
              lambda: SoftmaxClassifier(None, C, d=D, corruption=0.1)),
    "penalty": (TypeError, r"WeightDecay\(1e-4\), got 0.1",
                lambda: SoftmaxClassifier(None, C, d=D, penalties=0.1)),
    "reconstruction": (ValueError, "reconstructs nothing",
                       lambda: SoftmaxClassifier(encoder(), C,
                                                 penalties=ReconstructionContractive(1.0))),
    "no labels": (TypeError, r"got 1 arrays: give fit the tuple",
                  lambda: fit(SoftmaxClassifier(None, C, d=D), X)),
    "pairs": (TypeError, "got 3 arrays", lambda: SoftmaxClassifier(None, C, d=D).loss(X, X, Y)),
    "label": (ValueError, "labels must lie in 0 to 2",
              lambda: fit(SoftmaxClassifier(None, C, d=D), (X, Y + 1))),
    "real labels": (TypeError, "whole numbers",
                    lambda: fit(SoftmaxClassifier(None, C, d=D), (X, Y + 0.5))),
    "number of labels": (ValueError, "labels must have shape",
                         lambda: SoftmaxClassifier(None, C, d=D).loss(X, Y[:-1])),
    "columns": (ValueError, "x has 4", lambda: SoftmaxClassifier(None, C, d=D).predict(X[:, 1:])),
    "weights": (TypeError, "takes no weights",
                lambda: fit(SoftmaxClassifier(None, C, d=D), (X, Y), weights=np.ones(N))),
}
# fmt: on


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_arguments_are_named(wrong):
    error, said, call = WRONG[wrong]
    with pytest.raises(error, match=said):
        call()


def test_the_identity_stands_for_no_encoder():
    model = SoftmaxClassifier(None, C, d=D)
    assert isinstance(model.encoder, Identity) and model.d_code == model.d_in == D
