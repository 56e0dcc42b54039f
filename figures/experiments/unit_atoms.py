"""Autoencoders whose atoms keep norm 1 are trained with a penalty on the code (section 14.2.1).

The atoms are the rows of the decoder. With a fixed norm the code cannot shrink while the decoder's
weights grow, so the strength λ of the penalty means something. Measured on fresh pictures are the
exact zeros of the code, the units that are dead (zero for every picture), the mean |h| and the
reconstruction error. Zeros of dead units are not counted as sparsity.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyae import L1, Adam, Autoencoder
from tinyae.criterion.penalties import Penalty
from tinyae.nn.activations import Activation
from tinyae.training import Cosine

from .networks import train


class UnitAtoms(Autoencoder):
    """An autoencoder whose decoder has rows of norm 1, the atoms, after every step of training."""

    def project(self):
        """Scale every atom back to norm 1; `fit` calls this after each step."""
        W = self.decoder.layers[0].params["W"]
        W /= np.linalg.norm(W, axis=1, keepdims=True)


def start(
    x: np.ndarray,
    units: int,
    penalty: Sequence[Penalty] | Penalty,
    activation: Activation,
    *,
    weights: int | np.random.Generator,
    pictures: np.random.Generator,
) -> UnitAtoms:
    """Return an untrained model for pictures x (n, d), with a code of so many units.

    An atom is the sum of noise of norm 1 and a quarter of one picture, less the mean picture and
    scaled to norm 1; the sum is scaled to norm 1 again. Without the pictures most units die before
    they have found a use. The decoder's bias starts at the mean picture, the encoder's weights at
    the transpose of the decoder's. `weights` seeds the noise and `pictures` draws the pictures.
    """
    model = UnitAtoms.dense((x.shape[1], units), activation=activation, penalties=penalty,
                            rng=weights, dtype=x.dtype)  # fmt: skip
    encoder, decoder = (part.layers[0].params for part in (model.encoder, model.decoder))
    model.project()
    some = x[pictures.choice(len(x), units, replace=False)] - x.mean(axis=0)
    decoder["W"] += 0.25 * some / np.linalg.norm(some, axis=1, keepdims=True)
    model.project()
    decoder["b"][...] = x.mean(axis=0)
    encoder["W"][...] = decoder["W"].T
    encoder["b"][...] = -x.mean(axis=0) @ encoder["W"]
    return model


def measure(
    activation: Activation,
    lam: float,
    x: np.ndarray,
    fresh: np.ndarray,
    seed: int,
    epochs: int,
    units: int = 128,
) -> dict[str, float]:
    """Train 128 units on x (n, d) under L1 of strength lam; measure the code of `fresh`.

    Returns `zeros`, the share of exact zeros among live units; `dead`, the share of dead units;
    `mean`, the mean |h|; `error`, the mean ‖x − r‖².
    """
    rng = np.random.default_rng(seed)
    model = start(x, units, L1(lam), activation, weights=rng, pictures=rng)
    train(model, x, epochs=epochs, optimizer=Adam(Cosine(1e-3)), rng=rng)
    h = model.encode(fresh)
    dead = (h == 0).all(axis=0)
    live = h[:, ~dead] if not dead.all() else h
    return {
        "zeros": float((live == 0).mean()),
        "dead": float(dead.mean()),
        "mean": float(np.abs(h).mean()),
        "error": float(((fresh - model.reconstruct(fresh)) ** 2).sum(axis=1).mean()),
    }
