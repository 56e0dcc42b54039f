"""What an autoencoder is used for (14.9).

HammingTable            a hash table from binary codes to entries: lookup in a radius, nearest codes
binary_codes            bits from the code units of an encoder
code_statistics         entropy of each bit, stuck bits, correlations of bits
CodeStatistics          what code_statistics returns
RandomHyperplanes       signs of random projections
PCAHashing              signs of principal components
SpectralHashing         signs of eigenfunctions on a box
Coder                   scaling and a fitted transformer: rows to codes and back
SemanticHash            bits of an autoencoder with noise before its code's sigmoids
MinimalLossHashing      bits trained on pairs of examples that are similar or not
loss_augmented_codes    the codes with the highest loss and score
similar_pairs           pairs with equal and with different labels
precision_at_k          share of the k nearest entries that is relevant
precision_recall_curve  the same, and the share of the relevant entries that is found
within_radius           precision and recall within a Hamming radius
WithinRadius            what within_radius returns
SameLabel               relevance by equal labels

Modules:

digits.py                `python -m tinyae digits`: compress digits to 32 numbers, compare with PCA
hashing.py               HammingTable: semantic hashing's table
binary_codes.py          bits by a threshold, and the check that codes are bits
code_statistics.py       how much the bits of codes say, and how much they repeat
packed_codes.py          codes in machine words, and the Hamming distance
code_store.py            packed codes by number, with adding and removing
bit_flips.py             all words with at most so many ones
chunk_tables.py          tables by parts of the code, searched by flipping bits
exhaustive.py            the distances to all codes, in blocks
radius_search.py         which way of searching costs the least
table_files.py           what a table in a file consists of
linear_hashing.py        random hyperplanes, and signs of principal components
spectral_hashing.py      spectral hashing
minimal_loss_hashing.py  hyperplanes trained for the Hamming distances of pairs
pairs.py                 pairs of similar and of different examples
relevance.py             which entries are relevant to a query
retrieval.py             precision and recall of a search
semantic_hash.py         SemanticHash: codes by an autoencoder with noise before its sigmoids
thresholds.py            from which value on a code unit becomes the bit 1
coder.py                 scaling and transformer together, as the command `fit` writes them
scaling.py               columns by the kind of the data, and the output distribution for it
binary_encoder.py        scaling, encoder and thresholds, in memory and in files
"""

from tinyae.applications.binary_codes import binary_codes
from tinyae.applications.code_statistics import CodeStatistics, code_statistics
from tinyae.applications.coder import Coder
from tinyae.applications.hashing import HammingTable
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
from tinyae.applications.semantic_hash import SemanticHash
from tinyae.applications.spectral_hashing import SpectralHashing

__all__ = [
    "CodeStatistics",
    "Coder",
    "HammingTable",
    "MinimalLossHashing",
    "PCAHashing",
    "RandomHyperplanes",
    "SameLabel",
    "SemanticHash",
    "SpectralHashing",
    "WithinRadius",
    "binary_codes",
    "code_statistics",
    "loss_augmented_codes",
    "precision_at_k",
    "precision_recall_curve",
    "similar_pairs",
    "within_radius",
]
