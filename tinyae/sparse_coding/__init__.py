"""Sparse codes by inference and by prediction (13.4, 14.8).

sparse_code         the code that minimises ‖x − h D‖² + λ ‖h‖₁
PSD                 predictive sparse decomposition (14.19)
Dictionary          a linear decoder whose atoms have unit norm
Gain                a factor for every unit
ReseedUnused        a callback that replaces unused atoms
ZCA                 whitening that changes the data as little as possible
normalize_contrast  zero mean and unit deviation for each row
"""

from tinyae.sparse_coding.dictionary import Dictionary
from tinyae.sparse_coding.gain import Gain
from tinyae.sparse_coding.psd import PSD
from tinyae.sparse_coding.reseeding import ReseedUnused
from tinyae.sparse_coding.sparse_code import sparse_code
from tinyae.sparse_coding.whitening import ZCA, normalize_contrast

__all__ = [
    "Dictionary",
    "Gain",
    "PSD",
    "ReseedUnused",
    "ZCA",
    "normalize_contrast",
    "sparse_code",
]
