"""Compressing digits to 32 numbers by a deep autoencoder, compared with PCA of the same size.

This is a first example with real data, an error and a picture. `python -m tinyae digits FOLDER`
runs it on the published MNIST digits, `python -m tinyae digits` on generated digits.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.outputs import BernoulliOutput
from tinyae.datasets import mnist, strokes
from tinyae.embeddings.pca import PCA
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.activations import Identity, ReLU
from tinyae.training.fit import fit
from tinyae.training.history import History
from tinyae.training.optimizers import Adam
from tinyae.training.schedules import Cosine

CODE = 32


def load_digits(folder: str | os.PathLike | None) -> tuple[NDArray, NDArray]:
    """Return (training, test) images, float32 (n, 784): MNIST, or generated digits for None."""
    if folder is not None:
        train, _ = mnist(folder, "train", dtype=np.float32)
        test, _ = mnist(folder, "test", dtype=np.float32)
        return train, test
    images, _ = strokes(24_000, rng=0, dtype=np.float32)
    return images[:20_000], images[20_000:]


def squared_error(x: NDArray, r: NDArray) -> float:
    """Return the mean over the images of ‖x − r‖², the sum over the pixels."""
    return float(((x - r) ** 2).sum(axis=1).mean())


def train_deep(
    images: NDArray, *, epochs: int, seed: int, verbose: bool | None = None
) -> tuple[Autoencoder, History]:
    """Train 784-256-32-256-784 with ReLU units and a linear code; return model and history."""
    model = Autoencoder.dense(
        (images.shape[1], 256, CODE),
        activation=ReLU,
        code_activation=Identity,
        output=BernoulliOutput(),
        rng=seed,
        dtype=np.float32,
    )
    history = fit(
        model,
        images,
        epochs=epochs,
        optimizer=Adam(Cosine(3e-3)),
        rng=seed,
        core="auto",
        verbose=verbose,
    )
    return model, history


def compress(
    folder: str | os.PathLike | None,
    *,
    epochs: int = 10,
    seed: int = 0,
    out: str | os.PathLike = "out",
    verbose: bool | None = None,
) -> tuple[dict[str, float], History, Path]:
    """Train an autoencoder and PCA, compare them on test images, and draw reconstructions.

    Parameters
    ----------
    folder : holds the MNIST files; None for generated digits
    epochs : passes over the training images
    seed : for the initial weights and the order of the images
    out : folder for the picture; it is created if it does not exist
    verbose : as in `fit`

    Returns
    -------
    errors : squared error per test image of the mean image, of PCA with 32 components, and of the
        autoencoder with a code of 32 numbers
    history : of the training
    path : of the picture
    """
    from tinyae.plotting import reconstructions, save_figure  # here: they import matplotlib

    train, test = load_digits(folder)
    Path(out).mkdir(parents=True, exist_ok=True)  # an error here must come before the training
    model, history = train_deep(train, epochs=epochs, seed=seed, verbose=verbose)
    pca = PCA(CODE).fit(train)
    errors = {
        "mean image": squared_error(test, train.mean(axis=0)),
        f"PCA, {CODE} components": squared_error(test, pca.reconstruct(test)),
        f"autoencoder 784-256-{CODE}": squared_error(test, model.reconstruct(test)),
    }
    shown = test[:12]
    names = list(errors)
    picture = reconstructions(
        shown,
        [
            (f"{names[1]}\n{errors[names[1]]:.2f}", pca.reconstruct(shown)),
            (f"{names[2]}\n{errors[names[2]]:.2f}", model.reconstruct(shown)),
        ],
        title="test digits from 32 numbers each, with the squared error per image",
    )
    source = "strokes" if folder is None else "mnist"
    return errors, history, save_figure(picture, Path(out) / f"digits_{source}.png")


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command `digits` to a command line."""
    parser = commands.add_parser(
        "digits",
        help="compress digits to 32 numbers and compare with PCA",
        description="Train an autoencoder 784-256-32 on digits, print the test errors of it and of "
        "PCA, and draw originals and reconstructions.",
    )
    parser.add_argument("folder", nargs="?", metavar="FOLDER",
                        help="folder of the MNIST files; default: generated digits")  # fmt: skip
    parser.add_argument("--epochs", type=int, default=10, help="passes over the digits (10)")
    parser.add_argument("--seed", type=int, default=0, help="seed of weights and order (0)")
    parser.add_argument("--out", default="out", help="folder for the picture (out)")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    """Compress digits, print the errors, and return the exit status."""
    errors, history, path = compress(
        options.folder, epochs=options.epochs, seed=options.seed, out=options.out
    )
    print(f"trained on {'MNIST' if options.folder is not None else 'generated strokes'}: {history}")
    print("squared error per test image")
    for name, value in errors.items():
        print(f"    {name:<26}{value:8.2f}")
    print(f"picture: {path}")
    return 130 if history.stopped == "interrupted" else 0
