"""The singular values of the encoder's Jacobian J = ∂h/∂x are measured (section 14.7).

`learn` trains a tied tanh network on points of a manifold in 50 dimensions, such as arcs. On data
of known dimension the spectrum of a contractive code has a gap: as many values are large as there
are directions in which the data vary.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyae import Adam, Autoencoder, Contractive, Tanh
from tinyae.nn import Uniform
from tinyae.training import Cosine

from .networks import train

ARCS = 2
DEEP = (50, 100, 20)  # the widths, from the input to the code


def arcs(n: int, axes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return n points (n, 50) on two arcs of 90° and radius 1.5, with noise of 0.01.

    A point is the sum of one point on each arc, so the data have two dimensions. Each arc lies in
    the plane of two rows of `axes`, which are orthonormal.
    """
    t = rng.uniform(-np.pi / 4, np.pi / 4, (n, ARCS))
    x = 1.5 * np.concatenate([np.cos(t), np.sin(t)], axis=1) @ axes[: 2 * ARCS]
    return x + 0.01 * rng.standard_normal(x.shape)


def learn(
    x: np.ndarray, lam: float, *, seed: int, sizes: Sequence[int] = DEEP, epochs: int = 40
) -> Autoencoder:
    """Train a tied tanh network of these widths on x (n, 50), contracted with λ; 0 is no penalty.

    A network with one hidden layer is contracted exactly and starts from U(−0.13, 0.13), with
    biases from U(−0.3, 0.3). A deeper one is contracted through two random probes for each point.
    """
    deep = len(sizes) > 2
    penalties = Contractive(lam, probes=2 if deep else None) if lam else ()
    model = Autoencoder.dense(sizes, activation=Tanh, tied=True, rng=seed, penalties=penalties,
                              init=None if deep else Uniform(0.13, 0.3))  # fmt: skip
    train(model, x, epochs=epochs, batch_size=50, optimizer=Adam(Cosine(5e-3 if deep else 1e-2)),
          rng=seed)  # fmt: skip
    return model


def measure(model: Autoencoder, fresh: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return the mean spectrum (k,) over fresh points (n, d), the mean ‖J‖² and mean ‖x − r‖²."""
    spectra = np.linalg.svd(model.jacobian(fresh), compute_uv=False)
    error = ((fresh - model.reconstruct(fresh)) ** 2).sum(axis=1).mean()
    return spectra.mean(axis=0), float((spectra**2).sum(axis=1).mean()), float(error)
