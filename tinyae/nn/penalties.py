"""Ω(h, x): what is added to the reconstruction cost to keep an autoencoder from copying.

A penalty is asked once per pass: `add(p)` returns its value, averaged over the examples of the
batch, and adds its gradient to the adjoints of that pass (`p.gh` for the code) or straight into the
gradients of the layers. It reads the pass that reconstructs: with corruption, h = f(x̃).
Sparsity is equations 14.2 and 14.6; contraction (14.11, 14.18) has a module of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from tinyae.nn.checks import real_number
from tinyae.nn.layers import Layer, Linear
from tinyae.nn.parameters import owners


@dataclass
class Pass:
    """One batch on its way through the autoencoder, with the adjoints that come back.

    x, x_tilde (n, d): clean and corrupted input.  h (n, k): code.  a (n, d): natural parameters.
    gh, ga: adjoints of h and a, to which cost and penalties add.
    """

    encoder: Layer
    decoder: Layer
    x: NDArray
    x_tilde: NDArray
    h: NDArray
    a: NDArray
    encoder_cache: object
    decoder_cache: object
    rng: np.random.Generator
    gh: NDArray
    ga: NDArray


class Penalty(Protocol):
    """What the slot `penalties` of an autoencoder takes."""

    formula: ClassVar[str]

    def add(self, p: Pass) -> float:
        """Return the penalty of this pass and add its gradient to the pass and the layers."""
        ...


@dataclass(frozen=True)
class L1:
    """Ω(h) = λ Σ_i |h_i|, the mean over the examples: equation 14.6, a Laplace prior on the code.

    gh = λ sign(h) / n, with sign(0) = 0, so that a code that has reached zero stays there. Written
    with s = sign(h) as λ Σ s·h, which has the same value and lets the complex step through.
    """

    lam: float
    formula: ClassVar[str] = "Σ_i |h_i|"

    def __post_init__(self):
        real_number(self.lam, "lam", low=0.0)

    def add(self, p: Pass) -> float:
        """Return λ Σ |h| / n; gh += λ sign(h) / n."""
        weight = self.lam / len(p.h)
        s = np.sign(p.h.real)
        p.gh += weight * s
        return weight * (s * p.h).sum()


@dataclass(frozen=True)
class WeightDecay:
    """λ Σ W² over all weights, without biases and without the ½; a shared W counts once.

    The one penalty that knows nothing of x or h: a Gaussian prior on the weights, not on the code.
    gW = 2 λ W, not divided by the number of examples.
    """

    lam: float
    formula: ClassVar[str] = "‖W‖²"

    def __post_init__(self):
        real_number(self.lam, "lam", low=0.0)

    def add(self, p: Pass) -> float:
        """Return λ Σ W²; gW += 2 λ W."""
        total = 0.0
        for layer, key in owners(p.encoder, p.decoder):
            if isinstance(layer, Linear) and key == "W":
                W = layer.params["W"]
                layer.grads["W"] += 2.0 * self.lam * W
                total = total + (W * W).sum()
        return self.lam * total
