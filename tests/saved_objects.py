"""One small object of every kind that `save` writes, and everything that it computes."""

import warnings

import numpy as np

from tests.valid_data import BITS, X
from tests.valid_objects import OBJECTS, model, net
from tinyae import (
    L1,
    PSD,
    RBM,
    SGD,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    Classifier,
    Contractive,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    HammingTable,
    HelmholtzMachine,
    HigherOrderContractive,
    Identity,
    KLSparsity,
    Linear,
    NoisyCode,
    NoisySigmoidCode,
    Recirculation,
    ReconstructionContractive,
    ReLU,
    Residual,
    SaltAndPepperNoise,
    Sigmoid,
    Softmax,
    Softplus,
    StudentT,
    Tanh,
    WeightDecay,
    fit,
    stack,
    tied,
)
from tinyae.applications import MinimalLossHashing, SemanticHash
from tinyae.criterion import (
    BernoulliCode,
    DiagonalGaussianOutput,
    FixedGaussianOutput,
    MixtureDensityOutput,
)
from tinyae.embeddings import KernelPCA, PolynomialKernel
from tinyae.estimators import (
    AutoencoderTransformer,
    PSDTransformer,
    RBMTransformer,
    RecirculationTransformer,
    SemanticHashTransformer,
    VAETransformer,
)
from tinyae.models import (
    DenoisingScoreMatching,
    MaximumLikelihood,
    PersistentContrastiveDivergence,
    RecurrentDenoiser,
    ScoreModel,
    SlicedScoreMatching,
    SoftmaxClassifier,
    Walkback,
    unfold,
)
from tinyae.nn import FirstColumns, Trainable
from tinyae.sparse_coding import Dictionary
from tinyae.tangents import NonLocalTangents
from tinyae.training import Cosine, WarmUp

UNIT = 1.0 / (1.0 + np.exp(-X))  # in (0, 1)
ZEROS_AND_ONES = np.float64(X > np.median(X))
LABELS = np.arange(16) % 3
ONE_HOT = np.eye(3)[LABELS]
AFFINITIES = (1.0 - np.eye(16)) / 15


def trained(made, *rows, optimizer=None, epochs=2):
    """The model after two epochs."""
    fit(made, rows if len(rows) > 1 else rows[0], epochs=epochs, batch_size=8, rng=3,
        **({} if optimizer is None else {"optimizer": optimizer}))  # fmt: skip
    return made


def dense(*rows, sizes=(3, 2), **slots):
    """A trained autoencoder with these slots."""
    return trained(Autoencoder.dense(sizes, **slots), *(rows or (X,)))


def twice():
    """A layer that appears twice, and a chain in a chain."""
    square = Linear(3, 3, rng=1)
    return trained(Autoencoder(Chain(Chain(square, Tanh()), square, Sigmoid()), Linear(3, 3, rng=2),
                               corruption=GaussianNoise(Cosine(0.3))), X)  # fmt: skip


def from_outside():
    """A decoder that is tied to a layer outside the model, and a residual encoder."""
    source = Linear(3, 3, rng=1)
    return trained(Autoencoder(Residual(Chain(Linear(3, 3, rng=4), ReLU()), 0.5), tied(source)), X)


def levels():
    """A stack of different machines."""
    return [RBM(3, 4, rng=5), Autoencoder.dense((4, 2), rng=6), Recirculation.dense((2, 2), rng=7)]


def unfolded():
    """A deep autoencoder made of the levels of a stack."""
    models = levels()
    stack(models, UNIT, epochs=1)
    return trained(unfold(models[:2]), UNIT)


def standing_alone():
    """Layers outside any model, of which one is tied to another."""
    first = Linear(3, 2, rng=8)
    return Chain(first, Softplus(), tied(first), Softmax((1, 2)))


def float32(made):
    """The model in single precision."""
    return made.astype(np.float32)


def chains_of(made):
    """A machine with chains that continue."""
    return trained(made, ZEROS_AND_ONES, optimizer=SGD(0.05))


MODELS = {
    "autoencoder": lambda: dense(),
    "autoencoder, float32": lambda: dense(dtype=np.float32, tied=True, activation=Softplus),
    "autoencoder, penalties": lambda: dense(
        UNIT, sizes=(3, 4, 2), activation=Tanh, code_activation=Sigmoid, output=BernoulliOutput(),
        penalties=[L1(0.1), StudentT(0.1), KLSparsity(0.1, 0.2), WeightDecay(1e-3),
                   Contractive(0.2, probes=2), ReconstructionContractive(0.1),
                   HigherOrderContractive(0.1, 0.2)]),
    "autoencoder, head": lambda: dense(X, LABELS, head=Classifier(3, 0.5),
                                       corruption=SaltAndPepperNoise(0.2, 0.0, 0.9)),
    "autoencoder, noisy code": lambda: dense(code=NoisyCode(WarmUp(0.3))),
    "autoencoder, binary code": lambda: dense(code=BernoulliCode(straight_through=True)),
    "autoencoder, semantic": lambda: dense(code=NoisySigmoidCode(4.0), dtype=np.float32),
    "autoencoder, groups": lambda: dense(
        ONE_HOT, output=CategoricalOutput(groups=(3,)), activation=ReLU),
    "autoencoder, variances": lambda: dense(output=DiagonalGaussianOutput(per_feature=True)),
    "autoencoder, fixed variance": lambda: dense(output=FixedGaussianOutput(0.5)),
    "autoencoder, mixture": lambda: dense(output=MixtureDensityOutput(2, diagonal=True)),
    "variational": lambda: dense(code=GaussianCode(beta=WarmUp()), dtype=np.float32),
    "shared layers": twice,
    "source outside": from_outside,
    "unfolded stack": unfolded,
    "encoder of a stack": lambda: stack(levels(), UNIT, epochs=1),
    "layers": standing_alone,
    "dictionary": lambda: Dictionary(3, 5, rng=2),
    "RBM": lambda: trained(RBM(3, 2), ZEROS_AND_ONES),
    "RBM, Gaussian": lambda: trained(RBM(3, 2, visible=GaussianOutput(), dtype=np.float32), X),
    "RBM, persistent": lambda: chains_of(RBM(3, 2, rule=PersistentContrastiveDivergence(2, 8))),
    "RBM, exact": lambda: trained(
        RBM(3, 2, visible=CategoricalOutput(), rule=MaximumLikelihood(), visible_start="zero"),
        ONE_HOT),
    "RBM, new": lambda: RBM(3, 2),
    "PSD": lambda: trained(PSD.dense((3, 2), lam=0.1, gamma=1.0, steps=3), X),
    "sparse coding": lambda: trained(PSD(None, Dictionary(3, 4, rng=1), lam=0.1, gamma=0.0), X),
    "recirculation": lambda: trained(Recirculation.dense((3, 2), tied=True), X),
    "recurrent": lambda: trained(RecurrentDenoiser.dense((3, 2), steps=3, weights=(0.0, 0.5, 0.5),
                                                         corruption=GaussianNoise(0.5)), X),
    "Helmholtz": lambda: trained(HelmholtzMachine((3, 3, 2), dtype=np.float32), ZEROS_AND_ONES),
    "score": lambda: trained(ScoreModel(net(), SlicedScoreMatching(2)), X),
    "score, denoising": lambda: trained(ScoreModel(net(), DenoisingScoreMatching(0.5)), X),
    "walkback": lambda: trained(Walkback(model(), steps=3, scale=0.25), X),
    "classifier": lambda: trained(SoftmaxClassifier(net(3, 2), 3, corruption=GaussianNoise(0.5),
                                                    penalties=WeightDecay(0.01)), X, LABELS),
    "linear classifier": lambda: trained(SoftmaxClassifier(None, 3, d=3), X, LABELS),
    "tangents": lambda: trained(NonLocalTangents(net(), 1), X, X[:, None]),
    "density network": OBJECTS["NonLocalParzen"],
    "hyperplanes": lambda: MinimalLossHashing(3, 4, lam=0.25),
    "kernel": lambda: KernelPCA(1, kernel=PolynomialKernel(3)).fit(X),
    "hash": lambda: SemanticHash(4, hidden=(3,), epochs=2, sigma=2.0).fit(X),
    "codes": lambda: AutoencoderTransformer(
        2, noise=0.1, corruption="gaussian", max_epochs=2,
        random_state=np.random.RandomState(3)).set_output(transform="default").fit(UNIT),
    "codes, new": lambda: AutoencoderTransformer(3, max_epochs=5),
    "codes by PSD": lambda: PSDTransformer(max_epochs=2).fit(X),
    "codes by RBM": lambda: RBMTransformer(max_epochs=2).fit(UNIT),
    "codes by recirculation": lambda: RecirculationTransformer(max_epochs=2).fit(UNIT),
    "codes of bits": lambda: SemanticHashTransformer(hidden=(4,), max_epochs=2).fit(X),
    "codes by VAE": lambda: VAETransformer(max_epochs=2).fit(UNIT),
    "hash, new": lambda: SemanticHash(4, hidden=[3], threshold="half"),
    "identity": lambda: Chain(Identity(), FirstColumns(1), Linear(3, 3, rng=4)),
}  # fmt: skip
NAMED = (
    "Charting HammingTable HessianEigenmaps Isomap KernelPCA LaplacianEigenmaps LocallyLinear "
    "ManifoldParzen NeighborGraph PCA Pancakes Parzen SNE TSNE SNEMap TSNEMap TangentAlignment "
    "TangentPlanes ZCA PCAHashing RandomHyperplanes SpectralHashing"
).split()
MODELS |= {name: OBJECTS[name] for name in NAMED}
ROWS = {
    "autoencoder, penalties": (UNIT,), "autoencoder, head": (X, LABELS), "RBM": (ZEROS_AND_ONES,),
    "autoencoder, groups": (ONE_HOT,), "RBM, persistent": (ZEROS_AND_ONES,),
    "RBM, exact": (ONE_HOT,), "RBM, new": (ZEROS_AND_ONES,), "Helmholtz": (ZEROS_AND_ONES,),
    "classifier": (X, LABELS), "linear classifier": (X, LABELS), "tangents": (X, X[:, None]),
    "hyperplanes": (X, X[::-1], LABELS == 0), "codes": (UNIT,), "codes by RBM": (UNIT,),
    "codes by recirculation": (UNIT,), "codes by VAE": (UNIT,), "unfolded stack": (UNIT,),
    "SNEMap": (AFFINITIES,), "TSNEMap": (AFFINITIES,), "dictionary": (np.eye(5),),
    "density network": (X, X[::-1]),
}  # fmt: skip
METHODS = (
    "encode reconstruct transform score_samples score field predict log_likelihood elbo".split()
)


def made(name):
    """An object of this kind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return MODELS[name]()


def computed(name, made):
    """All that an object computes, as bytes: loss, gradient, codes, densities, neighbours."""
    rows = ROWS.get(name, (X,))
    found = {}
    if isinstance(made, Trainable):
        found["loss"] = made.loss_and_grad(*rows, rng=5)
        found["grad"] = made.grad.copy()
        found["again"] = made.loss(*rows, rng=6)
    elif hasattr(made, "forward"):
        found["forward"] = made.forward(rows[0])[0]
    for method in METHODS:
        if hasattr(made, method):
            try:
                found[method] = getattr(made, method)(rows[0])
            except (TypeError, ValueError) as error:  # of a new object, or of other rows
                found[method] = str(error)
    if isinstance(made, HammingTable):
        found["nearest"] = made.nearest(BITS, 3)
        found["lookup"] = made.lookup_pairs(BITS, 1)
    if hasattr(made, "neighbors"):
        found["neighbors"] = str(made.neighbors)
    return {key: as_bytes(value) for key, value in found.items()}


def as_bytes(value):
    """Dtype, shape and bytes."""
    if isinstance(value, tuple | list):
        return [as_bytes(part) for part in value]
    array = np.asarray(str(value) if value is None else value)
    return str(array.dtype), array.shape, array.tobytes().hex()
