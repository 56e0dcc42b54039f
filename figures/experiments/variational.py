"""A variational autoencoder on binary digits: bounds, active units, samples (14.2, 14.4, 20.10.3).

Grey values are probabilities of a one. New zeros and ones are drawn from them for every epoch of
training. The test digits are drawn once, so that all models are measured on the same bits.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from tinyae import Adam, Autoencoder, BernoulliOutput, Identity, Tanh
from tinyae.criterion import Code, GaussianCode
from tinyae.criterion.base_rates import base_rates
from tinyae.nn.activations import Activation

from .binary_digits import bits
from .networks import start_at_base_rates, train

ACTIVE = 0.01  # variance over x above which a unit is active (Burda et al. 2016)


def digits_vae(
    x: NDArray,
    k: int,
    epochs: int,
    seed: int,
    *,
    hidden: tuple[int, ...] = (500,),
    activation: Activation = Tanh,
    rate: float = 1e-3,
    batch_size: int = 100,
    code: Code | None = GaussianCode(),  # noqa: B008 (a frozen setting)
) -> Autoencoder:
    """Train a variational autoencoder d-hidden-k on grey digits x (n, d); return the model.

    Adam's learning rate is `rate` for the first 60 % of the epochs, then a third, and for the last
    15 % a tenth. `hidden=()` means no hidden layer: a linear encoder, and a decoder that is
    logistic factor analysis. `code=None` means a plain autoencoder. The model has the dtype of x;
    `seed` is that of the weights, the bits and the training.
    """
    sizes = (x.shape[1], *hidden, k)
    linear = Identity() if code is None else None  # a Gaussian code is linear by itself
    model = Autoencoder.dense(sizes, activation=activation, output=BernoulliOutput(), rng=seed,
                              dtype=x.dtype, code=code, code_activation=linear)  # fmt: skip
    start_at_base_rates(model, x)
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        part = 1.0 if epoch < 0.6 * epochs else 1 / 3 if epoch < 0.85 * epochs else 0.1
        train(model, bits(x, rng).astype(x.dtype, copy=False), epochs=1, rng=seed,
              batch_size=batch_size, optimizer=Adam(rate * part))  # fmt: skip
    return model


def independent_pixels(x: NDArray, fresh: NDArray) -> float:
    """Mean log p of fresh bits if the pixels are independent with the means of x, in nats."""
    return -float(BernoulliOutput().cost(fresh, base_rates(BernoulliOutput(), x)[None]).mean())


def active_units(model: Autoencoder, x: NDArray, least: float = ACTIVE) -> int:
    """Return how many units of the code have a mean whose variance over x is above `least`.

    The prior's variance is 1.
    """
    return int((model.encode(x).var(axis=0) > least).sum())


def quantiles(side: int) -> NDArray:
    """Return the quantiles of N(0, 1) at (i + ½) / side, from the smallest to the largest."""
    return np.array([NormalDist().inv_cdf((i + 0.5) / side) for i in range(side)])


def shares(z: NDArray) -> NDArray:
    """Return the share of N(0, 1) below each number of z, the inverse of a quantile."""
    return np.vectorize(NormalDist().cdf, otypes=[float])(z)


def map_of_codes(model: Autoencoder, side: int) -> NDArray:
    """Return the pictures (side², d) of a code of two numbers at a grid of the prior's quantiles.

    Rows go from the largest second number to the smallest, columns from the smallest first number.
    """
    q = quantiles(side).astype(model.dtype)
    first, second = np.meshgrid(q, q[::-1])
    return model.decode(np.stack([first.ravel(), second.ravel()], axis=1))
