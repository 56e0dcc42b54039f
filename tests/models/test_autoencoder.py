"""The one Autoencoder: what it computes, how it reads, how it is put together."""

import re

import numpy as np
import pytest

from tinyae import (
    L1,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    Classifier,
    Contractive,
    Elementwise,
    GaussianNoise,
    GaussianOutput,
    Identity,
    Linear,
    MaskingNoise,
    ReLU,
    Sigmoid,
    Tanh,
    WeightDecay,
    gradcheck,
)
from tinyae.checks.streams import stream
from tinyae.nn import Glorot, Uniform
from tinyae.training import Cosine


def test_encode_decode_reconstruct(rng):
    x = rng.random((6, 5))
    model = Autoencoder.dense((5, 4), output=BernoulliOutput(), corruption=MaskingNoise(0.5))
    W, b = model.encoder.layers[0].params["W"], model.encoder.layers[0].params["b"]
    h = 1 / (1 + np.exp(-(x @ W + b)))
    np.testing.assert_allclose(model.encode(x), h, rtol=1e-13)
    V, c = model.decoder.layers[0].params["W"], model.decoder.layers[0].params["b"]
    np.testing.assert_allclose(model.decode(h), 1 / (1 + np.exp(-(h @ V + c))), rtol=1e-13)
    np.testing.assert_array_equal(model.reconstruct(x), model.decode(model.encode(x)))
    assert (model.d_in, model.d_code) == (5, 4)


def test_jacobian_by_complex_step(rng):
    x = rng.normal(size=(6, 5))
    model = Autoencoder.dense((5, 7, 3), activation=Tanh)
    J = model.jacobian(x)
    assert J.shape == (6, 3, 5)
    for j in range(5):
        z = x.astype(complex)
        z[:, j] += 1e-30j
        number = np.imag(model.encoder.forward(z)[0]) / 1e-30
        np.testing.assert_allclose(J[:, :, j], number, rtol=1e-12, atol=1e-14)


def test_dense_is_mirrored():
    model = Autoencoder.dense((9, 7, 3), activation=Tanh, code_activation=Identity)
    assert [type(layer) for layer in model.encoder.layers] == [Linear, Tanh, Linear, Identity]
    assert [type(layer) for layer in model.decoder.layers] == [Linear, Tanh, Linear]
    shapes = [layer.params["W"].shape for layer in (*model.encoder.layers[::2],
                                                    *model.decoder.layers[::2])]  # fmt: skip
    assert shapes == [(9, 7), (7, 3), (3, 7), (7, 9)]


def test_tied_ties_every_mirrored_pair():
    model = Autoencoder.dense((9, 7, 3), tied=True)
    up, down = model.encoder.layers[::2], model.decoder.layers[::2]
    for a, b in zip(up, reversed(down), strict=True):
        np.testing.assert_array_equal(a.params["W"], b.params["W"].T)
        assert np.shares_memory(a.params["W"], b.params["W"])
        assert a.params["b"] is not b.params["b"]
    assert model.theta.size == 9 * 7 + 7 * 3 + (7 + 3 + 7 + 9)


def test_initial_weights_follow_the_gain():
    """Glorot's interval, four times as wide for a sigmoid; biases zero; same seed same bits."""
    for unit, gain in ((Tanh, 1.0), (Sigmoid, 4.0), (ReLU, 2**0.5)):
        model = Autoencoder.dense((300, 200), activation=unit, rng=5)
        bound = gain * np.sqrt(6 / 500)
        W = model.encoder.layers[0].params["W"]
        assert 0.99 * bound < np.abs(W).max() < bound
        assert not model.encoder.layers[0].params["b"].any()
        V = model.decoder.layers[0].params["W"]  # in front of linear output units
        assert 0.99 * np.sqrt(6 / 500) < np.abs(V).max() < np.sqrt(6 / 500)
    deep = Autoencoder.dense((300, 200, 100), activation=Sigmoid, code_activation=Identity)
    for layer, gain in zip((*deep.encoder.layers[::2], *deep.decoder.layers[::2]), (4, 1, 4, 1),
                           strict=True):  # fmt: skip
        bound = gain * np.sqrt(6 / (layer.d_in + layer.d_out))
        assert 0.99 * bound < np.abs(layer.params["W"]).max() < bound
    same = Autoencoder.dense((300, 200), activation=ReLU, rng=5)
    np.testing.assert_array_equal(same.theta, model.theta)
    other = Autoencoder.dense((300, 200), activation=ReLU, rng=6)
    assert not np.array_equal(other.theta, model.theta)


def test_init_applies_to_every_affine_layer():
    model = Autoencoder.dense((50, 40, 30), init=Uniform(3.0, 2.0))
    for layer in (*model.encoder.layers[::2], *model.decoder.layers[::2]):
        assert 2.8 < np.abs(layer.params["W"]).max() < 3.0
        assert 1.5 < np.abs(layer.params["b"]).max() < 2.0
    model = Autoencoder.dense((50, 40), init=lambda rng, i, o: (np.ones((i, o)), np.zeros(o)))
    assert (model.encoder.layers[0].params["W"] == 1).all()


def test_activations_as_classes_or_objects():
    a = Autoencoder.dense((5, 4), activation=Tanh)
    b = Autoencoder.dense((5, 4), activation=Tanh())
    np.testing.assert_array_equal(a.theta, b.theta)


def test_an_activation_of_ones_own(rng):
    class Sine(Elementwise):
        """sin(a)."""

        def f(self, a):
            return np.sin(a)

        def df(self, a, y):
            return np.cos(a)

        def d2f(self, a, y):
            return -np.sin(a)

    model = Autoencoder.dense((5, 4, 3), activation=Sine, tied=True, penalties=Contractive(0.3))
    assert gradcheck(model, rng.normal(size=(4, 5))).max_relative_error < 1e-12


def test_noise_is_drawn_from_rng_in_order(rng):
    """Corruption first, then probes: the same generator state gives the same numbers."""
    x = rng.random((6, 5))
    model = Autoencoder.dense((5, 4), corruption=GaussianNoise(0.3), penalties=Contractive(1, 2))
    g = np.random.default_rng(3)
    p = model.forward(x, g)
    np.testing.assert_array_equal(
        p.x_tilde, x + 0.3 * np.random.default_rng(3).standard_normal(x.shape)
    )
    assert model.loss(x, rng=3) == model.loss(x, rng=stream(3, "evaluation"))
    assert model.loss(x, rng=3) == model.loss(x, 3) == model.loss_and_grad(x, 3)
    assert model.loss(x, rng=3) == model.loss(x, stream(3, "evaluation"))
    assert model.loss(x, rng=3) != model.loss(x, rng=4)


def test_a_noise_schedule_follows_the_models_progress(rng):
    x = rng.random((300, 50))
    model = Autoencoder.dense((50, 4), corruption=GaussianNoise(Cosine(2.0)))
    for progress, sigma in ((0.0, 2.0), (0.5, 1.0), (1.0, 0.0)):
        model.progress = progress
        assert np.std(model.forward(x, rng).x_tilde - x) == pytest.approx(sigma, rel=0.03)


def test_loss_leaves_the_gradient_alone(rng):
    x = rng.random((6, 5))
    model = Autoencoder.dense((5, 4))
    model.grad[...] = 7.0
    value = model.loss(x)
    assert (model.grad == 7.0).all()
    assert value == model.loss_and_grad(x) and isinstance(value, float)


def test_repr_reads_like_the_criterion():
    penalties = [L1(0.1), Contractive(0.5), WeightDecay(1e-4)]
    model = Autoencoder.dense(
        (784, 256),
        output=BernoulliOutput(),
        tied=True,
        corruption=MaskingNoise(0.25),
        penalties=penalties,
    )
    text = repr(model)
    assert text.splitlines() == [
        "Autoencoder 784-256-784, tied, float64, 201744 parameters",
        "  h = f(x̃) = sigmoid(x̃ W1 + b1)",
        "  r = g(h) = sigmoid(h W1ᵀ + b2)",
        "  minimises  E over x̃ ~ MaskingNoise(fraction=0.25) of  −Σ [x log r + (1−x) log(1−r)]"
        " + 0.1 Σ_i |h_i| + 0.5 Σ_i ‖∇_x h_i‖² + 0.0001 ‖W‖²",
    ]
    plain = repr(Autoencoder.dense((5, 4, 3), activation=Tanh, code_activation=Identity))
    assert "h = f(x) = tanh(x W1 + b1) W2 + b2" in plain
    assert "r = g(h) = tanh(h W3 + b3) W4 + b4" in plain and "minimises  ½‖x − r‖²" in plain
    linear = repr(Autoencoder.dense((5, 4, 3), activation=Identity))
    assert "h = f(x) = (x W1 + b1) W2 + b2" in linear


@pytest.mark.parametrize("tied", [False, True])
def test_describe(rng, tied):
    x = rng.random((6, 5))
    model = Autoencoder.dense((5, 4, 3), activation=Tanh, tied=tied, penalties=L1(0.2))
    loss = model.loss_and_grad(x)
    grad, theta = model.grad.copy(), model.theta.copy()
    text = model.describe(x)
    np.testing.assert_array_equal(model.grad, grad)
    np.testing.assert_array_equal(model.theta, theta)
    assert f"loss on this batch of 6: {loss:.6g}" in text
    first = next(line for line in text.splitlines() if "x W1 + b1" in line and "->" in line)
    norm = np.sqrt(sum((g**2).sum() for g in model.encoder.layers[0].grads.values()))
    y = model.encoder.layers[0].forward(x)[0]
    assert "(6, 5) -> (6, 4)" in first and " 24 " in first
    assert first.split()[-1] == f"{norm:.3g}" and first.split()[-3] == f"{(y**2).mean() ** 0.5:.3g}"
    assert ("W2ᵀ" in text) == tied
    code = [line for line in text.splitlines() if line.startswith("encoder  Tanh ")][-1]
    p = model.forward(x, rng)
    model.criterion(p)
    gh = 6 * (model.decoder.backward(p.ga, p.decoder_cache) + p.gh)
    assert code.split()[-2] == f"{(gh**2).mean() ** 0.5:.3g}"


@pytest.mark.parametrize("output", [GaussianOutput(), BernoulliOutput(), CategoricalOutput()])
def test_describe_says_what_keras_would_print(rng, output):
    """Keras takes the mean over all entries; here the cost is a sum over each example's."""
    x = rng.random((6, 5))
    x = x / x.sum(axis=1, keepdims=True)
    model = Autoencoder.dense((5, 3), output=output, penalties=L1(0.3))
    last = model.describe(x).splitlines()[-1]
    r = model.reconstruct(x)
    if isinstance(output, GaussianOutput):
        value, name = ((x - r) ** 2).mean(), "mean squared error"
    elif isinstance(output, BernoulliOutput):
        value = -(x * np.log(r) + (1 - x) * np.log(1 - r)).mean()
        name = "mean binary cross-entropy"
    else:
        value, name = -(x * np.log(r)).sum(axis=1).mean(), "categorical cross-entropy"
    assert "Keras" in last and name in last and f"{value:.6g}" in last


@pytest.mark.parametrize(
    ("sizes", "half"),
    [((9, 5, 3, 5, 9), "(9, 5, 3)"), ([9, 4, 9], "(9, 4)"), (np.array([9, 4, 4, 9]), "(9, 4)")],
)
def test_a_mirror_that_was_written_out_is_noticed(sizes, half):
    with pytest.warns(UserWarning, match=f"write {re.escape(half)}$") as said:
        model = Autoencoder.dense(sizes)
    assert model.d_code == 9 and len(said) == 1
    assert said[0].filename == __file__  # the line of the caller, not of the library


@pytest.mark.parametrize("sizes", [(9, 9), (9, 5, 3), (9, 5, 7, 9)])
def test_other_widths_are_no_mirror(sizes):
    assert Autoencoder.dense(sizes).d_in == 9  # warnings are errors here


def test_describe_of_nested_chains_and_single_layers(rng):
    encoder = Chain(Chain(Linear(5, 4, rng=rng), Tanh()), Linear(4, 3, rng=rng))
    text = Autoencoder(encoder, Linear(3, 5, rng=rng)).describe(rng.random((2, 5)))
    assert text.count("->") == 1 + 4  # the heading and four layers


def test_glorot_gain_scales():
    W, b = Glorot(2.0)(np.random.default_rng(0), 30, 20)
    V, _ = Glorot(1.0)(np.random.default_rng(0), 30, 20)
    np.testing.assert_allclose(W, 2 * V)
    assert not b.any()


def test_a_decoder_of_another_shape_than_it_states_is_named(rng):
    class Short(Linear):
        def forward(self, x):
            y, cache = super().forward(x)
            return y[:, :-1], cache

    model = Autoencoder(Linear(5, 3, rng=rng), Short(3, 5, rng=rng))
    with pytest.raises(ValueError, match=r"gives shape \(4, 4\) for x of shape \(4, 5\)"):
        model.loss(rng.normal(size=(4, 5)))


def test_units_of_a_code_of_one_s_own_are_not_judged(rng):
    """`encode` of a subclass may give anything, so none of its units is called dead."""

    class Named(Autoencoder):
        def encode(self, x):
            return {"code": super().encode(x)}

    layers, x = (Linear(5, 3, rng=rng), Linear(3, 5, rng=rng)), rng.normal(size=(4, 5))
    layers[0].params["W"][:, 1] = 0.0
    assert Named(*layers).dead_units(x) is None
    np.testing.assert_array_equal(Autoencoder(*layers).dead_units(x), [False, True, False])


def test_describe_says_that_its_loss_is_without_the_head(rng):
    x = rng.random((5, 4))
    model = Autoencoder.dense((4, 3), head=Classifier(2))
    assert f"loss without the head on this batch of 5: {Autoencoder.dense((4, 3)).loss(x):.6g}" in (
        model.describe(x)
    )
    assert "\nloss on this batch of 5: " in Autoencoder.dense((4, 3)).describe(x)
