"""tinyae: chapter 14, *Autoencoders*, of the Deep Learning book as a small NumPy library.

Every equation is a named object, every gradient is written by hand and checked to machine
precision. Start with `Autoencoder.dense`, `fit` and `gradcheck`; `import tinyae.datasets` for data.
"""

from tinyae.criterion.codes import NoisyCode
from tinyae.criterion.contraction import Contractive, ReconstructionContractive
from tinyae.criterion.corruption import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.criterion.curvature import HigherOrderContractive
from tinyae.criterion.head import Classifier
from tinyae.criterion.outputs import BernoulliOutput, CategoricalOutput, GaussianOutput
from tinyae.criterion.penalties import L1, KLSparsity, StudentT, WeightDecay
from tinyae.criterion.priors import LaplacePrior, StudentTPrior
from tinyae.densities.cross_validation import CrossValidation, cross_validate
from tinyae.densities.nonlocal_parzen import NonLocalParzen, neighbor_pairs
from tinyae.densities.pancakes import Pancakes
from tinyae.densities.parzen import ManifoldParzen, Parzen
from tinyae.embeddings.charting import Charting
from tinyae.embeddings.graph import NeighborGraph
from tinyae.embeddings.isomap import Isomap
from tinyae.embeddings.kernel_pca import GaussianKernel, KernelPCA, PolynomialKernel
from tinyae.embeddings.laplacian_eigenmaps import LaplacianEigenmaps
from tinyae.embeddings.locally_linear import LocallyLinear
from tinyae.embeddings.neighbors import nearest_neighbors
from tinyae.embeddings.pca import PCA
from tinyae.embeddings.perplexity import pick_probabilities
from tinyae.embeddings.sne import SNE, TSNE, early_exaggeration
from tinyae.embeddings.tangent_alignment import HessianEigenmaps, TangentAlignment, TangentPlanes
from tinyae.embeddings.unfolding import MaximumVarianceUnfolding
from tinyae.models.annealing import annealed_log_partition
from tinyae.models.autoencoder import Autoencoder
from tinyae.models.contrastive import (
    ContrastiveDivergence,
    MaximumLikelihood,
    PersistentContrastiveDivergence,
)
from tinyae.models.gsn import Walkback, gsn_chain
from tinyae.models.likelihood import log_likelihood, point_estimate
from tinyae.models.logistic_pca import logistic_pca
from tinyae.models.rbm import RBM
from tinyae.models.recirculation import Recirculation
from tinyae.models.recurrent import RecurrentDenoiser
from tinyae.models.score_matching import (
    DenoisingScoreMatching,
    ScoreMatching,
    ScoreModel,
    SlicedScoreMatching,
)
from tinyae.models.stacking import stack
from tinyae.nn.activations import Elementwise, Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.nn.gradcheck import GradientReport, gradcheck
from tinyae.nn.initializers import Glorot, Normal, Uniform
from tinyae.nn.layers import Chain, Layer, Linear, tied
from tinyae.nn.model import Model
from tinyae.nn.parameters import pack
from tinyae.nn.residual import Residual
from tinyae.nn.softmax import Softmax
from tinyae.persistence import load, save
from tinyae.score.distances import energy_distance
from tinyae.score.fixed_points import FixedPoints, find_zeros, fixed_points
from tinyae.score.hessian import smoothed_hessian
from tinyae.score.potential import asymmetry, circulation, line_integral, potential
from tinyae.score.sampling import langevin, metropolis_langevin, stationary_distribution
from tinyae.score.score import (
    mixture_log_density,
    mixture_score,
    optimal_reconstruction,
    score_field,
    smoothed_log_density,
    smoothed_score,
)
from tinyae.sparse_coding.dictionary import Dictionary
from tinyae.sparse_coding.gain import Gain
from tinyae.sparse_coding.psd import PSD
from tinyae.sparse_coding.reseeding import ReseedUnused
from tinyae.sparse_coding.sparse_code import sparse_code
from tinyae.tangents.angles import principal_angles, tangent_angles
from tinyae.tangents.encoder import tangents
from tinyae.tangents.local_pca import local_pca_tangents
from tinyae.tangents.nonlocal_tangents import NonLocalTangents, neighbor_differences
from tinyae.training.fit import fit
from tinyae.training.history import DivergenceError, History
from tinyae.training.minimize import minimize
from tinyae.training.optimizers import SGD, Adam
from tinyae.training.schedules import Cosine
from tinyae.training.weights import Weights

__version__ = "0.1.0"

__all__ = [
    "Adam",
    "Autoencoder",
    "BernoulliOutput",
    "CategoricalOutput",
    "Chain",
    "Charting",
    "Classifier",
    "Contractive",
    "ContrastiveDivergence",
    "Cosine",
    "CrossValidation",
    "DenoisingScoreMatching",
    "Dictionary",
    "DivergenceError",
    "Elementwise",
    "FixedPoints",
    "Gain",
    "GaussianKernel",
    "GaussianNoise",
    "GaussianOutput",
    "Glorot",
    "GradientReport",
    "HessianEigenmaps",
    "HigherOrderContractive",
    "History",
    "Identity",
    "Isomap",
    "KLSparsity",
    "KernelPCA",
    "L1",
    "LaplacePrior",
    "LaplacianEigenmaps",
    "Layer",
    "Linear",
    "LocallyLinear",
    "ManifoldParzen",
    "MaskingNoise",
    "MaximumLikelihood",
    "MaximumVarianceUnfolding",
    "Model",
    "NeighborGraph",
    "NoisyCode",
    "NonLocalParzen",
    "NonLocalTangents",
    "Normal",
    "PCA",
    "PSD",
    "Pancakes",
    "Parzen",
    "PersistentContrastiveDivergence",
    "PolynomialKernel",
    "RBM",
    "ReLU",
    "Recirculation",
    "ReconstructionContractive",
    "RecurrentDenoiser",
    "ReseedUnused",
    "Residual",
    "SGD",
    "SNE",
    "SaltAndPepperNoise",
    "ScoreMatching",
    "ScoreModel",
    "Sigmoid",
    "SlicedScoreMatching",
    "Softmax",
    "Softplus",
    "StudentT",
    "StudentTPrior",
    "TSNE",
    "TangentAlignment",
    "TangentPlanes",
    "Tanh",
    "Uniform",
    "Walkback",
    "WeightDecay",
    "Weights",
    "annealed_log_partition",
    "asymmetry",
    "circulation",
    "cross_validate",
    "early_exaggeration",
    "energy_distance",
    "find_zeros",
    "fit",
    "fixed_points",
    "gradcheck",
    "gsn_chain",
    "langevin",
    "line_integral",
    "load",
    "local_pca_tangents",
    "log_likelihood",
    "logistic_pca",
    "metropolis_langevin",
    "minimize",
    "mixture_log_density",
    "mixture_score",
    "nearest_neighbors",
    "neighbor_differences",
    "neighbor_pairs",
    "optimal_reconstruction",
    "pack",
    "pick_probabilities",
    "point_estimate",
    "potential",
    "principal_angles",
    "save",
    "score_field",
    "smoothed_hessian",
    "smoothed_log_density",
    "smoothed_score",
    "sparse_code",
    "stack",
    "stationary_distribution",
    "tangent_angles",
    "tangents",
    "tied",
]
