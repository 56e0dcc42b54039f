"""Logistic PCA: an autoencoder with a linear code and Bernoulli output (14.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from tinyae.checks.numbers import whole_number
from tinyae.criterion.outputs import BernoulliOutput
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.activations import Identity


def logistic_pca(
    d: int, k: int, *, rng: np.random.Generator | int = 0, dtype: DTypeLike = np.float64
) -> Autoencoder:
    """Return an untrained autoencoder d-k-d with a linear code and Bernoulli output.

    It is a form of PCA for data in [0, 1]: the logits lie in a k-dimensional plane, and the
    cross-entropy is minimised. There is no closed form; train it with `fit`. Hinton and
    Salakhutdinov (2006) compare deep autoencoders with it.

    Parameters
    ----------
    d, k : widths of the input and of the code
    rng : seed or generator for the initial weights
    dtype : float64 or float32
    """
    d, k = whole_number(d, "d"), whole_number(k, "k")
    return Autoencoder.dense(
        (d, k), activation=Identity, output=BernoulliOutput(), rng=rng, dtype=dtype
    )
