"""Data with two branches: h is about x², so each h belongs to two values of x (section 14.4).

x is uniform on [−1, 1] and h = x² + e with e uniform on [−0.1, 0.1]. To predict x from h is an
inverse problem as in Bishop (1994). The best single Gaussian has its mean between the branches,
where there are no data. The exact density p(x | h) is known, and so is the best negative
log-likelihood of any output.
"""

from __future__ import annotations

import numpy as np

from tinyae import Adam, Autoencoder, Tanh, fit
from tinyae.criterion import Output
from tinyae.training import Cosine

NOISE = 0.1
EPOCHS, FEW = 100, 60  # of training, and in reduced forms


def curve(x: np.ndarray) -> np.ndarray:
    """Return h without noise for x; its inverse has two values."""
    return x * x


def pairs(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return n independent pairs h (n, 1) and x (n, 1)."""
    x = rng.uniform(-1.0, 1.0, (n, 1))
    return curve(x) + rng.uniform(-NOISE, NOISE, (n, 1)), x


def learn(
    output: Output, seed: int, *, n: int = 1000, epochs: int = EPOCHS, shuffled: bool = False
) -> Autoencoder:
    """Train one hidden layer of 20 units to give p(x | h); return the model.

    The rows of the autoencoder are (h, x): it reads h in place of a corrupted x. With `shuffled`,
    the pairs are put together at random, so that h has no information about x.
    """
    rng = np.random.default_rng(seed)
    h, x = pairs(n, rng)
    if shuffled:
        x = rng.permutation(x)
    model = Autoencoder.dense((1, 20), activation=Tanh, output=output, rng=seed)
    fit(model, (h, x), epochs=epochs, batch_size=50, optimizer=Adam(Cosine(0.02)), rng=seed)
    return model


def natural(model: Autoencoder, h: np.ndarray) -> np.ndarray:
    """Return the natural parameters of p(x | h) for h (n, 1)."""
    return model.decoder.forward(model.encode(h))[0]


def fresh_nll(model: Autoencoder, seed: int, n: int = 10_000) -> float:
    """Return the mean of −log p(x | h) in nats over pairs that the model was not trained on."""
    h, x = pairs(n, np.random.default_rng([seed, 1]))
    return float(model.output.nll(x, natural(model, h)).mean())


def density(model: Autoencoder, h: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return p(x | h) on a grid, of shape (len(x), len(h)), for h and x of one axis each."""
    a = np.repeat(natural(model, h[:, None]), len(x), axis=0)
    log_density = -model.output.nll(np.tile(x, len(h))[:, None], a)
    return np.exp(log_density).reshape(len(h), len(x)).T


def limits(points: int = 2000) -> tuple[float, float]:
    """Return the best possible −log p(x | h) in nats: of any density, and of a Gaussian for each h.

    Both are integrals over a grid of `points` values of x and of h. The first is the conditional
    entropy. The second is the mean over h of ½ log(2πe var(x | h)).
    """
    x = 2.0 * (np.arange(points) + 0.5) / points - 1.0
    low, high = -NOISE, 1.0 + NOISE  # of h
    h = low + (high - low) * (np.arange(points) + 0.5) / points
    band = (np.abs(h[:, None] - curve(x)) <= NOISE).astype(float)
    total = band.sum(axis=1)
    mean = band @ x / np.maximum(total, 1.0)
    variance = band @ x**2 / np.maximum(total, 1.0) - mean**2
    weight, some = total / total.sum(), total > 1
    # p(x | h) is uniform on the x of the band, so −log p is the logarithm of their total length.
    exact = np.log(2.0 * np.maximum(total, 1.0) / points)
    gaussian = 0.5 * np.log(2.0 * np.pi * np.e * np.where(some, variance, 1.0))
    return float(weight[some] @ exact[some]), float(weight[some] @ gaussian[some])


def best_with_one_mode(points: int = 100_000) -> float:
    """Return the best possible −log p(x | h) in nats if p(x | h) has one mode for each h.

    p(x | h) is uniform on two intervals, a ≤ |x| ≤ b. The best density that does not fall up to
    x = b is the slope of the greatest convex minorant of its distribution function (Grenander
    1956): 1/(2(a + b)) between −b and a, and 1/(2(b − a)) between a and b. Its cost is
    log 2 + ½ log(b² − a²). A mode elsewhere gives at least that much.
    """
    x = 2.0 * (np.arange(points) + 0.5) / points - 1.0
    e = NOISE * (2.0 * ((np.arange(points) * (5**0.5 - 1) / 2) % 1.0) - 1.0)  # even over x
    h = curve(x) + e
    inner, outer = np.maximum(h - NOISE, 0.0), np.minimum(h + NOISE, 1.0)  # a² and b²
    return float(np.log(2.0) + 0.5 * np.log(outer - inner).mean())
