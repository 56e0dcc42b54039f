"""tinyae: chapter 14, *Autoencoders*, of the Deep Learning book as a small NumPy library.

Every equation is a named object, every gradient is written by hand and checked to machine
precision. Start with `Autoencoder.dense`, `fit` and `gradcheck`; `import tinyae.datasets` for data.
"""

from tinyae.analysis.charting import Charting
from tinyae.analysis.cross_validation import CrossValidation, cross_validate
from tinyae.analysis.distances import energy_distance
from tinyae.analysis.eigenmaps import LaplacianEigenmaps
from tinyae.analysis.fixed_points import FixedPoints, find_zeros, fixed_points
from tinyae.analysis.graph import NeighborGraph
from tinyae.analysis.hessian import smoothed_hessian
from tinyae.analysis.isomap import Isomap
from tinyae.analysis.kernel_pca import GaussianKernel, KernelPCA, PolynomialKernel
from tinyae.analysis.locally_linear import LocallyLinear
from tinyae.analysis.parzen import (
    ManifoldParzen,
    Parzen,
    neighbor_pairs,
)
from tinyae.analysis.pca import PCA, logistic_pca, principal_angles
from tinyae.analysis.perplexity import pick_probabilities
from tinyae.analysis.potential import asymmetry, circulation, line_integral, potential
from tinyae.analysis.priors import LaplacePrior, StudentTPrior, log_likelihood, point_estimate
from tinyae.analysis.sampling import langevin, metropolis_langevin, stationary_distribution
from tinyae.analysis.score import (
    mixture_log_density,
    mixture_score,
    optimal_reconstruction,
    score_field,
    smoothed_log_density,
    smoothed_score,
)
from tinyae.analysis.tangent_alignment import HessianEigenmaps, TangentAlignment, TangentPlanes
from tinyae.analysis.tangents import local_pca_tangents, tangent_angles, tangents
from tinyae.models.annealing import annealed_log_partition
from tinyae.models.autoencoder import Autoencoder
from tinyae.models.classifier import Classifier
from tinyae.models.contrastive import (
    ContrastiveDivergence,
    MaximumLikelihood,
    PersistentContrastiveDivergence,
)
from tinyae.models.gsn import Walkback, gsn_chain
from tinyae.models.nonlocal_parzen import NonLocalParzen
from tinyae.models.nonlocal_tangents import NonLocalTangents, neighbor_differences
from tinyae.models.psd import PSD
from tinyae.models.rbm import RBM
from tinyae.models.recirculation import Recirculation
from tinyae.models.recurrent import RecurrentDenoiser
from tinyae.models.reseeding import ReseedUnused
from tinyae.models.score_matching import (
    DenoisingScoreMatching,
    ScoreMatching,
    ScoreModel,
    SlicedScoreMatching,
)
from tinyae.models.sne import SNE, TSNE, early_exaggeration
from tinyae.models.sparse_coding import sparse_code
from tinyae.models.stacking import stack
from tinyae.models.unfolding import MaximumVarianceUnfolding
from tinyae.nn.activations import Elementwise, Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.nn.codes import NoisyCode
from tinyae.nn.contraction import Contractive, ReconstructionContractive
from tinyae.nn.corruption import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.nn.curvature import HigherOrderContractive
from tinyae.nn.dictionary import Dictionary
from tinyae.nn.fullbatch import minimize
from tinyae.nn.gain import Gain
from tinyae.nn.gradcheck import GradientReport, gradcheck
from tinyae.nn.history import DivergenceError, History
from tinyae.nn.initializers import Glorot, Normal, Uniform
from tinyae.nn.layers import Chain, Layer, Linear, tied
from tinyae.nn.model import Model
from tinyae.nn.neighbors import nearest_neighbors
from tinyae.nn.optimizers import SGD, Adam
from tinyae.nn.outputs import BernoulliOutput, CategoricalOutput, GaussianOutput
from tinyae.nn.pancakes import Pancakes
from tinyae.nn.parameters import pack
from tinyae.nn.penalties import L1, KLSparsity, StudentT, WeightDecay
from tinyae.nn.residual import Residual
from tinyae.nn.settings import Cosine
from tinyae.nn.softmax import Softmax
from tinyae.nn.training import fit
from tinyae.nn.weights import Weights
from tinyae.persistence import load, save

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
