"""Zeros of a sparse code against λ: rectified units reach zero exactly, sigmoid units never do.

Section 14.2.1. Dead units, off for every picture, are counted apart: their zeros are not sparsity.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from figures.common import train
from tinyae import L1, Adam, Autoencoder, Cosine, ReLU, Sigmoid
from tinyae.datasets import strokes
from tinyae.plotting import style

NUMBER = "zeros"
NAME = "fig_zeros"
TITLE = "exact zeros and mean |h| of an L1 code against λ (14.2.1)"
TOLERANCES = {"fewest_zeros": 0.05, "most_zeros": 0.05, "sigmoid_zeros": 0.0}
LAMBDAS = (0.0, 0.01, 0.03, 0.06, 0.1, 0.2)


def measure(unit, lam: float, seed: int, n: int, epochs: int) -> dict[str, float]:
    """Train 784-128 tied on strokes; return zeros among live units, dead units, mean |h|, error."""
    rng = np.random.default_rng(seed)
    x, _ = strokes(n, rng=rng, dtype=np.float32)
    fresh, _ = strokes(1000, rng=rng, dtype=np.float32)
    model = Autoencoder.dense((784, 128), activation=unit, tied=True, penalties=L1(lam), rng=rng,
                              dtype=np.float32)  # fmt: skip
    train(model, x, epochs=epochs, optimizer=Adam(Cosine(1e-3)), rng=rng)
    h = model.encode(fresh)
    dead = (h == 0).all(axis=0)
    live = h[:, ~dead] if not dead.all() else h
    return {
        "zeros": float((live == 0).mean()),
        "dead": float(dead.mean()),
        "mean": float(np.abs(h).mean()),
        "error": float(((fresh - model.reconstruct(fresh)) ** 2).sum(axis=1).mean()),
    }


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Measure a rectified and a sigmoid code at each λ."""
    n, epochs = (1000, 3) if quick else (4000, 12)
    relu = [measure(ReLU, lam, seed, n, epochs) for lam in LAMBDAS]
    sigmoid = [measure(Sigmoid, lam, seed, n, epochs) for lam in LAMBDAS[:: len(LAMBDAS) - 1]]
    columns = {key: np.array([row[key] for row in relu]) for key in relu[0]}
    return {
        "fewest_zeros": float(columns["zeros"].min()),
        "most_zeros": float(columns["zeros"].max()),
        "sigmoid_zeros": max(row["zeros"] for row in sigmoid),
        "lambdas": np.array(LAMBDAS),
        **columns,
        "sigmoid_lambdas": np.array(LAMBDAS[:: len(LAMBDAS) - 1]),
        "sigmoid": np.array([row["zeros"] for row in sigmoid]),
    }


def draw(numbers: dict) -> Figure:
    """Left: share of zeros and dead units; right: what it costs in reconstruction."""
    lambdas = np.asarray(numbers["lambdas"])
    at = np.arange(len(lambdas))
    with style():
        figure = Figure(figsize=(9.2, 3.8))
        left, right = figure.subplots(1, 2)
        left.plot(at, numbers["zeros"], "o-", color="C1", label="ReLU code: zeros of live units")
        left.plot(at, numbers["dead"], "s--", color="C2", label="ReLU code: dead units")
        ends = [0, len(lambdas) - 1]
        left.plot(ends, numbers["sigmoid"], "^:", color="C0", label="sigmoid code: zeros")
        left.set(
            xlabel="λ", ylabel="share", ylim=(-0.03, 1.03), title="exact zeros on fresh digits"
        )
        left.legend(loc="center right", bbox_to_anchor=(1.0, 0.25))
        right.plot(at, numbers["error"], "o-", color="C1", label="squared error per digit")
        right.set(xlabel="λ", ylabel="‖x − r‖²", title="what they cost", ylim=(0, None))
        other = right.twinx()
        other.plot(at, numbers["mean"], "s--", color="C2", label="mean |h|")
        other.set(ylabel="mean |h|", ylim=(0, None))
        other.spines["right"].set_visible(True)
        lines = [*right.get_lines(), *other.get_lines()]
        right.legend(lines, [line.get_label() for line in lines], loc="lower left")
        for axes in (left, right):
            axes.set_xticks(at, [f"{lam:g}" for lam in lambdas])
    return figure
