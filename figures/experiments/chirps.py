"""Predictive sparse decomposition is trained on sounds: sums of chirps (section 14.8).

A chirp is a tone whose pitch rises or falls, and which swells and fades. A window holds a few of
them at random times. Measured is whether the learned atoms are short tones: the product of an
atom's spread in time and its spread in frequency, which no signal has below one half.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae import PSD, Adam
from tinyae.training import Cosine

from .networks import train

LENGTH, ATOMS = 64, 128  # samples of a window; atoms
CHIRPS = 3  # in a window
PITCH = (0.06, 0.4)  # in periods per sample, at the middle of a chirp
SWEEP = 0.002  # largest change of the pitch from one sample to the next
WIDTH = (5.0, 10.0)  # standard deviation of the swelling and fading, in samples
NOISE = 0.05  # standard deviation, in units of the loudest tone
LAM, GAMMA = 2.0, 1.0


def chirps(n: int, rng: np.random.Generator) -> NDArray:
    """Return n windows (n, 64) in float32, in units of their standard deviation."""
    shape = (n, CHIRPS, 1)
    t = np.arange(LENGTH) - rng.uniform(0, LENGTH, shape)
    hill = np.exp(-0.5 * (t / rng.uniform(*WIDTH, shape)) ** 2)
    sweep = rng.uniform(-SWEEP, SWEEP, shape)
    turns = rng.uniform(0, 1, shape) + rng.uniform(*PITCH, shape) * t + 0.5 * sweep * t * t
    x = (rng.uniform(0.3, 1, shape) * hill * np.cos(2 * np.pi * turns)).sum(axis=1)
    x += NOISE * rng.standard_normal(x.shape)
    return (x / x.std()).astype(np.float32)


def untrained(d: int, atoms: int, seed: int) -> PSD:
    """Return a model for examples of d numbers, with random weights and atoms."""
    return PSD.dense((d, atoms), lam=LAM, gamma=GAMMA, rng=seed, dtype=np.float32)


def learn(x: NDArray, seed: int, epochs: int, atoms: int = ATOMS) -> PSD:
    """Train a model on x (n, d)."""
    model = untrained(x.shape[1], atoms, seed)
    train(model, x, epochs=epochs, batch_size=100, optimizer=Adam(Cosine(0.02)), rng=seed)
    return model


def spread(atoms: NDArray) -> NDArray:
    """Return 2π times the spread in time times the spread in frequency of each atom, (k,).

    The spreads are the standard deviations of the time under a², and of the frequency under |â|²,
    at positive frequencies. A Gaussian tone has the least product, ½.
    """
    fine = 4 * atoms.shape[1]
    power = np.abs(np.fft.rfft(atoms, fine)) ** 2
    return 2 * np.pi * _deviation(atoms**2, 1.0) * _deviation(power, 1.0 / fine)


def _deviation(weights: NDArray, step: float) -> NDArray:
    """Return the standard deviation of a position 0, step, 2 step … under the weights (k, m)."""
    place = step * np.arange(weights.shape[1])
    weights = weights / weights.sum(axis=1, keepdims=True)
    mean = weights @ place
    return np.sqrt(np.maximum(weights @ place**2 - mean**2, 0))
