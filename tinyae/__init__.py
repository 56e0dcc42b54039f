"""tinyae: chapter 14, *Autoencoders*, of the Deep Learning book as a small NumPy library.

Every equation is a named object, every gradient is written by hand and checked to machine
precision. Start with `Autoencoder.dense`, `fit` and `gradcheck`; `import tinyae.datasets` for data.
"""

from tinyae.analysis.score import (
    mixture_log_density,
    mixture_score,
    score_field,
    smoothed_log_density,
    smoothed_score,
)
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.activations import Elementwise, Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.nn.contraction import Contractive
from tinyae.nn.corruption import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.nn.gradcheck import GradientReport, gradcheck
from tinyae.nn.history import DivergenceError, History
from tinyae.nn.initializers import Glorot, Normal, Uniform
from tinyae.nn.layers import Chain, Layer, Linear, tied
from tinyae.nn.model import Model
from tinyae.nn.optimizers import SGD, Adam
from tinyae.nn.outputs import BernoulliOutput, GaussianOutput
from tinyae.nn.parameters import pack
from tinyae.nn.penalties import L1, WeightDecay
from tinyae.nn.settings import Cosine
from tinyae.nn.training import fit
from tinyae.persistence import load, save

__version__ = "0.1.0"

__all__ = [
    "L1",
    "SGD",
    "Adam",
    "Autoencoder",
    "BernoulliOutput",
    "Chain",
    "Contractive",
    "Cosine",
    "DivergenceError",
    "Elementwise",
    "GaussianNoise",
    "GaussianOutput",
    "Glorot",
    "GradientReport",
    "History",
    "Identity",
    "Layer",
    "Linear",
    "MaskingNoise",
    "Model",
    "Normal",
    "ReLU",
    "SaltAndPepperNoise",
    "Sigmoid",
    "Softplus",
    "Tanh",
    "Uniform",
    "WeightDecay",
    "fit",
    "gradcheck",
    "load",
    "mixture_log_density",
    "mixture_score",
    "pack",
    "save",
    "score_field",
    "smoothed_log_density",
    "smoothed_score",
    "tied",
]
