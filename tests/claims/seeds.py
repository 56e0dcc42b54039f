"""Seeds that nobody has looked at, and the share of all seeds that keep a bound."""

from __future__ import annotations

import hashlib
from math import comb


def derived_seeds(name: str, n: int, salt: int = 0) -> list[int]:
    """Return n different seeds below a million that follow from the name and the salt."""
    found: list[int] = []
    k = 0
    while len(found) < n:
        digest = hashlib.sha256(f"{name} {salt} {k}".encode()).digest()
        seed = int.from_bytes(digest[:8], "big") % 1_000_000
        found += [] if seed in found else [seed]
        k += 1
    return found


def share_at_least(kept: int, n: int, confidence: float = 0.95) -> float:
    """Return the lower end of the one-sided interval of Clopper and Pearson for a share.

    If `kept` of `n` independent seeds keep a bound, the share of all seeds that keep it is above
    this number with the given confidence. It is the p at which `kept` or more of n successes have
    the probability 1 − confidence.
    """
    low, high = 0.0, 1.0
    for _ in range(60):
        p = (low + high) / 2
        tail = sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(kept, n + 1))
        low, high = (p, high) if tail < 1 - confidence else (low, p)
    return low
