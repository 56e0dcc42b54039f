"""A training for a process that is killed: `python long_training.py NAME FOLDER`.

It says "ready" before it calls `fit`, and writes what came out to FOLDER/result.npz at the end.
"""

import sys
from pathlib import Path

import numpy as np

from tinyae import RBM, SGD, Adam, Autoencoder, GaussianNoise, fit
from tinyae.models import PersistentContrastiveDivergence
from tinyae.training import Cosine, Tuning

ROWS = np.random.default_rng(0).random((200, 6))
LATE = {"validation": 0.2, "patience": 8, "optimizer": Adam(Cosine(0.02)), "rng": 2}


def denoiser():
    """Return a new model."""
    return Autoencoder.dense((6, 4), corruption=GaussianNoise(Cosine(0.2)))


def machine():
    """Return a new model whose chains are part of its state."""
    return RBM(6, 4, rule=PersistentContrastiveDivergence(2, 20))


FORM = Tuning("tanh", 1 << 17)  # each process would measure for itself
# How to build a model, its rows, and the arguments of `fit`.
TRAININGS = {
    "layers": (denoiser, ROWS, {**LATE, "epochs": 12, "batch_size": 10}),
    "vectorized": (denoiser, np.tile(ROWS, (8, 1)), {**LATE, "epochs": 60, "batch_size": 5,
                                                     "core": "vectorized", "tuning": FORM}),
    "threads": (denoiser, np.tile(ROWS, (8, 1)), {**LATE, "epochs": 12, "batch_size": 50,
                                                  "core": "vectorized", "threads": 2,
                                                  "tuning": FORM}),
    "chains": (machine, ROWS, {"epochs": 12, "batch_size": 10, "optimizer": SGD(0.1, 0.5)}),
}  # fmt: skip


def result(model, history):
    """Return everything that must be the same, as arrays."""
    chains = getattr(model, "chains", None)
    return {
        "theta": model.theta,
        "loss": np.array(history.loss),
        "validation": np.array(history.validation),
        "end": np.array([history.best_epoch or 0, history.stopped == "epochs"]),
        "chains": np.zeros(0) if chains is None else chains,
    }


def main(name, folder):
    """Train to the end, with a checkpoint after every batch."""
    build, rows, given = TRAININGS[name]
    model = build()
    print("ready", flush=True)
    history = fit(model, rows, **given, checkpoint=folder / "run", checkpoint_seconds=0.0)
    np.savez(folder / "result.npz", **result(model, history))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
