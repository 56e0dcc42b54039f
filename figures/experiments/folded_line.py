"""A line that is folded k times, and how many examples of it a deep and a shallow net need (14.3).

A fold maps z in [0, 1] to z / c left of its peak c and to (1 − z) / (1 − c) right of it. Two ReLU
units are enough for a fold, so a net of k layers with two units each represents k folds, which have
2^k linear pieces. One hidden layer needs a unit for every bend. The deep net begins as the folds
that fit the examples best among many random ones. The shallow net is the one that goes through all
examples with straight lines between them: it has a unit for each example and no error on them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae import Autoencoder, Chain, Linear, ReLU, minimize

LOW, HIGH = 0.3, 0.7  # of the peaks
GRID = (np.arange(4000)[:, None] + 0.5) / 4000  # fresh points, (4000, 1)
SIZES = (8, 16, 32, 64, 128, 256, 512, 1024)  # numbers of examples
OPTIONS = {"maxiter": 500, "ftol": 1e-15, "gtol": 1e-10}
ENOUGH = 0.05  # of the variance of y: the fresh error at which a function counts as learned


def folded(x: NDArray, peaks: NDArray) -> NDArray:
    """Return x (n, 1) after the folds with these peaks: (k,) for all, or (m, k) for m functions.

    The result has shape (n, 1), or (n, m).
    """
    z = np.broadcast_to(x, (len(x), 1 if peaks.ndim == 1 else len(peaks)))
    for c in np.moveaxis(peaks, -1, 0):
        z = np.where(z < c, z / c, (1.0 - z) / (1.0 - c))
    return z


def random_pieces(x: NDArray, pieces: int, rng: np.random.Generator) -> NDArray:
    """Return a function of x (n, 1) with as many linear pieces, but heights that are random."""
    heights = rng.random(pieces + 1)
    return np.interp(x, np.linspace(0.0, 1.0, pieces + 1), heights)


def net_of_folds(peaks: NDArray) -> Autoencoder:
    """Return the net of k layers with two ReLU units each that folds at these peaks (k,).

    A fold is relu(z) / c − relu(z − c) (1 / c + 1 / (1 − c)). The rows of the model are (x, y).
    """
    layers, before = [], np.ones((1, 1))
    for c in peaks:
        layer = Linear(len(before), 2, rng=0)
        layer.params["W"][...] = before @ np.ones((1, 2))
        layer.params["b"][...] = [0.0, -c]
        layers += [layer, ReLU()]
        before = np.array([[1.0 / c], [-1.0 / c - 1.0 / (1.0 - c)]])
    last = Linear(2, 1, rng=0)
    last.params["W"][...] = before
    return Autoencoder(Chain(*layers[:2]), Chain(*layers[2:], last))


def best_folds(x: NDArray, y: NDArray, k: int, rng: np.random.Generator) -> NDArray:
    """Return the peaks (k,) of the best of many random folds, varied and selected again."""

    def errors(peaks):
        return ((folded(x, peaks) - y) ** 2).mean(axis=0)

    peaks, step = rng.uniform(LOW, HIGH, (20_000, k)), 0.1
    for _ in range(12):
        best = peaks[np.argsort(errors(peaks))[:100]]
        varied = np.repeat(best, 30, axis=0)
        varied = np.clip(varied + step * rng.standard_normal(varied.shape), 0.25, 0.75)
        peaks, step = np.concatenate([best, varied]), 0.7 * step
    return peaks[errors(peaks).argmin()]


def deep(x: NDArray, y: NDArray, k: int, rng: np.random.Generator) -> NDArray:
    """Return on `GRID` what the deep net gives, all its weights trained on x and y (n, 1)."""
    model = net_of_folds(best_folds(x, y, k, rng))
    minimize(model, (x, y), options=OPTIONS)
    return model.reconstruct(GRID)


def deep_from_random(x: NDArray, y: NDArray, k: int, rng: np.random.Generator) -> NDArray:
    """Return the same on `GRID` for the best of ten ordinary random starts."""
    models = []
    for _ in range(10):
        layers = [Linear(1 if i == 0 else 2, 2, rng=rng) for i in range(k)]
        chain = [layer for linear in layers for layer in (linear, ReLU())]
        model = Autoencoder(Chain(*chain[:2]), Chain(*chain[2:], Linear(2, 1, rng=rng)))
        minimize(model, (x, y), options=OPTIONS)
        models.append(model)
    return min(models, key=lambda model: model.loss(x, y)).reconstruct(GRID)


def shallow(x: NDArray, y: NDArray) -> NDArray:
    """Return on `GRID` what one hidden layer gives that goes through all examples (n, 1)."""
    order = np.argsort(x[:, 0])
    return np.interp(GRID, x[order, 0], y[order, 0])


def shallow_with_bends(x: NDArray, y: NDArray, bends: NDArray) -> NDArray:
    """Return the same on `GRID` for a layer whose units bend at the right places.

    Only its output weights are learned, by least squares, the smallest ones if there are several.
    """

    def units(z):
        return np.hstack([np.ones_like(z), np.maximum(z - bends, 0.0)])

    return units(GRID) @ np.linalg.lstsq(units(x), y, rcond=None)[0]


def bends_of(peaks: NDArray) -> NDArray:
    """Return 0 and the places at which the folded line bends, (2^k,)."""
    found = np.array([0.0, 1.0])
    for c in peaks[::-1]:
        # Left of c the fold rises through all of them, right of c it falls; c itself counts once.
        found = np.concatenate([found * c, (1.0 - found * (1.0 - c))[-2::-1]])
    return found[:-1]


def error(found: NDArray, wanted: NDArray) -> float:
    """Return the mean squared error over the variance of what is wanted."""
    return float(((found - wanted) ** 2).mean() / wanted.var())
