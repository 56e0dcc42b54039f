"""Tiny models of every kind and slot, each with rows it trains on: (make, rows) by name."""

import numpy as np

from tinyae import (
    L1,
    PSD,
    RBM,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    Classifier,
    Contractive,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    HelmholtzMachine,
    HigherOrderContractive,
    Identity,
    KLSparsity,
    Linear,
    MaskingNoise,
    NoisyCode,
    NoisySigmoidCode,
    Recirculation,
    ReconstructionContractive,
    ReLU,
    Residual,
    SaltAndPepperNoise,
    Softmax,
    Softplus,
    StudentT,
    Tanh,
    WeightDecay,
    Weights,
    tied,
)
from tinyae.criterion import (
    BernoulliCode,
    DiagonalGaussianOutput,
    FixedGaussianOutput,
    MixtureDensityOutput,
)
from tinyae.models import (
    ContrastiveDivergence,
    MaximumLikelihood,
    PersistentContrastiveDivergence,
)
from tinyae.sparse_coding import Dictionary

X = np.array([[0.6, -0.2], [0.1, 0.5], [0.3, 0.9]])
GREY = np.array([[0.2, 0.9], [0.5, 0.1], [1.0, 0.0]])
BITS = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
ONE_HOT, PAIRS = np.eye(3), np.hstack([np.eye(3), [[1, 0], [0, 1], [1, 0]]])
LABELS = np.array([0, 2, 1])
EACH, ENTRIES = Weights([1.0, 2.0, 0.0]), Weights([[1.0, 2.0], [0.0, 0.0], [1.0, 0.0]])


def dense(sizes, **slots):
    """An autoencoder whose biases are not zero."""
    model = Autoencoder.dense(sizes, rng=1, **slots)
    return shaken(model)


def shaken(model):
    """The model with 0.1, 0.2, … in place of parameters that are all zero."""
    for value in model.parameters().values():
        if not value.any():
            value[...] = 0.1 + 0.1 * np.arange(value.size).reshape(value.shape)
    return model


def shared():
    """An encoder that runs one layer twice."""
    layer = Linear(2, 2, rng=0)
    encoder = Chain(layer, Tanh(), layer, Tanh())
    return shaken(Autoencoder(encoder, Linear(2, 2, rng=1), penalties=[WeightDecay(0.1)]))


def other_layers():
    """A residual connection, a softmax, and a decoder tied to the first layer."""
    first = Linear(2, 3, rng=0)
    encoder = Chain(first, Residual(Chain(Linear(3, 3, rng=3), Tanh())), Softmax())
    return shaken(Autoencoder(encoder, tied(first), penalties=Contractive(0.1)))


def all_penalties():
    """Every penalty that takes weights."""
    penalties = [L1(0.1), Contractive(0.1), StudentT(0.1), KLSparsity(0.2, 0.1),
                 HigherOrderContractive(0.1, 0.1), ReconstructionContractive(0.1)]  # fmt: skip
    return dense((2, 3), head=Classifier(3, 0.5), penalties=penalties)


def variational(**slots):
    return dense((2, 2), code=GaussianCode(beta=0.5), **slots)


AUTOENCODERS = {
    "plain": (lambda: dense((2, 3)), X),
    "noise, L1 and contraction": (lambda: dense(
        (2, 3), activation=Tanh, corruption=GaussianNoise(0.3),
        penalties=[L1(0.1), Contractive(0.1)]), X),
    "tied": (lambda: dense((2, 3), tied=True, penalties=[WeightDecay(0.1), Contractive(0.2)]), X),
    "deep": (lambda: dense((3, 4, 2), activation=Tanh, penalties=[Contractive(0.2), L1(0.1)]),
             BITS),
    "deep, tied": (lambda: dense((3, 4, 2), activation=ReLU, tied=True,
                                 penalties=StudentT(0.1)), BITS),
    "linear": (lambda: dense((2, 1), activation=Identity, penalties=Contractive(0.1)), X),
    "softplus": (lambda: dense((2, 3), activation=Softplus,
                               penalties=[Contractive(0.1), StudentT(0.3)]), X),
    "KL sparsity": (lambda: dense((2, 3), penalties=KLSparsity(0.1, 1.0)), X),
    "probes": (lambda: dense((2, 3), penalties=[Contractive(0.1, probes=2),
                                                ReconstructionContractive(0.1, probes=3)]), X),
    "contraction of r": (lambda: dense((2, 3), penalties=ReconstructionContractive(0.1)), X),
    "higher order": (lambda: dense((2, 3), penalties=HigherOrderContractive(0.1, 0.2)), X),
    "masking": (lambda: dense((2, 3), corruption=MaskingNoise(0.5), output=BernoulliOutput()),
                GREY),
    "salt and pepper": (lambda: dense((2, 3), corruption=SaltAndPepperNoise(0.5)), X),
    "pairs": (lambda: dense((2, 3)), (X + 0.1, X)),
    "head": (lambda: dense((2, 3), head=Classifier(3, 0.5), penalties=L1(0.1)), (X, LABELS)),
    "head on a noisy code": (lambda: dense(
        (2, 3), head=Classifier(3, 0.5), corruption=GaussianNoise(0.1), code=NoisyCode(0.1)),
        (X, LABELS)),
    "weights": (all_penalties, (X, LABELS, EACH)),
    "weights of entries": (lambda: dense((2, 3), penalties=[L1(0.1), Contractive(0.1)]),
                           (X, ENTRIES)),
    "weights, Bernoulli": (lambda: dense((2, 3), output=BernoulliOutput()), (GREY, ENTRIES)),
    "categorical": (lambda: dense((3, 2), output=CategoricalOutput()), (ONE_HOT, EACH)),
    "two groups": (lambda: dense((5, 2), output=CategoricalOutput(groups=(3, 2))), PAIRS),
    "fixed variance": (lambda: dense((2, 3), output=FixedGaussianOutput(0.5)), (X, EACH)),
    "variance": (lambda: dense((2, 3), output=DiagonalGaussianOutput()), (X, ENTRIES)),
    "variance of a feature": (lambda: dense(
        (2, 3), output=DiagonalGaussianOutput(per_feature=True)), X),
    "mixture": (lambda: dense((2, 3), output=MixtureDensityOutput(2)), X),
    "noisy code": (lambda: dense((2, 3), code=NoisyCode(0.2), penalties=L1(0.1)), X),
    "variational": (lambda: variational(output=BernoulliOutput()), GREY),
    "variational, all at once": (lambda: dense(
        (3, 4, 2), code=GaussianCode(), penalties=[L1(0.1), Contractive(0.1)],
        corruption=GaussianNoise(0.1), output=DiagonalGaussianOutput()), BITS),
    "variational, weights": (variational, (X, EACH)),
    "noisy sigmoid code": (lambda: dense((2, 3), code=NoisySigmoidCode(2.0), penalties=L1(0.1)),
                           X),
    "binary code": (lambda: dense((2, 3), code=BernoulliCode(on=0.2), penalties=L1(0.1)), X),
    "binary code, weights": (lambda: dense((2, 3), code=BernoulliCode()), (X, EACH)),
    "straight through": (lambda: dense((2, 3), code=BernoulliCode(straight_through=True)), X),
    "float32": (lambda: dense(
        (2, 3), dtype=np.float32, penalties=[L1(0.1), Contractive(0.1)],
        corruption=GaussianNoise(0.1), code=NoisyCode(0.1)), X),
    "a shared layer": (shared, X),
    "other layers": (other_layers, X),
}  # fmt: skip

OTHERS = {
    "recirculation": (lambda: Recirculation.dense((3, 2), output=BernoulliOutput()), BITS),
    "recirculation, tied": (lambda: Recirculation.dense((3, 2), tied=True, regress_hidden=False),
                            BITS),
    "recirculation, softmax": (lambda: Recirculation.dense(
        (3, 2), output=CategoricalOutput(), activation=Tanh), ONE_HOT),
    "PSD": (lambda: PSD.dense((2, 3), lam=0.3, gamma=0.5, steps=4), X),
    "PSD, many steps": (lambda: PSD.dense((2, 3), lam=0.1, gamma=0.5, steps=9), X),
    "PSD, no momentum": (lambda: PSD.dense(
        (2, 3), lam=0.3, gamma=0.5, steps=3, accelerated=False, gain=False, activation=ReLU), X),
    "PSD, no step": (lambda: PSD.dense((2, 3), lam=0.3, gamma=0.5, steps=0), X),
    "sparse coding": (lambda: PSD(None, Dictionary(2, 3), lam=0.3, gamma=0, steps=5), X),
    "RBM": (lambda: RBM(3, 2), BITS),
    "RBM, three rounds": (lambda: RBM(3, 2, rule=ContrastiveDivergence(3)), BITS),
    "RBM, Gaussian": (lambda: RBM(2, 2, visible=GaussianOutput()), X),
    "RBM, one-hot": (lambda: RBM(3, 2, visible=CategoricalOutput()), ONE_HOT),
    "RBM, likelihood": (lambda: RBM(3, 2, rule=MaximumLikelihood()), BITS),
    "RBM, Gaussian likelihood": (lambda: RBM(2, 2, visible=GaussianOutput(),
                                             rule=MaximumLikelihood()), X),
    "RBM, chains": (lambda: RBM(3, 2, rule=PersistentContrastiveDivergence(2, 5)), BITS),
    "Helmholtz": (lambda: HelmholtzMachine((3, 2)), BITS),
    "Helmholtz, deep": (lambda: HelmholtzMachine((3, 4, 2)), BITS),
}  # fmt: skip

CASES = {**AUTOENCODERS, **{name: (lambda make=make: shaken(make()), rows)
                            for name, (make, rows) in OTHERS.items()}}  # fmt: skip


def rows_of(x):
    """The rows as `loss_and_grad` takes them."""
    return x if isinstance(x, tuple) else (x,)
