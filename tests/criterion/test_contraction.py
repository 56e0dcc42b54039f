"""Three routes to ‖J‖_F², equation 14.18: closed form, exact tangents, brute force; and probes."""

import numpy as np
import pytest

from tinyae import (
    Autoencoder,
    Chain,
    Contractive,
    GaussianNoise,
    HigherOrderContractive,
    Identity,
    Linear,
    ReLU,
    Sigmoid,
    Softplus,
    Tanh,
)
from tinyae.criterion import contraction, curvature
from tinyae.criterion.contraction import closed_form, exact, probed

UNITS = [Identity, Sigmoid, Tanh, ReLU, Softplus]


def brute_force(encoder, x):
    """∂h_i/∂x_j entry by entry, each by its own complex step."""
    columns = []
    for j in range(x.shape[1]):
        z = x.astype(complex)
        z[:, j] += 1e-30j
        columns.append(np.imag(encoder.forward(z)[0]) / 1e-30)
    return np.stack(columns, axis=2)


def gradients(layer):
    return {key: g.copy() for key, g in layer.grads.items()}


def test_three_routes_agree_on_100_random_networks(measured):
    worst = 0.0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        n, d, k = rng.integers(1, 8), rng.integers(1, 9), rng.integers(1, 10)
        net = Chain(Linear(d, k, rng=rng), UNITS[seed % 5]())
        net.layers[0].params["b"][...] = rng.normal(size=k)
        x, weight = rng.normal(size=(n, d)), rng.uniform(0.1, 2.0)
        _, cache = net.forward(x)
        values, grads = [], []
        for route in (
            lambda: closed_form(net, cache, weight),
            lambda: exact(net, cache, weight, x),
        ):
            for g in net.layers[0].grads.values():
                g[...] = 0
            values.append(route())
            grads.append(gradients(net.layers[0]))
        values.append(weight * (brute_force(net, x) ** 2).sum())
        scale = max(abs(values[2]), 1e-300)
        worst = max(worst, np.ptp(values) / scale)
        for key in ("W", "b"):
            size = np.abs(grads[0][key]).max()
            gap = np.abs(grads[0][key] - grads[1][key]).max()
            worst = max(worst, gap / size if size else gap)
    measured(f"contraction, 100 networks: closed form = tangents = brute force to {worst:.1e}")
    assert worst < 1e-12


@pytest.mark.parametrize("depth", [2, 3])
def test_exact_equals_brute_force_at_depth(depth, rng):
    sizes = [5, 7, 4, 6][: depth + 1]
    model = Autoencoder.dense(sizes, activation=Tanh, penalties=Contractive(0.7))
    x = rng.normal(size=(6, 5))
    plain = Autoencoder(model.encoder, model.decoder).loss(x)
    model = Autoencoder(model.encoder, model.decoder, penalties=Contractive(0.7))
    expected = 0.7 * (brute_force(model.encoder, x) ** 2).sum() / 6
    assert model.loss(x) - plain == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(model.jacobian(x), brute_force(model.encoder, x), atol=1e-13)


def test_blocks_change_nothing(rng, monkeypatch):
    x = rng.normal(size=(6, 5))
    model = Autoencoder.dense((5, 7, 4), activation=Tanh, penalties=Contractive(0.7))
    loss = model.loss_and_grad(x)
    grad = model.grad.copy()
    monkeypatch.setattr("tinyae.nn.jacobian.BLOCK_BYTES", 2 * 6 * 7 * 8)  # two tangents at a time
    assert model.loss_and_grad(x) == pytest.approx(loss, rel=1e-14)
    np.testing.assert_allclose(model.grad, grad, rtol=1e-12, atol=1e-14)


@pytest.mark.slow
def test_probes_are_unbiased(rng, measured):
    """Mean of value and gradient over 4000 draws within five standard errors of the exact ones."""
    x = rng.normal(size=(3, 6))
    net = Chain(Linear(6, 4, rng=rng), Tanh(), Linear(4, 3, rng=rng), Sigmoid())
    first = net.layers[0]

    def run(route):
        for layer in (net.layers[0], net.layers[2]):
            for g in layer.grads.values():
                g[...] = 0
        _, cache = net.forward(x)
        return route(cache), first.grads["W"].copy()

    value, grad = run(lambda cache: exact(net, cache, 1.0, x))
    draws = [run(lambda cache: probed(net, cache, 1.0, x, 2, rng)) for _ in range(4000)]
    for wanted, got in ((value, [v for v, _ in draws]), (grad, [g for _, g in draws])):
        got = np.array(got)
        error = np.abs(got.mean(axis=0) - wanted) / (got.std(axis=0) / np.sqrt(len(got)))
        assert np.max(error) < 5
    measured(f"contraction by probes: mean of 4000 draws {np.mean([v for v, _ in draws]):.4f}, "
             f"exact {value:.4f}")  # fmt: skip


def test_probes_are_signs(rng):
    """With ±1 and units that look at one input each, every single draw is exact."""
    net = Chain(Linear(4, 4, rng=rng), Tanh())
    net.layers[0].params["W"][...] = np.diag([1.0, 2.0, 3.0, 4.0])
    x = rng.normal(size=(3, 4))
    _, cache = net.forward(x)
    wanted = exact(net, cache, 1.0, x)
    for seed in range(5):
        found = probed(net, cache, 1.0, x, 1, np.random.default_rng(seed))
        assert found == pytest.approx(wanted, rel=1e-12)


def test_contraction_sees_the_corrupted_input(rng):
    """With corruption J is taken where the pass was, at x̃."""
    x = rng.normal(size=(5, 4))
    model = Autoencoder.dense((4, 3), corruption=GaussianNoise(2.0), penalties=Contractive(1.0))
    p = model.forward(x, np.random.default_rng(0))
    value = model.penalties[0].add(p)
    at = {name: (brute_force(model.encoder, z) ** 2).sum() / 5
          for name, z in (("clean", p.x), ("corrupted", p.x_tilde))}  # fmt: skip
    assert value == pytest.approx(at["corrupted"], rel=1e-12)
    assert abs(value - at["clean"]) > 1e-3


def test_a_chain_inside_a_chain_has_the_closed_form_too(rng, monkeypatch):
    x = rng.normal(size=(5, 4))
    penalties = [Contractive(0.5), HigherOrderContractive(0.5, 1.0)]
    plain = Autoencoder.dense((4, 3), penalties=penalties)
    twin = plain.copy()
    nested = Autoencoder(Chain(Chain(*twin.encoder.layers)), twin.decoder, penalties=penalties)
    monkeypatch.setattr(contraction, "exact", None)
    monkeypatch.setattr(curvature, "by_tangents", None)
    assert nested.loss_and_grad(x) == plain.loss_and_grad(x)
    np.testing.assert_array_equal(nested.grad, plain.grad)
