"""Small objects of every class, and what the settings are made for: for the table of inputs."""

from functools import partial

import numpy as np

from tests.valid_data import BITS, CODES, LABELS, X
from tinyae import (
    PCA,
    PSD,
    RBM,
    SGD,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    Classifier,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    HammingTable,
    HelmholtzMachine,
    Linear,
    MaskingNoise,
    Recirculation,
    SaltAndPepperNoise,
    Tanh,
    Weights,
    fit,
    trace,
)
from tinyae.applications import (
    Coder,
    MinimalLossHashing,
    PCAHashing,
    RandomHyperplanes,
    SameLabel,
    SemanticHash,
    SpectralHashing,
)
from tinyae.applications.scaling import scaling_of
from tinyae.criterion import (
    DiagonalGaussianOutput,
    FixedGaussianOutput,
    LaplacePrior,
    MixtureDensityOutput,
    StudentTPrior,
)
from tinyae.densities import ManifoldParzen, NonLocalParzen, Parzen
from tinyae.embeddings import (
    SNE,
    TSNE,
    Charting,
    HessianEigenmaps,
    Isomap,
    KernelPCA,
    LaplacianEigenmaps,
    LocallyLinear,
    MaximumVarianceUnfolding,
    NeighborGraph,
    SNEMap,
    TangentAlignment,
    TangentPlanes,
    TSNEMap,
)
from tinyae.estimators import (
    AutoencoderTransformer,
    PSDTransformer,
    RBMTransformer,
    RecirculationTransformer,
    SemanticHashTransformer,
    VAETransformer,
)
from tinyae.models import RecurrentDenoiser, ScoreModel, SoftmaxClassifier, Walkback
from tinyae.score import fixed_points
from tinyae.sparse_coding import ZCA
from tinyae.tangents import NonLocalTangents
from tinyae.training import Tuning


def net(d_in=3, d_out=3):
    """A small network."""
    return Chain(Linear(d_in, 4, rng=1), Tanh(), Linear(4, d_out, rng=2))


def model(**slots):
    """A small denoising autoencoder with tied weights, which every function can take."""
    return Autoencoder.dense((3, 2), activation=Tanh, tied=True, corruption=GaussianNoise(0.5),
                             **slots)  # fmt: skip


def variational():
    """A small autoencoder with a prior on its code."""
    return Autoencoder.dense((3, 2), code=GaussianCode())


def walk(x):
    """A score."""
    return -x


def slopes(x):
    """The Jacobian of that score."""
    return np.tile(-np.eye(3), (len(x), 1, 1))


def trained(**slots):
    """Loss and gradient of an autoencoder with these slots."""
    made = Autoencoder.dense((3, 2), **slots)
    return made.loss_and_grad(X, rng=0), made.grad


def in_fit(optimizer):
    """Parameters after two epochs."""
    made = Autoencoder.dense((3, 2))
    fit(made, X, optimizer=optimizer, epochs=2, rng=0, batch_size=8)
    return made.theta


def reseeded(callback):
    """Parameters after two epochs with this callback."""
    made = PSD.dense((3, 2), lam=0.1, gamma=1.0)
    fit(made, X, epochs=2, callback=callback)
    return made.theta


TRANSFORMERS = (
    AutoencoderTransformer,
    PSDTransformer,
    RBMTransformer,
    RecirculationTransformer,
    SemanticHashTransformer,
    VAETransformer,
)


def transformer(kind):
    learned = {"output": "diagonal_gaussian"} if kind is VAETransformer else {}
    return kind(2, max_epochs=2, **learned).fit(X)


OBJECTS = {
    "Autoencoder": model,
    "Charting": lambda: Charting(1, n_neighbors=6).fit(X),
    "Graph": lambda: model().graph(),
    "HammingTable": lambda: HammingTable(BITS),
    "HessianEigenmaps": lambda: HessianEigenmaps(1, n_neighbors=6).fit(X),
    "HelmholtzMachine": lambda: HelmholtzMachine((3, 2)),
    "Isomap": lambda: Isomap(1, n_neighbors=6).fit(X),
    "KernelPCA": lambda: KernelPCA(1).fit(X),
    "LaplacePrior": lambda: LaplacePrior(1.0),
    "LaplacianEigenmaps": lambda: LaplacianEigenmaps(1, n_neighbors=6).fit(X),
    "LocallyLinear": lambda: LocallyLinear(1, n_neighbors=6).fit(X),
    "ManifoldParzen": lambda: ManifoldParzen(0.5, n_neighbors=5).fit(X),
    "MaximumVarianceUnfolding": lambda: MaximumVarianceUnfolding(1, rounds=1, steps=2).fit(X),
    "NeighborGraph": lambda: NeighborGraph(6).fit(X),
    "NonLocalParzen": lambda: NonLocalParzen.dense((3, 4), n_components=1, scale=0.5, sigma=0.5),
    "NonLocalTangents": lambda: NonLocalTangents(net(), 1),
    "PCA": lambda: PCA(2).fit(X),
    "PSD": lambda: PSD.dense((3, 2), lam=0.1, gamma=1.0),
    "Pancakes": lambda: Parzen(0.5).fit(X).mixture_,
    "Parzen": lambda: Parzen(0.5).fit(X),
    "RBM": lambda: RBM(3, 2),
    "Tuning": lambda: Tuning("exp", 1 << 17),
    "Weights": lambda: Weights(np.full(16, 0.5)),
    "Recirculation": lambda: Recirculation.dense((3, 2)),
    "RecurrentDenoiser": lambda: RecurrentDenoiser.dense((3, 2), corruption=GaussianNoise(0.5)),
    "SNE": lambda: SNE(1, perplexity=3.0, steps=2).fit(X),
    "TSNE": lambda: TSNE(1, perplexity=3.0, steps=2).fit(X),
    "SNEMap": lambda: SNEMap(16),
    "ScoreModel": lambda: ScoreModel(net()),
    "SoftmaxClassifier": lambda: SoftmaxClassifier(net(3, 2), 3, corruption=GaussianNoise(0.5)),
    "StudentTPrior": lambda: StudentTPrior(1.0),
    "TSNEMap": lambda: TSNEMap(16),
    "TangentAlignment": lambda: TangentAlignment(1, n_neighbors=6).fit(X),
    "TangentPlanes": lambda: TangentPlanes(1, n_neighbors=6).fit(X),
    "Walkback": lambda: Walkback(model(), scale=0.25),
    "ZCA": lambda: ZCA().fit(X),
    "FixedPoints": lambda: fixed_points(model(), X),
    "GaussianNoise": lambda: GaussianNoise(0.5),
    "MaskingNoise": lambda: MaskingNoise(0.5),
    "SaltAndPepperNoise": lambda: SaltAndPepperNoise(0.5),
    "GaussianOutput": lambda: GaussianOutput(),
    "BernoulliOutput": lambda: BernoulliOutput(),
    "CategoricalOutput": lambda: CategoricalOutput(),
    "FixedGaussianOutput": lambda: FixedGaussianOutput(0.5),
    "DiagonalGaussianOutput": lambda: DiagonalGaussianOutput(),
    "MixtureDensityOutput": lambda: MixtureDensityOutput(2),
    "Classifier": lambda: Classifier(3),
    "Coder": lambda: Coder(scaling_of(X), PCA(1).fit(scaling_of(X).apply(X))),
    "Autoencoder.classify": lambda: model(head=Classifier(3)),
    "Autoencoder.elbo": variational,
    "Autoencoder.importance_weighted": variational,
    "Autoencoder.sample": variational,
    "MinimalLossHashing": lambda: MinimalLossHashing(3, 4),
    "PCAHashing": lambda: PCAHashing(2).fit(X),
    "RandomHyperplanes": lambda: RandomHyperplanes(4).fit(X),
    "SameLabel": lambda: SameLabel(LABELS, LABELS),
    "SemanticHash": lambda: SemanticHash(4, hidden=(3,), epochs=2).fit(X),
    "SpectralHashing": lambda: SpectralHashing(4).fit(X),
    "Trace": lambda: trace(model(), X),
    **{kind.__name__: partial(transformer, kind) for kind in TRANSFORMERS},
    "RBM.score": lambda: RBM(3, 2, visible=GaussianOutput()),
}

USES = {
    "SameLabel": lambda it: it(np.arange(16)[:, None], np.arange(16)[None]),
    "Adam": in_fit,
    "AppendedColumns": lambda it: it.forward(X)[0],
    "Classifier": lambda it: fit(Autoencoder.dense((3, 2), head=it), (X, LABELS), epochs=1).loss,
    "Contractive": lambda it: trained(penalties=it),
    "ContrastiveDivergence": lambda it: RBM(3, 2, rule=it).loss_and_grad(X, 0),
    "Cosine": lambda it: in_fit(SGD(it)),
    "BernoulliCode": lambda it: trained(code=it),
    "DenoisingScoreMatching": lambda it: ScoreModel(net(), it).loss_and_grad(X, 0),
    "DiagonalGaussianOutput": lambda it: trained(output=it),
    "FirstColumns": lambda it: it.forward(X)[0],
    "FixedGaussianOutput": lambda it: trained(output=it),
    "GaussianCode": lambda it: trained(code=it),
    "GaussianKernel": lambda it: KernelPCA(1, kernel=it).fit(X).eigenvalues_,
    "GaussianNoise": lambda it: trained(corruption=it),
    "Glorot": lambda it: trained(init=it),
    "HigherOrderContractive": lambda it: trained(penalties=it),
    "KLSparsity": lambda it: trained(penalties=it),
    "L1": lambda it: trained(penalties=it),
    "LaplacePrior": lambda it: it.log_density(CODES),
    "MaskingNoise": lambda it: trained(corruption=it),
    "MixtureDensityOutput": lambda it: trained(output=it),
    "NoisyCode": lambda it: trained(code=it),
    "NoisySigmoidCode": lambda it: trained(code=it),
    "Normal": lambda it: trained(init=it),
    "Pancakes": lambda it: it.score_samples(X),
    "PersistentContrastiveDivergence": lambda it: RBM(3, 2, rule=it).loss_and_grad(X, 0),
    "PolynomialKernel": lambda it: KernelPCA(1, kernel=it).fit(X).eigenvalues_,
    "ReconstructionContractive": lambda it: trained(penalties=it),
    "ReseedUnused": reseeded,
    "Residual": lambda it: it.forward(X)[0],
    "SGD": in_fit,
    "SaltAndPepperNoise": lambda it: trained(corruption=it),
    "SlicedScoreMatching": lambda it: ScoreModel(net(), it).loss_and_grad(X, 0),
    "SoftmaxClassifier": lambda it: it.loss_and_grad(X, LABELS, rng=0),
    "StudentT": lambda it: trained(penalties=it),
    "StudentTPrior": lambda it: it.log_density(CODES),
    "Tuning": lambda it: fit(model(), X, epochs=1, core="vectorized", tuning=it),
    "Uniform": lambda it: trained(init=it),
    "Weights": lambda it: model().loss_and_grad(X, it, rng=0),
    "Walkback": lambda it: it.loss_and_grad(X, 0),
    "WarmUp": lambda it: trained(code=GaussianCode(beta=it)),
    "WeightDecay": lambda it: trained(penalties=it),
}
