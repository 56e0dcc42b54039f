"""The Boltzmann machine's vectorized core against its layers, and what it refuses."""

import copy
import tracemalloc

import numpy as np
import pytest

from tinyae import RBM, SGD, Adam, GaussianOutput, fit
from tinyae.core.adaptation import adapted
from tinyae.core.machine import MachineCore
from tinyae.models import ContrastiveDivergence, MaximumLikelihood, PersistentContrastiveDivergence
from tinyae.nn import Normal
from tinyae.training import Cosine, DivergenceError, Tuning

RULES = {
    "CD-1": ContrastiveDivergence(1),
    "CD-3": ContrastiveDivergence(3),
    "PCD-1": PersistentContrastiveDivergence(1, 7),
    "PCD-2": PersistentContrastiveDivergence(2, 30),
}
OPTIMIZERS = (SGD(0.1), SGD(Cosine(0.1), momentum=0.5), Adam(0.01))


def machine(rule, dtype=np.float64, **options):
    return RBM(12, 6, rule=rule, init=Normal(0.5), rng=3, dtype=dtype, **options)


def rows(n=43, dtype=np.float64):
    """Zeros and ones; the last batch of ten is shorter."""
    rng = np.random.default_rng(0)
    return (rng.random((n, 12)) < rng.random(12)).astype(dtype)


@pytest.mark.one_in(18)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=["SGD", "momentum", "Adam"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_it_takes_the_steps_of_the_layers(rule, optimizer, dtype):
    """Same draws, so the same chains, losses and parameters; two calls, the second goes on."""
    found = {}
    for core in ("layers", "vectorized"):
        rbm = machine(RULES[rule], dtype)
        histories = [
            fit(rbm, rows(dtype=dtype), optimizer=optimizer, epochs=epochs, batch_size=10, rng=1,
                core=core, validation=0.1)
            for epochs in (2, 1)
        ]  # fmt: skip
        assert histories[0].core == core and rbm.theta.dtype == dtype
        found[core] = rbm, np.concatenate([[*h.loss, *h.validation] for h in histories])
    (one, losses), (two, other) = found.values()
    tol = 1e-12 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(two.theta, one.theta, atol=tol)
    np.testing.assert_allclose(two.grad, one.grad, atol=tol)
    np.testing.assert_allclose(other, losses, atol=10 * tol)
    if rule.startswith("PCD"):
        np.testing.assert_array_equal(two.chains, one.chains)
        assert two.chains.dtype == dtype
    else:
        assert two.chains is None
    fresh = machine(RULES[rule], dtype)
    fresh.begin(rows(dtype=dtype))
    assert np.abs(fresh.theta - two.theta).max() > 1e-3  # it did learn


def test_rows_in_the_given_order_and_grey_values():
    x = np.random.default_rng(1).random((25, 12))
    twins = []
    for core in ("layers", "vectorized"):
        rbm = machine(ContrastiveDivergence(1))
        fit(rbm, x, optimizer=SGD(0.1), epochs=2, batch_size=10, shuffle=False, core=core)
        twins.append(rbm.theta)
    np.testing.assert_allclose(*twins, atol=1e-13)


def test_the_same_seed_gives_the_same_bits_and_the_data_are_not_changed():
    x = rows()
    kept, runs = x.copy(), []
    for _ in range(2):
        rbm = machine(PersistentContrastiveDivergence(1, 5))
        fit(rbm, x, optimizer=SGD(0.1), epochs=3, batch_size=10, rng=4, core="vectorized")
        runs.append((rbm.theta, rbm.chains))
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    np.testing.assert_array_equal(runs[0][1], runs[1][1])
    np.testing.assert_array_equal(x, kept)


def test_a_checkpoint_goes_on_with_the_same_chains(tmp_path, monkeypatch):
    """Interrupted within an epoch, a new machine goes on to the same bits."""
    rule, x = PersistentContrastiveDivergence(1, 5), rows()
    options = {"optimizer": Adam(0.01), "epochs": 3, "batch_size": 10, "core": "vectorized"}
    kept = {"checkpoint": tmp_path / "a", "checkpoint_seconds": 0.0}
    whole = machine(rule)
    fit(whole, x, **options)
    step, taken = MachineCore._gradient, []

    def interrupted(self, *arguments):
        taken.append(1)
        if len(taken) == 8:
            raise OSError
        return step(self, *arguments)

    monkeypatch.setattr(MachineCore, "_gradient", interrupted)
    with pytest.raises(OSError):
        fit(machine(rule), x, **options, **kept)
    again = machine(rule)
    fit(again, x, **options, **kept)
    assert len(taken) == 8 + 15 - 7
    np.testing.assert_array_equal(again.theta, whole.theta)
    np.testing.assert_array_equal(again.chains, whole.chains)


def test_chains_are_kept_and_not_shared():
    rbm = machine(PersistentContrastiveDivergence(1, 5))
    seen = []
    fit(rbm, rows(), optimizer=SGD(0.1), epochs=3, batch_size=10, core="vectorized",
        callback=lambda epoch, model, history: seen.append((model.chains, model.chains.copy()))
        )  # fmt: skip
    for chains, copied in seen:
        np.testing.assert_array_equal(chains, copied)  # later epochs do not write to them
    assert any((seen[0][1] != later).any() for _, later in seen[1:])
    rbm.rule = PersistentContrastiveDivergence(1, 9)
    fit(rbm, rows(), optimizer=SGD(0.1), epochs=1, core="vectorized")
    assert rbm.chains.shape == (9, 12)


class Mine(RBM):
    """A machine with an objective of its own."""

    def objective(self, x, *, rng):
        return 2.0 * super().objective(x, rng=rng)


class Slow:
    """An optimizer that the core does not know."""

    def start(self, theta):
        return {}

    def step(self, theta, grad, state, progress):
        theta -= 0.1 * grad


@pytest.mark.parametrize(
    ("rbm", "optimizer", "says"),
    [
        (machine(MaximumLikelihood()), SGD(0.1), "the rule MaximumLikelihood"),
        (machine(RULES["CD-1"], visible=GaussianOutput()), SGD(0.1), "visible units Gaussian"),
        (Mine(12, 6), SGD(0.1), "models of class Mine with their own objective"),
        (machine(RULES["CD-1"]), Slow(), "the optimizer"),
    ],
)
def test_what_is_not_supported_is_named(rbm, optimizer, says):
    with pytest.raises(ValueError, match=f"does not support .*{says}"):
        fit(copy.deepcopy(rbm), rows(), optimizer=optimizer, core="vectorized")
    history = fit(rbm, rows(), optimizer=optimizer, epochs=1, core="auto")
    assert history.core.startswith("layers: ") and says in history.core


def test_a_machine_is_trained_on_one_thread(monkeypatch):
    held = []
    monkeypatch.setattr("tinyae.numerics.threads.hold", held.append)
    with pytest.raises(ValueError, match="a Boltzmann machine on 2 threads; leave threads out"):
        fit(machine(RULES["CD-1"]), rows(), epochs=1, core="vectorized", threads=2)
    assert not held
    history = fit(machine(RULES["CD-1"]), rows(), epochs=1, core="vectorized", threads=1)
    assert history.threads == 1 and len(held) == 1
    history = fit(machine(RULES["CD-1"]), rows(), epochs=1, core="vectorized", threads="auto")
    assert history.core == "vectorized" and history.threads is None


@pytest.mark.parametrize("rule", ["CD-1", "PCD-2"])
def test_the_form_of_the_sigmoid_is_that_of_the_tuning(rule):
    found = {}
    for form in ("tanh", "exp"):
        rbm = machine(RULES[rule])
        history = fit(rbm, rows(), epochs=2, core="vectorized", tuning=Tuning(form, 64))
        assert history.core == "vectorized" and history.tuning == Tuning(form, 64)
        found[form] = rbm.theta
    np.testing.assert_allclose(found["exp"], found["tanh"], rtol=1e-9, atol=1e-12)
    assert not np.array_equal(found["exp"], found["tanh"])
    history = fit(machine(RULES[rule]), rows(), epochs=1, core="vectorized")
    assert history.tuning == adapted(np.float64)


def test_an_interruption_keeps_the_chains_of_that_moment():
    def rate(progress):
        if 0.59 < progress < 0.61:  # the fourth batch of five
            raise KeyboardInterrupt
        return 0.1

    found = {}
    for core in ("layers", "vectorized"):
        found[core] = machine(PersistentContrastiveDivergence(1, 7))
        history = fit(found[core], rows(), optimizer=SGD(rate), epochs=1, batch_size=10, core=core)
        assert history.stopped == "interrupted"
    one, other = found.values()
    np.testing.assert_array_equal(one.chains, other.chains)
    np.testing.assert_allclose(one.theta, other.theta, rtol=1e-12)


def test_rows_in_the_order_of_columns_are_not_copied_whole():
    x = np.asfortranarray(np.tile(rows(), (50, 1)))
    machine_core = MachineCore(machine(ContrastiveDivergence(1)), SGD(0.1), 10, len(x), steps=1)
    rng = np.random.default_rng(0)
    machine_core.epoch((x,), 1, 1, rng, rng)
    tracemalloc.start()
    machine_core.epoch((x,), 1, 1, rng, rng)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.7 * x.nbytes, "the order of the rows takes a twelfth"


def test_a_rule_that_is_replaced_during_training_is_an_error():
    def replace(epoch, model, history):
        model.rule = ContrastiveDivergence(2)

    with pytest.raises(RuntimeError, match="rule was replaced during training"):
        fit(machine(RULES["CD-1"]), rows(), epochs=2, core="vectorized", callback=replace)


def test_a_training_that_diverges_is_set_back():
    rbm = machine(RULES["PCD-1"])
    rbm.begin(rows())
    before = rbm.theta.copy()
    with pytest.raises(DivergenceError):
        fit(rbm, rows(), optimizer=SGD(1e308), epochs=2, batch_size=10, core="vectorized")
    np.testing.assert_array_equal(rbm.theta, before)
    fit(rbm, rows(), optimizer=SGD(0.1), epochs=1, core="vectorized")
    assert np.isfinite(rbm.theta).all()


def test_no_array_of_a_batch_is_allocated_during_an_epoch():
    x = (np.random.default_rng(0).random((400, 300)) < 0.3).astype(float)
    rbm = RBM(300, 200, rule=PersistentContrastiveDivergence(1, 100))
    core = MachineCore(rbm, SGD(0.1), 100, 400, steps=1, chains=100)
    rng = np.random.default_rng(1)
    core.epoch((x,), 1, 1, rng, rng)
    tracemalloc.start()
    core.epoch((x,), 1, 1, rng, rng)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * rbm.chains.nbytes < 400_000  # a copy of the chains at the end
