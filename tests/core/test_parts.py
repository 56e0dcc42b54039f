"""Steps that threads share: the same as those of one thread and of the layers, with the same bits.

Two threads are used on any machine. A team of them computes the same whether or not there are cores
for all.
"""

import itertools
import threading
import tracemalloc

import numpy as np
import pytest

from tinyae import (
    L1,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Contractive,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    KLSparsity,
    MaskingNoise,
    NoisyCode,
    NoisySigmoidCode,
    ReLU,
    SaltAndPepperNoise,
    Sigmoid,
    Softplus,
    Tanh,
    WeightDecay,
    fit,
    score_field,
)
from tinyae.core import choice, noise, parts
from tinyae.core import core as core_module
from tinyae.core.core import Core
from tinyae.core.penalties import PENALTIES, AbsoluteValues
from tinyae.criterion import FixedGaussianOutput
from tinyae.numerics import blas
from tinyae.training import Cosine, DivergenceError

SLOTS = {
    "squared error": {},
    "cross-entropy": {"output": BernoulliOutput()},
    "fixed variance": {"output": FixedGaussianOutput(0.5), "activation": ReLU},
    "Gaussian noise": {"corruption": GaussianNoise(0.3), "activation": Tanh},
    "masking noise": {"corruption": MaskingNoise(lambda p: 0.1 + 0.5 * p)},
    "salt and pepper": {"corruption": SaltAndPepperNoise(0.3), "activation": Softplus},
    "tied": {"tied": True, "corruption": GaussianNoise(0.1), "activation": Sigmoid},
    "L1": {"penalties": L1(0.1)},
    "weight decay": {"penalties": WeightDecay(0.2)},
    "contraction": {"penalties": Contractive(0.3), "activation": Tanh},
    "mean activity": {"penalties": KLSparsity(0.1, 0.3), "activation": Sigmoid},
    "all penalties": {
        "penalties": [
            KLSparsity(0.2, 0.1), L1(0.1), KLSparsity(0.3, 0.2), Contractive(0.2), WeightDecay(0.1)
        ],
        "activation": Sigmoid,
    },
    "variational": {"code": GaussianCode(beta=lambda p: 0.5 + p), "corruption": MaskingNoise(0.2)},
    "noisy code": {"code": NoisyCode(0.4), "penalties": L1(0.1)},
    "noisy units": {"code": NoisySigmoidCode(0.8), "corruption": GaussianNoise(0.2)},
}  # fmt: skip


@pytest.fixture
def x():
    return np.random.default_rng(0).random((47, 6))


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Let the threads share thetas of a few entries too."""
    monkeypatch.setattr(noise, "WORTH", 1)


@pytest.fixture(params=["columns", "rows"])
def columns(request, monkeypatch):
    """Whether each example is a column: both layouts, for the same small nets."""
    if request.param == "rows":
        monkeypatch.setattr(core_module, "COLUMNS", 0)


def relative(a, b):
    """Largest difference over largest entry."""
    scale = max(np.abs(a).max(), np.abs(b).max())
    return np.abs(a - b).max() / scale if scale else 0.0


def names():
    """The threads of teams that are alive."""
    return [t for t in threading.enumerate() if t.name == "tinyae" and t.is_alive()]


def trained(x, slots, *, dtype=np.float64, sizes=(6, 5), **given):
    """A new model after training, and the losses."""
    model = Autoencoder.dense(sizes, dtype=dtype, **slots)
    history = fit(model, x.astype(dtype), **{"epochs": 2, "core": "vectorized", **given})
    assert history.core == "vectorized" and not names()
    return model, np.array(history.loss)


@pytest.mark.one_in(36)
@pytest.mark.parametrize("name", SLOTS)
def test_loss_and_every_gradient_are_the_layers(name, columns):
    """Batches of many lengths: whole, short, not divisible by k, and with fewer rows than k."""
    rng = np.random.default_rng(1)
    for k, n, batch in itertools.product((2, 3), (1, 2, 4, 7, 9), (4, 7)):
        model = Autoencoder.dense((6, 4), **SLOTS[name])
        model.theta += rng.normal(0.0, 0.3, model.theta.shape)
        model.progress = 0.7
        x = rng.random((n, 6))
        x_tilde = x if model.corruption is None else model.corruption.corrupt(x, rng)
        core = Core(model, Adam(), batch, 12, threads=k)
        loss = core.loss_and_grad(x, x_tilde, np.random.default_rng(5))
        found = model.grad.copy()
        model.grad[...] = 0.0
        expected = model.backward(model.forward(x, np.random.default_rng(5), x_tilde))
        assert model.grad.any() and relative(found, model.grad) <= 1e-12, (k, n, batch)
        assert loss == pytest.approx(expected, rel=1e-12)


@pytest.mark.one_in(9)
@pytest.mark.filterwarnings("ignore:.*GaussianCode.* will probably not be used")
@pytest.mark.parametrize("name", SLOTS)
def test_threads_may_be_more_than_inputs_and_units(name, x):
    """Then some have no row of a W, but rows of the batch all the same."""
    losses = []
    for k in (1, 5):
        model = Autoencoder.dense((2, 2), **SLOTS[name])
        losses.append(fit(model, x[:, :2], core="vectorized", batch_size=9, epochs=2, threads=k))
        losses[-1] = [*losses[-1].loss, model.theta.sum()]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-11)


@pytest.mark.one_in(48)
@pytest.mark.parametrize("optimizer", [SGD(Cosine(0.05), 0.9), Adam(1e-2)], ids=["SGD", "Adam"])
@pytest.mark.parametrize("name", SLOTS)
def test_training_is_that_of_one_thread(name, optimizer, columns, x, monkeypatch, measured):
    """Blocks of several batches and a short last one. One thread has the bits of the core as it is.

    The noise is the same too: other noise would show at once in the losses.
    """
    monkeypatch.setattr(core_module, "SLOTS", 3)
    given = {"optimizer": optimizer, "batch_size": 10}
    model, losses = trained(x, SLOTS[name], **given)
    one, its_losses = trained(x, SLOTS[name], threads=1, **given)
    np.testing.assert_array_equal(one.theta, model.theta)
    np.testing.assert_array_equal(its_losses, losses)
    worst = 0.0
    for k in (2, 3, 4):
        other, its_losses = trained(x, SLOTS[name], threads=k, **given)
        worst = max(worst, relative(other.theta, model.theta), relative(its_losses, losses))
        assert relative(other.grad, model.grad) <= 1e-11
    assert worst <= 1e-12
    other, _ = trained(x, SLOTS[name], threads=2, rng=1, **given)
    assert relative(other.theta, model.theta) > 1e-3  # the comparison can fail
    measured(f"2, 3 and 4 threads against one, {name}: {worst:.1e}")


@pytest.mark.parametrize("name", ["Gaussian noise", "masking noise", "variational"])
def test_the_noise_of_float32_is_that_of_one_thread(name, columns, x):
    """The core's own faster draws do not depend on the number of threads."""
    one, losses = trained(x, SLOTS[name], dtype=np.float32, threads=1)
    two, its_losses = trained(x, SLOTS[name], dtype=np.float32, threads=2)
    assert relative(one.theta, two.theta) < 1e-5 and relative(losses, its_losses) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tied", "all penalties", "variational"])
def test_the_same_bits_in_twenty_runs(name):
    """Arrays that are large enough for threads to run at the same time."""
    x = np.random.default_rng(0).random((130, 100))
    runs = {
        tuple(a.tobytes() for a in (model.theta, losses))
        for model, losses in (
            trained(x, SLOTS[name], dtype=np.float32, sizes=(100, 60), epochs=1, batch_size=64,
                    threads=2)
            for _ in range(20)
        )
    }  # fmt: skip
    assert len(runs) == 1


@pytest.mark.parametrize("shuffle", [True, False])
def test_pairs_and_tables_in_any_order_are_shared_out(shuffle, x):
    noisy = x + 0.1 * np.random.default_rng(1).normal(size=x.shape)
    thetas = []
    for k, order in ((None, "C"), (2, "C"), (3, "F")):
        model = Autoencoder.dense((6, 4))
        rows = tuple(np.asarray(a, order=order) for a in (noisy, x))
        fit(model, rows, core="vectorized", shuffle=shuffle, batch_size=10, epochs=2, threads=k)
        thetas.append(model.theta)
    assert max(relative(thetas[0], theta) for theta in thetas[1:]) <= 1e-12


class UnitAtoms(Autoencoder):
    """Keeps the rows of the decoder's weight at length one."""

    def project(self):
        """Scale them, and note when and where."""
        self.seen = [*getattr(self, "seen", []), (self.progress, threading.current_thread())]
        W = self.decoder.layers[0].params["W"]
        W /= np.linalg.norm(W, axis=1, keepdims=True)


def test_projections_follow_each_step_on_the_calling_thread(x):
    models = [UnitAtoms.dense((6, 4)) for _ in range(2)]
    for model, k in zip(models, (None, 2), strict=True):
        fit(model, x, core="vectorized", batch_size=10, epochs=2, threads=k)
    assert relative(models[0].theta, models[1].theta) <= 1e-12
    assert models[0].seen == models[1].seen and len(models[0].seen) == 10


class FailingElsewhere(L1):
    """L1 that fails on another thread than the main one."""


def test_an_exception_of_another_thread_reaches_the_caller(x, monkeypatch):
    class Failing(AbsoluteValues):
        """`L1` on buffers, which fails."""

        def add(self, penalty, p):
            """Add an operation that raises."""
            super().add(penalty, p)
            p.code.append(self.fail)

        def fail(self):
            """Raise on another thread."""
            if threading.current_thread() is not threading.main_thread():
                raise ArithmeticError("on another thread")

    monkeypatch.setitem(PENALTIES, FailingElsewhere, Failing())
    model = Autoencoder.dense((6, 4), penalties=FailingElsewhere(0.1))
    fit(model, x, core="vectorized", epochs=1, threads=1)
    before = model.theta.copy()
    with pytest.raises(ArithmeticError, match="on another thread"):
        fit(model, x, core="vectorized", epochs=1, threads=2)
    assert not names()
    np.testing.assert_array_equal(model.theta, before)  # no optimizer's step was done


def test_divergence_is_noticed_and_no_warning_comes_from_a_thread(x):
    model = Autoencoder.dense((6, 4), activation=ReLU)
    before = model.theta.copy()
    with pytest.raises(DivergenceError, match="set back"):
        fit(model, x, optimizer=SGD(1e30), batch_size=2, core="vectorized", threads=2)
    np.testing.assert_array_equal(model.theta, before)
    assert not names()


@pytest.mark.slow
def test_no_allocation_grows_with_the_number_of_steps():
    """A thousand steps more, in which threads start and end twenty times, hold no byte for each."""
    rng = np.random.default_rng(0)
    model = Autoencoder.dense((12, 8), corruption=GaussianNoise(0.1), dtype=np.float32)
    x = rng.random((1000, 12), dtype=np.float32)
    core = Core(model, Adam(), 20, len(x), threads=2)
    peaks = []
    for epochs in (2, 2, 22):
        tracemalloc.start()
        for _ in range(epochs):
            core.epoch((x,), 1, 1, rng, rng)
        peaks.append(tracemalloc.get_traced_memory())
        tracemalloc.stop()
    (held, peak), (_, short) = peaks[2], peaks[1]
    # It is chance whether the temporary arrays of both threads exist at the same moment.
    assert held < 20_000 and peak < 2 * short


def test_more_threads_than_rows_are_not_started(x):
    core = Core(Autoencoder.dense((6, 4)), Adam(), 3, len(x), threads=50)
    assert core.threads == core.team.threads == len(core.block.blocks) == 3
    assert len(core.last.blocks) == 2  # 47 rows leave two


def test_a_training_with_noise_in_float32_uses_the_threads_for_the_noise(monkeypatch):
    used = []
    box_muller = noise._box_muller
    monkeypatch.setattr(
        noise, "_box_muller",
        lambda *bits: (used.append(threading.current_thread().name), box_muller(*bits)),
    )  # fmt: skip
    z = []
    for k in (1, 2):
        with parts.Team(k) as team:
            z.append(noise.normals((5, 7), np.random.default_rng(3), team))
    z.append(noise.normals((5, 7), np.random.default_rng(3)))
    assert len(set(used)) == 2 and len(used) == 4
    for other in z[:2]:
        np.testing.assert_allclose(other, z[2], rtol=1e-6)


def test_the_history_and_the_next_call_keep_the_number(x):
    model = Autoencoder.dense((6, 4))
    history = fit(model, x, core="vectorized", epochs=1, threads=2)
    assert history.threads == 2 and "on 2 threads, ended" in str(history)
    assert fit(model, x, core="vectorized", epochs=1).threads is None
    assert " on 1 thread," in str(fit(model, x, core="auto", epochs=1, threads=1))
    whole = Autoencoder.dense((6, 4))
    fit(whole, x, core="vectorized", epochs=1, threads=2)
    fit(whole, x, core="vectorized", epochs=1, threads=2)
    both = Autoencoder.dense((6, 4))
    fit(both, x, core="vectorized", epochs=2, threads=2)
    np.testing.assert_array_equal(both.theta, whole.theta)


def test_layers_that_auto_chooses_are_not_shared_out(x):
    model = Autoencoder.dense((6, 4, 3), penalties=Contractive(0.1))
    history = fit(model, x, core="auto", epochs=1, threads=2)
    assert history.core.startswith("layers: ") and history.threads is None


@pytest.mark.parametrize("value, error, says", [
    (0, ValueError, "threads must be"), (2.5, TypeError, "threads"), (True, TypeError, "threads"),
    ("two", ValueError, "whole number, \"auto\" or None, got 'two'"),
])  # fmt: skip
def test_a_wrong_number_is_refused(value, error, says, x):
    with pytest.raises(error, match=says):
        fit(Autoencoder.dense((6, 4)), x, core="vectorized", threads=value)


@pytest.mark.parametrize("value", [2, "auto"])
def test_the_layers_have_no_threads(value, x):
    with pytest.raises(ValueError, match=f'threads={value!r} is for .*give core="vectorized"'):
        fit(Autoencoder.dense((6, 4)), x, threads=value)


@pytest.fixture
def timed(monkeypatch):
    """Four cores, with times of a block that a test gives for each number of threads."""
    times, calls = {1: 4.0, 2: 2.0, 4: 3.0}, []
    monkeypatch.setattr(choice, "usable_cores", lambda: 4)
    monkeypatch.setattr(choice, "_measured", {})

    def seconds(cores):
        calls.append(list(cores))
        return times

    monkeypatch.setattr(choice, "_seconds", seconds)
    return times, calls


def test_auto_takes_the_fastest_number_and_measures_once(x, timed):
    times, calls = timed
    model = Autoencoder.dense((6, 4))
    history = fit(model, x, core="vectorized", threads="auto", epochs=1, batch_size=10)
    assert history.threads == 2 and calls == [[1, 2, 4]]
    times[1] = 0.1
    again = fit(model, x, core="vectorized", threads="auto", epochs=1, batch_size=10)
    assert again.threads == 2 and len(calls) == 1  # of this shape
    other = fit(model, x, core="vectorized", threads="auto", epochs=1, batch_size=20)
    assert other.threads == 1 and len(calls) == 2
    given_back = Autoencoder.dense((6, 4))
    fit(given_back, x, core="vectorized", threads=history.threads, epochs=1, batch_size=10)
    automatic = Autoencoder.dense((6, 4))
    fit(automatic, x, core="vectorized", threads="auto", epochs=1, batch_size=10)
    np.testing.assert_array_equal(automatic.theta, given_back.theta)


def test_auto_takes_one_thread_if_more_gain_too_little(x, timed):
    timed[0][2] = 3.7
    timed[0][4] = 3.65
    assert fit(Autoencoder.dense((6, 4)), x, core="auto", threads="auto", epochs=1).threads == 1


def test_to_measure_changes_nothing(x, monkeypatch):
    """With real steps, on copies: the model and its streams are as before."""
    monkeypatch.setattr(choice, "usable_cores", lambda: 2)
    monkeypatch.setattr(choice, "_measured", {})
    slots = {"corruption": GaussianNoise(0.1), "penalties": KLSparsity(0.1, 0.1),
             "activation": Sigmoid}  # fmt: skip
    model, _ = trained(x, slots)
    theta, grad, progress = model.theta.copy(), model.grad.copy(), model.progress
    streams = [rng.bit_generator.state for rng in (model.training.order, model.training.noise)]
    found = choice.fastest_threads(model, Adam(), 10, len(x), pairs=True)
    assert found in (1, 2) and not names()
    np.testing.assert_array_equal(model.theta, theta)
    np.testing.assert_array_equal(model.grad, grad)
    assert model.progress == progress
    assert streams == [r.bit_generator.state for r in (model.training.order, model.training.noise)]


def test_one_core_or_one_row_is_one_thread(x, monkeypatch):
    monkeypatch.setattr(choice, "_seconds", None)  # is not called
    monkeypatch.setattr(choice, "_measured", {})
    monkeypatch.setattr(choice, "usable_cores", lambda: 1)
    assert choice.fastest_threads(Autoencoder.dense((6, 4)), Adam(), 10, 47) == 1
    monkeypatch.setattr(choice, "usable_cores", lambda: 8)
    assert choice.fastest_threads(Autoencoder.dense((6, 4)), Adam(), 1, 47) == 1


def test_the_user_is_told_if_blas_cannot_be_held(x, monkeypatch):
    """The warning names the line of the call, of `fit` as of `score_field`."""
    monkeypatch.setattr(blas, "_controller", lambda: None)
    monkeypatch.setattr(blas, "usable_cores", lambda: 2)
    for name in ("OMP_NUM_THREADS", *blas.VARIABLES.values()):
        monkeypatch.delenv(name, raising=False)
    model = Autoencoder.dense((6, 4), corruption=GaussianNoise(0.1))
    fit(model, x, core="vectorized", epochs=1)
    for call in (
        lambda: fit(model, x, core="vectorized", epochs=1, threads=2),
        lambda: fit(model, x, core="auto", epochs=1, threads="auto"),
        lambda: score_field(model, x, 0.1, threads=2),
    ):
        monkeypatch.setattr(blas, "_told", [])
        with pytest.warns(RuntimeWarning, match="Install threadpoolctl") as told:
            call()
        assert [warning.filename for warning in told] == [__file__]


@pytest.mark.one_in(2)
@pytest.mark.parametrize("sizes", [(2, 64), (3, 40, 8)])
def test_a_field_has_the_same_bits_on_any_number_of_threads(sizes, measured):
    """Blocks are shared out, also if there are more threads than blocks, or too few points."""
    model = Autoencoder.dense(sizes, corruption=GaussianNoise(0.5), activation=Tanh)
    x = np.random.default_rng(0).normal(size=(5000, sizes[0]))
    field = score_field(model, x, 0.5)
    np.testing.assert_allclose(field, (model.reconstruct(x) - x) / 0.25, rtol=0.0, atol=1e-12)
    for k in (1, 2, 3, 8):
        np.testing.assert_array_equal(score_field(model, x, 0.5, threads=k), field)
        few = score_field(model, x[:7], 0.5, threads=k)
        np.testing.assert_allclose(few, field[:7], rtol=0.0, atol=1e-12)
    assert not names()
    with pytest.raises(ValueError, match="threads must be"):
        score_field(model, x, 0.5, threads=0)


def test_the_output_of_gaussian_keeps_its_errors_in_each_part(x):
    """Its costs are computed from all batches of a block at once."""
    core = Core(Autoencoder.dense((6, 4), output=GaussianOutput()), Adam(), 10, 47, threads=2)
    assert all(block.buffers.errors is not None for block in core.block.blocks)
