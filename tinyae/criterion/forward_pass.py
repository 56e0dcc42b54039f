"""One pass of a batch through an autoencoder: what a penalty may read, and add to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.output import Output
from tinyae.nn.layers import Layer
from tinyae.training.weights import Weights


@dataclass
class Pass:
    """The intermediate values of one batch in the autoencoder, and their adjoints.

    x, x_tilde (n, d): clean and corrupted input.  h (n, k): code.  z (n, k): input of the decoder,
    which is h unless the code is noisy.  a (n, d): natural parameters.  gh, ga: adjoints of h and
    a; the cost and the penalties add to them.  weights: of the examples or entries, or None.
    """

    encoder: Layer
    decoder: Layer
    output: Output
    x: NDArray
    x_tilde: NDArray
    h: NDArray
    z: NDArray
    a: NDArray
    encoder_cache: object
    code_cache: object
    decoder_cache: object
    rng: np.random.Generator
    gh: NDArray
    ga: NDArray
    weights: Weights | None = None

    def __repr__(self):
        shapes = ", ".join(f"{key} {getattr(self, key).shape}" for key in ("x", "h", "z", "a"))
        return f"Pass({shapes}, {self.x.dtype}, {self.output!r})"

    @property
    def each(self) -> NDArray | None:
        """The weights (n, 1) of the examples in Ω. None means that all weights are 1."""
        return None if self.weights is None else self.weights.examples
