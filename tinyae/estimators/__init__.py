"""Models as transformers for scikit-learn's pipelines and searches, without a dependency on it.

AutoencoderTransformer    codes of an autoencoder: plain, denoising, sparse or contractive
PSDTransformer            sparse codes, predicted or inferred (14.8)
RBMTransformer            hidden probabilities of a restricted Boltzmann machine
RecirculationTransformer  codes learned without back-propagation
SemanticHashTransformer   bits that keep neighbours near (14.9)
VAETransformer            mean codes of a variational autoencoder

Modules:

model_transformer.py  what these estimators share: settings, training, transform and score
training_settings.py  the types of the settings that they share
autoencoder.py        the autoencoder
psd.py                predictive sparse decomposition
rbm.py                the restricted Boltzmann machine
recirculation.py      recirculation
semantic_hash.py      semantic hashing
vae.py                the variational autoencoder
model_settings.py     the settings that a model is built from
slots.py              the objects that plain values mean
seeds.py              seeds from random_state
scales.py             a hint for columns of unsuitable scales
stopping.py           the end of a training whose loss no longer falls
"""

from tinyae.estimators.autoencoder import AutoencoderTransformer
from tinyae.estimators.psd import PSDTransformer
from tinyae.estimators.rbm import RBMTransformer
from tinyae.estimators.recirculation import RecirculationTransformer
from tinyae.estimators.semantic_hash import SemanticHashTransformer
from tinyae.estimators.vae import VAETransformer

__all__ = [
    "AutoencoderTransformer",
    "PSDTransformer",
    "RBMTransformer",
    "RecirculationTransformer",
    "SemanticHashTransformer",
    "VAETransformer",
]
