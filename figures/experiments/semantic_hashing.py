"""Semantic hashing: autoencoders whose code units become bits, and other binary codes (14.9).

Noise before the sigmoids that grows during the training makes the code units saturate. The bits are
then judged as codes (`saturation`, `from_bits`) and in a search (`Search`). The other
codes are linear in the pixels: random hyperplanes, principal components, spectral hashing, and
hyperplanes trained on pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinyae import PCA, Adam, Autoencoder, BernoulliOutput, NoisySigmoidCode, ReLU, Sigmoid
from tinyae.applications import (
    MinimalLossHashing,
    SameLabel,
    binary_codes,
    precision_at_k,
    similar_pairs,
    within_radius,
)
from tinyae.criterion.code import Code
from tinyae.embeddings import nearest_neighbors
from tinyae.training import Cosine, WarmUp

from .networks import start_at_base_rates, train

NOISE = 4.0  # standard deviation before the sigmoids at the end of the training
COMPONENTS = 64  # of the pictures, in which hyperplanes are trained


def growing(sigma: float = NOISE) -> NoisySigmoidCode:
    """Return the code of semantic hashing: noise that grows from 0 to sigma in the training."""
    return NoisySigmoidCode(WarmUp(sigma, until=1.0))


def learn(
    x: np.ndarray,
    bits: int,
    code: Code | None,
    *,
    epochs: int,
    hidden: tuple[int, ...] = (512,),
    rate: float = 2e-3,
    seed: int = 0,
    base_rates: bool = True,
) -> Autoencoder:
    """Train an autoencoder with sigmoid code units on binary or grey x (n, d) in [0, 1], float32.

    `code` is `growing()`, another noise, or None. Rectified hidden units, Bernoulli output, and
    Adam with a rate that falls to 0. The biases of the output start at the base rates of x: else
    the first steps learn the mean of x through the code units, and most of these saturate at one
    value for all examples.
    """
    own = isinstance(code, NoisySigmoidCode)  # has its own sigmoid
    model = Autoencoder.dense(
        (x.shape[1], *hidden, bits), activation=ReLU, code_activation=None if own else Sigmoid,
        output=BernoulliOutput(), code=code, rng=seed, dtype=np.float32,
    )  # fmt: skip
    if base_rates:
        start_at_base_rates(model, x)
    train(model, x, epochs=epochs, optimizer=Adam(Cosine(rate)), rng=seed)
    return model


def saturation(model: Autoencoder, x: np.ndarray) -> float:
    """Return the mean of |h − ½| over units and examples: ½ for bits."""
    return float(np.abs(model.encode(x) - 0.5).mean())


def from_bits(model: Autoencoder, x: np.ndarray, threshold=0.5) -> tuple[float, float]:
    """Return squared error and cross-entropy (nats) per example of what the bits decode to."""
    z = binary_codes(model.encode(x), threshold).astype(np.float32)
    a = model.decoder.forward(z)[0]
    squared = ((x - model.output.mean.forward(a)[0]) ** 2).sum(axis=1)
    return float(squared.mean()), float(model.output.cost(x, a).mean())


def from_code(model: Autoencoder, x: np.ndarray) -> tuple[float, float]:
    """Return the same for the mean code h itself."""
    a = model.decoder.forward(model.encode(x))[0]
    squared = ((x - model.output.mean.forward(a)[0]) ** 2).sum(axis=1)
    return float(squared.mean()), float(model.output.cost(x, a).mean())


def bits_of(model: Autoencoder, x: np.ndarray) -> np.ndarray:
    """Return the booleans h > ½, (n, bits)."""
    return binary_codes(model.encode(x))


@dataclass(frozen=True)
class Search:
    """A database and queries with labels; equal labels count as relevant."""

    data: np.ndarray
    labels: np.ndarray
    queries: np.ndarray
    query_labels: np.ndarray

    @property
    def relevant(self) -> SameLabel:
        """Relevance by equal labels."""
        return SameLabel(self.labels, self.query_labels)

    def shuffled(self, seed: int = 0) -> Search:
        """Return the search in which the labels of the database are permuted: a control."""
        labels = np.random.default_rng(seed).permutation(self.labels)
        return Search(self.data, labels, self.queries, self.query_labels)

    def precision(self, encode, k) -> np.ndarray:
        """Return the precision at each of k of the codes that encode(x) gives."""
        return precision_at_k(encode(self.data), encode(self.queries), self.relevant, k)

    def within(self, encode, radius):
        """Return what a search within each Hamming radius finds, for boolean codes encode(x)."""
        return within_radius(encode(self.data), encode(self.queries), self.relevant, radius)


class Features:
    """Principal components in units of their root mean square length, float32: for hyperplanes."""

    def __init__(self, x: np.ndarray, components: int = COMPONENTS):
        self.pca = PCA(components).fit(x)
        self.unit = float(np.sqrt(self.pca.explained_variance_.sum()))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the features of x (n, d), (n, components)."""
        return (self.pca.transform(x) / self.unit).astype(np.float32)


def neighbor_labels(x: np.ndarray, n: int, neighbors: int, seed: int):
    """Return n pairs (first, second, similar) told apart without labels, by distances alone.

    The even pairs are a row and one of its nearest neighbours; the odd ones are two rows at random.
    """
    rng = np.random.default_rng(seed)
    near = nearest_neighbors(x, neighbors)[0]
    first, second = rng.integers(len(x), size=(2, n))
    similar = np.arange(n) % 2 == 0
    chosen = near[first, rng.integers(neighbors, size=n)]
    return first, np.where(similar, chosen, second), similar


def learn_hyperplanes(
    f: np.ndarray,
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    bits: int,
    *,
    epochs: int,
    lam: float = 3.0,
    norm: float = 16.0,
    seed: int = 0,
) -> MinimalLossHashing:
    """Train hyperplanes on features f (n, k) and pairs (first, second, similar) of its rows.

    The radius of the loss grows with the length of the code: 3, 4, 5 for 16, 24, 32 bits.
    """
    first, second, similar = pairs
    model = MinimalLossHashing(f.shape[1], bits, radius=bits // 8 + 1, lam=lam, norm=norm, rng=seed,
                               dtype=np.float32)  # fmt: skip
    train(model, (f[first], f[second], similar), epochs=epochs,
          optimizer=Adam(Cosine(3e-3 * norm)), rng=seed)  # fmt: skip
    return model


def labelled_pairs(labels: np.ndarray, n: int, seed: int):
    """Return n pairs (first, second, similar) with equal and with different labels."""
    return similar_pairs(labels, n, rng=seed)
