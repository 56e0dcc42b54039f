"""The restricted Boltzmann machine against brute force over every state."""

import copy
import pickle

import numpy as np
import pytest

from tinyae import (
    RBM,
    SGD,
    BernoulliOutput,
    CategoricalOutput,
    GaussianOutput,
    fit,
    gradcheck,
    minimize,
)
from tinyae.checks.streams import stream
from tinyae.criterion.enumeration import binary_codes
from tinyae.models import ContrastiveDivergence, MaximumLikelihood, PersistentContrastiveDivergence
from tinyae.nn import Normal
from tinyae.training import DivergenceError


def machine(visible=BernoulliOutput(), d=5, k=3, rule=MaximumLikelihood(), seed=0):  # noqa: B008
    rbm = RBM(d, k, visible=visible, rule=rule, init=Normal(0.8), rng=seed)
    rng = np.random.default_rng(seed)
    rbm.theta += 0.3 * rng.standard_normal(rbm.theta.shape)
    return rbm


def energy(rbm, x, h):
    """E(x, h), written out once more, for x (n, d) against h (m, k): shape (n, m)."""
    W, c = rbm.parts["hidden"].params.values()
    b = rbm.parts["visible"].params["b"]
    E = -(x @ b)[:, None] - (h @ c)[None] - x @ W @ h.T
    return E + 0.5 * (x * x).sum(axis=1)[:, None] * isinstance(rbm.visible, GaussianOutput)


def test_bernoulli_machine_is_its_joint_distribution():
    rbm, x, h = machine(), binary_codes(5), binary_codes(3)
    weights = np.exp(-energy(rbm, x, h))
    joint = weights / weights.sum()
    np.testing.assert_allclose(rbm.log_partition(), np.log(weights.sum()), rtol=1e-12)
    np.testing.assert_allclose(rbm.free_energy(x), -np.log(weights.sum(axis=1)), rtol=1e-12)
    np.testing.assert_allclose(rbm.log_likelihood(x), np.log(joint.sum(axis=1)), rtol=1e-12)
    given_x = joint / joint.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(rbm.encode(x), given_x @ h, rtol=1e-12)
    given_h = joint / joint.sum(axis=0)
    np.testing.assert_allclose(rbm.decode(h), given_h.T @ x, rtol=1e-12)


def test_gaussian_machine_is_a_mixture_of_gaussians():
    """One dimension, by quadrature: the density integrates to one and has the mean E[E[x | h]]."""
    rbm = machine(GaussianOutput(), d=1, k=4)
    x = np.linspace(-25, 25, 20_001)[:, None]
    p = np.exp(rbm.log_likelihood(x))
    step = x[1, 0] - x[0, 0]
    np.testing.assert_allclose(p.sum() * step, 1.0, rtol=1e-12)
    h = binary_codes(4)
    joint = np.exp(-energy(rbm, x, h))
    given_x = joint / joint.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(rbm.encode(x), given_x @ h, rtol=1e-9, atol=1e-15)
    given_h = joint / joint.sum(axis=0)
    np.testing.assert_allclose(rbm.decode(h), given_h.T @ x, rtol=1e-9)


def test_categorical_machine_sums_to_one():
    rbm = machine(CategoricalOutput(), d=6)
    np.testing.assert_allclose(np.exp(rbm.log_likelihood(np.eye(6))).sum(), 1.0, rtol=1e-12)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("visible", [BernoulliOutput(), GaussianOutput()])
@pytest.mark.parametrize(("d", "k"), [(1, 1), (4, 6), (7, 2)])
def test_likelihood_gradient(visible, d, k, rng):
    rbm = machine(visible, d, k, seed=d)
    x = BernoulliOutput().sample(np.zeros((5, d)), rng)
    report = gradcheck(rbm, x)
    assert report.method == "complex step" and report.max_relative_error < 1e-12
    loss = rbm.loss_and_grad(x)
    np.testing.assert_allclose(loss, -rbm.log_likelihood(x).mean(), rtol=1e-12)


@pytest.mark.parametrize("rule", [ContrastiveDivergence(3), PersistentContrastiveDivergence(2, 7)])
@pytest.mark.parametrize("visible", [BernoulliOutput(), GaussianOutput()])
def test_the_step_of_a_sampled_rule(rule, visible, rng):
    """It is the published one: E_data[∂F/∂θ] − E_samples[∂F/∂θ], written out for W, c and b."""
    rbm = machine(visible, rule=rule)
    x = BernoulliOutput().sample(np.zeros((6, 5)), rng)
    start = stream(1, "evaluation")
    begun = x if isinstance(rule, ContrastiveDivergence) else start.choice(x, 7)
    negative = rbm.gibbs(begun, rule.steps, rng=start)
    loss = rbm.loss_and_grad(x, rng=1)
    W, c = rbm.parts["hidden"].grads.values()
    positive = rbm.encode(x)
    sampled = rbm.encode(negative)
    m = len(negative)
    np.testing.assert_allclose(W, negative.T @ sampled / m - x.T @ positive / 6, atol=1e-14)
    np.testing.assert_allclose(c, sampled.mean(axis=0) - positive.mean(axis=0), atol=1e-14)
    b = rbm.parts["visible"].grads["b"]
    np.testing.assert_allclose(b, negative.mean(axis=0) - x.mean(axis=0), atol=1e-14)
    gap = rbm.free_energy(x).mean() - rbm.free_energy(negative).mean()
    np.testing.assert_allclose(loss, gap, rtol=1e-12)
    with pytest.raises(ValueError, match="follows a rule that is not the gradient"):
        gradcheck(rbm, x)
    with pytest.raises(ValueError, match="not the gradient of its loss"):
        pytest.importorskip("scipy")
        minimize(rbm, x)


def test_persistent_chains_go_on_and_a_loss_leaves_them_alone(rng):
    rbm = machine(rule=PersistentContrastiveDivergence(1, 7))
    x = BernoulliOutput().sample(np.zeros((6, 5)), rng)
    rbm.loss_and_grad(x, rng)
    first = rbm.chains
    rbm.loss(x, rng=rng)
    assert rbm.chains is first
    start = copy.deepcopy(rng)
    rbm.loss_and_grad(x, rng)
    np.testing.assert_array_equal(rbm.chains, rbm.gibbs(first, 1, rng=start))


def test_gibbs_sampling_has_the_model_as_its_stationary_distribution(rng):
    rbm, states = machine(), binary_codes(5)
    p = np.exp(rbm.log_likelihood(states))
    x = rbm.gibbs(rng.choice(states, 40_000, p=p), 3, rng=rng)
    counts = np.bincount((x @ 2 ** np.arange(5)).astype(int), minlength=32)
    expected = 40_000 * p
    assert ((counts - expected) ** 2 / expected).sum() < 61.1  # χ², 31 degrees, p = .001


@pytest.mark.parametrize("ask", [lambda rbm, x: rbm.log_partition(),
                                 lambda rbm, x: rbm.log_likelihood(x)])  # fmt: skip
def test_asking_for_a_likelihood_leaves_the_gradient_alone(ask, rng):
    rbm, x = machine(), binary_codes(5)
    rbm.loss_and_grad(x)
    kept = rbm.grad.copy()
    ask(rbm, x)
    np.testing.assert_array_equal(rbm.grad, kept)


def test_every_code_once():
    np.testing.assert_array_equal(binary_codes(2), [[0, 0], [1, 0], [0, 1], [1, 1]])
    codes = binary_codes(16)
    assert codes.shape == (2**16, 16) and codes.dtype == float
    np.testing.assert_array_equal(codes @ 2 ** np.arange(16), np.arange(2**16))


def test_score_is_the_derivative_of_log_p():
    rbm = machine(GaussianOutput(), d=3)
    x, step = np.random.default_rng(3).standard_normal((10, 3)), 1e-5
    for i, e in enumerate(np.eye(3)):
        slope = (rbm.log_likelihood(x + step * e) - rbm.log_likelihood(x - step * e)) / (2 * step)
        np.testing.assert_allclose(rbm.score(x)[:, i], slope, atol=1e-8)
    with pytest.raises(ValueError, match="GaussianOutput visible units"):
        machine().score(x)


def test_unfolds_into_a_tied_autoencoder(rng):
    rbm = machine()
    twin, x = rbm.unfold(), rng.random((4, 5))
    np.testing.assert_array_equal(twin.theta, rbm.theta)
    np.testing.assert_array_equal(twin.reconstruct(x), rbm.decode(rbm.encode(x)))
    assert not np.shares_memory(twin.theta, rbm.theta)
    rbm.check_packed()


def test_copies_and_pickles_share_one_weight(rng):
    for twin in (machine().copy(), pickle.loads(pickle.dumps(machine()))):
        np.testing.assert_array_equal(twin.theta, machine().theta)
        twin.parts["hidden"].params["W"][0, 0] = 9.0
        assert twin.parts["visible"].params["W"][0, 0] == 9.0 and 9.0 in twin.theta


def test_trains_in_float32_with_equal_bits(rng):
    x = BernoulliOutput().sample(np.zeros((40, 6)), rng)
    runs = []
    for _ in range(2):
        rbm = RBM(6, 4, rng=1, dtype=np.float32)
        fit(rbm, x, optimizer=SGD(0.1), epochs=3, batch_size=10, validation=0.25, rng=2)
        runs.append(rbm.theta)
    assert runs[0].dtype == np.float32
    np.testing.assert_array_equal(*runs)


@pytest.mark.parametrize(
    ("build", "error", "says"),
    [
        (lambda: RBM(0, 3), ValueError, "d must be at least 1"),
        (lambda: RBM(4, 3, visible=GaussianOutput), TypeError, "visible must be"),
        (lambda: RBM(4, 3, rule="CD"), TypeError, "rule must be an object"),
        (lambda: ContrastiveDivergence(0), ValueError, "steps must be at least 1"),
        (lambda: PersistentContrastiveDivergence(1, 0), ValueError, "chains must be at least 1"),
        (lambda: machine().loss_and_grad(np.full((2, 5), 1.5)), ValueError, "targets in"),
        (lambda: machine().log_likelihood(np.full((2, 5), 0.5)), ValueError, "zeros and ones"),
        (lambda: machine().loss_and_grad(np.zeros((2, 4))), ValueError, "4 features"),
        (lambda: machine().free_energy(np.full((2, 5), np.nan)), ValueError, "NaN"),
        (lambda: RBM(4, 17).log_partition(), ValueError, "between 1 and 16 bits"),
        (lambda: machine().gibbs(np.zeros((2, 5)), -1), ValueError, "steps must be at least 0"),
        (lambda: machine().gibbs(np.zeros((2, 5)), 1, rng=None), TypeError, "rng must be a seed"),
    ],
)  # fmt: skip
def test_bad_input(build, error, says):
    with pytest.raises(error, match=says):
        build()


def test_repr_says_what_it_is():
    assert repr(machine()) == "RBM 5-3, Bernoulli visible units, float64, MaximumLikelihood()"


def test_patience_needs_losses_that_can_be_compared(rng):
    """The gap of a sampled rule rises towards zero while the machine gets better."""
    x = BernoulliOutput().sample(np.zeros((40, 5)), rng)
    for rule in (ContrastiveDivergence(1), PersistentContrastiveDivergence(1, 5)):
        with pytest.raises(ValueError, match="patience compares the losses"):
            fit(machine(rule=rule), x, validation=0.25, patience=2)
        history = fit(machine(rule=rule), x, validation=0.25, epochs=2)
        assert history.best_epoch is None and "validation" in str(history)
    history = fit(machine(), x, validation=0.25, patience=2, epochs=2)
    assert history.best_epoch is not None


def test_a_machine_may_change_its_rule(rng):
    rbm, x = machine(rule=ContrastiveDivergence(1)), BernoulliOutput().sample(np.zeros((6, 5)), rng)
    rbm.rule = MaximumLikelihood()
    assert gradcheck(rbm, x).max_relative_error < 1e-12
    rbm.rule = ContrastiveDivergence(1)
    with pytest.raises(ValueError, match="follows a rule"):
        gradcheck(rbm, x)


def test_codes_in_blocks_change_nothing(monkeypatch, rng):
    rbm, x = machine(k=4), BernoulliOutput().sample(np.zeros((6, 5)), rng)
    loss, grad = rbm.loss_and_grad(x), rbm.grad.copy()
    monkeypatch.setattr("tinyae.models.partition.BLOCK_ENTRIES", 15)  # three codes at a time
    assert rbm.loss_and_grad(x) == pytest.approx(loss, rel=1e-14)
    np.testing.assert_allclose(rbm.grad, grad, rtol=1e-12, atol=1e-15)


def test_other_numbers_of_chains_start_anew(rng):
    rbm = machine(rule=PersistentContrastiveDivergence(1, 5))
    x = BernoulliOutput().sample(np.zeros((6, 5)), rng)
    rbm.loss_and_grad(x)
    rbm.rule = PersistentContrastiveDivergence(1, 9)
    rbm.loss_and_grad(x)
    assert rbm.chains.shape == (9, 5)


def test_no_steps_give_a_copy():
    x = np.zeros((2, 5))
    end = machine().gibbs(x, 0)
    assert not np.shares_memory(end, x)
    for action in (lambda: machine().free_energy(x + 7), lambda: machine().gibbs(x + 7, 1)):
        with pytest.raises(ValueError, match="targets in"):
            action()
    with pytest.raises(TypeError, match="got 2 arrays"):
        fit(machine(), (x, np.zeros(2)))


LOW, HIGH = -np.log(4.0), np.log(4.0)
STARTS = {  # four rows: a mean is moved into [1/5, 4/5]
    "Bernoulli": (BernoulliOutput(), [[0, 1, 1], [0, 1, 0], [0, 1, 0], [0, 1, 0]],
                  [LOW, HIGH, -np.log(3.0)]),
    "Gaussian": (GaussianOutput(), [[1, 1e6, -3], [3, 1e6, -3], [1, 1e6, -3], [3, 1e6, -3]],
                 [2, 1e6, -3]),
    "categorical": (CategoricalOutput(), [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]],
                    np.log([0.5, 0.5, 0.2])),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", STARTS)
def test_the_visible_bias_starts_at_the_base_rates(name, dtype):
    visible, x, start = STARTS[name]
    x = np.array(x, dtype)
    rtol = 1e-13 if dtype == np.float64 else 1e-6
    for twin in (RBM(3, 2, visible=visible, dtype=dtype), RBM(3, 2, visible=visible, dtype=dtype)):
        weights = twin.parts["hidden"].params["W"].copy()
        fit(twin, x, optimizer=SGD(0.0), epochs=1)
        b = twin.parts["visible"].params["b"]
        np.testing.assert_allclose(b, start, rtol=rtol)
        assert b.dtype == dtype
        np.testing.assert_array_equal(twin.parts["hidden"].params["W"], weights)
    built = RBM.from_data(x, 2, visible=visible, dtype=dtype)
    np.testing.assert_array_equal(built.theta, twin.theta)
    fit(built, x[:1], optimizer=SGD(0.0), epochs=1)  # other data do not move it any more
    np.testing.assert_array_equal(built.theta, twin.theta)


def test_no_weights_fit_better_than_the_base_rates():
    """The start is the most likely bias of a machine that has no weights yet."""
    x = (np.random.default_rng(2).random((200, 4)) < [0.05, 0.3, 0.6, 0.9]).astype(float)
    rbm = RBM.from_data(x, 2, rule=MaximumLikelihood())
    rbm.parts["hidden"].params["W"][...] = 0.0
    rbm.loss_and_grad(x)
    np.testing.assert_allclose(rbm.parts["visible"].grads["b"], 0, atol=1e-14)


def test_a_bias_that_was_assigned_or_trained_stays(rng):
    x = (rng.random((50, 4)) < 0.1).astype(float)
    asked = RBM(4, 2, visible_start="zero")
    assigned, moved = RBM(4, 2), RBM(4, 2)
    assigned.parts["visible"].params["b"][...] = [0.0, 0.0, 0.0, 0.5]
    fit(moved, x, optimizer=SGD(0.1), epochs=1)
    for rbm in (asked, assigned, moved, moved.copy(), pickle.loads(pickle.dumps(moved))):
        before = rbm.theta.copy()
        fit(rbm, x, optimizer=SGD(0.0), epochs=1)
        np.testing.assert_array_equal(rbm.theta, before)
    moved.parts["visible"].params["b"][...] = 0.0  # zero by the user's wish, not by construction
    fit(moved, x, optimizer=SGD(0.0), epochs=1)
    assert not moved.parts["visible"].params["b"].any()


def test_minimize_starts_at_the_data_too(rng):
    pytest.importorskip("scipy")
    x = (rng.random((50, 4)) < 0.1).astype(float)
    rbm = RBM(4, 2, rule=MaximumLikelihood())
    minimize(rbm, x, options={"maxiter": 0})
    start = RBM.from_data(x, 2).parts["visible"].params["b"]  # -1.7 to -2.5, and one step away
    np.testing.assert_allclose(rbm.parts["visible"].params["b"], start, atol=0.1)


def test_training_that_diverged_leaves_no_broken_chains(rng):
    x = rng.normal(size=(20, 3))
    rbm = RBM(3, 2, visible=GaussianOutput(), rule=PersistentContrastiveDivergence(1, 5))
    with pytest.raises(DivergenceError):
        fit(rbm, x, optimizer=SGD(1e200), epochs=1, batch_size=5)
    rbm.chains = np.full((5, 3), np.inf)  # as larger steps leave them
    rbm.begin(x)
    assert rbm.chains is None
    fit(rbm, x, optimizer=SGD(0.01), epochs=1)
    assert np.isfinite(rbm.chains).all()


@pytest.mark.slow
def test_rare_features_do_not_drive_every_hidden_unit_to_one_value():
    x = (np.random.default_rng(1).random((300, 1000)) < 0.005).astype(float)
    codes = {}
    for start in ("data", "zero"):
        rbm = RBM(1000, 10, visible_start=start)
        fit(rbm, x, optimizer=SGD(0.05), batch_size=10, epochs=5)
        codes[start] = rbm.encode(x)
    assert 0.2 < codes["data"].min() and codes["data"].max() < 0.8
    assert codes["zero"].min() > 0.8  # what the start is there for


def brute_pseudo(rbm, x):
    """Σ log p(x_i | the others), unit by unit, from the free energies of x and of its flips."""
    total = np.zeros(len(x))
    for i in range(x.shape[1]):
        flipped = x.copy()
        flipped[:, i] = 1 - flipped[:, i]
        weights = np.exp(-np.stack([rbm.free_energy(x), rbm.free_energy(flipped)]))
        total += np.log(weights[0] / weights.sum(axis=0))
    return total


def test_pseudo_likelihood_against_every_flip(monkeypatch, rng):
    rbm, x = machine(d=6, k=3), binary_codes(6)
    expected = brute_pseudo(rbm, x)
    # Not by free energies at all: conditionals of the table of p(x).
    p = np.exp(rbm.log_likelihood(x))
    tables = [np.log(p / (p + p[np.arange(64) ^ (1 << i)])) for i in range(6)]
    np.testing.assert_allclose(expected, np.sum(tables, axis=0), rtol=1e-11)
    np.testing.assert_allclose(rbm.pseudo_log_likelihood(x), expected, rtol=1e-11)
    for entries in (1, 7, 12, 40):
        monkeypatch.setattr("tinyae.models.pseudo_likelihood.BLOCK_ENTRIES", entries)
        np.testing.assert_allclose(rbm.pseudo_log_likelihood(x), expected, rtol=1e-11)
    np.testing.assert_allclose(rbm.astype(np.float32).pseudo_log_likelihood(x), expected, rtol=1e-5)
    large = RBM(50, 100, init=Normal(20.0))  # hundreds of nats overflow nothing
    y = (rng.random((3, 50)) < 0.5).astype(float)
    assert np.isfinite(large.pseudo_log_likelihood(y)).all()


def test_without_weights_the_pseudo_likelihood_is_the_likelihood():
    rbm, x = machine(), binary_codes(5)
    rbm.parts["hidden"].params["W"][...] = 0.0
    np.testing.assert_allclose(rbm.pseudo_log_likelihood(x), rbm.log_likelihood(x), rtol=1e-12)


def test_a_partition_function_that_is_given():
    rbm, x = machine(), binary_codes(5)
    given = rbm.log_likelihood(x, log_partition=rbm.log_partition() + 2.0)
    np.testing.assert_allclose(given, rbm.log_likelihood(x) - 2.0, rtol=1e-12)
    large = RBM(4, 17)
    np.testing.assert_allclose(large.log_likelihood(np.eye(4), log_partition=0.0),
                               -large.free_energy(np.eye(4)))  # fmt: skip


def test_raw_samples_take_seeds_and_lists(rng):
    rbm, x, h = machine(), binary_codes(5)[:4], binary_codes(3)[:4]
    for sample, given in ((rbm.sample_hidden, x), (rbm.sample_visible, h)):
        kept = given.copy()
        np.testing.assert_array_equal(sample(given, rng=3), sample(given.tolist(), rng=3))
        assert set(np.unique(sample(given, rng=rng))) <= {0.0, 1.0}
        np.testing.assert_array_equal(given, kept)
    many = rbm.sample_hidden(np.repeat(x[1:2], 20_000, axis=0), rng=rng).mean(axis=0)
    np.testing.assert_allclose(many, rbm.encode(x[1:2])[0], atol=0.02)


RAW = {
    "sample_hidden": (lambda v, rng=0: machine().sample_hidden(v, rng=rng), 5),
    "sample_visible": (lambda v, rng=0: machine().sample_visible(v, rng=rng), 3),
    "gibbs": (lambda v, rng=0: machine().gibbs(v, 1, rng=rng), 5),
    "encode": (lambda v: machine().encode(v), 5),
    "decode": (lambda v: machine().decode(v), 3),
    "free_energy": (lambda v: machine().free_energy(v), 5),
    "add_free_energy": (lambda v: machine().add_free_energy(v, 1.0), 5),
    "log_likelihood": (lambda v: machine().log_likelihood(v), 5),
    "pseudo_log_likelihood": (lambda v: machine().pseudo_log_likelihood(v), 5),
    "score": (lambda v: machine(GaussianOutput()).score(v), 5),
    "from_data": (lambda v: RBM.from_data(v, 2), None),
}  # fmt: skip


@pytest.mark.parametrize("name", RAW)
def test_every_method_looks_at_its_array(name):
    call, width = RAW[name]
    good = np.zeros((2, width or 4))
    call(good)
    holes = good.copy()
    holes[1, 2] = np.nan
    bad = {
        "NaN": (holes, ValueError),
        "one row": (good[0], ValueError),
        "no rows": (good[:0], ValueError),
        "complex": (good + 1j, TypeError),
        "dates": (np.zeros(good.shape, "datetime64[D]"), TypeError),
        "words": ([["a"] * good.shape[1]], TypeError),
        "ragged": ([[0.0], [0.0, 1.0]], ValueError),
        "None": (None, TypeError),
    }
    if width:
        bad["width"] = (np.zeros((2, width + 1)), ValueError)
    if width == 5 and name != "score":
        bad["bytes"] = (good + 255.0, ValueError)
    for what, (array, error) in bad.items():
        with pytest.raises(error) as caught:
            call(array)
        assert len(str(caught.value)) > 15, what
    if name.startswith(("sample", "gibbs")):
        for seed in (None, "0", -1, 1.5):
            with pytest.raises((TypeError, ValueError), match="rng"):
                call(good, seed)


@pytest.mark.parametrize(
    ("build", "error", "says"),
    [
        (lambda: RBM(4, 3, visible_start=0), ValueError, 'visible_start must be "data" or "zero"'),
        (lambda: RBM(4, 17).log_likelihood(np.eye(4)), ValueError, "annealed_log_partition"),
        (lambda: RBM(4, 17, rule=MaximumLikelihood()).loss_and_grad(np.eye(4)), ValueError,
         "ContrastiveDivergence"),
        (lambda: machine().log_likelihood(np.eye(5), log_partition=np.nan), ValueError,
         "log_partition must be a finite"),
        (lambda: machine().log_likelihood(np.eye(5), log_partition="7"), TypeError,
         "log_partition must be a number"),
        (lambda: machine().pseudo_log_likelihood(np.full((2, 5), 0.5)), ValueError, "zeros and"),
        (lambda: machine(GaussianOutput()).pseudo_log_likelihood(np.eye(5)), ValueError,
         r"BernoulliOutput visible units, got GaussianOutput\(\)"),
        (lambda: machine(CategoricalOutput()).pseudo_log_likelihood(np.eye(5)), ValueError,
         "BernoulliOutput visible units"),
        (lambda: machine(GaussianOutput()).free_energy(np.full((2, 5), 1e200)), ValueError,
         "beyond float64: rescale"),
        (lambda: machine().add_free_energy(np.eye(5), [1.0, 2.0]), ValueError, "weight"),
        (lambda: machine().add_free_energy(np.eye(5), np.nan), ValueError, "weight"),
        (lambda: machine().add_free_energy(np.eye(5), "1"), TypeError, "weight"),
    ],
)  # fmt: skip
def test_more_bad_input(build, error, says):
    with pytest.raises(error, match=says):
        build()


def test_dead_hidden_units(rng):
    rbm, x = machine(), (rng.random((20, 5)) < 0.5).astype(float)
    assert not rbm.dead_units(x).any()
    rbm.parts["hidden"].params["W"][:, 1] = 0.0  # blind
    rbm.parts["hidden"].params["b"][2] = 1e3  # saturated
    np.testing.assert_array_equal(rbm.dead_units(x), [False, True, True])
    assert rbm.dead_units(x[:1]) is None
