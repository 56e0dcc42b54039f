"""Stochastic codes in the vectorized core against the layers; their noise, schedules and memory."""

import itertools
import tracemalloc

import numpy as np
import pytest

from tinyae import (
    L1,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Chain,
    Classifier,
    Contractive,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    Identity,
    KLSparsity,
    Linear,
    MaskingNoise,
    NoisyCode,
    NoisySigmoidCode,
    SaltAndPepperNoise,
    Sigmoid,
    StudentT,
    Tanh,
    WeightDecay,
    fit,
    tied,
)
from tinyae.core import core as core_module
from tinyae.core.codes import CodeOperations, draw
from tinyae.core.core import Core
from tinyae.core.support import check_supported
from tinyae.nn.trainable import UnsupportedError
from tinyae.training import DivergenceError

CODED = (GaussianCode(), GaussianCode(beta=0.3), GaussianCode(beta=lambda p: 2.0 * p))
CODED += (NoisyCode(0.4), NoisyCode(lambda p: 0.5 * (1.0 - p)))
CODED += (NoisySigmoidCode(0.8), NoisySigmoidCode(lambda p: 2.0 * p))
OUTPUTS = (GaussianOutput(), BernoulliOutput())
NOISES = (None, GaussianNoise(0.3), MaskingNoise(0.4), SaltAndPepperNoise(0.3))
PENALTIES = {
    "none": (),
    "L1": L1(0.1),
    "contraction": Contractive(0.3),
    "all": (L1(0.1), WeightDecay(0.2), Contractive(0.2)),
}
DEPTHS = (1, 2, 3)
GRID = [
    case
    for case in itertools.product(CODED, OUTPUTS, NOISES[:3], PENALTIES, DEPTHS)
    if not (case[3] in ("contraction", "all") and case[4] > 1)
    and not (isinstance(case[0], NoisySigmoidCode) and case[3] != "none")
]


@pytest.fixture
def x():
    return np.random.default_rng(0).random((103, 6))


@pytest.fixture(params=["columns", "rows"])
def columns(request, monkeypatch):
    """Whether each example is a column: both layouts, for the same small nets."""
    if request.param == "rows":
        monkeypatch.setattr(core_module, "COLUMNS", 0)
    return request.param == "columns"


def relative(a, b):
    """Largest difference over largest entry."""
    scale = max(np.abs(a).max(), np.abs(b).max())
    return np.abs(a - b).max() / scale if scale else 0.0


def gradients(model):
    """Every stored gradient, in the order of theta."""
    start = 0
    for p in model.parameters().values():
        yield model.grad[start : start + p.size].reshape(p.shape)
        start += p.size


def compared(model, x, x_tilde, columns, batch=7, progress=0.7):
    """Largest relative difference of loss and gradients, with the code's noise of one seed."""
    model.progress = progress
    core = Core(model, Adam(), batch, 12)
    assert core.columns == columns
    loss = core.loss_and_grad(x, x_tilde, np.random.default_rng(5))
    found = [g.copy() for g in gradients(model)]
    model.grad[...] = 0.0
    expected = model.backward(model.forward(x, np.random.default_rng(5), x_tilde))
    errors = [relative(a, b) for a, b in zip(found, gradients(model), strict=True)]
    return max(*errors, abs(loss - expected) / max(abs(expected), 1e-3))


@pytest.mark.one_in(4)
@pytest.mark.filterwarnings("ignore:the decoder is built automatically")  # widths are drawn
@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_loss_and_every_gradient_are_the_layers(columns, every, measured):
    rng, worst, cases = np.random.default_rng(1), 0.0, GRID[::every]
    for code, output, noise, penalty, depth in cases:
        sizes = rng.integers(1, 8, depth + 1)
        n, batch = rng.integers(1, 12, 2)
        unit = Tanh if depth > 1 or isinstance(code, NoisyCode) else Identity
        model = Autoencoder.dense(
            sizes, activation=unit, output=output, corruption=noise, code=code,
            code_activation=None if code.linear else unit,
            penalties=PENALTIES[penalty], rng=int(rng.integers(1000)),
        )  # fmt: skip
        model.theta += rng.normal(0.0, 0.3, model.theta.shape)
        x = rng.random((n, sizes[0]))
        x_tilde = x if noise is None else noise.corrupt(x, rng)
        worst = max(worst, compared(model, x, x_tilde, columns, int(batch), rng.random()))
        assert worst <= 1e-12, f"{code} {output} {noise} {penalty} {sizes} {n}"
    assert len(GRID) >= 100
    measured(f"core in {'columns' if columns else 'rows'}, loss and gradients of {len(cases)} "
             f"combinations with a stochastic code against the layers: {worst:.1e}")  # fmt: skip


@pytest.mark.parametrize("shift", [-30.0, -1e-4, 0.0, 8.0])
def test_log_variances_of_any_size(shift, columns):
    model = Autoencoder.dense((6, 3), code=GaussianCode())
    model.encoder.layers[0].params["b"][3:] = shift
    if abs(shift) < 1:  # all but the prior: a KL divergence that must not cancel
        model.encoder.layers[0].params["W"] *= 1e-4
    x = np.random.default_rng(0).random((9, 6))
    assert compared(model, x, x, columns) <= 1e-12
    model.theta[...] = 0.0
    core = Core(model, Adam(), 9, 9)
    loss = core.loss_and_grad(x, x, np.random.default_rng(0))
    assert loss == pytest.approx(0.5 * (x * x).sum() / 9, rel=1e-14)  # KL = 0


@pytest.mark.parametrize("penalty", [L1(0.2), Contractive(0.5)])
def test_a_penalty_does_not_reach_the_log_variances(penalty, columns):
    """Its part of the gradient is that of the first units alone."""
    grads = []
    for slots in ({}, {"penalties": penalty}):
        model = Autoencoder.dense((6, 3), code=GaussianCode(), **slots)
        x = np.random.default_rng(0).random((9, 6))
        core = Core(model, Adam(), 9, 9)
        assert core.columns == columns
        core.loss_and_grad(x, x, np.random.default_rng(0))
        grads.append({k: g.copy() for k, g in model.encoder.layers[0].grads.items()})
    without, with_penalty = grads
    for key in ("W", "b"):
        np.testing.assert_allclose(with_penalty[key][..., 3:], without[key][..., 3:], rtol=1e-13)
    assert not np.allclose(with_penalty["W"][:, :3], without["W"][:, :3])


TRIPLES = [  # each pair of the three is in the plain run, and the rest is slow
    pytest.param(rule, code, noise, marks=[] if (i + j + k) % 2 == 0 else pytest.mark.slow,
                 id=f"{type(rule).__name__}-code{j}-noise{k}")
    for i, rule in enumerate((SGD(0.05, 0.9), Adam(1e-2)))
    for j, code in enumerate(CODED)
    for k, noise in enumerate(NOISES)
]  # fmt: skip


@pytest.mark.one_in(72)
@pytest.mark.parametrize(("optimizer", "code", "noise"), TRIPLES)
def test_training_is_the_layers(x, optimizer, code, noise, columns, monkeypatch):
    """44 steps in blocks of 3, 3, 3, 1 and a short batch; corruption and code share a generator."""
    monkeypatch.setattr(core_module, "SLOTS", 3)
    models, losses = [], []
    for core in ("layers", "vectorized"):
        penalty = WeightDecay(0.01) if isinstance(code, NoisySigmoidCode) else L1(0.01)
        model = Autoencoder.dense((6, 5, 4), activation=Tanh, output=BernoulliOutput(), code=code,
                                  corruption=noise, penalties=penalty)  # fmt: skip
        history = fit(model, x, optimizer=optimizer, epochs=4, batch_size=10, rng=3, core=core)
        assert history.core == core
        models.append(model)
        losses.append(history.loss)
    assert relative(*(m.theta for m in models)) <= 1e-9
    np.testing.assert_allclose(*losses, rtol=1e-9)


@pytest.mark.one_in(6)
@pytest.mark.parametrize("code", [CODED[0], CODED[3], CODED[6]])
def test_pairs_resumed_training_and_validation_are_the_layers(x, code, columns):
    noisy = x + np.random.default_rng(1).normal(0.0, 0.2, x.shape)
    models, losses = [], []
    for core in ("layers", "vectorized"):
        model, seen = Autoencoder.dense((6, 4), code=code), []
        for epochs in (2, 3):
            history = fit(model, (noisy, x), epochs=epochs, batch_size=25, core=core,
                          validation=0.2)  # fmt: skip
            seen += history.loss + history.validation
        models.append(model)
        losses.append(seen)
    assert relative(*(m.theta for m in models)) <= 1e-9
    np.testing.assert_allclose(*losses, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("code", [CODED[0], NoisyCode(1.0)])
def test_on_request_the_noise_is_the_layers_bit_for_bit(x, code, dtype, columns):
    x, noise = x.astype(dtype), MaskingNoise(0.4)
    model = Autoencoder.dense((6, 4), corruption=noise, code=code, dtype=dtype)
    core = Core(model, SGD(), 20, 103, same_draws=True)
    core.block.fill(x, slice(0, 100), np.random.default_rng(4), [0.0] * 5)
    rng = np.random.default_rng(4)
    for i in range(5):
        part = x[20 * i : 20 * i + 20]
        np.testing.assert_array_equal(core.block.buffers.noisy[i], noise.corrupt(part, rng))
        eps = core.block.buffers.eps[i]
        np.testing.assert_array_equal(
            eps.T if columns else eps, rng.standard_normal((20, 4), dtype)
        )


def test_each_batch_of_a_block_has_its_own_settings():
    """The way of a schedule: its values are taken when the block is filled."""
    progress, rng = [0.0, 0.5, 1.0], np.random.default_rng(0)
    eps, betas = np.empty((3, 200, 100), np.float32), np.empty(3, np.float32)
    draw(GaussianCode(beta=lambda p: 1.0 + p), eps, betas, rng, progress, False, False, False)
    np.testing.assert_array_equal(betas, np.float32([1.0, 1.5, 2.0]))
    np.testing.assert_allclose(eps.std(axis=(1, 2)), 1.0, rtol=0.02)
    draw(NoisyCode(lambda p: 0.1 + p), eps, betas, rng, progress, False, True, True)
    np.testing.assert_allclose(eps.std(axis=(1, 2)), [0.1, 0.6, 1.1], rtol=0.02)


@pytest.mark.parametrize("code", [GaussianCode(), NoisyCode(1.0)])
def test_the_core_s_own_noise_has_the_moments_of_normal_numbers(code, columns):
    model = Autoencoder.dense((6, 40), code=code, dtype=np.float32)
    core, values = Core(model, SGD(), 500, 5000), []
    n = 500 * core.block.slots
    for seed in range(3):
        rng = np.random.default_rng(seed)
        core.block.fill(np.zeros((n, 6), np.float32), slice(0, n), rng, [0.0] * core.block.slots)
        values.append(core.block.buffers.eps.astype(float).ravel())
    eps = np.concatenate(values)
    assert core.columns == columns and eps.size >= 100_000
    for power, (mean, variance) in {1: (0, 1), 2: (1, 2), 3: (0, 15), 4: (3, 96)}.items():
        assert abs((eps**power).mean() - mean) < 4.5 * np.sqrt(variance / eps.size)
    for a, b in itertools.combinations(values, 2):  # blocks and seeds are independent
        assert abs(np.corrcoef(a, b)[0, 1]) < 4.5 / np.sqrt(len(a))


@pytest.mark.slow
@pytest.mark.parametrize("code", [GaussianCode(), NoisyCode(0.3), NoisySigmoidCode(0.3)])
def test_float32_learns_as_well_and_stays_float32(code, columns):
    rng = np.random.default_rng(0)
    x = (rng.random((600, 3)) @ rng.random((3, 12)) / 3).astype(np.float32)
    losses = {}
    for core in ("layers", "vectorized"):
        model = Autoencoder.dense((12, 8, 4), activation=Tanh, output=BernoulliOutput(), code=code,
                                  dtype=np.float32)  # fmt: skip
        history = fit(model, x, optimizer=Adam(1e-2), epochs=30, batch_size=50, core=core)
        assert model.theta.dtype == model.grad.dtype == np.float32 and history.core == core
        losses[core] = np.array(history.loss)
    np.testing.assert_allclose(losses["vectorized"], losses["layers"], rtol=0.02)
    assert losses["vectorized"][-1] == pytest.approx(losses["layers"][-1], rel=5e-3)
    assert losses["vectorized"][-1] < 0.95 * losses["vectorized"][0]


@pytest.mark.parametrize("share", ["first", "last"])
def test_ties_inside_a_model_with_a_code(x, share):
    """The outer pair of a Gaussian code, and a pair that meets at a noisy code."""
    models = []
    for core in ("layers", "vectorized"):
        up = Linear(6, 5, rng=0)
        if share == "first":
            model = Autoencoder(Chain(up, Tanh(), Linear(5, 4, rng=1)),
                                Chain(Linear(2, 5, rng=2), Tanh(), tied(up)), code=GaussianCode(),
                                corruption=GaussianNoise(0.1))  # fmt: skip
        else:
            model = Autoencoder(Chain(up, Sigmoid()), tied(up), code=NoisyCode(0.2),
                                penalties=KLSparsity(0.2, 0.1))  # fmt: skip
        history = fit(model, x, epochs=3, batch_size=10, core=core)
        assert history.core == core
        models.append(model)
    assert relative(*(m.theta for m in models)) <= 1e-12


def test_a_source_that_lies_in_front_of_the_code(x):
    """The decoder's first map shares W with a map of its width: its input z is half of a pair."""
    models = []
    for core in ("layers", "vectorized"):
        up = Linear(6, 3, rng=0)
        model = Autoencoder(Chain(up, Tanh(), Linear(3, 6, rng=1)), tied(up), code=GaussianCode())
        fit(model, x, epochs=3, batch_size=10, core=core)
        models.append(model)
    assert relative(*(m.theta for m in models)) <= 1e-12


def test_what_is_not_supported_is_named():
    def build(sizes, **slots):
        return Autoencoder.dense(sizes, code=GaussianCode(), **slots)

    gained = Autoencoder.dense((6, 4))
    gained.code = GaussianCode()
    for model, name in (
        (gained, "an encoder of 4 units before a decoder of 4 inputs"),
        (build((6, 5, 4), penalties=Contractive(0.1)), "closed form of one layer"),
        (build((6, 4), penalties=Contractive(0.1, probes=2)), "closed form of one layer"),
        (build((6, 4), penalties=StudentT(0.1)), "the penalty StudentT"),
        (build((6, 4), head=Classifier(3)), "a head"),
        (
            Autoencoder.dense((6, 4), code=NoisySigmoidCode(1.0), penalties=L1(0.1)),
            r"the penalty L1\(lam=0.1\) on the mean of NoisySigmoidCode",
        ),
    ):
        with pytest.raises(UnsupportedError, match=name):
            check_supported(model, Adam())


def test_without_a_code_nothing_is_drawn_and_nothing_is_added(x):
    core = Core(Autoencoder.dense((6, 4)), SGD(), 20, 103)
    rng = np.random.default_rng(0)
    core.block.fill(x, slice(0, 100), rng, [0.0] * 5)
    assert rng.bit_generator.state == np.random.default_rng(0).bit_generator.state
    assert core.block.buffers.eps.size == 0 and np.shares_memory(
        core.block.buffers.u, core.block.buffers.inputs[1]
    )
    assert CodeOperations().forward(None) == CodeOperations().backward(None, None) == []


def test_a_code_that_is_replaced_in_training_is_noticed(x):
    def replace(epoch, model, history):
        model.code = GaussianCode(beta=0.5)

    with pytest.raises(RuntimeError, match="the model's code was replaced"):
        fit(Autoencoder.dense((6, 4), code=GaussianCode()), x, core="vectorized", callback=replace)


def test_a_variance_that_overflows_is_a_divergence(x):
    model = Autoencoder.dense((6, 4), code=GaussianCode())
    before = model.theta.copy()
    with pytest.raises(DivergenceError, match="epoch 1, batch [2-9].*set back"):
        fit(model, x, optimizer=SGD(1e30), batch_size=10, core="vectorized")
    np.testing.assert_array_equal(model.theta, before)


@pytest.mark.one_in(12)
@pytest.mark.parametrize("code", [GaussianCode(), NoisyCode(0.1), NoisySigmoidCode(0.1)])
def test_no_allocation_grows_with_the_number_of_steps(code, columns):
    """1000 steps more hold less than eight bytes a step."""
    rng = np.random.default_rng(0)
    model = Autoencoder.dense((12, 8), code=code, corruption=GaussianNoise(0.1), dtype=np.float32)
    x = rng.random((1000, 12), dtype=np.float32)
    core, peaks = Core(model, Adam(), 20, len(x)), []
    for epochs in (2, 2, 22):
        tracemalloc.start()
        for _ in range(epochs):
            core.epoch((x,), 1, 1, rng, rng)
        peaks.append(tracemalloc.get_traced_memory())
        tracemalloc.stop()
    (held, peak), (_, short) = peaks[2], peaks[1]
    assert held < 8000 and peak < short + 8000


@pytest.mark.one_in(4)
@pytest.mark.parametrize("code", [GaussianCode(), NoisyCode(0.1), NoisySigmoidCode(0.1)])
def test_a_step_makes_no_array(code, columns):
    """NumPy has a buffer of up to 70 kB for views that are not contiguous, whatever their size."""
    model = Autoencoder.dense((12, 300), code=code, dtype=np.float32)
    x = np.random.default_rng(0).random((400, 12), dtype=np.float32)
    core = Core(model, Adam(), 400, 400)
    core.block.fill(x, slice(0, 400), np.random.default_rng(0), [0.0])
    core.steps.prepare([0.0])
    core.block.run(1)
    tracemalloc.start()
    core.block.run(1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000 < 300 * 400 * 4 / 4  # z has 480 kB
