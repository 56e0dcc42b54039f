"""One pass of a batch through an autoencoder: what a penalty may read, and add to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.output import Output
from tinyae.nn.layers import Layer
from tinyae.training.weights import Weights


@dataclass
class Pass:
    """The intermediate values of one batch in the autoencoder, and their adjoints.

    x, x_tilde (n, d): clean and corrupted input.  u: the encoder's units, from which a stochastic
    code is drawn, else h.  h (n, k): code, or its mean.  z (n, k): input of the decoder, which is h
    unless the code is stochastic.  a: natural parameters.  gh, ga: adjoints of h and a; the cost
    and the penalties add to them.  gu: adjoint of u by the cost of the code.  costs (n,): parts of
    the examples in the reconstruction cost.  weights: of the examples or entries, or None.

    encoder and encoder_cache belong to the map from x_tilde to h. unit_cache and mean_cache belong
    to its two parts, from x_tilde to u and from u to h.
    """

    encoder: Layer
    decoder: Layer
    output: Output
    x: NDArray
    x_tilde: NDArray
    u: NDArray
    h: NDArray
    z: NDArray
    a: NDArray
    encoder_cache: Any
    unit_cache: Any
    mean_cache: Any
    code_cache: Any
    decoder_cache: Any
    rng: np.random.Generator
    gh: NDArray
    ga: NDArray
    gu: NDArray | None = None
    costs: NDArray | None = None
    weights: Weights | None = None

    def __repr__(self) -> str:
        shapes = ", ".join(f"{key} {getattr(self, key).shape}" for key in ("x", "h", "z", "a"))
        return f"Pass({shapes}, {self.x.dtype}, {self.output!r})"

    @property
    def each(self) -> NDArray | None:
        """The weights (n, 1) of the examples in Ω. None means that all weights are 1."""
        return None if self.weights is None else self.weights.examples
