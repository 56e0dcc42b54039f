"""One flat theta, one flat grad, and layers that look into them through every kind of copy."""

import copy
import pickle

import numpy as np
import pytest

from tinyae import Autoencoder, Chain, Linear, Model, Sigmoid, Tanh, fit
from tinyae import tied as tie
from tinyae.nn import pack
from tinyae.nn.layers import hollow
from tinyae.nn.parameters import owners, packed


def linears(model):
    return [layer for layer, key in owners(*model.parts.values()) if key == "b"]


def one_memory(model):
    """Writing to theta shows in every layer, and writing to a layer shows in theta."""
    assert packed(model.theta, model.grad, *model.parts.values())
    kept = model.theta.copy()
    model.theta[...] = np.arange(model.theta.size)
    seen = np.concatenate([model.parameters()[name].ravel() for name in model.parameters()])
    np.testing.assert_array_equal(seen, np.arange(model.theta.size))
    for layer in linears(model):
        layer.params["b"][...] = -1.0
        layer.grads["b"][...] = -2.0
        if layer.source is not None:
            assert np.shares_memory(layer.params["W"], layer.source.params["W"])
            np.testing.assert_array_equal(layer.params["W"], layer.source.params["W"].T)
            assert np.shares_memory(layer.grads["W"], layer.source.grads["W"])
    assert (model.theta == -1.0).sum() == sum(layer.d_out for layer in linears(model))
    assert (model.grad == -2.0).any()
    model.theta[...] = kept


@pytest.fixture(params=[False, True], ids=["untied", "tied"])
def model(request):
    return Autoencoder.dense((5, 4, 3), tied=request.param, rng=3)


COPIES = {
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "model.copy": lambda m: m.copy(),
    "pickle": lambda m: pickle.loads(pickle.dumps(m)),
    "astype": lambda m: m.astype(np.float64),
}


@pytest.mark.parametrize("how", COPIES)
def test_copies_are_whole_and_independent(model, how, rng):
    x = rng.random((6, 5))
    model.loss_and_grad(x)
    twin = COPIES[how](model)
    np.testing.assert_array_equal(twin.theta, model.theta)
    np.testing.assert_array_equal(twin.grad, model.grad)
    assert twin.loss(x) == model.loss(x)
    assert not np.shares_memory(twin.theta, model.theta)
    before = model.theta.copy()
    one_memory(twin)
    fit(twin, x, epochs=2, verbose=False)
    np.testing.assert_array_equal(model.theta, before)
    assert not np.array_equal(twin.theta, before)
    one_memory(model)


def test_a_pickle_holds_the_parameters_once(model):
    big = Autoencoder.dense((200, 100), tied=True)
    assert len(pickle.dumps(big)) < 2.2 * big.theta.nbytes  # values and gradients


def test_a_tied_layer_copied_alone_keeps_its_source(rng):
    down = tie(Linear(4, 3, rng=rng))
    for twin in (copy.deepcopy(down), pickle.loads(pickle.dumps(down))):
        twin.source.params["W"][0, 0] = 9.0
        assert twin.params["W"][0, 0] == 9.0 and down.params["W"][0, 0] != 9.0


def test_a_tie_of_a_tie_is_copied_whole(rng):
    twice = tie(tie(Linear(4, 3, rng=rng)))
    for twin in (copy.deepcopy(twice), pickle.loads(pickle.dumps(twice))):
        root = twin.source.source
        root.params["W"][0, 0] = 9.0
        root.grads["W"][1, 1] = 8.0
        assert twin.params["W"][0, 0] == 9.0 and twin.grads["W"][1, 1] == 8.0
    theta, grad = pack(twice)
    assert packed(theta, grad, twice, twice.source, twice.source.source)


def test_sources_outside_have_names_of_their_own(rng):
    a, b = Linear(4, 5, rng=rng), Linear(5, 4, rng=rng)
    model = Autoencoder(Chain(tie(a), Tanh()), tie(b))
    assert sum(p.size for p in model.parameters().values()) == model.theta.size


def test_layers_cannot_be_exchanged(model):
    with pytest.raises(AttributeError):
        model.encoder = model.decoder


def test_names_and_order(model):
    names = list(model.parameters())
    assert names[0] == "encoder[0].W"
    total = sum(p.size for p in model.parameters().values())
    assert total == model.theta.size == (80 if len(names) == 8 else 80 - 32)


def test_shared_weight_is_stored_once(rng):
    up = Linear(4, 3, rng=rng)
    theta, grad = pack(Chain(up, Sigmoid()), tie(up))
    assert theta.size == grad.size == 4 * 3 + 3 + 4


def test_pack_follows_a_source_outside(rng):
    down = tie(Linear(4, 3, rng=rng))
    theta, _ = pack(down)
    assert theta.size == 4 * 3 + 3 + 4
    theta[...] = 2.0
    assert (down.params["W"] == 2.0).all()


def test_a_layer_may_appear_twice(rng):
    layer = Linear(3, 3, rng=rng)
    theta, grad = pack(Chain(layer, Tanh(), layer))
    assert theta.size == 12 and packed(theta, grad, layer)


def test_stacking_moves_layers_and_the_old_model_says_so(rng):
    x = rng.random((6, 5))
    old = Autoencoder.dense((5, 4))
    value = old.encode(x)
    new = Autoencoder(Chain(old.encoder, Linear(4, 2, rng=rng)), Linear(2, 5, rng=rng))
    np.testing.assert_array_equal(new.encoder.layers[0].forward(x)[0], value)
    one_memory(new)
    for action in (
        old.encode,
        old.loss_and_grad,
        lambda x: fit(old, x),
        lambda x: pickle.dumps(old),
    ):
        with pytest.raises(RuntimeError, match="no longer views of its theta"):
            action(x)


@pytest.mark.parametrize("kind", ["params", "grads"])
def test_a_replaced_array_is_noticed(model, rng, kind):
    getattr(model.encoder.layers[0], kind)["W"] = np.zeros((5, 4))
    with pytest.raises(RuntimeError, match="assign in place"):
        model.loss_and_grad(rng.random((6, 5)))


def test_values_survive_packing(rng):
    layers = [Linear(3, 4, rng=rng), Linear(4, 2, rng=rng)]
    kept = [layer.params["W"].copy() for layer in layers]
    pack(*layers)
    for layer, W in zip(layers, kept, strict=True):
        np.testing.assert_array_equal(layer.params["W"], W)


def test_pack_refuses(rng):
    with pytest.raises(ValueError, match="no parameters"):
        pack(Sigmoid())
    with pytest.raises(ValueError, match="share one dtype, got float32, float64"):
        pack(Linear(2, 2, rng=rng), Linear(2, 2, rng=rng, dtype=np.float32))


def test_float32_is_kept_everywhere(rng):
    x = rng.random((6, 5))
    model = Autoencoder.dense((5, 4), dtype=np.float32)
    fit(model, x, epochs=2, verbose=False)
    for array in (
        model.theta,
        model.grad,
        model.encode(x),
        model.reconstruct(x),
        model.jacobian(x),
    ):
        assert array.dtype == np.float32
    assert model.astype(np.float64).theta.dtype == np.float64


def test_the_base_model_names_what_is_missing(rng):
    with pytest.raises(NotImplementedError, match="Model.objective"):
        Model({"only": Linear(2, 2, rng=rng)}).loss_and_grad(np.ones((1, 2)), rng=rng)


def test_a_hollow_layer_takes_its_memory_from_the_model():
    layers = hollow(5, 4, np.float32), hollow(4, 5, np.float32)
    vast = hollow(10**6, 10**6, np.float64)  # as cheap as any other
    assert vast.d_in == vast.d_out == 10**6
    with pytest.raises(ValueError, match="read-only"):
        vast.params["b"][0] = 1.0
    theta, grad = pack(*layers)
    assert theta.dtype == np.float32 and theta.shape == grad.shape == (49,)
    assert not theta.any() and not grad.any() and packed(theta, grad, *layers)
    layers[1].params["W"][...] = 3.0
    assert theta.sum() == 60.0
