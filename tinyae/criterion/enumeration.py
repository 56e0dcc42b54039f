"""All binary codes of k bits, as a matrix, for sums over h such as that of equation 14.3."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LARGEST_CODE = 16  # at most 2¹⁶ codes are enumerated


def binary_codes(k: int) -> NDArray:
    """Return all 2ᵏ codes of k bits, of shape (2ᵏ, k)."""
    if not 1 <= k <= LARGEST_CODE:
        raise ValueError(f"between 1 and {LARGEST_CODE} bits can be enumerated, got {k}")
    return ((np.arange(2**k)[:, None] >> np.arange(k)) & 1).astype(float)
