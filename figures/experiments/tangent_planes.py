"""Tangent planes are found by three methods at fresh points (sections 14.6, 14.7, figure 14.10).

The methods are local PCA, a contractive autoencoder, and a network that predicts tangents from x
(non-local tangents). All learn from the same points. Measured is the mean principal angle between
the found tangent plane and the true one, in degrees. A random line in a space of many dimensions
has an angle near 90 degrees. The data for figure 14.10 are pictures of a digit that slides.
"""

from __future__ import annotations

import functools

import numpy as np

from tinyae import Adam, Autoencoder, Chain, Contractive, Linear, Tanh, tangents
from tinyae.datasets import soften, strokes, translations
from tinyae.nn import Glorot, Uniform
from tinyae.tangents import (
    NonLocalTangents,
    local_pca_tangents,
    neighbor_differences,
    tangent_angles,
)
from tinyae.training import Cosine

from .networks import train

NEIGHBORS = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40, 60, 80)
SIDE = 28
CORNERS = ((2, 3), (2, 13.5), (2, 24), (25, 3), (25, 13.5), (25, 24))  # centres of patches, y and x
PATCH_WIDTH = 2.0


def degrees(T: np.ndarray, true: np.ndarray) -> float:
    """Return the mean principal angle in degrees between planes T and `true`, (n, k, d) each.

    The mean is taken over the points and over the k angles of each point.
    """
    return float(np.degrees(tangent_angles(T, true).mean()))


def contractive(
    x: np.ndarray, lam: float, *, seed: int, units: int = 20, steps: int = 800, init=None
) -> Autoencoder:
    """Train a tied tanh autoencoder on x (n, d) with a contractive penalty of strength lam.

    The biases start so that the mean of x is subtracted in the encoder and added in the decoder.
    """
    batch = min(100, len(x))
    model = Autoencoder.dense((x.shape[1], units), activation=Tanh, tied=True, rng=seed,
                              init=init, dtype=np.float32, penalties=Contractive(lam))  # fmt: skip
    # With b = −mean W the encoder computes (x − mean) W. The decoder's bias adds the mean again.
    first, last = model.encoder.layers[0].params, model.decoder.layers[0].params
    first["b"][...] += -x.mean(axis=0) @ first["W"]
    last["b"][...] = x.mean(axis=0)
    train(model, x, epochs=max(1, round(steps * batch / len(x))), batch_size=batch,
          optimizer=Adam(Cosine(0.02)), rng=seed)  # fmt: skip
    return model


def nonlocal_net(
    x: np.ndarray, k: int, neighbors: int, *, seed: int, units: int = 50, steps: int = 1500
) -> NonLocalTangents:
    """Train a tanh network that predicts k directions from x (n, d).

    It is trained so that the steps from each point to its nearest neighbours lie in the span of the
    directions.
    """
    rng, batch = np.random.default_rng(seed), min(100, len(x))
    d = x.shape[1]
    first = Linear(d, units, rng=rng, init=Uniform(0.2, 1.0), dtype=np.float32)
    last = Linear(units, k * d, rng=rng, init=Glorot(), dtype=np.float32)
    model = NonLocalTangents(Chain(first, Tanh(), last), k)
    train(model, (x, neighbor_differences(x, neighbors)), batch_size=batch,
          epochs=max(1, round(steps * batch / len(x))), optimizer=Adam(Cosine(0.01)),
          rng=seed)  # fmt: skip
    return model


def errors_by_neighbors(x, fresh, true) -> dict[int, float]:
    """Return the error of local PCA for each possible number of neighbours in NEIGHBORS.

    Shapes: x (n, d), fresh (m, d), true (m, k, d).
    """
    k = true.shape[1]
    return {m: local_error(x, fresh, true, m)
            for m in NEIGHBORS if k < m <= len(x)}  # fmt: skip


def local_error(x, fresh, true, neighbors: int) -> float:
    """Return the error of local PCA at fresh points (m, d), whose neighbours are rows of x."""
    return degrees(local_pca_tangents(x, fresh, true.shape[1], neighbors)[0], true)


def encoder_error(model: Autoencoder, fresh: np.ndarray, true: np.ndarray) -> float:
    """Return the error of the leading right singular vectors of the encoder's Jacobian."""
    return degrees(tangents(model, fresh, true.shape[1])[0], true)


@functools.cache
def digit(seed: int) -> np.ndarray:
    """Return a softened digit on 28 × 40 pixels.

    The empty columns at both sides keep the moved digit from entering again on the other side.
    """
    image = strokes(1, rng=seed)[0].reshape(SIDE, SIDE)
    return soften(np.pad(image, ((0, 0), (6, 6))), 1.5)


def sliding_digit(n: int, *, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return n pictures (n, 784) of one digit that slides sideways, and dx/ds (n, 1, 784).

    The shift s is uniform in [−5, 5] pixels. Five round patches around the digit are each on or off
    at random. The digit has norm 2 on average and each patch has norm 2. `noise` is the standard
    deviation of Gaussian noise.
    """
    rng = np.random.default_rng(seed)
    shifts = np.stack([np.zeros(n), rng.uniform(-5.0, 5.0, n)], axis=1)
    x, slope = translations(digit(seed), shifts)
    x, slope = (part.reshape(n, SIDE, -1)[:, :, 6:-6].reshape(n, -1) for part in (x, slope[:, 1]))
    size = 2.0 / np.linalg.norm(x, axis=1).mean()
    down, across = np.divmod(np.arange(SIDE * SIDE), SIDE)
    patches = np.array([np.exp(-((down - y) ** 2 + (across - z) ** 2) / (2 * PATCH_WIDTH**2))
                        for y, z in CORNERS[:5]])  # fmt: skip
    patches *= 2.0 / np.linalg.norm(patches, axis=1, keepdims=True)
    on = rng.integers(0, 2, (n, 5))
    x = size * x + on @ patches + noise * rng.standard_normal(x.shape)
    return x, (size * slope)[:, None]
