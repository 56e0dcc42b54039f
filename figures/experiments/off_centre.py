"""A linear autoencoder with and without biases, on points away from the origin (section 14.1)."""

from __future__ import annotations

import numpy as np

from tinyae import Adam, Autoencoder, Linear
from tinyae.training import Cosine

from .networks import train


class Matrix(Linear):
    """A linear map without a bias: the bias stays 0."""

    def backward(self, gy: np.ndarray, x: np.ndarray) -> np.ndarray:
        """gW = xᵀ gy,  gx = gy Wᵀ."""
        self.grads["W"] += x.T @ gy
        return gy @ self.params["W"].T


def plane_cloud(n: int, seed: int) -> np.ndarray:
    """Return n points (n, 2) that vary most across the line from the origin to their mean."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 2)) * (0.35, 1.0) + (3.0, 0.0)


def trained_direction(x: np.ndarray, layer: type[Linear], seed: int, epochs: int) -> np.ndarray:
    """Train a linear 2-1-2 autoencoder by Adam; return the unit vector that its decoder spans."""
    rng = np.random.default_rng(seed)
    model = Autoencoder(layer(2, 1, rng=rng), layer(1, 2, rng=rng))
    train(model, x, epochs=epochs, batch_size=50, optimizer=Adam(Cosine(0.05)), rng=seed)
    v = model.decoder.params["W"][0]
    return v / np.linalg.norm(v)
