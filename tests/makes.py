"""Models of different make, for the tests of their graphs and diagrams."""

from tinyae import (
    L1,
    PSD,
    RBM,
    Autoencoder,
    BernoulliOutput,
    Chain,
    Classifier,
    Contractive,
    GaussianCode,
    GaussianNoise,
    HelmholtzMachine,
    Linear,
    MaskingNoise,
    Model,
    NoisyCode,
    Recirculation,
    ReLU,
    Residual,
    Softmax,
    Tanh,
    WeightDecay,
)
from tinyae.criterion import MixtureDensityOutput, ReconstructionContractive
from tinyae.models import (
    DenoisingScoreMatching,
    RecurrentDenoiser,
    ScoreModel,
    SlicedScoreMatching,
    SoftmaxClassifier,
    Walkback,
)
from tinyae.sparse_coding import Dictionary


class Judge(Model):
    """A user's model with two parts whose widths fit; the tests need no objective."""

    def __init__(self):
        super().__init__({
            "features": Chain(Linear(9, 7, rng=0), ReLU(), Linear(7, 5, rng=1), Tanh()),
            "classes": Chain(Linear(5, 3, rng=2), Softmax()),
        })  # fmt: skip


class Apart(Model):
    """A user's model whose parts do not fit together."""

    def __init__(self):
        super().__init__({"one": Linear(4, 3, rng=0), "other": Linear(6, 2, rng=1)})


def residual():
    """An autoencoder with a layer that contains a network."""
    inner = Residual(Chain(Linear(8, 5, rng=0), Tanh(), Linear(5, 8, rng=1)), 0.5)
    encoder = Chain(Linear(8, 8, rng=0), inner, Linear(8, 3, rng=3), Tanh())
    return Autoencoder(encoder, Linear(3, 8, rng=4))


def score(criterion):
    """A network that is trained to be a score."""
    net = Chain(Linear(2, 9, rng=0), Tanh(), Linear(9, 2, rng=1))
    return ScoreModel(Residual(net, 4.0), criterion)


def sampled(progress):
    """A strength that depends on the progress of training."""
    return 0.1 + progress


MAKES = {
    "plain": lambda: Autoencoder.dense((784, 128)),
    "tied": lambda: Autoencoder.dense(
        (784, 128), tied=True, output=BernoulliOutput(), corruption=MaskingNoise(0.25)
    ),
    "deep": lambda: Autoencoder.dense((20, 16, 12, 8, 4), output=BernoulliOutput()),
    "very deep": lambda: Autoencoder.dense((9, 8, 7, 6, 5, 4, 3, 2), tied=True),
    "head": lambda: Autoencoder.dense(
        (20, 9, 5), corruption=GaussianNoise(sampled), penalties=[L1(0.1), Contractive(1.0)],
        head=Classifier(10, 0.5),
    ),
    "shallow head": lambda: Autoencoder.dense((9, 5), head=Classifier(4)),
    "noisy": lambda: Autoencoder.dense((784, 128), code=NoisyCode(0.3), output=BernoulliOutput()),
    "variational": lambda: Autoencoder.dense(
        (784, 256, 20), code=GaussianCode(beta=0.5), output=BernoulliOutput(),
        penalties=WeightDecay(0.1),
    ),
    "all slots": lambda: Autoencoder.dense(
        (20, 9), corruption=GaussianNoise(0.2), code=GaussianCode(beta=sampled), head=Classifier(4),
        penalties=[L1(0.1)],
    ),
    "mixture": lambda: Autoencoder.dense((20, 8), output=MixtureDensityOutput(3)),
    "mixture with head": lambda: Autoencoder.dense(
        (20, 9, 5), code=GaussianCode(), output=MixtureDensityOutput(4), head=Classifier(3)
    ),
    "all penalties": lambda: Autoencoder.dense(
        (20, 5), code=GaussianCode(), output=MixtureDensityOutput(4), head=Classifier(3),
        penalties=[L1(0.1), ReconstructionContractive(0.2), WeightDecay(1)],
    ),
    "contracted": lambda: Autoencoder.dense((9, 5), penalties=ReconstructionContractive(0.2)),
    "residual": residual,
    "residual unit": lambda: Autoencoder(
        Chain(Linear(6, 6, rng=0), Residual(Tanh(), 2.0)), Linear(6, 6, rng=1)
    ),
    "rbm": lambda: RBM(784, 100),
    "helmholtz": lambda: HelmholtzMachine((16, 12, 4)),
    "recirculation": lambda: Recirculation.dense((8, 3), output=BernoulliOutput()),
    "psd": lambda: PSD.dense((144, 196), lam=2, gamma=1),
    "sparse coding": lambda: PSD(None, Dictionary(9, 12), lam=1, gamma=0),
    "recurrent": lambda: RecurrentDenoiser.dense(
        (784, 300), steps=3, corruption=MaskingNoise(0.5), output=BernoulliOutput()
    ),
    "score": lambda: score(DenoisingScoreMatching(0.5)),
    "sliced": lambda: score(SlicedScoreMatching(2)),
    "walkback": lambda: Walkback(Autoencoder.dense((9, 4), corruption=GaussianNoise(0.3)), 2, 0.1),
    "classifier": lambda: SoftmaxClassifier(
        Chain(Linear(784, 500, rng=0), Tanh(), Linear(500, 100, rng=1), Tanh()), 10,
        corruption=MaskingNoise(0.25), penalties=[WeightDecay(1e-4), L1(0.1)],
    ),
    "softmax regression": lambda: SoftmaxClassifier(None, 10, d=784),
    "own": Judge,
    "apart": Apart,
}  # fmt: skip
