"""All words that differ from a given word in at most so many bits: the probes of a lookup (14.9).

The chapter searches for similar entries by flipping single bits of the query's code. A XOR m flips
the bits of A that are ones in m. So the list of all words m with at most r ones gives every code
within the Hamming distance r of any query.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb

import numpy as np
from numpy.typing import NDArray


def ball_size(bits: int, radius: int) -> int:
    """Return the number of words of so many bits with at most `radius` ones: Σ_j (bits over j).

    It is 0 for a negative radius.
    """
    return sum(comb(bits, ones) for ones in range(min(radius, bits) + 1))


@lru_cache(maxsize=32)
def flips(bits: int, radius: int) -> NDArray[np.intp]:
    """Return all words of so many bits with at most `radius` ones, the fewest ones first.

    The array has the shape (ball_size(bits, radius),). It is kept for the next call and read-only.
    """
    parts = [np.zeros(1 if radius >= 0 else 0, np.intp)]
    for _ in range(min(radius, bits)):
        # Every word is made once, from the word without its highest one.
        last = parts[-1]
        higher = [last[last < (1 << bit)] | (1 << bit) for bit in range(bits)]
        parts.append(np.concatenate(higher))
    found = np.concatenate(parts)
    found.flags.writeable = False
    return found
