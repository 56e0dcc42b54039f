"""How much the bits of binary codes say about the entries, and how much they repeat (14.9).

Good codes for hashing spread the entries over many codes: each bit is 1 for half of the entries,
and no bit can be predicted from another. A bit that is the same for all entries is stuck: it has
entropy 0, and a code without it would be as good.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.applications.binary_codes import binary_table

BLOCK = 1 << 20  # entries in a block


@dataclass(frozen=True, eq=False, repr=False)
class CodeStatistics:
    """Statistics of n binary codes.

    Attributes
    ----------
    entropy : array (bits,), −p log₂ p − (1 − p) log₂(1 − p) of each bit, which is 1 with the
        relative frequency p; in bits, from 0 to 1
    stuck : array of the positions of the bits that are equal in all codes
    correlation : array (bits, bits), Pearson's coefficients of the bits. A stuck bit has none; its
        row and column are 0.
    """

    entropy: NDArray[np.float64]
    stuck: NDArray[np.intp]
    correlation: NDArray[np.float64]

    @property
    def mean_absolute_correlation(self) -> float:
        """Mean of |correlation| over all pairs of different bits that are not stuck; 0 if none."""
        free = np.setdiff1d(np.arange(len(self.entropy)), self.stuck)
        if len(free) < 2:
            return 0.0
        pairs = np.abs(self.correlation[np.ix_(free, free)])[np.triu_indices(len(free), 1)]
        return float(pairs.mean())

    def __repr__(self) -> str:
        """Return the figures in short."""
        return (
            f"CodeStatistics({len(self.entropy)} bits, entropy {self.entropy.min():.3g} to "
            f"{self.entropy.max():.3g}, {len(self.stuck)} stuck, mean absolute correlation "
            f"{self.mean_absolute_correlation:.3g})"
        )


def code_statistics(codes: ArrayLike) -> CodeStatistics:
    """Return the entropy of each bit, the stuck bits and the correlations of pairs of bits.

    Parameters
    ----------
    codes : array (n, bits) of booleans or of 0 and 1

    Raises
    ------
    TypeError, ValueError
        If `codes` is no such array.
    """
    codes = binary_table(codes, "codes")
    n, bits = codes.shape
    both = np.zeros((bits, bits))  # how many codes have both bits, exactly
    step = max(1, BLOCK // bits)
    for start in range(0, n, step):
        block = codes[start : start + step].astype(np.float64)
        both += block.T @ block
    ones = both.diagonal()
    p = ones / n
    variance = ones * (n - ones)  # n² times the variance: exact, and 0 for stuck bits only
    scale = np.where(variance > 0, np.sqrt(variance), np.inf)
    correlation = (n * both - ones[:, None] * ones) / scale / scale[:, None]
    stuck = np.flatnonzero(variance == 0)
    free = variance > 0
    correlation[free, free] = 1.0
    return CodeStatistics(_entropy(p), stuck, correlation)


def _entropy(p: NDArray) -> NDArray:
    """Return −p log₂ p − (1 − p) log₂(1 − p), where 0 log 0 = 0."""
    parts = np.stack([p, 1.0 - p])
    logs = np.log2(np.where(parts > 0, parts, 1.0))
    return -(parts * logs).sum(axis=0) + 0.0
