"""A denoising autoencoder is trained on binary digits, and its chain draws digits (section 20.12).

The chain corrupts its state, reconstructs it, draws every pixel, and begins again; it is a
generative stochastic network. Measured are energy distances to fresh digits: of the chain's states,
of independent pixels, and of other digits.
"""

from __future__ import annotations

import numpy as np

from tinyae import Adam, Autoencoder, BernoulliOutput, ReLU, SaltAndPepperNoise
from tinyae.models import Walkback, gsn_chain
from tinyae.score import energy_distance
from tinyae.training import Cosine

from .networks import train


def denoiser(x: np.ndarray, units: int, epochs: int, seed: int, walk: int = 1) -> Autoencoder:
    """Train rectified units on x (n, 784) to undo 40 % of salt and pepper; return the model.

    A `walk` above 1 trains by walkback with that many steps. The number of epochs is then divided
    by `walk`, so that the number of corruptions stays the same.
    """
    model = Autoencoder.dense((784, units), activation=ReLU, output=BernoulliOutput(), rng=seed,
                              corruption=SaltAndPepperNoise(0.4), dtype=x.dtype)  # fmt: skip
    trained = model if walk == 1 else Walkback(model, walk)
    train(trained, x, epochs=epochs // walk, optimizer=Adam(Cosine(2e-3)), rng=seed)
    return model


def bits(p: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw zeros and ones of p's shape; p is the probability of a one."""
    return (rng.random(p.shape) < p).astype(np.float32)


def distances(
    model: Autoencoder,
    judge: Autoencoder,
    x: np.ndarray,
    fresh: np.ndarray,
    steps: int,
    n: int,
    seed: int,
) -> dict[str, float]:
    """Return energy distances of n pictures of each kind to n of the fresh digits, (≥ 2n, 784).

    The kinds are `start` (random bits), `chain` (states of the model's chains after `steps` steps
    from there), `pixels` (independent pixels with the means of x) and `fresh` (n other fresh
    digits). Fresh digits are grey; bits are drawn from them, because the chain's states are bits.

    `raw_chain` and the other keys with `raw_` compare the bits themselves. Most of such a distance
    is noise, since each bit is drawn by itself. For the keys without `raw_` both sets are corrupted
    once more and reconstructed by the judge, another denoiser, and the reconstructions are
    compared. `ink_of_chain` and `ink_of_data` are mean values of a pixel.
    """
    rng = np.random.default_rng(seed)

    def denoised(z):
        return judge.reconstruct(judge.corruption.corrupt(z, rng))

    start = bits(np.full((n, x.shape[1]), 0.5), rng)
    sets = {
        "start": start,
        "pixels": bits(np.broadcast_to(x.mean(axis=0), start.shape), rng),
        "chain": gsn_chain(model, start, steps=steps, rng=rng),
        "fresh": bits(fresh[n : 2 * n], rng),
    }
    reference = bits(fresh[:n], rng)
    seen = denoised(reference)
    found = {name: energy_distance(denoised(z), seen) for name, z in sets.items()}
    found |= {f"raw_{name}": energy_distance(z, reference) for name, z in sets.items()}
    return {**found, "ink_of_chain": float(sets["chain"].mean()),
            "ink_of_data": float(fresh.mean())}  # fmt: skip
