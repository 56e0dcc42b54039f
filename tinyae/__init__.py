"""tinyae: autoencoders in NumPy, after chapter 14 of the book Deep Learning.

Start with `Autoencoder.dense`, `fit` and `gradcheck`. The names used most are at the top level:

models       Autoencoder, RBM, HelmholtzMachine, Recirculation, PSD, PCA, stack, Model
layers       Linear, Chain, Residual, tied, Layer
units        Identity, Sigmoid, Tanh, ReLU, Softplus, Softmax, Elementwise
outputs      GaussianOutput, BernoulliOutput, CategoricalOutput
corruptions  GaussianNoise, MaskingNoise, SaltAndPepperNoise
code, head   NoisyCode, GaussianCode, NoisySigmoidCode, Classifier
penalties    L1, StudentT, KLSparsity, WeightDecay, Contractive, ReconstructionContractive,
             HigherOrderContractive
training     fit, minimize, SGD, Adam, Weights, gradcheck, save, load
analysis     score_field, tangents, sparse_code, trace
retrieval    HammingTable

All other names are imported from their package, as in `from tinyae.embeddings import Isomap`:

tinyae.nn             layers, units, models, the gradient check
tinyae.training       fit, minimize, optimizers, schedules
tinyae.criterion      outputs, corruptions, codes, penalties, head, priors (14.1 to 14.5)
tinyae.models         Autoencoder, RBM, recirculation, score matching, sampling chains
tinyae.sparse_coding  sparse codes, predictive sparse decomposition (13.4, 14.8)
tinyae.embeddings     PCA, neighbour graphs, Isomap, t-SNE and others (14.6)
tinyae.densities      densities made of a window on each example (14.6)
tinyae.tangents       tangent planes of encoders and of neighbours (14.6, 14.7)
tinyae.score          exact scores, fixed points, potential, Langevin dynamics (14.5.1)
tinyae.applications   what an autoencoder is used for (14.9)
tinyae.estimators     models as transformers for scikit-learn's pipelines
tinyae.datasets       data that tinyae generates, and readers of the MNIST files
tinyae.persistence    save, load
tinyae.export         models in PyTorch and in ONNX files
tinyae.plotting       filters, reconstructions, learning curves
tinyae.drawing        the graph of a model, which `model.diagram()` draws
tinyae.exploring      an explorer with sliders, which trains while one looks
tinyae.tracing        one training step, operation by operation: `trace`
tinyae.core           the vectorized core: `fit(model, X, core="vectorized")`

`help(tinyae.embeddings)` lists the names of a package.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tinyae.criterion import (
    L1,
    BernoulliOutput,
    CategoricalOutput,
    Classifier,
    Contractive,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    HigherOrderContractive,
    KLSparsity,
    MaskingNoise,
    NoisyCode,
    NoisySigmoidCode,
    ReconstructionContractive,
    SaltAndPepperNoise,
    StudentT,
    WeightDecay,
)
from tinyae.models import RBM, Autoencoder, HelmholtzMachine, Recirculation, stack
from tinyae.nn import (
    Chain,
    Elementwise,
    Identity,
    Layer,
    Linear,
    Model,
    ReLU,
    Residual,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    gradcheck,
    tied,
)
from tinyae.persistence import load, save
from tinyae.tangents import tangents
from tinyae.training import SGD, Adam, Weights, fit, minimize
from tinyae.version import __version__ as __version__

if TYPE_CHECKING:
    from tinyae.applications import HammingTable
    from tinyae.embeddings import PCA
    from tinyae.score import score_field
    from tinyae.sparse_coding import PSD, sparse_code
    from tinyae.tracing import trace

__all__ = [
    "Adam",
    "Autoencoder",
    "BernoulliOutput",
    "CategoricalOutput",
    "Chain",
    "Classifier",
    "Contractive",
    "Elementwise",
    "GaussianCode",
    "GaussianNoise",
    "GaussianOutput",
    "HammingTable",
    "HelmholtzMachine",
    "HigherOrderContractive",
    "Identity",
    "KLSparsity",
    "L1",
    "Layer",
    "Linear",
    "MaskingNoise",
    "Model",
    "NoisyCode",
    "NoisySigmoidCode",
    "PCA",
    "PSD",
    "RBM",
    "ReLU",
    "Recirculation",
    "ReconstructionContractive",
    "Residual",
    "SGD",
    "SaltAndPepperNoise",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "StudentT",
    "Tanh",
    "WeightDecay",
    "Weights",
    "fit",
    "gradcheck",
    "load",
    "minimize",
    "save",
    "score_field",
    "sparse_code",
    "stack",
    "tangents",
    "tied",
    "trace",
]

# Imported at first use, since all packages together take twice as long as those above.
PACKAGES = (
    "applications", "core", "datasets", "densities", "embeddings", "estimators", "exploring",
    "export", "plotting", "score", "sparse_coding", "tracing",
)  # fmt: skip
NAMES = {  # with the package of each
    "HammingTable": "applications", "PCA": "embeddings", "PSD": "sparse_coding",
    "score_field": "score", "sparse_code": "sparse_coding", "trace": "tracing",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a package at its first use: `tinyae.plotting` needs no import of its own."""
    if name in PACKAGES:
        return import_module(f"tinyae.{name}")
    if name in NAMES:
        return getattr(import_module(f"tinyae.{NAMES[name]}"), name)
    raise AttributeError(f"module 'tinyae' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the names for completion, but only the packages for `inspect`, which `help` uses.

    `help` would print every class in full, with all of its methods: thousands of lines.
    """
    names = {*globals(), *PACKAGES, *NAMES}
    if sys._getframe(1).f_globals.get("__name__") == "inspect":
        names -= set(__all__)
    return sorted(names)
