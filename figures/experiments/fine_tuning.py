"""A stack of denoising autoencoders is the start of a deep classifier (14.5.1.1, 14.7).

Vincent et al. (2010) train three denoising autoencoders on top of each other, put a softmax layer
on the third code and train the whole network on the labels. Here are that procedure and its
control: the same network and the same supervised training from fresh random weights.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinyae import Adam, Autoencoder, BernoulliOutput, Chain, MaskingNoise, Sigmoid, stack
from tinyae.models import SoftmaxClassifier
from tinyae.training import Cosine

from .features import Digits
from .networks import train

FRACTION = 0.25  # of the entries that are masked, on every level
PRETRAINING_RATE, RATE = 3e-3, 1e-3  # of Adam at the start; both fall to 0
BATCH = 250  # rows in a step of fine-tuning; at least 20 steps are made in an epoch


class Result(NamedTuple):
    """A trained classifier, the epoch that was kept, and errors in percent."""

    model: SoftmaxClassifier
    epoch: int
    valid: float
    test: float


def levels(sizes: tuple[int, ...], *, seed: int, fraction: float = FRACTION) -> list[Autoencoder]:
    """Return untrained denoising autoencoders with tied weights, one for each step of `sizes`."""
    return [
        Autoencoder.dense(pair, activation=Sigmoid, tied=True, output=BernoulliOutput(),
                          corruption=MaskingNoise(fraction), rng=1000 * seed + i, dtype=np.float32)
        for i, pair in enumerate(zip(sizes, sizes[1:], strict=False))
    ]  # fmt: skip


def pretrained(x: np.ndarray, sizes: tuple[int, ...], *, seed: int, epochs: int) -> Chain:
    """Return the encoders after greedy training on pictures x without labels."""
    return stack(levels(sizes, seed=seed), x, optimizer=Adam(Cosine(PRETRAINING_RATE)),
                 epochs=epochs, rng=seed, core="auto")  # fmt: skip


def fresh(sizes: tuple[int, ...], *, seed: int) -> Chain:
    """Return the same encoders with their initial random weights."""
    return Chain(*(model.encoder for model in levels(sizes, seed=seed)))


def fine_tuned(
    encoder: Chain, d: Digits, *, seed: int, epochs: int, rate: float = RATE, frozen: bool = False
) -> Result:
    """Train a classifier on the encoder by the labels; keep the epoch with the best validation.

    If `frozen`, the encoder keeps its weights and only the softmax layer is trained, on its codes.
    The test digits are used once, for the model that was kept.
    """
    if frozen:
        parts = (encoder.forward(part)[0] for part in (d.x, d.x_valid, d.x_test))
        h, valid, test = parts
        d = Digits(h, d.y, valid, d.y_valid, test, d.y_test)
        model = SoftmaxClassifier(None, 10, d=h.shape[1], dtype=h.dtype)
    else:
        model = SoftmaxClassifier(encoder, 10)
    best = Best(d.x_valid, d.y_valid)
    train(model, (d.x, d.y), epochs=epochs, optimizer=Adam(Cosine(rate)), rng=seed,
          batch_size=min(BATCH, len(d.x) // 20), callback=best)  # fmt: skip
    model.theta[...] = best.theta
    return Result(model, best.epoch, 100 * best.error, 100 * model.error(d.x_test, d.y_test))


class Best:
    """A callback of `fit` that keeps the parameters with the lowest error on validation digits.

    The loss is no good judge here: it grows with the certainty of a few wrong answers, while the
    number of errors still falls.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray):
        self.x, self.y = x, y
        self.error, self.epoch, self.theta = np.inf, 0, None

    def __call__(self, epoch: int, model: SoftmaxClassifier, history: object) -> None:
        """Compare the model with the best one so far."""
        error = model.error(self.x, self.y)
        if error < self.error:
            self.error, self.epoch, self.theta = error, epoch, model.theta.copy()
