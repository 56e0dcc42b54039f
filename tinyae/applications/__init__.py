"""What an autoencoder is used for (14.9).

MinimalLossHashing      bits trained on pairs of examples that are similar or not
PCAHashing              signs of principal components
RandomHyperplanes       signs of random projections
SameLabel               relevance by equal labels
SpectralHashing         signs of eigenfunctions on a box
WithinRadius            what within_radius returns
loss_augmented_codes    the codes with the highest loss and score
precision_at_k          share of the k nearest entries that is relevant
precision_recall_curve  the same, and the share of the relevant entries that is found
similar_pairs           pairs with equal and with different labels
within_radius           precision and recall within a Hamming radius

`python -m tinyae digits` compresses digits to 32 numbers and compares with PCA.

Modules:

digits.py                `python -m tinyae digits`
linear_hashing.py        random hyperplanes, and signs of principal components
minimal_loss_hashing.py  hyperplanes trained for the Hamming distances of pairs
pairs.py                 pairs of similar and of different examples
relevance.py             which entries are relevant to a query
retrieval.py             precision and recall of a search
spectral_hashing.py      spectral hashing
"""

from tinyae.applications.linear_hashing import PCAHashing, RandomHyperplanes
from tinyae.applications.minimal_loss_hashing import MinimalLossHashing, loss_augmented_codes
from tinyae.applications.pairs import similar_pairs
from tinyae.applications.relevance import SameLabel
from tinyae.applications.retrieval import (
    WithinRadius,
    precision_at_k,
    precision_recall_curve,
    within_radius,
)
from tinyae.applications.spectral_hashing import SpectralHashing

__all__ = [
    "MinimalLossHashing",
    "PCAHashing",
    "RandomHyperplanes",
    "SameLabel",
    "SpectralHashing",
    "WithinRadius",
    "loss_augmented_codes",
    "precision_at_k",
    "precision_recall_curve",
    "similar_pairs",
    "within_radius",
]
