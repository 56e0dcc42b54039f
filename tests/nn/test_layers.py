"""The four methods of every layer: forwards, backwards, along tangents, and back from those.

Upstream gradients are random, never one; derivatives are taken by the complex step.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyae import Chain, Elementwise, Identity, Layer, Linear, ReLU, Sigmoid, Softplus, Tanh
from tinyae import tied as tie
from tinyae.criterion.mixture_mean import MixtureMean
from tinyae.nn import AppendedColumns, Normal, Residual, Softmax
from tinyae.nn.columns import FirstColumns
from tinyae.nn.initializers import Initializer
from tinyae.nn.jacobian import jacobian
from tinyae.nn.layers import hollow
from tinyae.sparse_coding import Dictionary, Gain

STEP = 1e-30


def build(name, rng, d_in=4, d_out=3):
    """A layer of each kind with biases away from zero."""
    linear = Linear(d_in, d_out, rng=rng)
    linear.params["b"][...] = rng.normal(size=d_out)
    if name == "linear":
        return linear
    if name == "tied":
        layer = tie(Linear(d_out, d_in, rng=rng))
        layer.params["b"][...] = rng.normal(size=d_out)
        return layer
    if name == "chain":
        return Chain(linear, Sigmoid(), Linear(d_out, 5, rng=rng), Tanh())
    if name == "nested":
        return Chain(Chain(linear, Softplus()), Chain(Tanh(), Linear(d_out, 2, rng=rng)))
    if name == "twice":
        square = Linear(d_in, d_in, rng=rng)
        return Chain(square, Tanh(), square, Sigmoid())
    if name == "dictionary":
        layer = Dictionary(d_out, d_in, rng=rng)
        layer.params["D"] *= 1.7
        return layer
    if name == "gain":
        layer = Gain(d_in)
        layer.params["g"][...] = rng.normal(size=d_in)
        return layer
    if name == "appended":
        layer = AppendedColumns(d_in)
        layer.params["s"][...] = rng.normal(size=d_in)
        return layer
    if name == "mixture":
        return Chain(Linear(d_in, 12, rng=rng, init=Normal(1.0)), MixtureMean(3))
    if name == "diagonal mixture":
        return Chain(Linear(d_in, 10, rng=rng, init=Normal(1.0)), MixtureMean(2, diagonal=True))
    if name == "first half":
        return FirstColumns(2)
    if name == "groups":
        return Softmax(groups=(1, d_in - 1))
    if name == "residual":
        return Residual(Chain(linear, Tanh(), Linear(d_out, d_in, rng=rng)), 1.7)
    return {"Identity": Identity, "Sigmoid": Sigmoid, "Tanh": Tanh, "ReLU": ReLU,
            "Softplus": Softplus, "Softmax": Softmax}[name]()  # fmt: skip


NAMES = ["linear", "tied", "chain", "nested", "twice", "dictionary", "gain",
         "Identity", "Sigmoid", "Tanh", "ReLU", "Softplus", "Softmax", "groups", "appended",
         "first half", "mixture", "diagonal mixture", "residual"]  # fmt: skip


def arrays(layer):
    """Every (params, grads) pair of dictionaries inside a layer, each once."""
    if isinstance(layer, Chain | Residual):
        found = [pair for part in layer.layers for pair in arrays(part)]
        return [p for i, p in enumerate(found) if all(p[0] is not q[0] for q in found[:i])]
    return [(layer.params, layer.grads)] if layer.params else []


def complexify(layer):
    """Replace the parameters by complex copies; return the originals."""
    kept = [dict(params) for params, _ in arrays(layer)]
    for params, _ in arrays(layer):
        for key in params:
            params[key] = params[key].astype(complex)
    return kept


def check_parameter_gradients(layer, value):
    """Compare `grads`, already filled, with the complex step of the scalar `value()`."""
    by_hand = [{k: g.copy() for k, g in grads.items()} for _, grads in arrays(layer)]
    complexify(layer)
    for (params, _), hand in zip(arrays(layer), by_hand, strict=True):
        for key, p in params.items():
            number = np.zeros(p.shape)
            for i in np.ndindex(p.shape):
                p[i] += 1j * STEP
                number[i] = np.imag(value()) / STEP
                p[i] -= 1j * STEP
            np.testing.assert_allclose(
                hand[key], number, rtol=1e-12, atol=1e-12 * abs(number).max()
            )


@pytest.mark.parametrize("name", NAMES)
def test_backward(name, rng):
    layer, x = build(name, rng), rng.normal(size=(6, 4))
    y, cache = layer.forward(x)
    gy = rng.normal(size=y.shape)
    gx = layer.backward(gy, cache)
    number = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        z = x.astype(complex)
        z[i] += 1j * STEP
        number[i] = np.imag((gy * layer.forward(z)[0]).sum()) / STEP
    np.testing.assert_allclose(gx, number, rtol=1e-12, atol=1e-13)
    check_parameter_gradients(layer, lambda: (gy * layer.forward(x)[0]).sum())


@pytest.mark.parametrize("name", NAMES)
def test_jvp(name, rng):
    layer, x = build(name, rng), rng.normal(size=(6, 4))
    v = rng.normal(size=(3, 6, 4))
    _, cache = layer.forward(x)
    u, _ = layer.jvp(v, cache)
    number = np.stack([np.imag(layer.forward(x + 1j * STEP * k)[0]) / STEP for k in v])
    np.testing.assert_allclose(u, number, rtol=1e-12, atol=1e-13)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", NAMES)
def test_jvp_backward(name, rng):
    layer, x, v = build(name, rng), rng.normal(size=(6, 4)), rng.normal(size=(3, 6, 4))

    def along(x, v):
        _, cache = layer.forward(x)
        return layer.jvp(v, cache), cache

    (u, tape), cache = along(x, v)
    gu = rng.normal(size=u.shape)
    gx, gv = layer.jvp_backward(gu, tape, cache)
    for wanted, start, place in ((gx, x, 0), (gv, v, 1)):
        number = np.zeros(start.shape)
        for i in np.ndindex(start.shape):
            z = start.astype(complex)
            z[i] += 1j * STEP
            (u, _), _ = along(z, v) if place == 0 else along(x, z)
            number[i] = np.imag((gu * u).sum()) / STEP
        np.testing.assert_allclose(wanted, number, rtol=1e-12, atol=1e-13)
    check_parameter_gradients(layer, lambda: (gu * along(x, v)[0][0]).sum())


@pytest.mark.one_in(24)
@pytest.mark.parametrize("name", NAMES)
@given(n=st.integers(1, 5), tangents=st.integers(1, 4), seed=st.integers(0, 99))
def test_adjoint_identity(name, n, tangents, seed):
    """⟨J v, u⟩ = ⟨v, Jᵀ u⟩ for any shapes."""
    rng = np.random.default_rng(seed)
    layer, x = build(name, rng), rng.normal(size=(n, 4))
    y, cache = layer.forward(x)
    v, g = rng.normal(size=(tangents, n, 4)), rng.normal(size=y.shape)
    left = (layer.jvp(v, cache)[0] * g).sum()
    right = (v * layer.backward(g, cache)).sum()
    assert left == pytest.approx(right, rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_came_in_is_written_to(name, rng):
    layer, x = build(name, rng), rng.normal(size=(6, 4))
    v = rng.normal(size=(2, 6, 4))
    y, cache = layer.forward(x)
    u, tape = layer.jvp(v, cache)
    g, gu = rng.normal(size=y.shape), rng.normal(size=u.shape)
    given_arrays = (x, v, g, gu)
    copies = [a.copy() for a in given_arrays]
    layer.forward(x), layer.backward(g, cache)
    layer.jvp(v, cache), layer.jvp_backward(gu, tape, cache)
    for a, b in zip(given_arrays, copies, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("tangents", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_all_four_methods_keep_float32(name, tangents, rng):
    layer, x = build(name, rng), rng.normal(size=(6, 4)).astype(np.float32)
    v = rng.normal(size=(tangents, 6, 4)).astype(np.float32)
    for params, grads in arrays(layer):
        for key in params:
            params[key], grads[key] = params[key].astype(np.float32), grads[key].astype(np.float32)
    y, cache = layer.forward(x)
    gx = layer.backward(y, cache)
    u, tape = layer.jvp(v, cache)
    hx, gv = layer.jvp_backward(u, tape, cache)
    for found, like in ((y, y), (gx, x), (u, np.empty((tangents, *y.shape))), (hx, x), (gv, v)):
        assert found.dtype == np.float32 and found.shape == like.shape


def test_gradients_are_added(rng):
    layer, x, g = Linear(4, 3, rng=rng), rng.normal(size=(5, 4)), rng.normal(size=(5, 3))
    layer.backward(g, x)
    once = {k: v.copy() for k, v in layer.grads.items()}
    layer.backward(g, x)
    for key, value in once.items():
        np.testing.assert_allclose(layer.grads[key], 2 * value)


def test_tied_shares_one_memory_in_value_and_gradient(rng):
    up = Linear(4, 3, rng=rng)
    down = tie(up)
    up.params["W"][0, 1] = 7.0
    assert down.params["W"][1, 0] == 7.0
    down.backward(rng.normal(size=(5, 4)), rng.normal(size=(5, 3)))
    assert np.abs(up.grads["W"]).max() > 0
    assert np.shares_memory(up.grads["W"], down.grads["W"])
    back = tie(down)
    assert back.params["W"].shape == (4, 3) and np.shares_memory(back.params["W"], up.params["W"])


def test_linear_by_loops(rng):
    layer, x, g = Linear(4, 3, rng=rng, init=Normal(1.0)), rng.normal(size=(5, 4)), None
    y, cache = layer.forward(x)
    g = rng.normal(size=y.shape)
    gx = layer.backward(g, cache)
    W, b = layer.params["W"], layer.params["b"]
    for n in range(5):
        for j in range(3):
            assert y[n, j] == pytest.approx(sum(x[n, i] * W[i, j] for i in range(4)) + b[j])
        for i in range(4):
            assert gx[n, i] == pytest.approx(sum(g[n, j] * W[i, j] for j in range(3)))
    for i in range(4):
        for j in range(3):
            expected = sum(x[n, i] * g[n, j] for n in range(5))
            assert layer.grads["W"][i, j] == pytest.approx(expected)


def test_jacobian_in_blocks_equals_jacobian_at_once(rng, monkeypatch):
    x = rng.normal(size=(6, 4))
    for name in ("linear", "chain", "nested", "Tanh"):
        net = build(name, rng)
        J = jacobian(net, x)
        assert J.shape == (6, net.forward(x)[0].shape[1], 4)
        with monkeypatch.context() as patch:
            patch.setattr("tinyae.nn.jacobian.BLOCK_BYTES", 1)
            np.testing.assert_array_equal(jacobian(net, x), J)


def test_the_base_classes_name_what_is_missing():
    for method in ("forward", "backward", "jvp", "jvp_backward"):
        arguments = [None] * {"forward": 1, "backward": 2, "jvp": 2, "jvp_backward": 3}[method]
        with pytest.raises(NotImplementedError, match=f"^Layer.{method}$"):
            getattr(Layer(), method)(*arguments)
    for method, count in (("f", 1), ("df", 2), ("d2f", 2)):
        with pytest.raises(NotImplementedError, match=f"Elementwise.{method}"):
            getattr(Elementwise(), method)(*[None] * count)


def test_a_long_chain_names_its_first_and_last_five_layers():
    units = [Tanh(), Sigmoid(), ReLU(), Softplus()] * 4
    names = [f"{type(unit).__name__}()" for unit in units]
    assert repr(Chain(*units[:12])) == f"Chain({', '.join(names[:12])})"
    for count in (13, 16):
        shown = [*names[:5], f"... {count - 10} more ...", *names[count - 5 : count]]
        assert repr(Chain(*units[:count])) == f"Chain({', '.join(shown)})"


def test_a_linear_layer_in_short(rng):
    layer = Linear(4, 3, rng=rng)
    assert repr(layer) == "Linear(4, 3)" and repr(tie(layer)) == "Linear(3, 4, tied)"


def test_only_a_linear_layer_is_tied():
    with pytest.raises(TypeError, match="^only a Linear layer can be tied, got Tanh$"):
        tie(Tanh())


@pytest.mark.parametrize("shapes", [((3, 4), (3,)), ((4, 3), (4,))])
def test_an_initializer_of_ones_own_gives_both_shapes(shapes):
    class Zeros(Initializer):
        """Zeros of shapes that do not suit."""

        def __call__(self, rng, d_in, d_out):
            return tuple(map(np.zeros, shapes))

    with pytest.raises(ValueError) as told:
        Linear(4, 3, rng=0, init=Zeros())
    assert str(told.value) == (
        f"init must return W of shape (4, 3) and b of shape (3,), got {shapes[0]} and {shapes[1]}"
    )


def test_a_tied_layer_has_the_dtype_of_its_source(rng):
    layer = tie(Linear(4, 3, rng=rng, dtype=np.float32))
    for key in ("W", "b"):
        assert layer.params[key].dtype == layer.grads[key].dtype == np.float32


def test_a_hollow_layer_is_checked_as_any_other():
    layer = hollow(4, 3, np.float32)
    for found in (layer.params, layer.grads):
        assert {key: a.shape for key, a in found.items()} == {"W": (4, 3), "b": (3,)}
        assert all(a.dtype == np.float32 and a.nbytes > a.base.nbytes for a in found.values())
    with pytest.raises(ValueError, match="^d_in must be at least 1, got 0"):
        hollow(0, 3, np.float64)
    with pytest.raises(ValueError, match="^d_out must be at least 1, got 0"):
        hollow(4, 0, np.float64)


def test_a_chain_takes_layers_only():
    with pytest.raises(TypeError, match="^a Chain takes layers, got 3$"):
        Chain(Tanh(), 3)
    with pytest.raises(TypeError, match=r"Sigmoid'>; write Sigmoid\(\), not Sigmoid$"):
        Chain(Tanh(), Sigmoid)
    with pytest.raises(ValueError, match="^a Chain needs at least one layer$"):
        Chain()


def test_caches_of_a_longer_chain_are_not_taken(rng):
    """A chain that took those that it needs would hide that they belong to another pass."""
    net, x = build("chain", rng), rng.normal(size=(6, 4))
    y, caches = net.forward(x)
    u, tapes = net.jvp(x[None], caches)
    for wrong in (
        lambda: net.backward(y, [None, *caches]),
        lambda: net.jvp(x[None], [*caches, None]),
        lambda: net.jvp_backward(u, tapes, [None, *caches]),
        lambda: net.jvp_backward(u, [None, *tapes], caches),
    ):
        with pytest.raises(ValueError, match="longer|shorter"):
            wrong()


def test_a_residual_without_a_scale_is_the_plain_difference(rng):
    net, x = Linear(4, 4, rng=rng), rng.normal(size=(6, 4))
    layer = Residual(net)
    np.testing.assert_array_equal(layer.forward(x)[0], net.forward(x)[0] - x)
    assert repr(layer) == "Residual(Linear(4, 4), 1)"
    assert repr(Residual(net, 1.5)) == "Residual(Linear(4, 4), 1.5)"
