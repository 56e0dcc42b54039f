"""The Helmholtz machine against brute force over all its states, and the rule against gradients."""

import copy
import itertools
import pickle

import numpy as np
import pytest

from tinyae import SGD, Adam, HelmholtzMachine, fit, gradcheck, minimize
from tinyae.checks.streams import stream
from tinyae.models import belief_net
from tinyae.models.belief_net import TopBias
from tinyae.nn import Normal

SHAPES = [(3, 2), (1, 1), (4, 3, 2), (2, 1, 3), (3, 2, 3, 2), (2, 2, 1, 3)]
shapes = pytest.mark.parametrize("sizes", SHAPES, ids=str)


def machine(sizes, seed=0, dtype=np.float64):
    """A machine whose weights and biases are all far from zero."""
    made = HelmholtzMachine(sizes, rng=seed, init=Normal(0.8), dtype=dtype)
    made.theta += 0.5 * np.random.default_rng(seed).standard_normal(made.theta.shape)
    return made


def every(*widths):
    """All joint states of layers with these widths: one array (m, width) for each layer."""
    joint = np.array(list(itertools.product([0.0, 1.0], repeat=sum(widths))))
    return np.split(joint, np.cumsum(widths)[:-1], axis=1)


def log_bernoulli(s, a):
    """log p(s) of units with logits a, by the probabilities themselves."""
    p = 1.0 / (1.0 + np.exp(-a))
    return np.log(np.where(s == 1, p, 1.0 - p)).sum(axis=1)


def log_p(made, states):
    """log p(x, h) of each row, written out once more."""
    parts = made.parts
    total = log_bernoulli(states[-1], parts["top"].params["b"])
    for i, (below, above) in enumerate(itertools.pairwise(states)):
        V, c = parts[f"generation{i}"].params.values()
        total = total + log_bernoulli(below, above @ V + c)
    return total


def log_q(made, states):
    """log q(h | x) of each row, written out once more."""
    total = 0.0
    for i, (below, above) in enumerate(itertools.pairwise(states)):
        W, b = made.parts[f"recognition{i}"].params.values()
        total = total + log_bernoulli(above, below @ W + b)
    return total


def slope(made, value):
    """The gradient in theta of a real function of the machine, by the complex step."""
    found = np.empty(made.theta.size)
    for i in range(found.size):
        twin = made.astype(np.complex128)
        twin.theta[i] += 1e-30j
        found[i] = value(twin).imag / 1e-30
    return found


def binary(n, d, seed=0):
    return np.random.default_rng(seed).integers(2, size=(n, d)).astype(float)


# ------------------------------------------------------------------------------ the distribution


@shapes
def test_log_likelihood_is_the_sum_over_all_hidden_states(sizes):
    made = machine(sizes)
    states = every(*sizes)
    x = every(sizes[0])[0]
    joint = np.exp(log_p(made, states)).reshape(len(x), -1)  # the states of x vary slowest
    found = made.log_likelihood(x)
    np.testing.assert_allclose(found, np.log(joint.sum(axis=1)), rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.exp(found).sum(), 1.0, rtol=1e-12)


def test_log_likelihood_in_blocks_of_rows(monkeypatch):
    made, x = machine((5, 4, 3)), binary(7, 5)
    before = made.log_likelihood(x)
    monkeypatch.setattr(belief_net, "BLOCK_BYTES", 300)
    np.testing.assert_allclose(made.log_likelihood(x), before, rtol=1e-14)


def test_large_logits_do_not_overflow():
    made = machine((4, 3, 2))
    made.theta *= 1e5
    x = every(4)[0]
    found = made.log_likelihood(x)
    assert np.isfinite(found).all() and np.exp(found).sum() == pytest.approx(1.0, abs=1e-9)
    assert np.isfinite(made.elbo(x)).all() and np.isfinite(made.loss(x))


def counted(states, index):
    """How often each joint state occurs, in the order of `every`."""
    joint = np.concatenate(states, axis=1)
    return np.bincount(
        (joint @ 2.0 ** np.arange(joint.shape[1])[::-1]).astype(int), minlength=index
    )


@pytest.mark.parametrize("sizes", [(3, 2), (2, 2, 1)])
def test_dreams_have_the_distribution_of_the_model(sizes, rng):
    made, n = machine(sizes), 40_000
    expected = n * np.exp(log_p(made, every(*sizes)))
    found = counted(made.dream(n, rng=rng), len(expected))
    assert len(expected) == 32 and ((found - expected) ** 2 / expected).sum() < 61.1  # p = .001


def test_recognized_states_have_the_distribution_q(rng):
    made, n = machine((2, 2, 3)), 40_000
    x = np.array([[1.0, 0.0]])
    hidden = every(2, 3)
    expected = n * np.exp(log_q(made, [np.repeat(x, 32, 0), *hidden]))
    found = counted(made.recognize(np.repeat(x, n, 0), rng=rng), 32)
    assert ((found - expected) ** 2 / expected).sum() < 61.1


def test_samples_are_the_first_layer_of_dreams():
    made = machine((4, 3, 2))
    x, h, _ = made.dream(50, rng=3)
    np.testing.assert_array_equal(made.sample(50, rng=3), x)
    V, c = made.parts["generation0"].params.values()
    p = made.sample(50, rng=3, mean=True)
    np.testing.assert_allclose(p, 1 / (1 + np.exp(-(h @ V + c))), rtol=1e-12)
    assert not np.array_equal(made.sample(50, rng=4), x)


def test_encode_and_decode_pass_probabilities():
    made, x = machine((4, 3, 2)), binary(6, 4)
    h = x
    for i in range(2):
        W, b = made.parts[f"recognition{i}"].params.values()
        h = 1 / (1 + np.exp(-(h @ W + b)))
    np.testing.assert_allclose(made.encode(x), h, rtol=1e-12)
    for i in (1, 0):
        V, c = made.parts[f"generation{i}"].params.values()
        h = 1 / (1 + np.exp(-(h @ V + c)))
    np.testing.assert_allclose(made.decode(made.encode(x)), h, rtol=1e-12)
    shallow = machine((4, 2))
    p = np.exp([[log_q(shallow, [row[None], one[None]])[0] for one in every(2)[0]] for row in x])
    np.testing.assert_allclose(shallow.encode(x), p @ every(2)[0], rtol=1e-12)


# ---------------------------------------------------------------------------------- the bounds


@pytest.mark.one_in(2)
@shapes
def test_draws_have_the_elbo_and_the_likelihood_as_expectations(sizes):
    made, x = machine(sizes), every(sizes[0])[0]
    states = every(*sizes)
    p, q = log_p(made, states), log_q(made, states)
    exact = (np.exp(q) * (p - q)).reshape(len(x), -1).sum(axis=1)
    logs = made.elbo(np.tile(x, (4000, 1))).reshape(4000, -1)
    likelihood = made.log_likelihood(x)
    assert (exact <= likelihood + 1e-12).all()
    for draws, expected in ((logs, exact), (np.exp(logs - likelihood), 1.0)):
        error = draws.std(axis=0) / 4000**0.5 + 1e-12
        assert (np.abs(draws.mean(axis=0) - expected) < 5 * error).all()


def test_more_draws_are_a_mean_and_a_log_mean_exp_of_the_same_stream():
    made, x = machine((4, 3, 2)), binary(6, 4)
    rng = stream(5, "evaluation")
    logs = np.array([made.elbo(x, rng=rng) for _ in range(8)])
    np.testing.assert_allclose(made.elbo(x, samples=8, rng=5), logs.mean(axis=0), rtol=1e-12)
    closer = np.log(np.exp(logs).mean(axis=0))
    np.testing.assert_allclose(made.importance_weighted(x, samples=8, rng=5), closer, rtol=1e-12)


def test_both_bounds_are_exact_where_q_is_the_posterior():
    """With one hidden unit the log-odds of p(h | x) are linear in x, so q can equal it."""
    made, x = machine((5, 1)), binary(9, 5)
    V, c = made.parts["generation0"].params.values()
    W, b = made.parts["recognition0"].params.values()
    W[...] = V.T
    b[...] = (
        made.parts["top"].params["b"] + np.log1p(np.exp(c)).sum() - np.log1p(np.exp(V + c)).sum()
    )
    for found in (made.elbo(x), made.importance_weighted(x, samples=3), -made.loss(x)):
        exact = made.log_likelihood(x)
        np.testing.assert_allclose(found, exact.mean() if np.isscalar(found) else exact, rtol=1e-12)


# ------------------------------------------------------------------------------------ the rule


@pytest.mark.one_in(2)
@shapes
def test_the_expected_wake_step_is_the_gradient_of_the_expected_log_joint(sizes):
    made, states = machine(sizes), every(*sizes)
    data = np.random.default_rng(1).random(2 ** sizes[0])  # any weights of the x
    weight = np.repeat(data, 2 ** sum(sizes[1:])) * np.exp(log_q(made, states))
    made.grad[...] = 0.0
    cost = made.wake(states, weight)
    np.testing.assert_allclose(cost, -log_p(made, states), rtol=1e-12)
    gradient = slope(made, lambda twin: (weight * log_p(twin, states)).sum())
    np.testing.assert_allclose(-made.grad, gradient, rtol=0, atol=1e-12 * np.abs(gradient).max())


@pytest.mark.one_in(2)
@shapes
def test_the_expected_sleep_step_is_the_gradient_of_the_expected_log_q(sizes):
    made, states = machine(sizes), every(*sizes)
    weight = np.exp(log_p(made, states))
    made.grad[...] = 0.0
    cost = made.sleep(states, weight)
    np.testing.assert_allclose(cost, -log_q(made, states), rtol=1e-12)
    gradient = slope(made, lambda twin: (weight * log_q(twin, states)).sum())
    np.testing.assert_allclose(-made.grad, gradient, rtol=0, atol=1e-12 * np.abs(gradient).max())


def rule(made, awake, asleep):
    """The published steps for ε = 1 by the name of their layer, from drawn states."""

    def step(inputs, states, layer):
        W, b = made.parts[layer].params.values()
        missed = states - 1 / (1 + np.exp(-(inputs @ W + b)))
        return inputs.T @ missed / len(states), missed.mean(axis=0)

    found = {}
    for i in range(len(awake) - 1):
        found[f"generation{i}"] = step(awake[i + 1], awake[i], f"generation{i}")
        found[f"recognition{i}"] = step(asleep[i], asleep[i + 1], f"recognition{i}")
    t = made.parts["top"].params["b"]
    found["top"] = ((awake[-1] - 1 / (1 + np.exp(-t))).mean(axis=0),)
    return found


@shapes
def test_one_call_is_a_wake_and_a_sleep_phase(sizes):
    made, x = machine(sizes), binary(7, sizes[0])
    rng = stream(4, "evaluation")
    awake = [x, *made.recognize(x, rng=rng)]
    asleep = made.dream(7, rng=rng)
    loss = made.loss_and_grad(x, rng=4)
    for name, steps in rule(made, awake, asleep).items():
        for grad, step in zip(made.parts[name].grads.values(), steps, strict=True):
            np.testing.assert_allclose(grad, -step, rtol=0, atol=1e-14)
    energy = log_q(made, awake) - log_p(made, awake)
    np.testing.assert_allclose(loss, energy.mean(), rtol=1e-12)
    np.testing.assert_allclose(loss, -made.elbo(x, rng=4).mean(), rtol=1e-12)


def test_the_rule_is_not_taken_for_a_gradient():
    made, x = machine((4, 3, 2)), binary(6, 4)
    assert not made.follows_gradient and made.comparable_loss
    with pytest.raises(ValueError, match="follows a rule that is not the gradient"):
        gradcheck(made, x)
    with pytest.raises(ValueError, match="not the gradient of its loss"):
        pytest.importorskip("scipy")
        minimize(made, x)


@pytest.mark.slow
def test_training_reaches_the_distribution_of_the_data():
    """All pixels on or all off: KL(data ‖ model) and KL(q(h | x) ‖ p(h | x)) nearly vanish."""
    x = np.repeat(np.arange(200.0)[:, None] % 2, 4, axis=1)
    made = HelmholtzMachine((4, 2), rng=0)
    start = made.copy()
    before = -np.log(2) - made.log_likelihood(x).mean()
    history = fit(made, x, optimizer=Adam(0.1), epochs=150)
    after, mixed = -np.log(2) - made.log_likelihood(x).mean(), made.copy()
    assert before > 1.5 and 0 <= after < 0.1
    for layer, untrained in zip(mixed.recognition, start.recognition, strict=True):
        for name, value in untrained.params.items():
            layer.params[name][...] = value
    gaps = [(it.log_likelihood(x) - it.elbo(x, samples=20)).mean() for it in (made, mixed)]
    assert gaps[0] <= 0.1 and gaps[1] > 1.0, "the second has the encoder from before training"
    assert history.loss[-1] == pytest.approx(np.log(2), abs=0.2)
    assert history.dead is not None and history.dead.shape == (2,)


# ---------------------------------------------------------- layers, copies, dtypes, bad input


def test_layers_and_order_of_theta():
    made = HelmholtzMachine((5, 4, 3))
    names = [name for name in made.parameters() if name.endswith("W")]
    assert names == ["recognition0[0].W", "recognition1[0].W", "generation0[0].W",
                     "generation1[0].W"]  # fmt: skip
    assert made.parameters()["top[0].b"].shape == (3,)
    assert (made.d_in, made.d_code, made.sizes) == (5, 3, (5, 4, 3))
    weights = [layer.params["W"] for layer in made.recognition + made.generation[:-1]]
    assert [W.shape for W in weights] == [(5, 4), (4, 3), (4, 5), (3, 4)]
    assert repr(made) == "HelmholtzMachine 5-4-3, float64, 83 parameters"
    square = HelmholtzMachine((4, 4), rng=1)
    W, V = square.recognition[0].params["W"], square.generation[0].params["W"]
    assert not np.array_equal(W, V), "each layer has weights of its own"


@pytest.mark.parametrize("dup", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_independent_machines(dup):
    made, x = machine((4, 3, 2)), binary(6, 4)
    twin = dup(made)
    before = made.log_likelihood(x)
    twin.theta[...] = 0.0
    np.testing.assert_array_equal(made.log_likelihood(x), before)
    np.testing.assert_allclose(twin.log_likelihood(x), -4 * np.log(2), rtol=1e-12)


def test_float32_is_kept():
    made, x = machine((4, 3, 2), dtype=np.float32), binary(6, 4).astype(np.float32)
    for found in (made.encode(x), made.decode(made.encode(x)), made.elbo(x), made.sample(3),
                  made.importance_weighted(x), made.log_likelihood(x), *made.dream(3),
                  *made.recognize(x), made.sample(3, mean=True)):  # fmt: skip
        assert found.dtype == np.float32
    fit(made, x, optimizer=SGD(0.1), epochs=2, batch_size=4)
    assert made.theta.dtype == np.float32


def test_grey_values_are_refused_before_anything_changes():
    made = machine((4, 3))
    before, grey = made.theta.copy(), np.full((3, 4), 0.5)
    calls = (lambda: fit(made, grey), lambda: made.encode(grey), lambda: made.elbo(grey),
             lambda: made.recognize(grey), lambda: made.log_likelihood(grey))  # fmt: skip
    for call in calls:
        with pytest.raises(ValueError, match="zeros and ones"):
            call()
    np.testing.assert_array_equal(made.theta, before)


@pytest.mark.parametrize("sizes", [(3, 17), (3, 4, 17, 2), (3, 12, 11), (3, 2, 12, 11)])
def test_too_many_codes_are_refused(sizes):
    made = HelmholtzMachine(sizes)
    with pytest.raises(ValueError, match=f"{'-'.join(map(str, sizes))}.*elbo"):
        made.log_likelihood(np.zeros((1, 3)))
    assert np.isfinite(made.importance_weighted(np.zeros((1, 3)), samples=2)).all()


def test_the_largest_layers_are_enumerated():
    made = HelmholtzMachine((3, 16))
    assert np.exp(made.log_likelihood(every(3)[0])).sum() == pytest.approx(1.0, rel=1e-12)
    belief_net.check_enumerable((99, 16, 6, 16))


def test_the_top_bias_is_a_layer(rng):
    """A constant: both adjoints with respect to x are zero."""
    layer = TopBias(3, np.float64)
    layer.params["b"][...] = [1.0, 2.0, 3.0]
    x, g = rng.standard_normal((5, 2)), rng.standard_normal((5, 3))
    a, cache = layer.forward(x)
    np.testing.assert_array_equal(a, np.tile([1.0, 2.0, 3.0], (5, 1)))
    np.testing.assert_array_equal(layer.backward(g, cache), np.zeros((5, 2)))
    layer.backward(g, cache)
    np.testing.assert_allclose(layer.grads["b"], 2 * g.sum(axis=0), rtol=1e-12)
    u, tape = layer.jvp(np.ones((4, 5, 2)), cache)
    np.testing.assert_array_equal(u, np.zeros((4, 5, 3)))
    gx, gv = layer.jvp_backward(np.ones_like(u), tape, cache)
    assert gx.shape == (5, 2) and gv.shape == (4, 5, 2) and not gx.any() and not gv.any()
    assert repr(layer) == "TopBias(3)"
