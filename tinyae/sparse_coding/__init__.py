"""Sparse codes by inference and by prediction (13.4, 14.8).

sparse_code         the code that minimises ‖x − h D‖² + λ ‖h‖₁
PSD                 predictive sparse decomposition (14.19)
Dictionary          a linear decoder whose atoms have unit norm
Gain                a factor for every unit
ReseedUnused        a callback that replaces unused atoms
ZCA                 whitening that changes the data as little as possible
normalize_contrast  zero mean and unit deviation for each row

Modules:

sparse_coder.py  the criterion 14.19, and codes inferred with given parameters
psd.py           how dictionary and encoder are learned
sparse_code.py   the function sparse_code
lasso.py         the problem for the codes, and its duality gap
inference.py     its solution, for all rows
descent.py       steps of proximal gradient
settling.py      the signs of the solution, by steps in float32
equations.py     its solution by equations, for many rows at once
feature_sign.py  its solution to the last digit, for one row
dictionary.py    the decoder whose atoms have unit norm
gain.py          the factor of each unit
reseeding.py     unused atoms replaced
whitening.py     ZCA and contrast
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
