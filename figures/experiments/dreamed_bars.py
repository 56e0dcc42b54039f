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
from tinyae.nn import Trainable
from tinyae.training import Cosine

SIDE = 4
SIZES = (16, 16, 4)
EXAMPLES, BATCH = 4000, 200
RATE = 0.1
PICTURES, SHARES = bars_distribution(SIDE)
ENTROPY = float(-(SHARES * np.log(SHARES)).sum())  # nats


class Control(Trainable):
    """A rule for the parameters of a machine, composed of the machine's own phases."""

    follows_gradient = False

    def __init__(self, machine: HelmholtzMachine):
        self.machine = machine
        self.theta, self.grad = machine.theta, machine.grad


class WithoutSleep(Control):
    """The recognition network keeps its initial weights."""

    def objective(self, x, *, rng):
        """Do the wake phase alone; the loss is the mean of −log p(x, h)."""
        states = [x, *self.machine.recognize(x, rng=rng)]
        return self.machine.wake(states, 1.0 / len(x)).mean()


class ShuffledRecognition(Control):
    """The wake phase uses the recognition weights in another order, which is always the same.

    The sleep phase trains the recognition network as usual.
    """

    def objective(self, x, *, rng):
        """Shuffle the weights while the hidden states of x are drawn, and then restore them."""
        machine = self.machine
        kept = machine.theta.copy()
        shuffle_recognition(machine)
        states = [x, *machine.recognize(x, rng=rng)]
        machine.theta[...] = kept
        loss = machine.wake(states, 1.0 / len(x)).mean()
        machine.sleep(machine.dream(len(x), rng=rng), 1.0 / len(x))
        return loss


def shuffle_recognition(machine: HelmholtzMachine) -> None:
    """Permute the entries of each recognition weight matrix by a fixed permutation."""
    rng = np.random.default_rng(0)
    for layer in machine.recognition:
        W = layer.params["W"]
        W[...] = rng.permutation(W.ravel()).reshape(W.shape)


def train(
    seed: int, steps: int, control: type[Control] | None = None, sizes=SIZES, kept=()
) -> tuple[HelmholtzMachine, NDArray]:
    """Train a machine by wake-sleep, or by the rule of a control.

    Return it and the exact E log p(x) after each epoch in `kept`, with the value before first.
    """
    machine = HelmholtzMachine(sizes, rng=seed)
    course = [log_p(machine)] if len(kept) else []

    def measure(epoch, model, history):
        if epoch in kept:
            course.append(log_p(machine))

    fit(
        machine if control is None else control(machine),
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
