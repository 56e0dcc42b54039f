"""Every binary code of a few bits: what turns a sum over h, as in equation 14.3, into a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LARGEST_CODE = 16  # 2¹⁶ codes are enumerated at the most


def binary_codes(k: int) -> NDArray:
    """Return all 2ᵏ codes of k bits, of shape (2ᵏ, k)."""
    if not 1 <= k <= LARGEST_CODE:
        raise ValueError(f"between 1 and {LARGEST_CODE} bits can be enumerated, got {k}")
    return ((np.arange(2**k)[:, None] >> np.arange(k)) & 1).astype(float)
