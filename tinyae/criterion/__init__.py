"""The terms of the autoencoder's criterion: outputs, corruptions, codes, penalties, a head.

Output                     the base class of all outputs
GaussianOutput             half the squared error
BernoulliOutput            cross-entropy of entries in [0, 1]
CategoricalOutput          cross-entropy of rows, or groups of columns, of probabilities
FixedGaussianOutput        a Gaussian with a fixed variance
DiagonalGaussianOutput     a Gaussian whose variances are learned
MixtureDensityOutput       a mixture of Gaussians
Corruption                 the base class of all corruptions
GaussianNoise              x̃ = x + σ ε
MaskingNoise               entries set to zero
SaltAndPepperNoise         entries set to the least or greatest value
Code                       the base class of all codes
NoisyCode                  a code with Gaussian noise
GaussianCode               a Gaussian code with the prior N(0, I): a variational autoencoder
BernoulliCode              a code of random zeros and ones
NoisySigmoidCode           noise before the sigmoids, which makes codes binary: semantic hashing
Penalty                    the base class of all penalties
L1                         λ Σ |h|
StudentT                   λ Σ log(1 + h²)
KLSparsity                 keeps the mean activation of each unit near ρ
WeightDecay                λ Σ W²
Contractive                λ ‖∂h/∂x‖²
ReconstructionContractive  λ ‖∂r/∂x‖²
HigherOrderContractive     λ ‖J(x) − J(x + ε)‖², the change of the Jacobian J near x
Classifier                 a supervised task on the code
LaplacePrior               −log p(h) is L1 up to a constant
StudentTPrior              −log p(h) is StudentT up to a constant

Modules:

forward_pass.py      one pass of a batch, which penalties read and add to
output.py            what an output distribution must give, and the facts that it states
outputs.py           Gaussian, Bernoulli and categorical outputs
gaussian_outputs.py  Gaussian outputs with another variance than 1
mixture_output.py    mixture density output
mixture_mean.py      mean of a mixture as a layer
corruption.py        the three corruptions
code.py              what a stochastic encoder must give, and noise on the code
gaussian_code.py     mean and log-variance of a code, with the prior N(0, I)
bernoulli_code.py    zeros and ones, with two estimated gradients
noisy_sigmoid_code.py  sigmoids that saturate because of noise before them
penalties.py         penalties on the code and on weights
contraction.py       penalties on the Jacobian
curvature.py         the penalty on changes of the Jacobian
head.py              a classifier on the code
priors.py            penalties read as priors
base_rates.py        the natural parameters that fit each feature by itself
spread.py            range and deviation of a data set
enumeration.py       all binary codes of a few bits
"""

from tinyae.criterion.bernoulli_code import BernoulliCode
from tinyae.criterion.code import Code, NoisyCode
from tinyae.criterion.contraction import Contractive, ReconstructionContractive
from tinyae.criterion.corruption import Corruption, GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.criterion.curvature import HigherOrderContractive
from tinyae.criterion.gaussian_code import GaussianCode
from tinyae.criterion.gaussian_outputs import DiagonalGaussianOutput, FixedGaussianOutput
from tinyae.criterion.head import Classifier
from tinyae.criterion.mixture_output import MixtureDensityOutput
from tinyae.criterion.noisy_sigmoid_code import NoisySigmoidCode
from tinyae.criterion.output import Output
from tinyae.criterion.outputs import BernoulliOutput, CategoricalOutput, GaussianOutput
from tinyae.criterion.penalties import L1, KLSparsity, Penalty, StudentT, WeightDecay
from tinyae.criterion.priors import LaplacePrior, StudentTPrior

__all__ = [
    "BernoulliCode",
    "BernoulliOutput",
    "CategoricalOutput",
    "Classifier",
    "Code",
    "Contractive",
    "Corruption",
    "DiagonalGaussianOutput",
    "FixedGaussianOutput",
    "GaussianCode",
    "GaussianNoise",
    "GaussianOutput",
    "HigherOrderContractive",
    "KLSparsity",
    "L1",
    "LaplacePrior",
    "MaskingNoise",
    "MixtureDensityOutput",
    "NoisyCode",
    "NoisySigmoidCode",
    "Output",
    "Penalty",
    "ReconstructionContractive",
    "SaltAndPepperNoise",
    "StudentT",
    "StudentTPrior",
    "WeightDecay",
]
