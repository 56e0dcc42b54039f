"""A float32 model computes in float32 throughout, whatever model it is and however it draws."""

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
    GaussianNoise,
    GaussianOutput,
    KLSparsity,
    Linear,
    MaskingNoise,
    NoisyCode,
    Recirculation,
    Residual,
    SaltAndPepperNoise,
    fit,
)
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
