"""A Helmholtz machine that learns 4 × 4 bars by wake-sleep, and two controls (section 14.2).

Because the pictures and the hidden codes can be enumerated, E log p(x) over the distribution of the
data is exact. It can be at most minus the entropy of the data; the difference is the
Kullback-Leibler divergence of the model from the data.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae import Adam, HelmholtzMachine, fit
from tinyae.datasets import bars, bars_distribution
from tinyae.training import Cosine

SIDE = 4
SIZES = (16, 16, 4)
EXAMPLES, BATCH = 4000, 200
RATE = 0.1
PICTURES, SHARES = bars_distribution(SIDE)
ENTROPY = float(-(SHARES * np.log(SHARES)).sum())  # nats


class WithoutSleep(HelmholtzMachine):
    """The recognition network keeps its initial weights."""

    def _add_sleep(self, states, weight):
        """Add nothing."""


class ShuffledRecognition(HelmholtzMachine):
    """The wake phase uses the recognition weights in another order, which is always the same.

    The sleep phase trains the recognition network as usual.
    """

    def objective(self, x, *, rng):
        """Shuffle the weights while the hidden states of x are drawn, and then restore them."""
        kept = [layer.params["W"].copy() for layer in self.recognition]
        shuffle_recognition(self)
        awake = [x, *self.recognize(x, rng=rng)]
        energy = self._add_wake(awake, 1.0 / len(x)) + self._log_q(awake)
        for layer, W in zip(self.recognition, kept, strict=True):
            layer.params["W"][...] = W
        self._add_sleep(self.dream(len(x), rng=rng), 1.0 / len(x))
        return energy.mean()


def shuffle_recognition(machine: HelmholtzMachine) -> None:
    """Permute the entries of each recognition weight matrix by a fixed permutation."""
    rng = np.random.default_rng(0)
    for layer in machine.recognition:
        W = layer.params["W"]
        W[...] = rng.permutation(W.ravel()).reshape(W.shape)


def train(
    seed: int, steps: int, kind: type[HelmholtzMachine] = HelmholtzMachine, sizes=SIZES, kept=()
) -> tuple[HelmholtzMachine, NDArray]:
    """Train a machine; return it and the exact E log p(x) after each epoch in `kept`, 0 first."""
    machine = kind(sizes, rng=seed)
    course = [log_p(machine)] if len(kept) else []

    def measure(epoch, machine, history):
        if epoch in kept:
            course.append(log_p(machine))

    fit(
        machine,
        bars(EXAMPLES, side=SIDE, rng=seed),
        optimizer=Adam(Cosine(RATE)),
        epochs=steps * BATCH // EXAMPLES,
        batch_size=BATCH,
        rng=seed,
        callback=measure,
    )
    return machine, np.array(course)


def log_p(machine: HelmholtzMachine) -> float:
    """Return the exact E log p(x) over the distribution of the data, in nats."""
    return float(SHARES @ machine.log_likelihood(PICTURES))


def is_bars(x: NDArray) -> NDArray[np.bool_]:
    """Return which pictures (n, 16) are pictures that the data contain."""
    return (x[:, None] == PICTURES).all(axis=2).any(axis=1)
