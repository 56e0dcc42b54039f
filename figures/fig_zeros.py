"""Zeros of a sparse code against λ: rectified units reach zero exactly, sigmoid units never do.

Section 14.2.1. Dead units, off for every picture, are counted apart: their zeros are not sparsity.
The atoms (rows of the decoder) keep norm 1, so that codes cannot shrink behind growing weights.
"""

from __future__ import annotations

import numpy as np

from figures.common import train
from tinyae import L1, Adam, Autoencoder, ReLU, Sigmoid
from tinyae.datasets import strokes
from tinyae.plotting import Figure, style
from tinyae.training import Cosine

NUMBER = "zeros"
NAME = "fig_zeros"
TITLE = "exact zeros and mean |h| of an L1 code against λ (14.2.1)"
TOLERANCES = {"fewest_zeros": 0.05, "most_zeros": 0.05, "sigmoid_zeros": 0.0,
              "largest_error_over_mean_picture": 0.1}  # fmt: skip
LAMBDAS = (0.0, 0.03, 0.1, 0.3, 1.0)
SIGMOID_LAMBDAS = (0.0, 0.3)


class UnitAtoms(Autoencoder):
    """The rows of the decoder keep norm 1."""

    def project(self):
        """Scale every atom back to norm 1; `fit` calls this after each step."""
        W = self.decoder.layers[0].params["W"]
        W /= np.linalg.norm(W, axis=1, keepdims=True)


def start(x: np.ndarray, unit, lam: float, rng: np.random.Generator) -> UnitAtoms:
    """Return 784-128 with atoms of one part picture to four parts noise, else most units die.

    The decoder's bias starts at the mean picture, the encoder as the decoder's transpose.
    """
    model = UnitAtoms.dense((784, 128), activation=unit, penalties=L1(lam), rng=rng, dtype=x.dtype)
    encoder, decoder = (part.layers[0].params for part in (model.encoder, model.decoder))
    model.project()
    some = x[rng.choice(len(x), 128, replace=False)] - x.mean(axis=0)
    decoder["W"] += 0.25 * some / np.linalg.norm(some, axis=1, keepdims=True)
    model.project()
    decoder["b"][...] = x.mean(axis=0)
    encoder["W"][...] = decoder["W"].T
    encoder["b"][...] = -x.mean(axis=0) @ encoder["W"]
    return model


def measure(unit, lam: float, x: np.ndarray, fresh: np.ndarray, seed: int, epochs: int) -> dict:
    """Train on x; return zeros among live units, dead units, mean |h| and error on fresh digits."""
    rng = np.random.default_rng(seed)
    model = start(x, unit, lam, rng)
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
    n, epochs = (1000, 4) if quick else (4000, 12)
    rng = np.random.default_rng(seed)
    x, _ = strokes(n, rng=rng, dtype=np.float32)
    fresh, _ = strokes(1000, rng=rng, dtype=np.float32)
    relu = [measure(ReLU, lam, x, fresh, seed, epochs) for lam in LAMBDAS]
    sigmoid = [measure(Sigmoid, lam, x, fresh, seed, epochs) for lam in SIGMOID_LAMBDAS]
    columns = {key: np.array([row[key] for row in relu]) for key in relu[0]}
    mean_picture = float(((fresh - x.mean(axis=0)) ** 2).sum(axis=1).mean())
    return {
        "fewest_zeros": float(columns["zeros"].min()),
        "most_zeros": float(columns["zeros"].max()),
        "sigmoid_zeros": max(row["zeros"] for row in sigmoid),
        "mean_picture": mean_picture,
        "largest_error_over_mean_picture": float(columns["error"].max() / mean_picture),
        "lambdas": np.array(LAMBDAS),
        **columns,
        "sigmoid_lambdas": np.array(SIGMOID_LAMBDAS),
        "sigmoid": np.array([row["zeros"] for row in sigmoid]),
    }


def draw(numbers: dict) -> Figure:
    """Left: share of zeros and dead units; right: what it costs in reconstruction."""
    lambdas = numbers["lambdas"]
    with style():
        figure = Figure(figsize=(9.2, 3.8))
        left, right = figure.subplots(1, 2)
        left.plot(lambdas, numbers["zeros"], "o-", color="C1", label="ReLU: zeros of live units")
        left.plot(lambdas, numbers["dead"], "s--", color="C2", label="ReLU: dead units")
        left.plot(numbers["sigmoid_lambdas"], numbers["sigmoid"], "^:", color="C0", mfc="none",
                  ms=11, zorder=3, label="sigmoid: zeros")  # fmt: skip
        left.set(ylabel="share", ylim=(-0.03, 1.03), title="exact zeros on fresh digits")
        left.legend(loc="upper left")
        right.plot(lambdas, numbers["error"], "o-", color="C1", label="squared error per digit")
        right.axhline(numbers["mean_picture"], color="0.6", label="always the mean picture")
        right.set(
            ylabel="‖x − r‖²", title="what they cost", ylim=(0, 1.1 * numbers["mean_picture"])
        )
        other = right.twinx()
        other.plot(lambdas, numbers["mean"], "s--", color="C2", label="mean |h|")
        other.set(ylabel="mean |h|", ylim=(0, 1.1 * max(numbers["mean"])))
        other.spines["right"].set_visible(True)
        lines = [*right.get_lines(), *other.get_lines()]
        right.legend(lines, [line.get_label() for line in lines], loc="upper right",
                     bbox_to_anchor=(1.0, 0.88))  # fmt: skip
        for axes in (left, right):
            axes.set_xscale("symlog", linthresh=LAMBDAS[1], linscale=0.5)
            axes.set_xticks(lambdas, [f"{lam:g}" for lam in lambdas])
            axes.minorticks_off()
            axes.set(xlabel="λ", xlim=(-0.01, 1.3))
    return figure
