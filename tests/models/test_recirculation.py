"""Recirculation: the published rule by loops, in columns; when it is a gradient; its manners."""

import copy
import math
import pickle

import numpy as np
import pytest

from tinyae import (
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    GaussianOutput,
    Identity,
    Linear,
    Recirculation,
    Residual,
    Sigmoid,
    Tanh,
    fit,
    gradcheck,
    minimize,
    tied,
)
from tinyae.criterion import FixedGaussianOutput
from tinyae.nn import Normal

dense = Recirculation.dense
X = np.random.default_rng(0).random((6, 5))
LINEAR, SIGMOID = GaussianOutput(), BernoulliOutput()
WAYS = [(tie, regress, output) for tie in (False, True) for regress in (False, True)
        for output in (LINEAR, SIGMOID)]  # fmt: skip
every_way = pytest.mark.parametrize(("tie", "regress", "output"), WAYS)


def net(tie=False, regress=True, output=SIGMOID, lam=0.75, activation=Sigmoid, dtype=np.float64):
    """5-3-5 with biases that are not zero."""
    model = dense((5, 3), tied=tie, regress_hidden=regress, output=output, regression=lam, rng=1,
                  activation=activation, init=Normal(0.6), dtype=dtype)  # fmt: skip
    for part in (model.parts["encoder"].layers[0], model.parts["decoder"]):
        part.params["b"][...] = np.random.default_rng(2).normal(0, 0.3, part.params["b"].shape)
    return model


def sigmoid(a):
    return 1.0 / (1.0 + math.exp(-a))


def published(W, b, V, c, x, lam, regress, g):
    """One example as the paper has it: columns, W (k, d), V (d, k), one unit after the other.

    Returns ΔW, Δb, ΔV, Δc for ε = 1, and the states in the order of time.
    """
    k, d = len(W), len(V)
    h1 = [sigmoid(sum(W[j][i] * x[i] for i in range(d)) + b[j]) for j in range(k)]
    r = [g(sum(V[i][j] * h1[j] for j in range(k)) + c[i]) for i in range(d)]
    v2 = [lam * x[i] + (1 - lam) * r[i] for i in range(d)]
    h3 = [sigmoid(sum(W[j][i] * v2[i] for i in range(d)) + b[j]) for j in range(k)]
    if regress:
        h3 = [lam * h1[j] + (1 - lam) * h3[j] for j in range(k)]
    dV = [[(x[i] - v2[i]) * h1[j] for j in range(k)] for i in range(d)]
    dW = [[(h1[j] - h3[j]) * v2[i] for i in range(d)] for j in range(k)]
    db, dc = [h1[j] - h3[j] for j in range(k)], [x[i] - v2[i] for i in range(d)]
    return (np.array(dW), np.array(db), np.array(dV), np.array(dc)), (h1, r, v2, h3)


def weights(model):
    """Copies of W, b, V, c."""
    first, last = model.parts["encoder"].layers[0].params, model.parts["decoder"].params
    return [np.array(p, np.float64) for p in (first["W"], first["b"], last["W"], last["b"])]


@pytest.mark.one_in(18)
@pytest.mark.parametrize("lam", [0.0, 0.75])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@every_way
def test_a_fit_is_the_published_rule(tie, regress, output, dtype, lam):
    """Two sweeps, example by example, against the loops; then one step on the whole batch."""
    model = net(tie, regress, output, lam, dtype=dtype)
    x, eps, g = X.astype(dtype), 0.5, sigmoid if output is SIGMOID else float
    tolerance = 1e-12 if dtype == np.float64 else 2e-5
    for batch_size in (1, 6):
        W, b, V, c = weights(model)
        W, V = W.T.copy(), V.T.copy()
        for batch in [*x[:, None], *x[:, None]] if batch_size == 1 else [x, x]:
            found = [published(W, b, V, c, row, lam, regress, g)[0] for row in batch.astype(float)]
            dW, db, dV, dc = (eps * sum(parts) / len(batch) for parts in zip(*found, strict=True))
            if tie:
                W += dW + dV.T  # one matrix, which both layers change
                V = W.T.copy()
            else:
                W, V = W + dW, V + dV
            b, c = b + db, c + dc
        fit(model, x, optimizer=SGD(eps), epochs=2, batch_size=batch_size, shuffle=False)
        for mine, theirs in zip(weights(model), (W.T, b, V.T, c), strict=True):
            np.testing.assert_allclose(mine, theirs, atol=tolerance, rtol=0)
        assert model.theta.dtype == dtype and model.reconstruct(x).dtype == dtype


@every_way
def test_trace_has_every_step(tie, regress, output):
    model, before = net(tie, regress, output), X.copy()
    W, b, V, c = weights(model)
    p, g = model.trace(X), sigmoid if output is SIGMOID else float
    found = [published(W.T, b, V.T, c, row, 0.75, regress, g) for row in X]
    for i, (_, (h1, r, v2, h3)) in enumerate(found):
        for mine, theirs in ((p.h1, h1), (p.r, r), (p.v2, v2), (p.h3, h3)):
            np.testing.assert_allclose(mine[i], theirs, atol=1e-14, rtol=0)
    np.testing.assert_allclose(p.a1, X @ W + b, atol=1e-14)
    np.testing.assert_allclose(p.a2, p.h1 @ V + c, atol=1e-14)
    np.testing.assert_allclose(p.a3, p.v2 @ W + b, atol=1e-14)
    dW, db, dV, dc = (sum(parts) / 6 for parts in zip(*(u for u, _ in found), strict=True))
    for mine, theirs in ((p.dW, dW.T), (p.db, db), (p.dV, dV.T), (p.dc, dc)):
        np.testing.assert_allclose(mine, theirs, atol=1e-14)
    np.testing.assert_array_equal(p.x, before)
    np.testing.assert_array_equal(X, before)
    with pytest.raises(AttributeError):
        p.h1 = 0  # frozen


@every_way
def test_trace_and_grad_agree(tie, regress, output):
    model = net(tie, regress, output)
    p, theta = model.trace(X), model.theta.copy()
    model.grad[...] = 7.0  # what a step before left behind
    loss = model.loss_and_grad(X)
    first, last = model.parts["encoder"].layers[0].grads, model.parts["decoder"].grads
    both = p.dW + p.dV.T
    np.testing.assert_allclose(first["W"], -both if tie else -p.dW, atol=1e-15)
    np.testing.assert_allclose(last["W"], -both.T if tie else -p.dV, atol=1e-15)
    np.testing.assert_array_equal(first["b"], -p.db)
    np.testing.assert_array_equal(last["b"], -p.dc)
    np.testing.assert_array_equal(model.theta, theta)
    assert loss == pytest.approx(output.cost(X, p.a2).mean(), rel=1e-14)
    kept = model.grad.copy()
    assert model.loss(X[:2]) != loss
    np.testing.assert_array_equal(model.grad, kept)


@every_way
def test_a_batch_is_the_mean_of_its_examples(tie, regress, output):
    model, grads, losses = net(tie, regress, output), [], []
    for row in X:
        losses.append(model.loss_and_grad(row[None]))
        grads.append(model.grad.copy())
    assert model.loss_and_grad(X) == pytest.approx(np.mean(losses), rel=1e-13)
    np.testing.assert_allclose(model.grad, np.mean(grads, axis=0), atol=1e-14)


@pytest.mark.parametrize("lam", [0.0, 0.3, 0.99])
@pytest.mark.parametrize("output", [LINEAR, SIGMOID, CategoricalOutput()])
def test_the_decoder_s_update_is_the_delta_rule(lam, output):
    """(1 − λ) times it, which is the gradient of the cost: back-propagation's, to rounding."""
    model, x = net(output=output, lam=lam), X / X.sum(axis=1, keepdims=True)
    p, twin = model.trace(x), model.unfold()
    delta = p.h1.T @ (x - model.reconstruct(x)) / 6
    assert np.abs(p.dV - (1 - lam) * delta).max() <= 1e-12 * np.abs(delta).max()
    twin.loss_and_grad(x)
    np.testing.assert_allclose(p.dV, -(1 - lam) * twin.decoder.grads["W"], rtol=0, atol=1e-15)
    np.testing.assert_allclose(p.dc, -(1 - lam) * twin.decoder.grads["b"], rtol=0, atol=1e-15)


@pytest.mark.parametrize("activation", [Sigmoid, Tanh, Identity])
@pytest.mark.parametrize("output", [LINEAR, SIGMOID])
@pytest.mark.parametrize("regress", [False, True])
def test_the_encoder_s_update_tends_to_the_gradient(regress, output, activation):
    """With W = Vᵀ in value; the gap is of first order, so a tenth of 1 − λ leaves a tenth of it."""
    model, gaps = net(regress=regress, output=output, activation=activation), []
    W = model.parts["encoder"].layers[0].params["W"]
    model.parts["decoder"].params["W"][...] = W.T
    twin = model.unfold()
    twin.loss_and_grad(X)
    wanted = twin.encoder.layers[0].grads
    for lam in (0.99, 0.999, 0.9999):
        model.regression, size = lam, (1 - lam) ** (2 if regress else 1)
        p = model.trace(X)
        gaps.append(np.abs(p.dW / size + wanted["W"]).max() / np.abs(wanted["W"]).max())
        assert np.abs(p.db / size + wanted["b"]).max() < 2 * (1 - lam) * np.abs(wanted["b"]).max()
    assert 0 < gaps[0] < 0.05
    np.testing.assert_allclose(np.divide(gaps[:2], gaps[1:]), 10, rtol=0.1)


def test_untied_weights_lead_elsewhere():
    """The rule sends the error forwards through W: with V = −Wᵀ it climbs."""
    model = net(lam=0.99)
    W = model.parts["encoder"].layers[0].params["W"]
    for sign in (1, -1):
        model.parts["decoder"].params["W"][...] = sign * W.T
        twin = model.unfold()
        twin.loss_and_grad(X)
        dW, gW = model.trace(X).dW, twin.encoder.layers[0].grads["W"]
        cosine = -(dW * gW).sum() / np.linalg.norm(dW) / np.linalg.norm(gW)
        assert sign * cosine > 0.99


@pytest.mark.parametrize("regress", [False, True])
def test_a_linear_encoder_rests_once_the_decoder_is_the_best_for_it(regress):
    """For any W: the code comes back, though x does not; the gradient would go on."""
    model = net(regress=regress, output=LINEAR, activation=Identity)
    h = np.column_stack([model.encode(X), np.ones(6)])
    best = np.linalg.lstsq(h, X, rcond=None)[0]
    decoder = model.parts["decoder"].params
    decoder["W"][...], decoder["b"][...] = best[:-1], best[-1]
    p, twin = model.trace(X), model.unfold()
    assert max(np.abs(u).max() for u in (p.dW, p.db, p.dV, p.dc)) < 1e-14
    np.testing.assert_allclose(p.h3, p.h1, atol=1e-13)
    twin.loss_and_grad(X)
    assert np.abs(twin.encoder.layers[0].grads["W"]).max() > 1e-3
    assert np.abs(p.r - X).max() > 0.01


@pytest.mark.slow
def test_it_solves_the_4_2_4_problem():
    x = np.eye(4)
    model = dense((4, 2), output=SIGMOID)
    history = fit(model, x, optimizer=SGD(20.0), epochs=500, batch_size=4)
    assert np.abs(model.reconstruct(x) - x).max() < 0.2
    assert history.loss[-1] == pytest.approx(model.loss(x), rel=0.1) and history.loss[-1] < 0.3
    other = dense((4, 2), output=SIGMOID)
    fit(other, x, optimizer=Adam(0.05), epochs=500, batch_size=4)  # another rule; not refused
    assert other.loss(x) < 0.3


def test_what_needs_a_gradient_refuses_it():
    model = net()
    with pytest.raises(ValueError, match="follows_gradient is False"):
        gradcheck(model, X)
    pytest.importorskip("scipy")
    with pytest.raises(ValueError, match="not the gradient of its loss"):
        minimize(model, X)


def test_its_loss_may_be_compared():
    """It is the autoencoder's, so patience is given what it asks for."""
    model = net()
    assert model.loss(X) == pytest.approx(model.unfold().loss(X), rel=1e-15)
    history = fit(model, X, optimizer=SGD(1.0), validation=X, patience=5, epochs=50)
    assert history.best_epoch is not None


@pytest.mark.parametrize("tie", [False, True])
def test_unfolding_copies(tie):
    model = net(tie)
    twin = model.unfold()
    assert isinstance(twin, Autoencoder) and twin.output is model.output
    np.testing.assert_array_equal(twin.theta, model.theta)
    np.testing.assert_array_equal(twin.encode(X), model.encode(X))
    np.testing.assert_array_equal(twin.reconstruct(X), model.decode(model.encode(X)))
    twin.theta[...] = 0.0
    assert model.theta.any()


@pytest.mark.parametrize("tie", [False, True])
@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m)),
                                  Recirculation.copy])  # fmt: skip
def test_copies_are_whole_and_independent(twin, tie):
    model = net(tie, regress=False, lam=0.3)
    other = twin(model)
    assert other.loss_and_grad(X) == model.loss_and_grad(X)
    np.testing.assert_array_equal(other.grad, model.grad)
    kept = model.trace(X).h3
    fit(other, X, optimizer=SGD(1.0), epochs=3)
    assert not np.allclose(other.trace(X).h3, kept)
    np.testing.assert_array_equal(model.trace(X).h3, kept)
    other.check_packed()


def test_an_encoder_may_be_one_linear_layer(rng):
    first = Linear(5, 3, rng=rng)
    bare = Recirculation(first, tied(first))
    chained = Recirculation(*(lambda m: (Chain(m[0], Identity()), tied(m[0])))(
        [copy.deepcopy(first)]))  # fmt: skip
    assert bare.loss_and_grad(X) == chained.loss_and_grad(X)
    np.testing.assert_array_equal(bare.grad, chained.grad)
    assert bare.grad.any()


def test_the_defaults_are_those_that_are_stated():
    """Untied, sigmoid code, linear visible units, λ = 0.75 for both kinds of units, seed 0."""
    stated = dense((5, 3), activation=Sigmoid, output=GaussianOutput(), tied=False, init=None,
                   rng=0, dtype=np.float64, regression=0.75, regress_hidden=True)  # fmt: skip
    built = Recirculation(*stated.copy().parts.values())
    for model in (dense((5, 3)), built):
        np.testing.assert_array_equal(model.theta, stated.theta)
        assert repr(model) == repr(stated) and "tied" not in repr(model)
        for mine, theirs in zip(vars(model.trace(X)).values(), vars(stated.trace(X)).values(),
                                strict=True):  # fmt: skip
            np.testing.assert_array_equal(mine, theirs)


def test_it_reads_like_the_rule():
    text = repr(net(True))
    for part in ("Recirculation 5-3-5, tied, float64, 23 parameters", "h1 = sigmoid(x W + b)",
                 "v2 = 0.75 x + 0.25 sigmoid(h1 Wᵀ + c)", "h3 = 0.75 h1 + 0.25 sigmoid(v2 W + b)",
                 "ΔWᵀ = ε h1ᵀ (x − v2)", "ΔW = ε v2ᵀ (h1 − h3)", SIGMOID.formula):  # fmt: skip
        assert part in text
    text = repr(net(False, regress=False, output=LINEAR))
    assert "h3 = sigmoid(v2 W + b)" in text and "0.25 identity(h1 V + c)" in text
    assert "tied" not in text and "ΔV = ε h1ᵀ (x − v2)" in text


def affine(d_in, d_out):
    return Linear(d_in, d_out, rng=0)


BAD = {
    "λ = 1": (ValueError, r"regression must be a finite number in \[0, 1\)",
              lambda m: net(lam=1.0)),
    "λ < 0": (ValueError, r"regression must be a finite number in \[0, 1\)",
              lambda m: net(lam=-0.1)),
    "λ NaN": (ValueError, "regression must be", lambda m: net(lam=np.nan)),
    "λ text": (TypeError, "regression must be a number", lambda m: net(lam="0.75")),
    "regress": (TypeError, "regress_hidden must be True or False", lambda m: net(regress=1)),
    "three widths": (ValueError, r"sizes must be \(width of x", lambda m: dense((5, 4, 3))),
    "one width": (ValueError, r"sizes must be \(width of x", lambda m: dense((5,))),
    "the mirror too": (ValueError, r"write \(5, 3\)", lambda m: dense((5, 3, 5))),
    "tied": (TypeError, "tied must be True or False", lambda m: dense((5, 3), tied=1)),
    "activation": (TypeError, "Sigmoid, Tanh", lambda m: dense((5, 3), activation="tanh")),
    "dtype": (ValueError, "float32 or float64", lambda m: dense((5, 3), dtype=int)),
    "seed": (TypeError, "must be a seed", lambda m: dense((5, 3), rng=None)),
    "output": (TypeError, "output must be", lambda m: dense((5, 3), output=BernoulliOutput)),
    "deep encoder": (ValueError, r"must be Linear or Chain\(Linear, unit\)", lambda m:
        Recirculation(Chain(affine(5, 4), Tanh(), affine(4, 3)), affine(3, 5))),
    "unit first": (ValueError, r"must be Linear or Chain\(Linear, unit\)", lambda m:
        Recirculation(Chain(Tanh(), affine(5, 3)), affine(3, 5))),
    "two units": (ValueError, r"must be Linear or Chain\(Linear, unit\)", lambda m:
        Recirculation(Chain(affine(5, 3), Tanh(), Tanh()), affine(3, 5))),
    "residual encoder": (ValueError, r"must be Linear or Chain\(Linear, unit\)", lambda m:
        Recirculation(Chain(affine(5, 5), Residual(affine(5, 5))), affine(5, 5))),
    "bent decoder": (ValueError, r"^the decoder must be one Linear layer, got Chain\(.*\); the "
        "function of the visible units is the mean of the output$", lambda m:
        Recirculation(affine(5, 3), Chain(affine(3, 5), Tanh()))),
    "no canonical output": (ValueError, "^recirculation, which moves the visible units by x - r, "
        "needs an output for which", lambda m:
        Recirculation(affine(5, 3), affine(3, 5), output=FixedGaussianOutput(0.5))),
    "sigmoid twice": (ValueError, "applies its sigmoid itself", lambda m:
        Recirculation(affine(5, 3), Chain(affine(3, 5), Sigmoid()), output=SIGMOID)),
    "widths": (ValueError, "gives 4 numbers for 5", lambda m:
        Recirculation(affine(5, 3), affine(3, 4))),
    "no layer": (TypeError, "encoder must be a layer", lambda m: Recirculation(3, affine(3, 5))),
    "x: width": (ValueError, "but 5 were expected", lambda m: m.trace(np.ones((2, 4)))),
    "x: NaN": (ValueError, "NaN", lambda m: m.loss_and_grad(np.full((2, 5), np.nan))),
    "x: range": (ValueError, r"targets in \[0, 1\]", lambda m: m.trace(2 * X + 1)),
    "x: one example": (ValueError, "two axes", lambda m: m.trace(X[0])),
    "x: labels": (TypeError, "got 2 arrays", lambda m: fit(m, (X, np.zeros(6)))),
    "x: encode": (ValueError, "x has 4", lambda m: m.encode(np.ones((2, 4)))),
    "h: width": (ValueError, "h has 5", lambda m: m.decode(X)),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    error, message, action = BAD[name]
    model = net()
    kept = model.theta.copy()
    with pytest.raises(error, match=message):
        action(model)
    np.testing.assert_array_equal(model.theta, kept)


@pytest.mark.parametrize("action", [lambda m: m.trace(X), lambda m: m.loss_and_grad(X),
                                    lambda m: m.encode(X), lambda m: m.unfold()])  # fmt: skip
def test_layers_that_moved_on_are_noticed(action):
    model = net()
    Autoencoder(model.parts["encoder"], model.parts["decoder"])
    with pytest.raises(RuntimeError, match="no longer views of"):
        action(model)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_result_has_the_dtype_of_the_model(dtype):
    model = net(dtype=dtype)
    h = model.encode(X)
    results = [h, model.decode(h.astype(np.float64)), model.reconstruct(X)]
    results += vars(model.trace(X)).values()
    assert {found.dtype for found in results} == {np.dtype(dtype)}


@pytest.mark.parametrize("dtype, far", [(np.float32, 1e30), (np.float64, 1e200)])
def test_numbers_without_a_square_are_refused(dtype, far):
    model, x = net(output=LINEAR, dtype=dtype), X.copy()
    x[1, 2] = far
    for action in (model.encode, model.trace, model.loss_and_grad, model.reconstruct):
        with pytest.raises(ValueError, match="^x has entries up to .* whose squares go beyond"):
            action(x)
    h = np.full((2, 3), 1e100)  # which no float32 is
    if dtype == np.float32:
        with pytest.raises(ValueError, match="^h has entries beyond float32"):
            model.decode(h)
    else:
        assert np.isfinite(model.decode(h)).all()


def test_weights_and_widths_are_those_asked_for():
    assert not dense((5, 3), init=Normal(0.0)).parts["decoder"].params["W"].any()
    with pytest.raises(ValueError, match=r"\(width of x, width of the code\)"):
        dense((5,))
    with pytest.raises(TypeError, match=r"of shape \(n, 5\), got 5 arrays"):
        net().loss_and_grad(*X.T)
