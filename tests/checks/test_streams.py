"""Streams: no two purposes share one, none is the user's own, a second fit draws new numbers."""

import copy
import pickle
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import tinyae
from tinyae import (
    RBM,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Contractive,
    GaussianCode,
    GaussianNoise,
    MaskingNoise,
    NoisyCode,
    fit,
    minimize,
    stack,
)
from tinyae.checks.streams import PURPOSES, stream
from tinyae.models import PersistentContrastiveDivergence
from tinyae.nn import Uniform
from tinyae.training import Cosine, DivergenceError
from tinyae.training.state import resumed

DRAWS = 40_000


@pytest.fixture
def x():
    return np.random.default_rng(7).random((70, 6))


@pytest.mark.one_in(3)
@pytest.mark.parametrize("seed", [0, 1, 2**40])
def test_streams_of_one_seed_are_not_correlated(seed, measured):
    """With each other, with default_rng(seed), and with what SeedSequence(seed).spawn gives."""
    generators = {purpose: stream(seed, purpose) for purpose in PURPOSES}
    generators["the user's own"] = np.random.default_rng(seed)
    for i, child in enumerate(np.random.SeedSequence(seed).spawn(4)):
        generators[f"child {i}"] = np.random.default_rng(child)
    drawn = {name: rng.standard_normal(DRAWS) for name, rng in generators.items()}
    pairs = list(combinations(drawn, 2))
    worst = max(abs(drawn[a] @ drawn[b]) / np.sqrt(DRAWS) for a, b in pairs)
    assert worst < 4.0
    measured(f"streams of seed {seed}: {len(pairs)} pairs, largest |correlation| {worst:.2f} s.e.")


def test_every_purpose_has_a_number_of_its_own():
    assert len(set(PURPOSES.values())) == len(PURPOSES)


def test_no_module_opens_a_stream_by_itself():
    """All the library's seeds go through `streams`, or the test above would say nothing of them."""
    folder = Path(tinyae.__file__).parent
    for path in folder.rglob("*.py"):
        # A file that holds a generator gives it back in its state.
        if path.name != "streams.py" and path.relative_to(folder) != Path("files/values.py"):
            text = path.read_text(encoding="utf-8")
            for word in ("default_rng", "RandomState(", "random.seed(", "SeedSequence("):
                assert word not in text, f"{path.relative_to(folder)} has {word}"


def test_a_passed_generator_is_used_as_it_is(x):
    a, b = np.random.default_rng(5), np.random.default_rng(5)
    model = Autoencoder.dense((6, 4), corruption=GaussianNoise(1.0))
    twin = model.copy()
    fit(model, x, epochs=1, batch_size=70, rng=a)
    order = b.permutation(70)
    twin.loss_and_grad(x[order], rng=b)
    Adam(1e-3).step(twin.theta, twin.grad, Adam(1e-3).start(twin.theta), 0.0)
    np.testing.assert_array_equal(model.theta, twin.theta)
    assert a.bit_generator.state == b.bit_generator.state


def best_denoiser(corruption):
    """x̃ ↦ x̃ / 2 in five dimensions."""
    model = Autoencoder.dense((5, 5), activation=tinyae.Identity, corruption=corruption)
    model.encoder.layers[0].params["W"][...] = np.eye(5) / 2
    model.decoder.layers[0].params["W"][...] = np.eye(5)
    return model


@pytest.mark.parametrize("how", ["loss", "validation", "vectorized", "layers"])
def test_noise_of_seed_0_is_not_the_data_of_seed_0(how):
    """x ~ N(0, I), σ = 1, r = x̃/2: the expected loss is d/4; with ε = x it would be 0."""
    x = np.random.default_rng(0).standard_normal((4000, 5))
    model = best_denoiser(GaussianNoise(1.0))
    if how == "loss":
        loss = model.loss(x)
    elif how == "validation":
        loss = fit(model, x + 1.0, optimizer=SGD(0.0), epochs=1, validation=x).validation[0]
    else:
        loss = fit(model, x, optimizer=SGD(0.0), epochs=1, shuffle=False, core=how).loss[0]
    assert loss == pytest.approx(1.25, abs=0.06)


def test_what_minimize_trains_on_is_not_what_loss_measures(x):
    """Eight rows, one draw of noise: it is learned by heart, and says nothing of other noise."""
    pytest.importorskip("scipy")
    x = np.random.default_rng(7).standard_normal((8, 20))
    model = Autoencoder.dense((20, 15), activation=tinyae.Identity, corruption=GaussianNoise(1.0))
    left = minimize(model, x).fun
    fresh = np.mean([model.loss(x, rng=seed) for seed in range(1, 6)])
    assert left < 1e-3 * fresh and model.loss(x, rng=0) == pytest.approx(fresh, rel=0.5)


def test_a_round_of_gibbs_by_hand_with_one_seed_draws_twice():
    machine = RBM(50, 50)
    machine.theta[...] = 0.0
    h = machine.sample_hidden(np.zeros((40, 50)), rng=0)
    x = machine.sample_visible(h, rng=0)
    assert abs(np.corrcoef(h.ravel(), x.ravel())[0, 1]) < 4.0 / np.sqrt(h.size)


def test_a_second_stack_goes_on(x):
    models = [Autoencoder.dense((6, 4), corruption=GaussianNoise(0.5), rng=1)]
    models += [Autoencoder.dense((4, 4), corruption=GaussianNoise(0.5), rng=1)]
    states = []
    for _ in range(2):
        stack(models, x, optimizer=SGD(0.0), epochs=1)
        states.append([model.training.noise.bit_generator.state for model in models])
    assert states[0][0] != states[1][0] and states[0][0] != states[0][1]


def test_a_model_trained_under_a_lambda_can_be_pickled(x):
    model = MODELS["denoising"]()
    fit(model, x, epochs=1, optimizer=SGD(lambda progress: 0.1, momentum=0.5))
    twin = pickle.loads(pickle.dumps(model))
    assert twin.training.memory is None and model.training.memory is not None
    states = [m.training.noise.bit_generator.state for m in (model, twin, model.copy())]
    assert states[0] == states[1] == states[2]
    assert model.copy().training.memory is not None


def test_masking_does_not_look_at_the_size_of_an_entry():
    u = np.random.default_rng(0).random((2000, 5))
    model = best_denoiser(MaskingNoise(0.5))
    model.encoder.layers[0].params["W"][...] = np.eye(5)
    kept = (model.forward(u, stream(0, "evaluation")).x_tilde != 0).astype(float)
    assert abs(np.corrcoef(kept.ravel(), u.ravel())[0, 1]) < 4.0 / np.sqrt(u.size)
    assert model.loss(u) == pytest.approx(0.5 * 5 / 3 / 2, rel=0.05)


def test_weights_are_not_the_data_of_the_same_seed():
    W = Autoencoder.dense((30, 30), init=Uniform(1.0), rng=3).encoder.layers[0].params["W"]
    for data in (
        np.random.default_rng(3).uniform(-1, 1, W.size),
        stream(3, "noise").random(W.size),
    ):
        assert abs(np.corrcoef(W.ravel(), data)[0, 1]) < 4.0 / np.sqrt(W.size)


MODELS = {
    "denoising": lambda: Autoencoder.dense((6, 4), corruption=GaussianNoise(0.5), rng=1),
    "masking, tied": lambda: Autoencoder.dense((6, 4), corruption=MaskingNoise(0.3), tied=True,
                                               output=BernoulliOutput(), rng=1),
    "variational": lambda: Autoencoder.dense(
        (6, 4), code=GaussianCode(), corruption=MaskingNoise(0.3), rng=1),
    "noisy code, probes": lambda: Autoencoder.dense(
        (6, 4), code=NoisyCode(0.2), penalties=Contractive(0.1, probes=2), rng=1),
    "chains": lambda: RBM(6, 4, rule=PersistentContrastiveDivergence(1, 20), rng=1),
}  # fmt: skip
ROUTES = {
    "layers": {"core": "layers"},
    "core": {"core": "vectorized"},
    "float32 noise": {"core": "vectorized", "same_draws": False},
    "in order": {"core": "layers", "shuffle": False},
    "validation": {"core": "layers", "validation": 0.2},
}


OPTIMIZERS = [SGD(0.1), SGD(0.05, momentum=0.9), Adam(0.01)]


@pytest.mark.one_in(42)
@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_a_loop_of_fits_is_one_long_fit(kind, route, optimizer, x):
    """Bit for bit, with 8 batches an epoch, the last one shorter; 160 steps pass the flush."""
    options = {"optimizer": optimizer, "batch_size": 9, **ROUTES[route]}
    if options["core"] == "vectorized" and kind in ("noisy code, probes", "chains"):
        pytest.skip("the core does not run it")
    once, often = MODELS[kind](), MODELS[kind]()
    long = fit(once, x, epochs=20, **options)
    short = [fit(often, x, epochs=epochs, **options) for epochs in (1, 1, 5, 13)]
    np.testing.assert_array_equal(once.theta, often.theta)
    assert long.loss == [loss for history in short for loss in history.loss]
    assert long.validation == [loss for history in short for loss in history.validation]


@pytest.mark.parametrize("optimizer", [SGD(0.05, momentum=0.9), Adam(0.01)], ids=repr)
def test_a_training_goes_on_through_the_other_core(optimizer, x):
    """And through another batch size: what the optimizer remembers changes its form only."""
    thetas = []
    for cores in (("layers",) * 4, ("vectorized",) * 4, ("layers", "vectorized") * 2):
        model = Autoencoder.dense((6, 4), rng=1)
        for core, size in zip(cores, (10, 10, 35, 7), strict=True):
            fit(model, x, optimizer=optimizer, epochs=3, batch_size=size, core=core)
        thetas.append(model.theta)
    np.testing.assert_allclose(thetas[1], thetas[0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(thetas[2], thetas[0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_takes_its_training_with_it(twin, x):
    model = MODELS["denoising"]()
    fit(model, x, epochs=2)
    other = twin(model)
    for m in (model, other):
        fit(m, x, epochs=2)
    np.testing.assert_array_equal(model.theta, other.theta)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("core", ["layers", "vectorized"])
@pytest.mark.parametrize("kind", [SGD, partial(SGD, momentum=0.9), Adam],
                         ids=["SGD", "momentum", "Adam"])  # fmt: skip
def test_a_schedule_goes_on_from_one_call_to_the_next(kind, core, x):
    """Bit for bit: call k of ten follows the part of the schedule from k/10 to (k + 1)/10."""
    once, often = MODELS["denoising"](), MODELS["denoising"]()
    whole, options = Cosine(0.05), {"core": core, "batch_size": 9}
    long = fit(once, x, epochs=10, optimizer=kind(whole), **options)
    losses = []
    for k in range(10):
        part = partial(lambda k, p: whole((k + p) / 10), k)
        losses += fit(often, x, epochs=1, optimizer=kind(part), **options).loss
    np.testing.assert_array_equal(once.theta, often.theta)
    assert losses == long.loss


@pytest.mark.one_in(4)
@pytest.mark.parametrize("core", ["layers", "vectorized"])
@pytest.mark.parametrize("kind", [partial(SGD, momentum=0.9), Adam],
                         ids=["momentum", "Adam"])  # fmt: skip
def test_another_learning_rate_keeps_the_moving_averages(kind, core, x):
    """Two calls with two rates are one call whose rate changes half-way, bit for bit."""
    once, often = MODELS["denoising"](), MODELS["denoising"]()
    options = {"core": core, "batch_size": 9}
    fit(once, x, epochs=4, optimizer=kind(lambda p: 0.05 if p < 0.5 else 0.02), **options)
    for rate in (0.05, 0.02):
        fit(often, x, epochs=2, optimizer=kind(rate), **options)
    np.testing.assert_array_equal(once.theta, often.theta)


def test_an_optimizer_of_one_s_own_with_another_rate_starts_afresh():
    """What it keeps may depend on its rate."""

    class Own(Adam):
        pass

    state = resumed(None, 5, Own(0.1))
    state.memory = {"t": 3}
    assert resumed(state, 5, Own(0.1)).memory == {"t": 3}
    assert resumed(state, 5, Own(0.2)).memory is None
    assert resumed(state, 5, Adam(0.1)).memory is None


def test_what_starts_a_training_afresh(x):
    model = MODELS["denoising"]()
    fit(model, x, epochs=2, optimizer=Adam(0.01))
    start, state = model.theta.copy(), copy.deepcopy(model.training)

    def after(change=lambda: None, **options):
        model.theta[...], model.training = start, copy.deepcopy(state)
        change()
        fit(model, x, epochs=1, **{"optimizer": Adam(0.01), **options})
        return model.theta.copy()

    def forget():
        model.training = None

    def forget_memory():
        model.training.memory = None

    on = after()
    np.testing.assert_array_equal(after(), on)
    for other in (after(rng=1), after(optimizer=Adam(0.01, beta1=0.8)), after(forget),
                  after(forget_memory)):  # fmt: skip
        assert not np.array_equal(other, on)
    restarted = after(forget_memory, optimizer=Adam(0.01, beta1=0.8))
    np.testing.assert_array_equal(after(optimizer=Adam(0.01, beta1=0.8)), restarted)
    model.training = None
    assert model.astype(np.float32).training is None


def test_after_a_divergence_the_optimizer_starts_afresh(x):
    model = MODELS["denoising"]()
    with pytest.raises(DivergenceError):
        fit(model, x, epochs=50, batch_size=10, optimizer=Adam(1e200))
    assert model.training.memory is None
    fit(model, x, epochs=2, optimizer=Adam(1e-3))
    assert np.isfinite(model.theta).all()


def test_a_seed_holds_out_the_same_rows_every_time(x):
    seen = []

    class Watched(Autoencoder):
        def objective(self, x, rng):
            seen.append(x.copy())
            return super().objective(x, rng=rng)

    base = MODELS["denoising"]()
    model = Watched(base.encoder, base.decoder)
    for _ in range(2):
        fit(model, x, epochs=1, validation=0.2)
    trained, held, trained_again, held_again = seen
    assert len(held) == round(0.2 * len(x)) and len(trained) + len(held) == len(x)
    np.testing.assert_array_equal(held, held_again)
    history = fit(model, x, epochs=1, validation=x, rng=3, batch_size=len(x))
    assert history.validation[0] == model.loss(x, rng=3)


def test_order_and_noise_of_a_training_have_a_stream_each():
    state = resumed(None, 5, Adam(1e-3))
    for rng, purpose in ((state.order, "order"), (state.noise, "noise")):
        assert rng.bit_generator.state == stream(5, purpose).bit_generator.state
