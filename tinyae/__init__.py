"""tinyae: chapter 14, *Autoencoders*, of the Deep Learning book as a small NumPy library.

Every equation is a named object, every gradient is written by hand and checked to machine
precision. Start with `Autoencoder.dense`, `fit` and `gradcheck`; `import tinyae.datasets` for data.
"""

from tinyae.analysis.pca import PCA, principal_angles
from tinyae.analysis.priors import LaplacePrior, StudentTPrior, log_likelihood, point_estimate
from tinyae.analysis.score import (
    mixture_log_density,
    mixture_score,
    score_field,
    smoothed_log_density,
    smoothed_score,
)
from tinyae.models.autoencoder import Autoencoder
from tinyae.models.classifier import Classifier
from tinyae.models.recurrent import RecurrentDenoiser
from tinyae.nn.activations import Elementwise, Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.nn.codes import NoisyCode
from tinyae.nn.contraction import Contractive, ReconstructionContractive
from tinyae.nn.corruption import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.nn.curvature import HigherOrderContractive
from tinyae.nn.fullbatch import minimize
from tinyae.nn.gradcheck import GradientReport, gradcheck
from tinyae.nn.history import DivergenceError, History
from tinyae.nn.initializers import Glorot, Normal, Uniform
from tinyae.nn.layers import Chain, Layer, Linear, tied
from tinyae.nn.model import Model
from tinyae.nn.optimizers import SGD, Adam
from tinyae.nn.outputs import BernoulliOutput, CategoricalOutput, GaussianOutput
from tinyae.nn.parameters import pack
from tinyae.nn.penalties import L1, KLSparsity, StudentT, WeightDecay
from tinyae.nn.settings import Cosine
from tinyae.nn.softmax import Softmax
from tinyae.nn.training import fit
from tinyae.persistence import load, save

__version__ = "0.1.0"

__all__ = [
    "L1",
    "PCA",
    "SGD",
    "Adam",
    "Autoencoder",
    "BernoulliOutput",
    "CategoricalOutput",
    "Chain",
    "Classifier",
    "Contractive",
    "Cosine",
    "DivergenceError",
    "Elementwise",
    "GaussianNoise",
    "GaussianOutput",
    "Glorot",
    "GradientReport",
    "HigherOrderContractive",
    "History",
    "Identity",
    "KLSparsity",
    "LaplacePrior",
    "Layer",
    "Linear",
    "MaskingNoise",
    "Model",
    "NoisyCode",
    "Normal",
    "ReLU",
    "ReconstructionContractive",
    "RecurrentDenoiser",
    "SaltAndPepperNoise",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "StudentT",
    "StudentTPrior",
    "Tanh",
    "Uniform",
    "WeightDecay",
    "fit",
    "gradcheck",
    "load",
    "log_likelihood",
    "minimize",
    "mixture_log_density",
    "mixture_score",
    "pack",
    "point_estimate",
    "principal_angles",
    "save",
    "score_field",
    "smoothed_log_density",
    "smoothed_score",
    "tied",
]
