"""log Z of a Boltzmann machine with few hidden units, by enumerating their codes, and log p(x).

For fixed h, the sum or integral over x is the log-normalizer A of the output at a = h Wᵀ + b, so

    log Z = log Σ_h exp(h·c + A(h Wᵀ + b))

is a sum over 2ᵏ codes. `annealing.py` estimates log Z for larger machines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number
from tinyae.checks.tables import table
from tinyae.criterion.enumeration import LARGEST_CODE, binary_codes
from tinyae.models.protocols import Machine
from tinyae.nn.softmax import log_sum_exp

BLOCK_ENTRIES = 1_000_000  # visible units times hidden codes in a block


def log_normalizer(rbm: Machine, a: NDArray) -> NDArray:
    """A(a) = log Σ_x exp(x·a), of shape (n,); for real x the log of ∫ exp(x·a − ½‖x‖²) dx."""
    return rbm.visible.nll(np.zeros_like(a), a)


def hidden_codes(rbm: Machine) -> Iterator[tuple[NDArray, NDArray, NDArray, NDArray]]:
    """Yield (h, a, cache, h·c + A(a)) for all hidden codes, in blocks of bounded memory.

    Raises
    ------
    ValueError
        If there are more hidden units than can be enumerated.
    """
    if rbm.d_code > LARGEST_CODE:
        raise ValueError(
            f"the hidden codes of between 1 and {LARGEST_CODE} bits can be enumerated, got "
            f"{rbm.d_code}. For more, annealed_log_partition(rbm) estimates log Z, "
            "log_likelihood(x, log_partition=...) takes it, pseudo_log_likelihood(x) does not need "
            "it, and ContrastiveDivergence or PersistentContrastiveDivergence train the machine"
        )
    codes = binary_codes(rbm.d_code).astype(rbm.dtype)
    step = max(1, BLOCK_ENTRIES // rbm.d_in)
    for start in range(0, len(codes), step):
        h = codes[start : start + step]
        a, cache = rbm.parts["visible"].forward(h)
        bias = h @ rbm.parts["hidden"].params["b"]
        yield h, a, cache, bias + log_normalizer(rbm, a)


def log_partition(rbm: Machine) -> Any:
    """Return log Z in nats; complex if the machine is."""
    return log_sum_exp(np.array([log_sum_exp(logs) for *_, logs in hidden_codes(rbm)]))


def add_log_partition(rbm: Machine) -> float:
    """Return log Z and add its gradient into the machine's `grad`.

    With p(h) the marginal of the machine, ∂ log Z / ∂c = Σ_h p(h) h, and the adjoint of the layer
    h Wᵀ + b is p(h) E[x | h].
    """
    log_Z = log_partition(rbm)
    for h, a, cache, logs in hidden_codes(rbm):
        p = np.exp(logs - log_Z)
        rbm.parts["hidden"].grads["b"] += p @ h
        rbm.parts["visible"].backward(p[:, None] * rbm.visible.mean.forward(a)[0], cache)
    return log_Z


def log_likelihood(rbm: Machine, x: ArrayLike, log_partition: float | None) -> NDArray:
    """Return log p(x) = −F(x) − log Z, of shape (n,); log Z is computed if it is not given."""
    x = table(x, "x", width=rbm.d_in, dtype=rbm.dtype)
    rbm.visible.check_definite(x)
    if log_partition is None:
        log_partition = rbm.log_partition()
    elif hasattr(log_partition, "log_partition"):
        raise TypeError("log_partition is a number: give estimate.log_partition")
    else:
        log_partition = real_number(log_partition, "log_partition")
    return -rbm.free_energy(x) - log_partition
