"""Tangents of written digits are measured by the share of true motions that they hold (14.10).

Nobody knows all the tangents of digits, but three are known: a digit may move across, move down,
or turn. Measured is the share of the squared length of each of these changes that lies in the span
of the first five directions of a method. The methods are local PCA, and singular vectors of the
Jacobians of networks: right ones of ∂h/∂x, right ones of ∂r/∂x, and left ones of ∂r/∂x, in which
the reconstruction moves. Principal components of all digits, random directions and untrained
networks are the controls.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae import (
    PCA,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Contractive,
    GaussianNoise,
    ReLU,
    tangents,
)
from tinyae.datasets import mnist, strokes
from tinyae.tangents import local_pca_tangents
from tinyae.training import Cosine

from .colour_pictures import share
from .networks import start_at_base_rates, train

Seed = int | np.random.Generator

SIDE, DIRECTIONS = 28, 5  # pixels along a side, directions measured
MOTIONS = ("across", "down", "turn")
OF = ("code", "reconstruction", "range")  # whose directions are taken
VALIDATION = 10_000  # the last training digits of MNIST, on which settings are chosen
NEIGHBORS = {100: 10, 300: 15, 1000: 30, 4000: 50, 20_000: 80}  # of local PCA, by training digits
# Chosen on the others by the share held from 300 and 1000 digits: λ for ∂h/∂x of the contractive
# code (tried: 0.3, 1, 3, 8), σ for the range of the denoiser's ∂r/∂x (0.3, 0.5, 0.8, 1.2).
SIGMA, LAMBDA = 0.5, 1.0
SHALLOW_RATE, DEEP_RATE, BATCH = 4e-3, 1e-3, 50


@dataclass(frozen=True)
class Digits:
    """Training digits, others on which settings are chosen, and test digits: (n, 784), 0 to 1."""

    train: NDArray
    others: NDArray
    test: NDArray

    def drawn(
        self, n: int, fresh: int, seed: int, *, choose: bool = False
    ) -> tuple[NDArray, NDArray]:
        """Return n training digits and some test digits at random, or some of the others."""
        rng = np.random.default_rng([seed, n, choose])
        pool = self.others if choose else self.test
        return (self.train[rng.permutation(len(self.train))[:n]],
                pool[rng.permutation(len(pool))[:fresh]])  # fmt: skip


def from_folder(folder: str | os.PathLike) -> Digits:
    """Return the digits of MNIST in FOLDER/mnist; the others are the last training digits."""
    path = Path(folder) / "mnist"
    train, test = (mnist(path, part, dtype=np.float32)[0] for part in ("train", "test"))
    return Digits(train[:-VALIDATION], train[-VALIDATION:], test)


def generated(n: int, seed: int) -> Digits:
    """Return n training digits, 100 others and 200 test digits, drawn from strokes."""
    x, _ = strokes(n + 300, rng=seed, dtype=np.float32)
    return Digits(x[:n], x[n : n + 100], x[n + 100 :])


def motions(x: NDArray) -> NDArray:
    """Return the change of pictures x (n, 784) as they move across, down, and turn: (n, 3, 784).

    A move by one pixel changes each pixel by the halved difference of its two neighbours. A turn
    moves each pixel along a circle about the middle.
    """
    images = x.reshape(-1, SIDE, SIDE)
    across, down = np.zeros_like(images), np.zeros_like(images)
    across[:, :, 1:-1] = (images[:, :, :-2] - images[:, :, 2:]) / 2
    down[:, 1:-1] = (images[:, :-2] - images[:, 2:]) / 2
    place = (np.arange(SIDE) - (SIDE - 1) / 2).astype(x.dtype)
    turn = down * place - across * place[:, None]
    return np.stack([across, down, turn], axis=1).reshape(len(x), 3, -1)


def held(T: NDArray, x: NDArray) -> NDArray:
    """Return the share of each motion of digits x (n, 784) in the span of T (n, k, 784): (3,).

    The rows of T are orthonormal. The share is a mean over the digits.
    """
    return share(T, motions(x))[:, :, -1].mean(axis=0)


def contractive(x: NDArray, *, seed: int, units: int, steps: int) -> Autoencoder:
    """Train one layer of tied sigmoid units with a contractive penalty on x (n, 784)."""
    model = Autoencoder.dense((x.shape[1], units), tied=True, output=BernoulliOutput(),
                              penalties=Contractive(LAMBDA), rng=seed, dtype=x.dtype)  # fmt: skip
    return trained(model, x, seed=seed, steps=steps, rate=SHALLOW_RATE)


def denoiser(x: NDArray, *, seed: int, units: int, steps: int) -> Autoencoder:
    """Train one layer of tied sigmoid units on Gaussian noise added to x (n, 784)."""
    model = Autoencoder.dense((x.shape[1], units), tied=True, output=BernoulliOutput(),
                              corruption=GaussianNoise(SIGMA), rng=seed, dtype=x.dtype)  # fmt: skip
    return trained(model, x, seed=seed, steps=steps, rate=SHALLOW_RATE)


def deep_denoiser(x: NDArray, *, seed: Seed, units: int, steps: int) -> Autoencoder:
    """Train two layers of rectifiers in the encoder, and as many in the decoder, on noise."""
    model = Autoencoder.dense(
        (x.shape[1], units, units),
        activation=ReLU,
        rng=seed,
        dtype=x.dtype,
        corruption=GaussianNoise(SIGMA),
        output=BernoulliOutput(),
    )
    return trained(model, x, seed=seed, steps=steps, rate=DEEP_RATE)


def trained(model: Autoencoder, x: NDArray, *, seed: Seed, steps: int, rate: float) -> Autoencoder:
    """Return the model after so many steps of Adam, which begin at the base rates of x."""
    start_at_base_rates(model, x)
    if steps:
        train(model, x, epochs=max(1, round(steps * BATCH / len(x))), batch_size=BATCH,
              optimizer=Adam(Cosine(rate)), rng=seed)  # fmt: skip
    return model


def deep_denoisers(
    x: NDArray, count: int, *, seed: int, units: int, steps: int
) -> list[Autoencoder]:
    """Return several deep denoisers, which differ in their first weights and in their noise."""
    rng = np.random.default_rng(seed)
    return [deep_denoiser(x, seed=rng, units=units, steps=steps) for _ in range(count)]


def together(models: list[Autoencoder], fresh: NDArray) -> NDArray:
    """Return five directions (n, 5, 784) in which the reconstructions of several networks move.

    They are the leading eigenvectors of Σ J Jᵀ over the networks, J = ∂r/∂x. Of each J the ten
    leading singular vectors are used.
    """
    found = [tangents(model, fresh, 2 * DIRECTIONS, of="range") for model in models]
    moves = np.concatenate([s[:, :, None] * T for T, s in found], axis=1)
    return np.linalg.svd(moves, full_matrices=False)[2][:, :DIRECTIONS]


def without_networks(x: NDArray, fresh: NDArray, *, seed: int) -> dict[str, NDArray]:
    """Return the directions (n, 5, 784) at fresh digits by the methods that train no network."""
    n = len(fresh)
    lots = np.random.default_rng(seed).standard_normal((n, x.shape[1], DIRECTIONS))
    flat = PCA(DIRECTIONS).fit(x).components_
    return {
        "local PCA": local_pca_tangents(x, fresh, DIRECTIONS, NEIGHBORS[len(x)])[0],
        "PCA of all digits": np.broadcast_to(flat, (n, *flat.shape)),
        "random directions": np.linalg.qr(lots)[0].swapaxes(1, 2),
    }


def of_network(model: Autoencoder, fresh: NDArray, of: str) -> NDArray:
    """Return five directions (n, 5, 784) of the network at fresh digits; `of` is one of OF."""
    return tangents(model, fresh, DIRECTIONS, of=of)[0]
