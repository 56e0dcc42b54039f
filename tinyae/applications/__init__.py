"""What an autoencoder is used for (14.9).

CodeStatistics   what code_statistics returns
HammingTable     a hash table from binary codes to entries: lookup within a radius, nearest codes
binary_codes     bits from the code units of an encoder
code_statistics  entropy of each bit, stuck bits, correlations of bits

Modules:

digits.py           `python -m tinyae digits`: compress digits to 32 numbers, compare with PCA
hashing.py          HammingTable: semantic hashing's table
binary_codes.py     bits by a threshold, and the check that codes are bits
code_statistics.py  how much the bits of codes say, and how much they repeat
packed_codes.py     codes in machine words, and the Hamming distance
code_store.py       packed codes by number, with adding and removing
bit_flips.py        all words with at most so many ones
chunk_tables.py     tables by parts of the code, searched by flipping bits
exhaustive.py       the distances to all codes, in blocks
radius_search.py    which way of searching costs the least
table_files.py      a table in a file, which can be mapped into memory
"""

from tinyae.applications.binary_codes import binary_codes
from tinyae.applications.code_statistics import CodeStatistics, code_statistics
from tinyae.applications.hashing import HammingTable

__all__ = ["CodeStatistics", "HammingTable", "binary_codes", "code_statistics"]
