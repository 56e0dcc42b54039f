"""Features for classifiers: codes of several models, judged by classifiers that do not change them.

Sections 14.5.1.1 and 14.7 say that denoising and contractive autoencoders learn features that help
a classifier. Every model here has one layer of sigmoid units, tied weights and a Bernoulli output,
or is an RBM of the same size. It is trained without labels. Its codes are then classified by
softmax regression (all labels, and 1000 of them) and by the nearest neighbours.

Two controls need no training: the raw pixels, and random features, that is, the codes of an encoder
with its initial weights times a factor. Each kind of model has one strength, such as the noise
level. `choose` measures its candidates on validation digits, with a seed that the table does not
use, and `CHOSEN` holds what it found.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinyae import (
    RBM,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Contractive,
    GaussianNoise,
    KLSparsity,
    MaskingNoise,
    Model,
    Sigmoid,
    WeightDecay,
)
from tinyae.datasets import mnist
from tinyae.models import SoftmaxClassifier
from tinyae.training import Cosine

from .networks import train

UNITS, EPOCHS = 1000, 6
SELECTION_SEED, SELECTION_EPOCHS = 100, 4
FEW = 1000  # labelled digits
NEIGHBOURS = 3
DECAYS = (1e-4, 1e-3, 1e-2)  # of softmax regression on few labels

RHO = 0.1  # target rate of the sparse codes

# The strengths that `choose` compares.
CANDIDATES = {
    "random features": (1.0, 3.0, 6.0, 12.0),
    "weight decay": (1e-4, 1e-3, 1e-2, 3e-2),
    "denoising, Gaussian": (0.3, 0.5, 0.8, 1.2),
    "denoising, masking": (0.25, 0.5, 0.7, 0.85),
    "contractive": (0.03, 0.1, 0.3, 1.0),
    "sparse": (0.03, 0.1, 0.3, 1.0),
    "RBM": (0.02, 0.1, 0.2),
}
# The best of them on the validation digits. The errors (%) were, in the order of the candidates:
# random features 4.37, 4.40, 5.57, 5.90; weight decay 3.56, 3.53, 3.38, 4.02;
# Gaussian noise 3.17, 2.84, 2.73, 2.87; masking noise 2.83, 2.82, 2.69, 2.48;
# contractive 3.38, 2.92, 2.88, 3.23; sparse 3.25, 3.11, 2.84, 2.80; RBM 2.48, 2.18, 13.87.
CHOSEN = {
    "raw pixels": 0.0,
    "random features": 1.0,
    "plain": 0.0,
    "weight decay": 1e-2,
    "denoising, Gaussian": 0.8,
    "denoising, masking": 0.85,
    "contractive": 0.3,
    "sparse": 1.0,
    "RBM": 0.1,
}


class Digits(NamedTuple):
    """Pictures (n, d) and labels (n,): to train on, to choose on, and to report."""

    x: np.ndarray
    y: np.ndarray
    x_valid: np.ndarray
    y_valid: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def digits(folder: Path, n: int = 50_000, valid: int = 10_000, test: int = 10_000) -> Digits:
    """Return the first n training digits of MNIST, the last `valid` ones, and test digits.

    `folder` holds the files of MNIST.
    """
    x, y = mnist(folder, "train", dtype=np.float32)
    fresh, labels = mnist(folder, "test", dtype=np.float32)
    # Copies: a view would keep all 70 000 in memory.
    return Digits(x[:n].copy(), y[:n].copy(), x[-valid:].copy(), y[-valid:].copy(),
                  fresh[:test].copy(), labels[:test].copy())  # fmt: skip


def untrained(kind: str, strength: float, units: int, *, seed: int) -> Model:
    """Return a model of this kind for digits; `strength` is that of its noise or its penalty."""
    if kind == "RBM":
        return RBM(784, units, rng=seed, dtype=np.float32)
    corruption, penalties = None, ()
    if kind.startswith("denoising"):
        corruption = (GaussianNoise if kind.endswith("Gaussian") else MaskingNoise)(strength)
    elif kind == "sparse":
        penalties = KLSparsity(RHO, strength)
    elif kind in ("weight decay", "contractive"):
        penalties = (WeightDecay if kind == "weight decay" else Contractive)(strength)
    model = Autoencoder.dense((784, units), activation=Sigmoid, tied=True, rng=seed,
                              output=BernoulliOutput(), dtype=np.float32,
                              corruption=corruption, penalties=penalties)  # fmt: skip
    if kind == "random features":
        model.encoder.layers[0].params["W"][...] *= strength
    return model


def learned(
    kind: str, strength: float, x: np.ndarray, units: int, *, seed: int, epochs: int
) -> Model:
    """Return the model after training on pictures x without labels.

    Autoencoders are trained by Adam, whose rate falls from 0.003 to 0; RBMs by contrastive
    divergence with one step, whose rate falls from `strength` to 0.
    """
    model = untrained(kind, strength, units, seed=seed)
    if kind == "random features":
        return model
    optimizer = SGD(Cosine(strength), momentum=0.5) if kind == "RBM" else Adam(Cosine(3e-3))
    train(model, x, epochs=epochs, optimizer=optimizer, rng=seed)
    return model


def codes(kind: str, strength: float, d: Digits, units: int, *, seed: int, epochs: int) -> Digits:
    """Return the digits with codes in place of pictures, in one common unit.

    The mean training code is subtracted, and all codes are divided by one number, so that the
    variance of an entry is 1 in the mean over the entries. Neither changes which codes are
    neighbours.
    """
    parts = (d.x, d.x_valid, d.x_test)
    if kind != "raw pixels":
        model = learned(kind, strength, d.x, units, seed=seed, epochs=epochs)
        parts = tuple(model.encode(part) for part in parts)
    mean = parts[0].mean(axis=0)
    unit = np.sqrt(parts[0].var(axis=0).mean())
    h, valid, test = ((part - mean) / unit for part in parts)
    return Digits(h, d.y, valid, d.y_valid, test, d.y_test)


def linear(c: Digits, *, seed: int, epochs: int = 20) -> tuple[float, float]:
    """Train softmax regression on all labels; return its error on validation and test codes.

    The epoch with the lowest loss on the validation codes is kept. Errors are in percent.
    """
    model = SoftmaxClassifier(None, 10, d=c.x.shape[1], dtype=np.float32)
    train(model, (c.x, c.y), epochs=epochs, optimizer=Adam(Cosine(3e-3)), rng=seed,
          validation=(c.x_valid, c.y_valid), patience=epochs)  # fmt: skip
    return 100 * model.error(c.x_valid, c.y_valid), 100 * model.error(c.x_test, c.y_test)


def few(c: Digits, *, seed: int, n: int = FEW, epochs: int = 100) -> float:
    """Return the test error in percent of softmax regression on n labelled codes.

    They are the n codes of block number `seed`. The weight decay is that with the lowest error on
    the validation codes.
    """
    rows, found = slice(seed * n, (seed + 1) * n), []
    for decay in DECAYS:
        model = SoftmaxClassifier(None, 10, d=c.x.shape[1], dtype=np.float32,
                                  penalties=WeightDecay(decay))  # fmt: skip
        train(model, (c.x[rows], c.y[rows]), epochs=epochs, optimizer=Adam(Cosine(3e-3)), rng=seed)
        found.append((model.error(c.x_valid, c.y_valid), model.error(c.x_test, c.y_test)))
    return 100 * min(found, key=lambda errors: errors[0])[1]


def neighbours(x: np.ndarray, y: np.ndarray, test: np.ndarray, labels: np.ndarray) -> float:
    """Return the test error in percent of the vote of the nearest training codes.

    A tie goes to the smallest of the labels. `nearest_neighbors` of the library orders distances
    exactly, in float64; here half of that time is saved, because only the vote is needed.
    """
    squares, wrong = (x * x).sum(axis=1), 0
    for start in range(0, len(test), 500):
        block = slice(start, start + 500)
        distances = squares - 2.0 * (test[block] @ x.T)
        nearest = y[np.argpartition(distances, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]]
        votes = (nearest[:, :, None] == np.arange(10)).sum(axis=1)
        wrong += (votes.argmax(axis=1) != labels[block]).sum()
    return float(100 * wrong / len(test))


def errors(
    kind: str, d: Digits, *, units: int = UNITS, seed: int = 0, epochs: int = EPOCHS
) -> dict[str, float]:
    """Return the test errors in percent of all classifiers on the codes of one model."""
    c = codes(kind, CHOSEN[kind], d, units, seed=seed, epochs=epochs)
    rows = slice(seed * FEW, (seed + 1) * FEW)
    return {
        "linear": linear(c, seed=seed)[1],
        "few labels": few(c, seed=seed),
        "neighbours": neighbours(c.x, c.y, c.x_test, c.y_test),
        "neighbours, few labels": neighbours(c.x[rows], c.y[rows], c.x_test, c.y_test),
    }


def choose(
    kind: str, d: Digits, *, units: int = UNITS, epochs: int = SELECTION_EPOCHS
) -> dict[float, float]:
    """Return the validation error in percent of softmax regression for each candidate strength.

    The models are trained for fewer epochs than those of the table, with a seed of their own.
    """
    return {
        strength: linear(codes(kind, strength, d, units, seed=SELECTION_SEED, epochs=epochs),
                         seed=SELECTION_SEED)[0]
        for strength in CANDIDATES[kind]
    }  # fmt: skip
