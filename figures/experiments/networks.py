"""The network that several experiments train, its training and start, and the cosine of two fields.

The network is the denoising autoencoder with one layer of tanh units of sections 14.5.1 and 14.7.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from tinyae import Autoencoder, Chain, GaussianNoise, Linear, Model, Tanh, fit
from tinyae.criterion.base_rates import base_rates
from tinyae.nn import Normal, Uniform
from tinyae.nn.structure import leaves
from tinyae.training import History


def train(model: Model, X: np.ndarray, **options) -> History:
    """Call `fit` with the fastest core that runs the model; return the history.

    An interruption raises KeyboardInterrupt, where `fit` would return what was trained so far: a
    half-trained network must not be measured or drawn.
    """
    history = fit(model, X, core="auto", **options)
    if history.stopped == "interrupted":
        raise KeyboardInterrupt
    return history


def start_at_base_rates(model: Autoencoder, x: np.ndarray) -> None:
    """Set the biases of the last layer to the log-odds of the pixels' means over x (n, d).

    Otherwise the first steps of training move the mean of the reconstruction through the weights,
    and units may saturate before they have learned anything about a picture.
    """
    *_, last = leaves(model.decoder)
    last.params["b"][...] = base_rates(model.output, x)


def tanh_denoiser(
    d: int,
    units: int,
    sigma: float,
    rng: np.random.Generator,
    *,
    weight: float,
    bias: float,
    dtype: DTypeLike = np.float32,
) -> Autoencoder:
    """Return an untrained denoising autoencoder: d inputs, tanh units, d linear outputs.

    Its corruption is Gaussian noise of standard deviation sigma; sigma = 0 means no noise. The
    weights of the first layer are drawn from U(−weight, weight) and its biases from
    U(−bias, bias), so that the steep parts of the units lie in many different places. The weights
    of the second layer are drawn from N(0, 0.01²).
    """
    first = Linear(d, units, rng=rng, init=Uniform(weight, bias), dtype=dtype)
    second = Linear(units, d, rng=rng, init=Normal(0.01), dtype=dtype)
    corruption = GaussianNoise(sigma) if sigma else None
    return Autoencoder(Chain(first, Tanh()), second, corruption=corruption)


def cosine(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the cosine of the angle between each row of u (n, d) and the same row of v: (n,)."""
    return (u * v).sum(axis=1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
