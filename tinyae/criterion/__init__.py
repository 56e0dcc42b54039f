"""What fills the slots of the autoencoder: outputs, corruptions, codes, penalties, a head.

GaussianOutput             half the squared error
BernoulliOutput            cross-entropy of entries in [0, 1]
CategoricalOutput          cross-entropy of rows of probabilities
GaussianNoise              x̃ = x + σ ε
MaskingNoise               entries set to zero
SaltAndPepperNoise         entries set to the least or greatest value
NoisyCode                  a code with Gaussian noise
L1                         λ Σ |h|
StudentT                   λ Σ log(1 + h²)
KLSparsity                 each unit's mean activity near ρ
WeightDecay                λ Σ W²
Contractive                λ ‖∂h/∂x‖²
ReconstructionContractive  λ ‖∂r/∂x‖²
HigherOrderContractive     λ times how much the Jacobian changes nearby
Classifier                 a supervised task on the code
LaplacePrior               −log p(h) is L1 up to a constant
StudentTPrior              −log p(h) is StudentT up to a constant
"""

from tinyae.criterion.codes import NoisyCode
from tinyae.criterion.contraction import Contractive, ReconstructionContractive
from tinyae.criterion.corruption import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.criterion.curvature import HigherOrderContractive
from tinyae.criterion.head import Classifier
from tinyae.criterion.outputs import BernoulliOutput, CategoricalOutput, GaussianOutput
from tinyae.criterion.penalties import L1, KLSparsity, StudentT, WeightDecay
from tinyae.criterion.priors import LaplacePrior, StudentTPrior

__all__ = [
    "BernoulliOutput",
    "CategoricalOutput",
    "Classifier",
    "Contractive",
    "GaussianNoise",
    "GaussianOutput",
    "HigherOrderContractive",
    "KLSparsity",
    "L1",
    "LaplacePrior",
    "MaskingNoise",
    "NoisyCode",
    "ReconstructionContractive",
    "SaltAndPepperNoise",
    "StudentT",
    "StudentTPrior",
    "WeightDecay",
]
