"""A tied autoencoder with one hidden layer is trained on pictures, with a penalty or corruption.

The pixels lie in [0, 1] and the output is Bernoulli. The weights are tied, because an untied
encoder could shrink its code, or its Jacobian, while the decoder's weights grow (sections 14.2.1
and 14.7).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyae import Adam, Autoencoder, BernoulliOutput, Sigmoid
from tinyae.criterion.corruption import Corruption
from tinyae.criterion.penalties import Penalty
from tinyae.nn.activations import Activation
from tinyae.nn.initializers import Initializer
from tinyae.training import Cosine

from .networks import train


def learn(
    x: np.ndarray,
    units: int,
    *,
    seed: int,
    epochs: int,
    rate: float,
    batch_size: int = 100,
    activation: Activation = Sigmoid,
    init: Initializer | None = None,
    corruption: Corruption | None = None,
    penalties: Sequence[Penalty] | Penalty = (),
) -> Autoencoder:
    """Train on pictures x (n, d) by Adam, whose rate falls from `rate` to 0; return the model.

    The model has the dtype of x. `seed` is that of the weights and of the training.
    """
    model = Autoencoder.dense((x.shape[1], units), activation=activation, tied=True, init=init,
                              output=BernoulliOutput(), rng=seed, dtype=x.dtype,
                              corruption=corruption, penalties=penalties)  # fmt: skip
    train(model, x, epochs=epochs, batch_size=batch_size, optimizer=Adam(Cosine(rate)), rng=seed)
    return model
