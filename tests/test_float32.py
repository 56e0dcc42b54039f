"""A float32 model computes in float32 throughout, and ends where a float64 model does.

Extreme parameters and rows give finite numbers in both; what overflows is an error that says so.
"""

import numpy as np
import pytest

from tinyae import (
    PSD,
    RBM,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Contractive,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    Identity,
    KLSparsity,
    Linear,
    MaskingNoise,
    NoisyCode,
    Recirculation,
    Residual,
    SaltAndPepperNoise,
    fit,
)
from tinyae.datasets import strokes
from tinyae.models import (
    ContrastiveDivergence,
    DenoisingScoreMatching,
    MaximumLikelihood,
    PersistentContrastiveDivergence,
    RecurrentDenoiser,
    ScoreMatching,
    ScoreModel,
    SlicedScoreMatching,
    Walkback,
    gsn_chain,
)
from tinyae.training import DivergenceError

SINGLE = {"dtype": np.float32, "rng": 0}
MODELS = {
    "autoencoder": lambda: Autoencoder.dense(
        (4, 3), corruption=GaussianNoise(0.1), code=NoisyCode(0.1), penalties=KLSparsity(0.1, 1.0),
        **SINGLE),
    "bernoulli": lambda: Autoencoder.dense(
        (4, 3), output=BernoulliOutput(), corruption=SaltAndPepperNoise(0.2), **SINGLE),
    "machine, exact": lambda: RBM(4, 3, rule=MaximumLikelihood(), **SINGLE),
    "machine, CD": lambda: RBM(4, 3, rule=ContrastiveDivergence(2), **SINGLE),
    "Gaussian machine, PCD": lambda: RBM(
        4, 3, visible=GaussianOutput(), rule=PersistentContrastiveDivergence(1, 5), **SINGLE),
    "score": lambda: ScoreModel(Residual(Linear(4, 4, **SINGLE), 2.0), ScoreMatching()),
    "sliced": lambda: ScoreModel(Linear(4, 4, **SINGLE), SlicedScoreMatching(2)),
    "denoising score": lambda: ScoreModel(Linear(4, 4, **SINGLE), DenoisingScoreMatching(0.3)),
    "predictive sparse decomposition": lambda: PSD.dense((4, 3), lam=0.3, gamma=1.0, **SINGLE),
    "recurrent": lambda: RecurrentDenoiser.dense(
        (4, 3), steps=2, corruption=MaskingNoise(0.3), **SINGLE),
    "recirculation": lambda: Recirculation.dense((4, 3), output=BernoulliOutput(), **SINGLE),
    "walkback": lambda: Walkback(
        Autoencoder.dense((4, 3), corruption=GaussianNoise(0.1), **SINGLE), 3, 0.2),
    "walkback, bits": lambda: Walkback(
        Autoencoder.dense((4, 3), corruption=MaskingNoise(0.1), output=BernoulliOutput(),
                          **SINGLE)),
}  # fmt: skip


@pytest.fixture
def met(monkeypatch):
    """The dtypes of all that reaches a Linear layer, on any of its four ways."""
    found = set()
    for name in ("forward", "backward", "jvp", "jvp_backward"):
        method = getattr(Linear, name)

        def spy(self, first, *rest, method=method):
            found.add(first.dtype)
            return method(self, first, *rest)

        monkeypatch.setattr(Linear, name, spy)
    return found


@pytest.mark.one_in(6)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("optimizer", [SGD(0.01, momentum=0.5), Adam(0.01)], ids=["SGD", "Adam"])
def test_training(name, optimizer, met, rng):
    model = MODELS[name]()
    fit(model, rng.random((12, 4)), epochs=2, batch_size=5, optimizer=optimizer)
    assert met == {np.dtype(np.float32)} and model.theta.dtype == np.float32


def test_chains_and_outputs(met, rng):
    for name in ("autoencoder", "bernoulli"):
        model = MODELS[name]()
        scale = 0.2 if name == "autoencoder" else None
        end = gsn_chain(model, rng.random((5, 4)), steps=3, scale=scale, rng=0)
        assert end.dtype == np.float32
    assert MODELS["machine, CD"]().gibbs(np.zeros((3, 4)), 2).dtype == np.float32
    assert met == {np.dtype(np.float32)}
    a = np.zeros((3, 4), np.float32)
    for output in (GaussianOutput(), BernoulliOutput(), CategoricalOutput()):
        assert output.sample(a, rng).dtype == np.float32
    assert NoisyCode(0.5).forward(a, rng)[0].dtype == np.float32


SIDE = 7
ADAM = {"optimizer": Adam(0.005), "batch_size": 50}
# Five settings and sparse decomposition: the model, the arguments of fit, and the loss at the end.
SETTINGS = {
    "plain": (lambda **k: Autoencoder.dense((49, 20), **k), ADAM),
    "denoising, Bernoulli": (lambda **k: Autoencoder.dense(
        (49, 20), corruption=MaskingNoise(0.3), output=BernoulliOutput(), **k), ADAM),
    "contractive": (lambda **k: Autoencoder.dense((49, 20), penalties=Contractive(0.1), **k), ADAM),
    "variational": (lambda **k: Autoencoder.dense(
        (49, 30, 5), code=GaussianCode(), output=BernoulliOutput(), **k), ADAM),
    "machine": (lambda **k: RBM(49, 12, **k), {"optimizer": SGD(0.3), "batch_size": 20}),
    "predictive sparse decomposition": (lambda **k: PSD.dense(
        (49, 60), lam=0.1, gamma=1.0, **k), ADAM),
}  # fmt: skip
LAYERS_ONLY = {"machine", "predictive sparse decomposition"}


def final_loss(model, x):
    """Return the loss in float64, with the same noise for all; of a machine the mean of −log p.

    The loss of contrastive divergence itself does not measure a machine.
    """
    model = model.astype(np.float64)
    if isinstance(model, RBM):
        return -model.log_likelihood(x).mean()
    return np.mean([model.loss(x, seed) for seed in range(5)])


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_float32_ends_where_float64_does(name, measured):
    """Within 1 %, on the layers and on the core; a tenth of the training is farther away."""
    x = strokes(500)[0].reshape(500, SIDE, 4, SIDE, 4).mean(axis=(2, 4)).reshape(500, 49)
    x = (x > 0.5).astype(float) if name == "machine" else x
    build, given = SETTINGS[name]
    found = {}
    for core in ("layers",) if name in LAYERS_ONLY else ("layers", "vectorized"):
        for dtype in (np.float64, np.float32):
            model = build(dtype=dtype)
            fit(model, x, **given, epochs=30, core=core)
            found[core, dtype] = final_loss(model, x)
    wanted = found["layers", np.float64]
    off = {core: abs(found[core, dtype] / wanted - 1.0)
           for core, dtype in found if dtype is np.float32}  # fmt: skip
    short = build()
    fit(short, x, **given, epochs=3)
    control = abs(final_loss(short, x) / wanted - 1.0)
    shown = ", ".join(f"{core} {100 * share:.2g} %" for core, share in off.items())
    measured(
        f"float32 against float64, {name}: {shown}; a tenth of the epochs {100 * control:.2g} %"
    )
    assert max(off.values()) <= 0.01 < control


def with_big_parameters(model, x):
    """Natural parameters of ±1e4 and more."""
    model.theta[...] *= model.dtype.type(1e4) / np.abs(model.theta).max()
    return x


def with_denormals(model, x):
    """Rows of numbers below the smallest normal one of the dtype."""
    return x * (np.finfo(model.dtype).tiny / 16)


def with_constant_columns(model, x):
    """The first column is 0, the second 1, the third ½."""
    return np.concatenate([np.broadcast_to([0.0, 1.0, 0.5], (len(x), 3)), x[:, 3:]], axis=1)


EXTREMES = [with_big_parameters, with_denormals, with_constant_columns]


CASES = [(name, "layers") for name in MODELS]
CASES += [("autoencoder", "vectorized"), ("bernoulli", "vectorized")]


@pytest.mark.one_in(8)
@pytest.mark.parametrize("extreme", EXTREMES, ids=lambda e: e.__name__)
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize(("name", "core"), CASES)
@pytest.mark.filterwarnings("ignore:.*(as wide as x|not its extremes|every code is zero)")
def test_extremes_give_finite_numbers(name, core, dtype, extreme, rng):
    """Loss and gradient at the start, and a training. Warnings name what suits no data."""
    model = MODELS[name]().astype(dtype)
    x = extreme(model, rng.random((12, 4)))
    assert np.isfinite(model.loss_and_grad(x)) and np.isfinite(model.grad).all()
    history = fit(model, x, epochs=3, batch_size=5, core=core, optimizer=SGD(1e-3))
    assert np.isfinite(history.loss).all() and np.isfinite(model.theta).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("core", ["layers", "vectorized"])
def test_what_overflows_is_a_named_error(core, dtype, rng):
    """The control of the test above: rows and steps that no finite numbers can answer."""
    x = rng.random((12, 4))
    model = Autoencoder.dense((4, 3), activation=Identity, dtype=dtype)
    with pytest.raises(ValueError, match=f"squares go beyond {np.dtype(dtype)}"):
        fit(model, x * np.finfo(dtype).max, core=core)
    with pytest.raises(DivergenceError, match="diverged in epoch 1"):
        fit(model, x, core=core, optimizer=SGD(1e6), epochs=30, batch_size=1)
    assert np.isfinite(model.theta).all()
