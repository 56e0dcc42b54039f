"""A denoising autoencoder with one wide hidden layer is trained on pictures (14.2.2, 14.5)."""

from __future__ import annotations

import numpy as np

from tinyae import Adam, Autoencoder, ReLU
from tinyae.criterion.corruption import Corruption
from tinyae.criterion.outputs import Output
from tinyae.training import Cosine

from .networks import train


def learn(
    x: np.ndarray,
    corruption: Corruption | None,
    output: Output,
    seed: int,
    *,
    units: int,
    epochs: int,
    rate: float,
    batch_size: int = 100,
) -> Autoencoder:
    """Train rectified units on pictures x (n, d) to undo a corruption; return the model, float32.

    Adam's rate falls from `rate` to 0. `seed` is that of the weights and of the training.
    """
    model = Autoencoder.dense((x.shape[1], units), activation=ReLU, output=output, rng=seed,
                              corruption=corruption, dtype=np.float32)  # fmt: skip
    train(model, x, epochs=epochs, batch_size=batch_size, optimizer=Adam(Cosine(rate)), rng=seed)
    return model
