"""Models that are trained: the Autoencoder, and the models that the chapter compares it with.

Autoencoder                      encoder, decoder, and a slot for each term of the criterion
log_likelihood                   log p(x) by enumerating binary codes (14.3)
point_estimate                   log p(h, x) at a single code (14.4)
logistic_pca                     a linear code under Bernoulli output (14.1)
stack                            train models, each on the codes of the one below (14.3, 14.8)
RBM                              a restricted Boltzmann machine (14.12, 14.13)
ContrastiveDivergence            learning rule of the RBM: a few Gibbs steps from the data
PersistentContrastiveDivergence  learning rule of the RBM: chains that continue
MaximumLikelihood                learning rule of the RBM: the exact gradient
annealed_log_partition           log Z of an RBM by annealed importance sampling
Recirculation                    a learning rule without a backward pass (introduction)
RecurrentDenoiser                a denoiser that is applied repeatedly (14.5.1.1)
ScoreModel                       a network that is fitted to ∇ log p(x) (14.15)
ScoreMatching                    exact criterion of a ScoreModel
SlicedScoreMatching              criterion along random directions
DenoisingScoreMatching           criterion on noisy data
gsn_chain                        samples of a generative stochastic network (20.12)
Walkback                         training on the states of its chain
"""

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

__all__ = [
    "Autoencoder",
    "ContrastiveDivergence",
    "DenoisingScoreMatching",
    "MaximumLikelihood",
    "PersistentContrastiveDivergence",
    "RBM",
    "Recirculation",
    "RecurrentDenoiser",
    "ScoreMatching",
    "ScoreModel",
    "SlicedScoreMatching",
    "Walkback",
    "annealed_log_partition",
    "gsn_chain",
    "log_likelihood",
    "logistic_pca",
    "point_estimate",
    "stack",
]
