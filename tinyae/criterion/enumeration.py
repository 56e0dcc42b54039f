"""Every binary code of a few bits: what turns a sum over h, as in equation 14.3, into a matrix.

A probability that is summed or enumerated needs definite values: grey levels, which training takes
as probabilities, have none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.outputs import GaussianOutput, Output

LARGEST_CODE = 16  # 2¹⁶ codes are enumerated at the most


def binary_codes(k: int) -> NDArray:
    """Return all 2ᵏ codes of k bits, of shape (2ᵏ, k)."""
    if not 1 <= k <= LARGEST_CODE:
        raise ValueError(f"between 1 and {LARGEST_CODE} bits can be enumerated, got {k}")
    return ((np.arange(2**k)[:, None] >> np.arange(k)) & 1).astype(float)


def check_definite(output: Output, x: NDArray) -> None:
    """Raise ValueError unless every row of x is a value that `output` can take."""
    output.check(x)
    if not isinstance(output, GaussianOutput) and not ((x == 0) | (x == 1)).all():
        raise ValueError(
            f"log p(x) of a {type(output).__name__} needs x of zeros and ones, got values between; "
            "round them, or draw them with the grey values as probabilities"
        )
