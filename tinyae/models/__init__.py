"""Models that are trained: the Autoencoder, and the models that the chapter compares it with.

Autoencoder                      encoder, decoder, and a slot for each term of the criterion
log_likelihood                   log p(x) by enumerating binary codes (14.3)
point_estimate                   log p(h, x) at a single code (14.4)
logistic_pca                     a linear code under Bernoulli output (14.1)
stack                            train models, each on the codes of the one below (14.3, 14.8)
unfold                           one deep autoencoder with the layers of several models (14.3)
SoftmaxClassifier                softmax on a learned encoder, fine-tuned as a whole (14.5.1.1)
RBM                              a restricted Boltzmann machine (14.12, 14.13)
ContrastiveDivergence            learning rule of the RBM: a few Gibbs steps from the data
PersistentContrastiveDivergence  learning rule of the RBM: chains that continue
MaximumLikelihood                learning rule of the RBM: the exact gradient
compatibility                    whether encoder and decoder have one joint (14.12, 14.13)
joint_distance                   how far apart the joints of encoder and decoder are (14.4)
annealed_log_partition           log Z of an RBM by annealed importance sampling
HelmholtzMachine                 binary layers with a recognition network (14.2)
Recirculation                    a learning rule without a backward pass (introduction)
RecurrentDenoiser                a denoiser that is applied repeatedly (14.5.1.1)
ScoreModel                       a network that is fitted to ∇ log p(x) (14.15)
ScoreMatching                    exact criterion of a ScoreModel
SlicedScoreMatching              criterion along random directions
DenoisingScoreMatching           criterion on noisy data
gsn_chain                        samples of a generative stochastic network (20.12)
Walkback                         training on the states of its chain

Modules:

autoencoder.py        the one Autoencoder
dense.py              its layers from a list of widths
graphs.py             the graphs of the models, for their diagrams
machine_graphs.py     the graphs of the RBM and the Helmholtz machine
protocols.py          what the helpers read of an autoencoder or of a Boltzmann machine
slots.py              whether its parts fit together
batch.py              its rows: x, pairs, labels, weights
fitness.py            warnings about settings that cannot fit the data
description.py        its criterion and layers as text
variational.py        samples and bounds on log p(x) of a model with a prior on its code
likelihood.py         log p(x) by enumeration, and at one code
compatibility.py      encoder and decoder as conditionals of one joint
logistic_pca.py       logistic PCA
stacking.py           models on top of each other
unfolding.py          such models as one deep autoencoder
classifier.py         a classifier on top of an encoder
classifier_graph.py   its graph
rbm.py                the restricted Boltzmann machine
contrastive.py        its learning rules
compiled_machine.py   whether the vectorized core supports it
free_energy.py        its free energy
gibbs.py              its Gibbs sampling
partition.py          log Z by enumeration
annealing.py          log Z by annealed importance sampling
pseudo_likelihood.py  its pseudo-likelihood
helmholtz.py          the Helmholtz machine
belief_net.py         its layers, and log p(x) by enumeration
recirculation.py      recirculation
recurrent.py          the recurrent denoiser
score_matching.py     score matching
gsn.py                generative stochastic networks, walkback
"""

from tinyae.models.annealing import annealed_log_partition
from tinyae.models.autoencoder import Autoencoder
from tinyae.models.classifier import SoftmaxClassifier
from tinyae.models.compatibility import compatibility, joint_distance
from tinyae.models.contrastive import (
    ContrastiveDivergence,
    MaximumLikelihood,
    PersistentContrastiveDivergence,
)
from tinyae.models.gsn import Walkback, gsn_chain
from tinyae.models.helmholtz import HelmholtzMachine
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
from tinyae.models.unfolding import unfold

__all__ = [
    "Autoencoder",
    "ContrastiveDivergence",
    "DenoisingScoreMatching",
    "HelmholtzMachine",
    "MaximumLikelihood",
    "PersistentContrastiveDivergence",
    "RBM",
    "Recirculation",
    "RecurrentDenoiser",
    "ScoreMatching",
    "ScoreModel",
    "SlicedScoreMatching",
    "SoftmaxClassifier",
    "Walkback",
    "annealed_log_partition",
    "compatibility",
    "gsn_chain",
    "joint_distance",
    "log_likelihood",
    "logistic_pca",
    "point_estimate",
    "stack",
    "unfold",
]
