"""The vectorized core against the layers, number by number; what it refuses; what it allocates."""

import itertools
import tracemalloc

import numpy as np
import pytest

from tinyae import (
    L1,
    PSD,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
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
    ReconstructionContractive,
    ReLU,
    SaltAndPepperNoise,
    Sigmoid,
    Softplus,
    StudentT,
    Tanh,
    WeightDecay,
    fit,
    tied,
)
from tinyae.core import core as core_module
from tinyae.core import reconstruction
from tinyae.core.core import Core
from tinyae.core.steps import Steps
from tinyae.criterion import (
    BernoulliCode,
    DiagonalGaussianOutput,
    FixedGaussianOutput,
    MixtureDensityOutput,
)
from tinyae.nn import pack
from tinyae.training import Cosine, DivergenceError, Tuning

UNITS = (Identity, Sigmoid, Tanh, ReLU, Softplus)
OUTPUTS = (GaussianOutput(), BernoulliOutput(), FixedGaussianOutput(0.5))
NOISES = (None, GaussianNoise(0.3), MaskingNoise(0.4), SaltAndPepperNoise(0.3, -0.5, 1.5))
PENALTIES = {
    "none": (),
    "L1": L1(0.1),
    "weight decay": WeightDecay(0.2),
    "KL": KLSparsity(0.1, 0.3),
    "contraction": Contractive(0.3),
    "all": (L1(0.1), WeightDecay(0.2), Contractive(0.2), KLSparsity(0.2, 0.1)),
}
DEPTHS = (1, 2, 3)
GRID = [
    case
    for case in itertools.product(UNITS, OUTPUTS, (False, True), NOISES, PENALTIES, DEPTHS)
    if not (case[4] in ("KL", "all") and case[0] is not Sigmoid)
    and not (case[4] in ("contraction", "all") and case[5] > 1)
]


@pytest.fixture
def x():
    return np.random.default_rng(0).random((103, 6))


def relative(a, b):
    """Largest difference over largest entry."""
    scale = max(np.abs(a).max(), np.abs(b).max())
    return np.abs(a - b).max() / scale if scale else 0.0


@pytest.mark.one_in(6)
@pytest.mark.filterwarnings("ignore:the decoder is built automatically")  # widths are drawn
@pytest.mark.parametrize("columns", [True, False])
@pytest.mark.parametrize("every", [20, pytest.param(1, marks=pytest.mark.slow)])
def test_loss_and_every_gradient_are_the_layers(columns, every, measured, monkeypatch):
    if not columns:
        monkeypatch.setattr(core_module, "COLUMNS", 0)
    rng, worst, count = np.random.default_rng(1), 0.0, 0
    for unit, output, share, noise, penalty, depth in GRID[::every]:
        if columns and share:  # a tied net never stands in columns
            continue
        sizes = rng.integers(1, 8, depth + 1)
        n, batch = rng.integers(1, 12, 2)
        model = Autoencoder.dense(
            sizes, activation=unit, output=output, tied=share, corruption=noise,
            penalties=PENALTIES[penalty], rng=int(rng.integers(1000)),
        )  # fmt: skip
        model.theta += rng.normal(0.0, 0.3, model.theta.shape)
        x = rng.random((n, sizes[0]))
        x_tilde = x if noise is None else noise.corrupt(x, rng)
        core = Core(model, Adam(), int(batch), 12)
        assert core.columns == columns
        loss = core.loss_and_grad(x, x_tilde)
        found = {k: v.copy() for k, v in zip(model.parameters(), gradients(model), strict=True)}
        model.grad[...] = 0.0
        expected = model.backward(model.forward(x, rng, x_tilde))
        errors = [relative(found[k], g) for k, g in zip(found, gradients(model), strict=True)]
        errors.append(abs(loss - expected) / max(abs(expected), 1e-3))
        case = f"{unit.__name__} {output} {share} {noise} {penalty} {sizes} {n}"
        assert max(errors) <= 1e-12, case
        worst, count = max(worst, *errors), count + 1
    measured(f"core in {'columns' if columns else 'rows'}, loss and gradients of {count} "
             f"combinations against the layers: {worst:.1e}")  # fmt: skip


@pytest.mark.parametrize("kind", [L1, WeightDecay, Contractive, KLSparsity])
def test_two_penalties_of_one_kind_are_added(kind, x):
    """Their parts of the loss too, of which some are constant."""
    first, second = ((0.1, 0.3), (0.3, 0.2)) if kind is KLSparsity else ((0.3,), (0.2,))
    model = Autoencoder.dense((6, 4), penalties=[kind(*first), kind(*second)])
    loss = Core(model, Adam(), len(x), len(x)).loss_and_grad(x, x)
    found = model.grad.copy()
    assert loss == pytest.approx(model.loss_and_grad(x), rel=1e-12)
    assert relative(found, model.grad) <= 1e-12


@pytest.mark.one_in(2)
@pytest.mark.filterwarnings("ignore:the decoder is built automatically")  # widths are drawn
@pytest.mark.parametrize("columns", [True, False])
def test_float32_is_the_layers_up_to_its_rounding(columns, monkeypatch):
    """Every array of the core has the dtype of the model, also those of its penalties."""
    if not columns:
        monkeypatch.setattr(core_module, "COLUMNS", 0)
    rng, penalties = np.random.default_rng(2), set()
    for i in rng.permutation(len(GRID))[:60]:
        unit, output, share, _, penalty, depth = GRID[i]
        if columns and share:
            continue
        model = Autoencoder.dense(
            [7, 6, 5, 4][: depth + 1], activation=unit, output=output, tied=share,
            penalties=PENALTIES[penalty], rng=1, dtype=np.float32,
        )  # fmt: skip
        x = rng.random((11, 7), dtype=np.float32)
        loss = Core(model, Adam(), 11, 11).loss_and_grad(x, x)
        assert model.grad.dtype == np.float32
        found = model.grad.copy()
        assert loss == pytest.approx(model.loss_and_grad(x), rel=1e-4)
        assert relative(found, model.grad) <= 1e-4
        penalties.add(penalty)
    assert penalties >= set(PENALTIES) - {"all"}


def gradients(model):
    """Every stored gradient, in the order of theta."""
    start = 0
    for p in model.parameters().values():
        yield model.grad[start : start + p.size].reshape(p.shape)
        start += p.size


@pytest.mark.one_in(18)
@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize(
    "optimizer", [SGD(0.05), SGD(Cosine(0.05), 0.9), Adam(1e-2), Adam(Cosine(1e-2), 0.8, 0.99)]
)
def test_training_is_the_layers(x, optimizer, share, noise, monkeypatch):
    """22 steps in blocks of 3, 3, 3, 1 and a short batch, noise from the same generator."""
    monkeypatch.setattr(core_module, "SLOTS", 3)
    models, histories = [], []
    for core in ("layers", "vectorized"):
        model = Autoencoder.dense((6, 9), tied=share, output=BernoulliOutput(), corruption=noise,
                                  penalties=[Contractive(0.1), WeightDecay(1e-3)])  # fmt: skip
        histories.append(
            fit(model, x, optimizer=optimizer, epochs=2, batch_size=10, rng=3, core=core)
        )
        models.append(model)
    assert [h.core for h in histories] == ["layers", "vectorized"]
    assert relative(*(m.theta for m in models)) <= 1e-12
    assert relative(*(m.grad for m in models)) <= 1e-11
    np.testing.assert_allclose(histories[1].loss, histories[0].loss, rtol=1e-12)


@pytest.mark.parametrize("columns", [True, False])
def test_a_variational_autoencoder_is_the_layers(x, columns, monkeypatch):
    """`test_core_codes.py` has the other codes, schedules and penalties."""
    monkeypatch.setattr(core_module, "COLUMNS", 400 if columns else 0)
    models, losses = [], []
    for core in ("layers", "vectorized"):
        model = Autoencoder.dense((6, 4), code=GaussianCode(), corruption=MaskingNoise(0.3),
                                  penalties=Contractive(0.1))  # fmt: skip
        losses.append(fit(model, x, epochs=3, batch_size=10, core=core).loss)
        models.append(model)
    assert relative(*(m.theta for m in models)) <= 1e-12
    np.testing.assert_allclose(*losses, rtol=1e-12)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("noise", NOISES[1:])
@pytest.mark.parametrize("share", [False, True])
def test_on_request_the_noise_is_the_layers_bit_for_bit(x, noise, dtype, share):
    x = x.astype(dtype)
    model = Autoencoder.dense((6, 9), tied=share, corruption=noise, dtype=dtype)
    core = Core(model, SGD(), 20, 103, same_draws=True)
    core.block.fill(x, slice(0, 100), np.random.default_rng(4), [0.0] * 5)
    rng = np.random.default_rng(4)
    for i in range(5):
        part = x[20 * i : 20 * i + 20]
        np.testing.assert_array_equal(core.block.buffers.noisy[i], noise.corrupt(part, rng))
        np.testing.assert_array_equal(core.block.buffers.clean[i], part)


def test_settings_follow_progress(x, monkeypatch):
    """A noise strength and a rate that change, the rate through zero."""
    monkeypatch.setattr(core_module, "SLOTS", 3)
    rate, sigma = (lambda p: 0.1 * (p > 0.3)), (lambda p: 0.5 * (1.0 - p))
    models = []
    for core in ("layers", "vectorized"):
        model = Autoencoder.dense((6, 4), corruption=GaussianNoise(sigma))
        fit(model, x, optimizer=SGD(rate, 0.5), epochs=3, batch_size=25, core=core)
        models.append(model)
    assert relative(models[0].theta, models[1].theta) <= 1e-12


def test_a_decoder_that_ends_in_a_unit(x):
    models, losses = [], []
    for core in ("layers", "vectorized"):
        up = Linear(6, 3, rng=0)
        model = Autoencoder(Chain(up, Tanh()), Chain(tied(up), Sigmoid()))
        losses.append(fit(model, x, epochs=2, batch_size=10, core=core).loss)
        models.append(model)
    assert relative(models[0].theta, models[1].theta) <= 1e-12
    np.testing.assert_allclose(*losses, rtol=1e-12)


@pytest.mark.parametrize("columns", [True, False])
@pytest.mark.parametrize("unit", UNITS)
def test_deep_nets_whose_parts_end_in_units(unit, columns, monkeypatch):
    """Every unit as the last of an encoder and of a decoder of two layers: loss and gradients."""
    if not columns:
        monkeypatch.setattr(core_module, "COLUMNS", 0)
    rng = np.random.default_rng(2)
    x = rng.normal(size=(9, 6))
    encoder = Chain(Linear(6, 5, rng=rng), Tanh(), Linear(5, 3, rng=rng), unit())
    decoder = Chain(Linear(3, 4, rng=rng), Softplus(), Linear(4, 6, rng=rng), unit())
    model = Autoencoder(encoder, decoder, penalties=[L1(0.2), WeightDecay(0.1)])
    model.theta += rng.normal(0.0, 0.3, model.theta.shape)
    core = Core(model, Adam(), 9, 9)
    assert core.columns == columns
    loss = core.loss_and_grad(x, x)
    found = [g.copy() for g in gradients(model)]
    assert loss == pytest.approx(model.loss_and_grad(x), rel=1e-12)
    for by_core, by_layers in zip(found, gradients(model), strict=True):
        assert by_layers.any() and relative(by_core, by_layers) <= 1e-12


def test_validation_patience_and_callback_are_those_of_fit(x):
    seen, runs = [], []
    for core in ("layers", "vectorized"):
        model = Autoencoder.dense((6, 4), corruption=MaskingNoise(0.3))
        history = fit(
            model, x, validation=0.2, patience=2, epochs=6, core=core,
            callback=lambda epoch, model, history: seen.append(model.progress),
        )  # fmt: skip
        runs.append((model.theta, history.validation, history.best_epoch))
    assert relative(runs[0][0], runs[1][0]) <= 1e-12
    np.testing.assert_allclose(runs[0][1], runs[1][1], rtol=1e-12)
    assert runs[0][2] == runs[1][2] and seen[:6] == seen[6:]


@pytest.mark.one_in(2)
@pytest.mark.parametrize("share", [False, True])
def test_float32_learns_as_well_and_stays_float32(share):
    x = np.random.default_rng(0).random((500, 12), dtype=np.float32)
    losses = {}
    for core in ("layers", "vectorized"):
        model = Autoencoder.dense((12, 8), tied=share, corruption=GaussianNoise(0.1),
                                  output=BernoulliOutput(), dtype=np.float32)  # fmt: skip
        history = fit(model, x, optimizer=Adam(1e-2), epochs=20, batch_size=50, core=core)
        assert model.theta.dtype == model.grad.dtype == np.float32
        losses[core] = model.loss(x, 0)
    assert losses["vectorized"] == pytest.approx(losses["layers"], rel=2e-3)
    assert history.core == "vectorized" and history.loss[-1] < history.loss[0]


def test_the_same_seed_gives_the_same_bits(x):
    x = x.astype(np.float32)
    thetas = []
    for seed in (0, 0, 1):
        model = Autoencoder.dense((6, 4), corruption=GaussianNoise(0.1), dtype=np.float32)
        fit(model, x, rng=seed, core="vectorized")
        thetas.append(model.theta)
    np.testing.assert_array_equal(thetas[0], thetas[1])
    assert not np.array_equal(thetas[0], thetas[2])


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_data_are_not_written_to(x, noise, order):
    x = np.asarray(x, order=order)
    kept = x.copy()
    x.flags.writeable = False
    fit(Autoencoder.dense((6, 4), corruption=noise), x, epochs=2, core="vectorized")
    np.testing.assert_array_equal(x, kept)


REFUSED = {
    "a head": dict(head=Classifier(3)),
    "the code BernoulliCode": dict(code=BernoulliCode(beta=0.0)),
    "CategoricalOutput": dict(output=CategoricalOutput()),
    "DiagonalGaussianOutput": dict(output=DiagonalGaussianOutput()),
    "AppendedColumns": dict(output=DiagonalGaussianOutput(per_feature=True)),
    "MixtureDensityOutput": dict(output=MixtureDensityOutput(2)),
    "StudentT": dict(penalties=StudentT(0.1)),
    "other than the closed form": dict(penalties=Contractive(0.1, probes=2)),
    "penalty ReconstructionContractive": dict(penalties=ReconstructionContractive(0.1)),
    "corruption OtherNoise": dict(corruption=type("OtherNoise", (GaussianNoise,), {})(0.1)),
    "layers of class OtherUnit": dict(activation=type("OtherUnit", (Tanh,), {})),
}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_supported_is_named(x, name):
    model = Autoencoder.dense((6, 4), **REFUSED[name])
    before = model.theta.copy()
    rows = (x, np.arange(103) % 3) if name == "a head" else x / x.sum(axis=1, keepdims=True)
    with pytest.raises(ValueError, match=f"does not support.*{name}.*layers.*auto"):
        fit(model, rows, core="vectorized")
    np.testing.assert_array_equal(model.theta, before)
    history = fit(model, rows, core="auto", epochs=2)
    assert (
        history.core.startswith("layers: the vectorized core does not support")
        and name in history.core
    )
    twin = Autoencoder.dense((6, 4), **REFUSED[name])
    fit(twin, rows, epochs=2)
    np.testing.assert_array_equal(model.theta, twin.theta)


def test_other_shapes_models_and_optimizers_are_named(x):
    up, other = Linear(6, 4, rng=0), Linear(4, 4, rng=1)

    class Own(Adam):
        pass

    lost = Autoencoder.dense((6, 4), code=GaussianCode())
    lost.code = None
    cases = {
        "used twice": (Autoencoder(Chain(up, other, other), Linear(4, 6, rng=0)), Adam()),
        "before it": (Autoencoder(Chain(up, Tanh(), Tanh()), Linear(4, 6, rng=0)), Adam()),
        "outside": (Autoencoder(Linear(6, 4, rng=0), tied(up)), Adam()),
        "the optimizer .*Own": (Autoencoder.dense((6, 4)), Own()),
        "an encoder of 8 units before a decoder of 4": (lost, Adam()),
        "closed form": (Autoencoder.dense((6, 5, 4), penalties=Contractive(0.1)), Adam()),
    }
    for name, (model, optimizer) in cases.items():
        with pytest.raises(ValueError, match=f"does not support.*{name}"):
            fit(model, x, optimizer=optimizer, core="vectorized")
    with pytest.raises(ValueError, match="does not support models of class PSD"):
        fit(PSD.dense((6, 4), lam=0.1, gamma=1.0), x, core="vectorized")
    with pytest.raises(ValueError, match='"layers", "vectorized" or "auto", got \'fast\''):
        fit(Autoencoder.dense((6, 4)), x, core="fast")


def test_divergence_sets_back_and_names_the_batch(x):
    model = Autoencoder.dense((6, 4), activation=Identity)
    before = model.theta.copy()
    with pytest.raises(DivergenceError, match="epoch 1, batch [2-9].*set back"):
        fit(model, x, optimizer=SGD(1e30), batch_size=10, core="vectorized")
    np.testing.assert_array_equal(model.theta, before)


class UnitAtoms(Autoencoder):
    """Keeps the rows of the decoder's weight at length one."""

    def project(self):
        """Scale them, and note when."""
        self.seen = [*getattr(self, "seen", []), self.progress]
        W = self.decoder.layers[0].params["W"]
        W /= np.linalg.norm(W, axis=1, keepdims=True)


class Skipping(Chain):
    """y = x + chain(x): looks like a chain and is none."""

    def forward(self, x):
        """Add the input."""
        y, cache = super().forward(x)
        return y + x, cache

    def backward(self, gy, cache):
        """Add its adjoint."""
        return super().backward(gy, cache) + gy


def test_a_chain_of_a_class_of_its_own_is_refused(x):
    up, down = Linear(6, 4, rng=0), Linear(4, 6, rng=1)
    model = Autoencoder(up, Chain(Skipping(Linear(4, 4, rng=2), Tanh()), down))
    with pytest.raises(ValueError, match="layers of class Skipping"):
        fit(model, x, core="vectorized")


class Doubled(Autoencoder):
    """Another criterion."""

    def criterion(self, p):
        """Twice the penalties."""
        return super().criterion(p) + sum(penalty.add(p) for penalty in self.penalties)


def test_projections_follow_each_step(x):
    models = []
    for core in ("layers", "vectorized"):
        models.append(UnitAtoms.dense((6, 4), penalties=L1(0.1)))
        fit(models[-1], x, optimizer=Adam(1e-2), epochs=3, batch_size=25, core=core)
    assert relative(models[0].theta, models[1].theta) <= 1e-12
    assert models[0].seen == models[1].seen
    norms = np.linalg.norm(models[1].decoder.layers[0].params["W"], axis=1)
    np.testing.assert_allclose(norms, 1.0, rtol=1e-12)


def test_a_subclass_with_another_criterion_is_refused(x):
    with pytest.raises(ValueError, match="class Doubled with their own criterion"):
        fit(Doubled.dense((6, 4), penalties=L1(0.1)), x, core="vectorized")


@pytest.mark.parametrize("size", [5.0, 20.0, 40.0])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_cost_of_a_sure_net_keeps_its_digits(size, dtype):
    """Right logits of ±size: a tiny cost, known to the rounding of 1 for each entry."""
    x = (np.random.default_rng(0).random((100, 300)) < 0.5).astype(dtype)
    model = Autoencoder.dense((300, 300), activation=Identity, output=BernoulliOutput(),
                              dtype=dtype)  # fmt: skip
    model.theta[...] = 0.0
    up, down = model.encoder.layers[0].params, model.decoder.layers[0].params
    np.fill_diagonal(up["W"], 1.0)
    np.fill_diagonal(down["W"], 2.0 * size)
    down["b"][...] = -size
    loss = Core(model, SGD(), 100, 100).loss_and_grad(x, x)
    assert 0 <= loss
    exact = 300 * np.log1p(np.exp(-size))
    assert loss == pytest.approx(exact, rel=1e-12, abs=300 * float(np.finfo(dtype).eps))


def test_kl_sparsity_of_a_unit_that_is_always_on():
    model = Autoencoder.dense((6, 4), penalties=KLSparsity(0.1, 0.1), dtype=np.float32)
    model.encoder.layers[0].params["b"][...] = 40.0
    x = np.random.default_rng(0).random((31, 6), dtype=np.float32)
    core = Core(model, SGD(), 31, 31)
    assert core.loss_and_grad(x, x) == pytest.approx(model.loss(x, 0), rel=0.2)
    assert np.isfinite(model.grad).all()


@pytest.mark.parametrize("name", ["theta", "penalties", "corruption"])
def test_a_model_that_is_changed_in_training_is_noticed(x, name):
    def change(epoch, model, history):
        if name == "theta":
            model.theta, model.grad = pack(*model.parts.values())
        else:
            setattr(model, name, L1(0.1) if name == "penalties" else GaussianNoise(0.1))

    with pytest.raises(RuntimeError, match=f"the model's {name} was replaced"):
        fit(Autoencoder.dense((6, 4)), x, core="vectorized", callback=change)


def test_a_unit_before_the_decoders_first_map_is_not_the_codes(x):
    model = Autoencoder(Linear(6, 4, rng=0), Chain(Sigmoid(), Linear(4, 6, rng=1)),
                        penalties=L1(0.1))  # fmt: skip
    with pytest.raises(ValueError, match="Sigmoid.* without an affine map before it"):
        fit(model, x, core="vectorized")


def test_a_tie_of_a_tie_falls_back(x):
    up = Linear(6, 4, rng=0)
    down = tied(up)
    model = Autoencoder(Chain(up, Tanh(), down, Tanh()), Chain(tied(down), Tanh(),
                        Linear(4, 6, rng=1)))  # fmt: skip
    assert "tied to a tied one" in fit(model, x, core="auto", epochs=1).core


@pytest.mark.parametrize("order", ["columns of a wider table", "Fortran"])
def test_a_table_that_lies_otherwise_is_not_copied_for_every_block(order):
    wide = np.random.default_rng(0).random((20_000, 26), dtype=np.float32)
    x = wide[:, 1:] if order.startswith("columns") else np.asfortranarray(wide[:, 1:])
    model = Autoencoder.dense((25, 4), dtype=np.float32)
    core = Core(model, SGD(), 100, len(x))
    rng = np.random.default_rng(0)
    tracemalloc.start()
    core.epoch((x,), 1, 1, rng, rng)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < x.nbytes / 2


def test_an_error_inside_the_core_is_not_taken_for_a_refusal(x, monkeypatch):
    def broken(*_):
        raise ValueError("operands could not be broadcast")

    monkeypatch.setattr(core_module, "Block", broken)
    with pytest.raises(ValueError, match="^operands could not"):
        fit(Autoencoder.dense((6, 4)), x, core="auto")


def test_same_draws_is_checked(x):
    with pytest.raises(TypeError, match="True, False or None, got 'yes'"):
        fit(Autoencoder.dense((6, 4)), x, same_draws="yes")


def test_float32_on_request_with_the_layers_noise(x):
    models = []
    for core, same in (("layers", None), ("vectorized", True), ("vectorized", None)):
        models.append(Autoencoder.dense((6, 4), corruption=MaskingNoise(0.3), dtype=np.float32))
        fit(models[-1], x, epochs=5, batch_size=10, core=core, same_draws=same)
    assert relative(models[0].theta, models[1].theta) < 1e-5
    assert relative(models[0].theta, models[2].theta) > 1e-3


def test_a_parameter_that_was_replaced_is_noticed_between_epochs(x):
    def replace(epoch, model, history):
        model.encoder.layers[0].params["W"] = np.zeros((6, 4))

    with pytest.raises(RuntimeError, match="no longer views of its theta"):
        fit(Autoencoder.dense((6, 4)), x, core="vectorized", callback=replace)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("optimizer", [SGD(1e-3, momentum=0.99), Adam(1e-3)], ids=["SGD", "Adam"])
def test_nothing_dies_out_below_the_smallest_normal_number(optimizer, dtype):
    tiny = np.finfo(dtype).tiny
    theta = np.array([0.5 * tiny, -0.5 * tiny, 1e-12, 1.0], dtype)
    steps = Steps(optimizer, theta, np.zeros_like(theta), 1, 50, 1 << 10)
    kept = [a for a in (steps.m, steps.v) if a is not None]
    for a in kept:
        a[:2] = 0.5 * tiny
    for block in range(4):
        steps.prepare([block / 4] * 50)
        for slot in range(50):
            for operation in steps.operations(slot):
                operation()
    for a in (theta, *kept):
        assert not ((a != 0) & (np.abs(a) < tiny)).any()
    assert theta[3] == 1.0 and theta[2] == dtype(1e-12)


@pytest.mark.parametrize("optimizer", [SGD(0.05, 0.9), Adam(1e-2)])
def test_a_long_theta_is_taken_in_parts(x, optimizer):
    """Of eight numbers, of which theta has 114; the parts do not change a bit."""
    models = []
    for settings in (
        {"core": "layers"},
        {"core": "vectorized", "tuning": Tuning("tanh", 64)},
        {"core": "vectorized", "tuning": Tuning("tanh", 1 << 20)},
    ):
        models.append(Autoencoder.dense((6, 9)))
        fit(models[-1], x, optimizer=optimizer, epochs=2, **settings)
    assert relative(models[0].theta, models[1].theta) <= 1e-12
    np.testing.assert_array_equal(models[1].theta, models[2].theta)


@pytest.mark.one_in(12)
@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize("noise", [None, GaussianNoise(0.1)])
def test_no_allocation_grows_with_the_number_of_steps(share, noise):
    """4000 steps more hold less than four bytes a step: not even a pointer for each.

    What an interpreter keeps for its next numbers, some thousand bytes, depends on its version.
    """
    rng = np.random.default_rng(0)
    model = Autoencoder.dense((12, 8), tied=share, corruption=noise, dtype=np.float32)
    x = rng.random((1000, 12), dtype=np.float32)
    core = Core(model, Adam(), 20, len(x))
    peaks = []
    for epochs in (2, 2, 82):
        tracemalloc.start()
        for _ in range(epochs):
            core.epoch((x,), 1, 1, rng, rng)
        peaks.append(tracemalloc.get_traced_memory())
        tracemalloc.stop()
    (held, peak), (_, short) = peaks[2], peaks[1]
    assert held < 16_000 and peak < short + 16_000


@pytest.mark.one_in(2)
@pytest.mark.parametrize("shuffle", [True, False])
def test_a_memory_mapped_table_is_read_in_blocks(tmp_path, shuffle):
    """4.8 MB of rows: the same training as from memory, and no copy of the table."""
    n, d = 60_000, 20
    x = np.random.default_rng(0).random((n, d), dtype=np.float32)
    x.tofile(tmp_path / "rows")
    mapped = np.memmap(tmp_path / "rows", np.float32, "r", shape=(n, d))
    thetas, peaks = [], []
    for rows in (mapped[:1000], x, mapped):  # the first one imports modules
        model = Autoencoder.dense((d, 8), corruption=MaskingNoise(0.2), dtype=np.float32,
                                  output=BernoulliOutput())  # fmt: skip
        tracemalloc.start()
        fit(model, rows, epochs=1, batch_size=1000, core="vectorized", shuffle=shuffle)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        thetas.append(model.theta)
    assert max(peaks[1:]) < 3.5e6  # of which the order of the rows, as whole numbers, is 0.5 MB
    np.testing.assert_array_equal(thetas[1], thetas[2])


def test_an_epoch_that_leaves_theta_infinite_has_no_mean_loss(x):
    core = Core(Autoencoder.dense((6, 4)), Adam(), 10, len(x))
    assert core.end_epoch(1.5, 1.0) == 1.5
    core.model.theta[0] = np.inf
    assert np.isnan(core.end_epoch(1.5, 1.0))


def test_a_weight_that_three_layers_share_is_refused(x):
    up, middle = Linear(6, 4, rng=0), Linear(6, 4, rng=1)
    model = Autoencoder(up, Chain(tied(up), Tanh(), middle, Tanh(), tied(up)))
    assert "a weight that more than two layers share" in fit(model, x, core="auto", epochs=1).core


@pytest.mark.parametrize("slots", [
    dict(code=GaussianCode()), dict(activation=type("OtherUnit", (Tanh,), {})), dict(),
], ids=["a code with a mean", "a unit of one's own", "neither"])  # fmt: skip
def test_many_points_are_reconstructed_as_few_are(slots, monkeypatch):
    """In blocks only if the net is a chain of known layers."""
    in_blocks, used = reconstruction._in_blocks, []
    monkeypatch.setattr(reconstruction, "FEWEST", 1)
    monkeypatch.setattr(
        reconstruction, "_in_blocks", lambda *given: used.append(1) or in_blocks(*given)
    )
    model, x = Autoencoder.dense((6, 4), **slots), np.random.default_rng(0).normal(size=(50, 6))
    found = reconstruction.residuals(model, x, 0.5, tuning=Tuning("exp", 160))
    np.testing.assert_allclose(found, 2.0 * (model.reconstruct(x) - x), atol=1e-14)
    assert bool(used) is not bool(slots)
