"""Tangent planes by three methods, and a digit that slides: what figure 14.10 and the claims share.

Every method is given the same points and asked for the tangents at fresh ones. The error is the
mean principal angle to the true tangent plane, in degrees; a random line among many dimensions is
at about 90.
"""

from __future__ import annotations

import functools

import numpy as np

from figures.common import train
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

NEIGHBORS = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40, 60, 80)
SIDE = 28
CORNERS = ((2, 3), (2, 13.5), (2, 24), (25, 3), (25, 13.5), (25, 24))  # of the patches, y and x
PATCH_WIDTH = 2.0


def degrees(T: np.ndarray, true: np.ndarray) -> float:
    """Mean principal angle between the planes, over points and angles."""
    return float(np.degrees(tangent_angles(T, true).mean()))


def contractive(
    x: np.ndarray, lam: float, *, seed: int, units: int = 20, steps: int = 800, init=None
) -> Autoencoder:
    """Train a tied tanh autoencoder on x, contracted with λ, from weights centred on the data."""
    batch = min(100, len(x))
    model = Autoencoder.dense((x.shape[1], units), activation=Tanh, tied=True, rng=seed,
                              init=init, dtype=np.float32, penalties=Contractive(lam))  # fmt: skip
    # The mean is taken off inside the net: x W + b with b = −mean W, and given back by the decoder.
    first, last = model.encoder.layers[0].params, model.decoder.layers[0].params
    first["b"][...] += -x.mean(axis=0) @ first["W"]
    last["b"][...] = x.mean(axis=0)
    train(model, x, epochs=max(1, round(steps * batch / len(x))), batch_size=batch,
          optimizer=Adam(Cosine(0.02)), rng=seed)  # fmt: skip
    return model


def nonlocal_net(
    x: np.ndarray, k: int, neighbors: int, *, seed: int, units: int = 50, steps: int = 1500
) -> NonLocalTangents:
    """Train a tanh network that predicts k directions from x, on steps to nearest neighbours."""
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
    """Error of local PCA at fresh points for each number of neighbours that is possible."""
    k = true.shape[1]
    return {m: local_error(x, fresh, true, m)
            for m in NEIGHBORS if k < m <= len(x)}  # fmt: skip


def local_error(x, fresh, true, neighbors: int) -> float:
    """Error of local PCA."""
    return degrees(local_pca_tangents(x, fresh, true.shape[1], neighbors)[0], true)


def encoder_error(model: Autoencoder, fresh: np.ndarray, true: np.ndarray) -> float:
    """Error of the leading singular vectors of the encoder's Jacobian."""
    return degrees(tangents(model, fresh, true.shape[1])[0], true)


@functools.cache
def digit(seed: int) -> np.ndarray:
    """A soft digit, alone on 28 × 40 pixels, so that nothing comes back on the other side."""
    image = strokes(1, rng=seed)[0].reshape(SIDE, SIDE)
    return soften(np.pad(image, ((0, 0), (6, 6))), 1.5)


def sliding_digit(n: int, *, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return n pictures (n, 784) of one digit that slides between patches on or off, and dx/ds.

    The shift s is uniform within 5 pixels to either side; digit and patches have norm 2.
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
