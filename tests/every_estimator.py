"""Every public estimator of the library, with settings that suit scikit-learn's small data."""

import importlib
import pkgutil

import tinyae
from tinyae.applications import PCAHashing, RandomHyperplanes, SemanticHash, SpectralHashing
from tinyae.checks.estimator import Estimator
from tinyae.densities import ManifoldParzen, Parzen
from tinyae.embeddings import (
    PCA,
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
    TangentAlignment,
    TangentPlanes,
)
from tinyae.estimators import (
    AutoencoderTransformer,
    PSDTransformer,
    RBMTransformer,
    RecirculationTransformer,
    SemanticHashTransformer,
    VAETransformer,
)
from tinyae.sparse_coding import ZCA

# scikit-learn's data are 10 to 150 points, some in two clusters that are far apart: a share of the
# points as neighbours is the only number that suits all of them.
SHARE = {"n_neighbors": 0.6}
# By their defaults, the embeddings of many steps and PSD would take most of the time of the checks.
EVERY = {
    "AutoencoderTransformer": lambda: AutoencoderTransformer(),
    "PSDTransformer": lambda: PSDTransformer(max_epochs=10),
    "RBMTransformer": lambda: RBMTransformer(),
    "RecirculationTransformer": lambda: RecirculationTransformer(),
    "SemanticHashTransformer": lambda: SemanticHashTransformer(hidden=(8,)),
    "VAETransformer": lambda: VAETransformer(),
    "PCA": lambda: PCA(1),
    "KernelPCA": lambda: KernelPCA(),
    "NeighborGraph": lambda: NeighborGraph(),
    "TangentPlanes": lambda: TangentPlanes(),
    "Isomap": lambda: Isomap(**SHARE),
    "LocallyLinear": lambda: LocallyLinear(**SHARE, ridge=1e-6),
    "LaplacianEigenmaps": lambda: LaplacianEigenmaps(**SHARE),
    "TangentAlignment": lambda: TangentAlignment(**SHARE),
    "HessianEigenmaps": lambda: HessianEigenmaps(**SHARE, ridge=1e-3),
    "Charting": lambda: Charting(**SHARE, charts=4),
    "MaximumVarianceUnfolding": lambda: MaximumVarianceUnfolding(**SHARE, rounds=1, steps=5),
    "SNE": lambda: SNE(perplexity=5.0, steps=5),
    "TSNE": lambda: TSNE(perplexity=5.0, steps=5),
    "Parzen": lambda: Parzen(0.5),
    "ManifoldParzen": lambda: ManifoldParzen(0.5, n_neighbors=6, n_components=1),
    "ZCA": lambda: ZCA(epsilon=0.1),
    "RandomHyperplanes": lambda: RandomHyperplanes(4),
    "PCAHashing": lambda: PCAHashing(1),
    "SpectralHashing": lambda: SpectralHashing(2),
    "SemanticHash": lambda: SemanticHash(4, hidden=(8,), epochs=2),
}
TRAINED = tuple(name for name in EVERY if name.endswith("Transformer"))


def public_estimators() -> set[str]:
    """The names of the estimators that the packages offer."""
    packages = [m.name for m in pkgutil.iter_modules(tinyae.__path__) if m.ispkg]
    offered = [importlib.import_module(f"tinyae.{package}") for package in packages]
    return {
        name
        for package in offered
        for name in getattr(package, "__all__", ())
        if isinstance(getattr(package, name), type)
        and issubclass(getattr(package, name), Estimator)
    }
