"""Pseudo-likelihood of a binary machine: each visible unit predicted from all others (Besag 1975).

The partition function cancels in p(x_i | the others), so it can be computed for machines of any
size. With x⁽ⁱ⁾ the vector x with entry i flipped,

    log p(x_i | the others) = −softplus(F(x) − F(x⁽ⁱ⁾))
    F(x) − F(x⁽ⁱ⁾) = δ_i b_i + Σ_j [softplus(u_j + δ_i W_ij) − softplus(u_j)],   δ_i = 1 − 2 x_i,

where u = x W + c is computed once for all units i.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.models.protocols import Machine
from tinyae.nn.activations import Elementwise, softplus

BLOCK_ENTRIES = 1_000_000  # examples times visible units times hidden units in a block


def pseudo_log_likelihood(rbm: Machine, x: NDArray) -> NDArray:
    """Return Σ_i log p(x_i | the others), of shape (n,), for x (n, d) of zeros and ones.

    Raises
    ------
    ValueError
        If the visible units are not binary, or x has values other than 0 and 1.
    """
    visible = rbm.visible
    if not (visible.is_binary and isinstance(visible.mean, Elementwise)):  # each by itself
        raise ValueError(
            f"a pseudo-likelihood needs BernoulliOutput visible units, got {visible!r}"
        )
    visible.check_definite(x)
    W, c = rbm.parts["hidden"].params["W"], rbm.parts["hidden"].params["b"]
    b = rbm.parts["visible"].params["b"]
    total = np.zeros(len(x), x.dtype)
    examples = max(1, BLOCK_ENTRIES // W.size)
    units = max(1, BLOCK_ENTRIES // (examples * W.shape[1]))
    for start in range(0, len(x), examples):
        rows = slice(start, start + examples)
        u, delta = x[rows] @ W + c, 1 - 2 * x[rows]
        before = softplus(u).sum(axis=1)[:, None]
        for first in range(0, len(W), units):
            part = slice(first, first + units)
            flipped = u[:, None, :] + delta[:, part, None] * W[part]
            change = delta[:, part] * b[part] + softplus(flipped).sum(axis=2) - before
            total[rows] -= softplus(change).sum(axis=1)
    return total
