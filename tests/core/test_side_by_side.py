"""Models side by side against the same models alone, number by number; what is refused."""

import itertools

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
    Identity,
    KLSparsity,
    MaskingNoise,
    NoisySigmoidCode,
    ReLU,
    SaltAndPepperNoise,
    Sigmoid,
    Softplus,
    Tanh,
    WeightDecay,
)
from tinyae.checks.generators import generator
from tinyae.core import core as core_module
from tinyae.core import side_by_side
from tinyae.core.core import Core
from tinyae.core.side_by_side import SideBySide
from tinyae.core.stack import stacked
from tinyae.criterion import FixedGaussianOutput, NoisyCode
from tinyae.nn.trainable import UnsupportedError
from tinyae.training import Cosine, WarmUp
from tinyae.training.loop import Turn
from tinyae.training.place import Place

N, D, BATCH, SEEDS = 53, 6, 20, (3, 8, 5)
X = np.random.default_rng(0).random((N, D))
UNITS = (Identity, Sigmoid, Tanh, ReLU, Softplus)
OUTPUTS = (GaussianOutput(), BernoulliOutput(), FixedGaussianOutput(0.5))
NOISES = (None, GaussianNoise(Cosine(0.3)), MaskingNoise(0.4), SaltAndPepperNoise(0.3, -0.5, 1.5))
PENALTIES = {
    "none": (),
    "L1": L1(0.1),
    "weight decay": WeightDecay(0.2),
    "KL": KLSparsity(0.1, 0.3),
    "contraction": Contractive(0.3),
    "all": (L1(0.1), WeightDecay(0.2), Contractive(0.2), KLSparsity(0.2, 0.1)),
}
RULES = (Adam(Cosine(0.01)), SGD(0.01, 0.5), SGD(0.02))
GRID = [
    case
    for case in itertools.product(UNITS, OUTPUTS, (False, True), NOISES, PENALTIES, (1, 2), RULES)
    if not (case[4] in ("KL", "all") and case[0] is not Sigmoid)
    and not (case[4] in ("contraction", "all") and case[5] > 1)
]


def turns(x, epoch, streams, rows=None):
    return [Turn(rows or (x,), epoch, 2, *pair, Place(), None) for pair in streams]


def streams():
    return [(generator(seed, "order"), generator(seed, "noise")) for seed in SEEDS]


def largest_difference(build, x, optimizer, batch=BATCH, rows=None, **settings):
    """Train models side by side, and each alone; return the largest difference of all results."""
    together, alone = [build(seed) for seed in SEEDS], [build(seed) for seed in SEEDS]
    steps, drawn = SideBySide(together, optimizer, batch, len(x), **settings), streams()
    found = [steps.epoch(turns(x, epoch, drawn, rows)) for epoch in (1, 2)]
    errors = []
    for k, (model, pair) in enumerate(zip(alone, streams(), strict=True)):
        core = Core(model, optimizer, batch, len(x), **settings)
        expected = [core.epoch(rows or (x,), epoch, 2, *pair) for epoch in (1, 2)]
        assert [batches for _, batches in expected] == [found[i][k][1] for i in (0, 1)]
        errors += [abs(expected[i][0] - found[i][k][0]) / max(1.0, abs(expected[i][0]))
                   for i in (0, 1)]  # fmt: skip
        errors.append(np.abs(model.theta - together[k].theta).max())
        scale = max(1.0, np.abs(model.grad).max())
        errors.append(np.abs(model.grad - together[k].grad).max() / scale)
        memory = steps.memory(k)
        assert memory["t"] == core.memory["t"] and memory.keys() == core.memory.keys()
        errors.append(np.abs(memory["m"] - core.memory["m"]).max() / BATCH)
        assert together[k].progress == model.progress
        assert drawn[k][1].random() == pair[1].random()  # as many numbers were drawn
    return max(errors)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("columns", [True, False])
@pytest.mark.parametrize("every", [388, pytest.param(1, marks=pytest.mark.slow)])
def test_each_model_ends_as_it_would_alone(columns, every, measured, monkeypatch):
    if not columns:
        monkeypatch.setattr(core_module, "COLUMNS", 0)
    worst, cases = 0.0, GRID[::every]
    for unit, output, share, noise, penalty, depth, rule in cases:

        def build(seed, *, unit=unit, output=output, share=share, noise=noise, penalty=penalty,
                  depth=depth):  # fmt: skip
            return Autoencoder.dense(
                (D, 5, 3)[: depth + 1], activation=unit, output=output, tied=share,
                corruption=noise, penalties=PENALTIES[penalty], rng=seed,
            )  # fmt: skip

        error = largest_difference(build, X, rule)
        assert error <= 1e-10, f"{unit.__name__} {output} {share} {noise} {penalty} {depth} {rule}"
        worst = max(worst, error)
    measured(f"{len(cases)} kinds of nets in {'columns' if columns else 'rows'}, three side by "
             f"side against each alone: {worst:.1e}")  # fmt: skip


@pytest.mark.one_in(4)
@pytest.mark.parametrize("code", [GaussianCode(beta=WarmUp(1.0, 0.6)), NoisyCode(0.3),
                                  NoisySigmoidCode(0.5)])  # fmt: skip
@pytest.mark.parametrize("noise", [None, GaussianNoise(0.2)])
@pytest.mark.parametrize("columns", [True, False])
def test_stochastic_codes_have_the_noise_they_have_alone(code, noise, columns, monkeypatch):
    if not columns:
        monkeypatch.setattr(core_module, "COLUMNS", 0)

    def build(seed):
        return Autoencoder.dense((D, 5, 3), activation=Tanh, code=code, corruption=noise,
                                 output=BernoulliOutput(), rng=seed)  # fmt: skip

    assert largest_difference(build, X, Adam(0.01)) <= 1e-10


@pytest.mark.parametrize("same_draws", [None, True])
def test_float32_has_the_same_noise_and_rows(same_draws):
    def build(seed):
        return Autoencoder.dense((D, 5), activation=Tanh, corruption=GaussianNoise(0.3), rng=seed,
                                 dtype=np.float32)  # fmt: skip

    x = X.astype(np.float32)
    assert largest_difference(build, x, Adam(0.01), same_draws=same_draws) <= 1e-5


def test_pairs_of_noisy_and_clean_rows():
    def build(seed):
        return Autoencoder.dense((D, 5), rng=seed, corruption=GaussianNoise(0.3))

    noisy = X + 0.1
    assert largest_difference(build, X, Adam(0.01), rows=(noisy, X), pairs=True) <= 1e-10


def test_the_rows_of_each_model_may_be_others():
    tables = [X, X + 1.0, X - 1.0]
    models = [Autoencoder.dense((D, 4), rng=seed) for seed in SEEDS]
    drawn = streams()
    SideBySide(models, Adam(), BATCH, N).epoch(
        [Turn((x,), 1, 1, *pair, Place(), None) for x, pair in zip(tables, drawn, strict=True)]
    )
    for model, x, seed, pair in zip(models, tables, SEEDS, streams(), strict=True):
        alone = Autoencoder.dense((D, 4), rng=seed)
        Core(alone, Adam(), BATCH, N).epoch((x,), 1, 1, *pair)
        np.testing.assert_allclose(model.theta, alone.theta, rtol=0, atol=1e-12)


def test_the_same_call_gives_the_same_bits():
    found = []
    for _ in range(2):
        models = [Autoencoder.dense((D, 4), activation=Tanh, rng=seed) for seed in SEEDS]
        SideBySide(models, Adam(), BATCH, N).epoch(turns(X, 1, streams()))
        found.append(np.concatenate([model.theta for model in models]))
    np.testing.assert_array_equal(*found)


def test_a_loss_that_is_not_finite_stays_with_its_model():
    """The others end as alone, and the batch is that of the first loss that was not finite."""
    models = [Autoencoder.dense((D, 4), activation=Identity, rng=seed) for seed in SEEDS]
    alone = models[2].copy()
    models[1].theta[...] = 1e200
    with np.errstate(all="ignore"):
        found = SideBySide(models, Adam(), BATCH, N).epoch(turns(X, 1, streams()))
    assert [np.isfinite(loss) for loss, _ in found] == [True, False, True]
    assert found[1][1] == 1 and found[0][1] == 3
    Core(alone, Adam(), BATCH, N).epoch((X,), 1, 1, *streams()[2])
    np.testing.assert_allclose(models[2].theta, alone.theta, rtol=0, atol=1e-12)


def test_parameters_that_are_not_finite_end_the_training_as_alone():
    """The last step of an epoch can make them so, and its loss was finite."""
    x = 1e3 * X[:BATCH]
    models = [Autoencoder.dense((D, 4), rng=seed) for seed in SEEDS]
    with np.errstate(all="ignore"):
        steps = SideBySide(models, SGD(1e308), BATCH, BATCH)
        (loss, batch), *_ = steps.epoch(turns(x, 1, streams()))
        alone = Autoencoder.dense((D, 4), rng=SEEDS[0])
        expected = Core(alone, SGD(1e308), BATCH, BATCH).epoch((x,), 1, 1, *streams()[0])
    assert np.isnan(loss) and np.isnan(expected[0]) and batch == expected[1]


def test_an_interrupted_epoch_leaves_the_steps_that_were_done(monkeypatch):
    models = [Autoencoder.dense((D, 4), rng=seed) for seed in SEEDS]
    before = [model.theta.copy() for model in models]
    steps = SideBySide(models, Adam(), BATCH, N)

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(steps.core.last, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        steps.epoch(turns(X, 1, streams()))
    assert all((model.theta != theta).any() for model, theta in zip(models, before, strict=True))


def test_a_change_between_two_epochs_counts_and_a_replaced_slot_is_refused():
    models = [Autoencoder.dense((D, 4), rng=seed) for seed in SEEDS]
    steps, drawn = SideBySide(models, SGD(0.0), BATCH, N), streams()
    models[1].theta[...] = 0.25
    steps.epoch(turns(X, 1, drawn))
    np.testing.assert_array_equal(models[1].theta, 0.25)
    models[2].corruption = GaussianNoise(0.1)
    with pytest.raises(RuntimeError, match="the model's corruption was replaced"):
        steps.epoch(turns(X, 1, drawn))


class Projected(Autoencoder):
    def project(self):
        self.theta[...] = np.clip(self.theta, -1.0, 1.0)


def test_what_is_not_supported_is_named(monkeypatch):
    models = [Autoencoder.dense((D, 4), rng=seed) for seed in SEEDS]
    layer = models[0].encoder, models[0].decoder
    with pytest.raises(UnsupportedError, match="Projected with their own project"):
        SideBySide([Projected(*layer)], Adam(), BATCH, N)
    models = [Autoencoder.dense((D, 4), rng=seed) for seed in SEEDS]
    memories = [None, Core(models[1], Adam(), BATCH, N).memory | {"t": 7}, None]
    with pytest.raises(UnsupportedError, match="different numbers of steps"):
        SideBySide(models, Adam(), BATCH, N, memories=memories)
    with pytest.raises(UnsupportedError, match="optimizer"):
        SideBySide(models, "Adam", BATCH, N)
    monkeypatch.setattr(side_by_side, "LARGEST", BATCH * D - 1)
    with pytest.raises(UnsupportedError, match=f"arrays of {BATCH * D} numbers"):
        SideBySide(models, Adam(), BATCH, N)
    monkeypatch.setattr(side_by_side, "LARGEST", BATCH * D)
    SideBySide(models, Adam(), BATCH, N)


def test_a_stack_holds_the_weights_of_all_models():
    """Also those of a tied layer, which is turned; the models themselves are not touched."""
    models = [Autoencoder.dense((D, 4), tied=True, rng=seed) for seed in SEEDS]
    before = [model.theta.copy() for model in models]
    stack = stacked(models)
    down = stack.decoder.layers[0].params["W"]
    assert down.shape == (3, 4, D) and np.shares_memory(down, stack.theta)
    for k, model in enumerate(models):
        np.testing.assert_array_equal(down[k], model.encoder.layers[0].params["W"].T)
    stack.grad[...] = np.arange(stack.grad.size)
    up, down = (part.layers[0].grads["W"] for part in (stack.encoder, stack.decoder))
    np.testing.assert_array_equal(down, up.swapaxes(1, 2))
    stack.theta[...] = 0.0
    for model, theta in zip(models, before, strict=True):
        np.testing.assert_array_equal(model.theta, theta)
