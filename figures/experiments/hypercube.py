"""How much of its hypercube a sigmoid code uses, against the strength of a penalty (section 14.7).

The codes of k sigmoid units lie in a hypercube of k dimensions. Contraction moves them to its
corners, because a saturated unit has almost no derivative. That says nothing about how many corners
are used: a unit that is saturated at the same value for all pictures adds no corner. So saturated
units and stuck units are counted apart, and the entropy of each unit's bit, h > ½, is summed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tinyae import Autoencoder, Contractive, WeightDecay
from tinyae.applications import code_statistics
from tinyae.datasets import strokes

from .tied_digits import learn

CONTRACTIONS = (0.05, 0.1, 0.2, 0.5, 1.0)  # strengths λ
DECAYS = (0.003, 0.01, 0.03)  # the last has about the ‖J‖² of a contraction with λ = 0.5
STUCK = 0.99  # a unit is stuck if its bit is the same for this share of the pictures


class Use(NamedTuple):
    """What a code of k units does on fresh pictures.

    Attributes
    ----------
    norm : mean ‖∂h/∂x‖²
    saturated : share of activations below 0.05 or above 0.95
    stuck : share of units whose bit h > ½ is the same for at least 99 % of the pictures
    free_saturated : share of saturated activations among the units that are not stuck, else 0
    entropy : sum of the entropies of the units' bits, in bits, from 0 to k
    error : mean ‖x − r‖² over the total variance of the pictures
    """

    norm: float
    saturated: float
    stuck: float
    free_saturated: float
    entropy: float
    error: float


def pictures(n: int, fresh: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return n training strokes and some fresh ones, of 14 × 14 pixels in rows of 196."""
    x = strokes(n + fresh, rng=seed, dtype=np.float32)[0]
    x = np.ascontiguousarray(x.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196))
    return x[:n], x[n:]


def stuck_units(h: np.ndarray) -> np.ndarray:
    """Return for codes h (n, k) which of the k units have the same bit for 99 % of the rows."""
    share = (h > 0.5).mean(axis=0)
    return np.maximum(share, 1 - share) >= STUCK


def use(model: Autoencoder, x: np.ndarray) -> Use:
    """Measure the code of a model with one layer of sigmoid units on pictures x (n, d)."""
    h, W = model.encode(x).astype(np.float64), model.encoder.layers[0].params["W"]
    slopes = h * (1 - h)
    saturated, stuck = (h < 0.05) | (h > 0.95), stuck_units(h)
    error = ((x - model.reconstruct(x)) ** 2).sum(axis=1).mean() / x.var(axis=0).sum()
    return Use(
        norm=float((slopes**2 @ (W.astype(np.float64) ** 2).sum(axis=0)).mean()),
        saturated=float(saturated.mean()),
        stuck=float(stuck.mean()),
        free_saturated=0.0 if stuck.all() else float(saturated[:, ~stuck].mean()),
        entropy=float(code_statistics(h > 0.5).entropy.sum()),
        error=float(error),
    )


def sweep(seed: int, n: int, units: int = 100, epochs: int = 15) -> dict[str, Sequence[Use]]:
    """Train a plain net, and one for each strength of contraction and of weight decay.

    Each list begins with the plain net. The measurements are on 1000 fresh pictures.
    """
    x, fresh = pictures(n, 1000, seed)

    def measured(penalties) -> Use:
        model = learn(
            x, units, seed=seed, epochs=epochs, rate=5e-3, batch_size=25, penalties=penalties
        )
        return use(model, fresh)

    plain = measured(())
    return {
        "contractive": [plain, *(measured(Contractive(lam)) for lam in CONTRACTIONS)],
        "weight decay": [plain, *(measured(WeightDecay(lam)) for lam in DECAYS)],
    }
